"""The one way to put a screen of ours on a page: a Streamlit component and its loader.

The browser's modules come from a route, as one script, not from a string: the string below only
fetches them. Streamlit calls it for every update of the data, also while the
first call is still waiting for the network, and two calls that both wait may go on in either order.
So nothing is remembered per call: an element has one screen, and a screen that has arrived is
given the update that came last. What a screen is: `frontend/host/streamlit.js`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from pages._ui.server import static_files
from pages._ui.shell import session
from pages._ui.shell.pages import PAGES
from pages._ui.texts import text

_LOADER = """
// Parent element -> {address of its texts, latest update, screen once it is there}
const elements = new WeakMap();

export default (component) => {
  const { parentElement, data: [{ script, page, texts, ahead }] } = component;
  const last = elements.get(parentElement);
  const known = last?.texts === texts ? last : undefined; // another language is another screen
  if (!known) last?.screen?.destroy();
  const element = known ?? { texts, screen: null };
  element.latest = { ...component, data: component.data[0] };
  element.screen?.update(element.latest);
  if (!known) {
    elements.set(parentElement, element);
    const url = (path) => new URL(path, document.baseURI).href;
    for (const path of ahead) {
      const link = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: url(path) };
      document.head.append(Object.assign(document.createElement("link"), link));
    }
    const catalogue = fetch(url(texts)).then((answer) => answer.json());
    Promise.all([import(url(script)), catalogue]).then(
      ([{ open, pages }, sentences]) => {
        if (elements.get(parentElement) !== element) return;
        element.screen = open(pages[page], sentences, parentElement);
        element.screen.update(element.latest);
      },
      (error) => {
        console.error(error);
        elements.delete(parentElement); // the next update tries again
        parentElement.textContent = component.data[0].not_loaded;
      },
    );
  }
  // Called at the end, but also for an update that another one has overtaken.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected || elements.get(parentElement) !== element) return;
      elements.delete(parentElement);
      element.screen?.destroy();
    });
};
"""


def component(name: str, folder: str = "pages/", **options: Any) -> Callable[..., Any]:
    """A component whose screen is made by `create` of the frontend's `FOLDER/NAME/main.js`.

    Call the result with `data` (a dictionary) and `on_<value>_change` callbacks. The screen
    is also told what the session has chosen, as `data.chosen`. What the screen is going to fetch at
    once may be named in `ahead`: the browser then does not wait for the screen's script first.

    Args:
        folder: of the frontend, with a slash at its end; "" for what is no page.
        options: of `st.components.v2.component`.
    """
    sheets = ["parts/style.css", "plane/style.css", f"{folder}{name}/style.css"]
    css = static_files.stylesheet(*sheets)
    mount = st.components.v2.component(name, js=_LOADER, css=css, **options)

    def show(*, data: dict[str, Any], ahead: Sequence[str] = (), **more: Any) -> Any:
        chosen = session.current()
        told = {
            "script": static_files.script_url(),
            "page": name,
            "home": PAGES[0].name,  # the page whose address is the app's own
            "language": chosen.language,
            "not_loaded": text("shell.not_loaded"),
            "texts": static_files.texts_url(chosen.language),
            "ahead": list(ahead),
            "chosen": chosen.chosen(),
        }
        # In a list, since Streamlit looks for dataframes in a dict, and for that imports pandas.
        return mount(key=name, data=[{**told, **data}], on_address_change=session.listen, **more)

    return show
