"""The latent map as a Streamlit component: what Python tells the browser, and what comes back.

The browser draws, decodes under the pointer and fetches bulk data from the asset routes by itself.
Python keeps the view and decodes pins.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._ui import assets, digits, pins, state, warmup
from pages._ui.models import Entry
from pages._ui.view import MAX_PINS, View, pin_key

KEY = "latent_map"
_EARLY = "latent_map_early"
STEPS_PER_LEG = 12  # of an exported path, from one pin to the next

# The modules are files that import each other, so they come from a route, not from this string.
_LOADER = """
export default (component) => {
  const [data] = component.data;
  const url = new URL(data.frontend + "/latent_map.js", document.baseURI).href;
  const mounted = import(url).then((module) => module.mount({ ...component, data }));
  mounted.catch((error) => {
    console.error(error);
    component.parentElement.textContent = "The map could not be loaded. Reload the page.";
  });
  return () => void mounted.then((cleanup) => cleanup?.(), () => {});
};
"""

_css = assets.frontend().get("latent_map.css")
_component = st.components.v2.component(
    "latent_map", js=_LOADER, css=_css.body.decode() if _css else None
)


def show(entry: Entry) -> None:
    """Draw the map of a model with the view's layers and pins.

    A click reruns only this fragment of the page.
    """
    _leave_out_labels_it_does_not_have(entry)
    early = bool(state.view().pins) and not warmup.torch_is_loaded()
    st.session_state[_EARLY] = early
    _fragment(entry)
    if early:  # the map is on screen already; its pins follow when PyTorch is there
        warmup.wait()
        st.rerun()


def _leave_out_labels_it_does_not_have(entry: Entry) -> None:
    view, ignored = state.view().for_labels(entry.file.config.label_inputs)
    if ignored:
        said = state.message()
        state.change(view)
        state.say(" ".join([said, *ignored] if said else ignored))


@st.fragment
def _fragment(entry: Entry) -> None:
    view = state.view()
    early = st.session_state.pop(_EARLY, False)  # a click's run, which comes without it, may wait
    state.write_url()
    _component(
        key=KEY,
        # In a list, since Streamlit looks for dataframes in a dict, and for that imports pandas.
        data=[component_data(entry, view.with_no_pins() if early else view, state.message())],
        on_action_change=_on_action,
        on_layers_change=_on_layers,
        on_label_change=_on_label,
    )


def component_data(entry: Entry, view: View, message: str | None) -> dict[str, Any]:
    """Everything the browser needs to know: URLs of bulk data, the view, decoded pins."""
    labels = entry.file.config.label_inputs
    stops = tuple((*pin[:2], view.label_of(pin)) if labels else pin[:2] for pin in view.pins)
    steps = STEPS_PER_LEG * (len(stops) - 1) + 1
    model = f"assets/models/{entry.sha256}"
    return {
        "frontend": assets.frontend_url(),
        "plotly": assets.plotly_url(),
        "model": {
            "id": entry.name,
            "sha256": entry.sha256,
            "url": f"{model}.safetensors",
            "map": f"{model}/map.json",
            "digits": f"{model}/digits.safetensors",
        },
        "class_names": assets.class_names(entry),
        "layers": list(view.layers),
        "label": (view.label or 0) if labels else None,
        "pins": [
            {"id": pin_key(pin), **pins.describe(entry, stop, digits.find(entry))}
            for pin, stop in zip(view.pins, stops, strict=True)
        ],
        "max_pins": MAX_PINS,
        "message": message,
        "export": (
            {kind: assets.path_url(kind, entry, stops, min(steps, pins.MAX_STEPS))
             for kind in ("gif", "png")}
            if len(stops) >= 2
            else None
        ),
    }  # fmt: skip


def apply(action: object) -> None:
    """Change the view as a click on the map asks. Nonsense changes nothing."""
    asked = action if isinstance(action, dict) else {}
    match asked.get("type"):
        case "pin":
            try:
                state.change(state.view().with_pin(_place(asked)))
            except ValueError as error:
                state.say(str(error))
        case "unpin":
            state.change(state.view().without_pin(asked.get("id")))
        case "clear":
            state.change(state.view().with_no_pins())


def choose(label: object) -> None:
    """Decode with another label from now on. What is no label changes nothing."""
    try:
        state.change(state.view().with_label(label))
    except ValueError as error:
        state.say(str(error))


def _place(asked: dict[Any, Any]) -> object:
    z, label = asked.get("z"), asked.get("label")
    return z if label is None or not isinstance(z, list) else [*z, label]


def _on_action() -> None:
    apply(st.session_state[KEY].action)


def _on_layers() -> None:
    state.change(state.view().with_layers(st.session_state[KEY].layers))


def _on_label() -> None:
    choose(st.session_state[KEY].label)
