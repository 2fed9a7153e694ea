// The app as a host: what a page's screen needs from where it is shown. The loader in
// pages/_ui/shell/component.py calls `open` once per element and `update` with what Python says.
//
// A page's module exports `create(parent, host)`, which gives a screen:
//   update(data)  what Python says now; called once at the start and after each run of the script
//   destroy()     the page is left
// Another host of the same shape is host/standalone.js.

import { setTexts } from "../state/texts.js";
import { setOpener, visit } from "../state/visit.js";

const PATIENCE_MS = 30000; // the first answer may wait until the server has loaded PyTorch

/**
 * A component as Streamlit gives it to the loader: what Python says, and ways to answer.
 * @typedef {object} Component
 * @property {{home: string, language: string}} data of the page
 * @property {(name: string, value: unknown) => void} setTriggerValue
 * @property {(name: string, value: unknown) => void} setStateValue
 */
/** @typedef {{update(data: object): void, destroy(): void}} Screen */

/** A request that brought nothing: `status` is 0 where no server answered. */
export class RequestError extends Error {
  /** @param {number} status @param {string} sentence */
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

class StreamlitHost {
  /** The component as Streamlit last gave it: its callbacks change with every update. @type {Component | undefined} */
  component;

  /** The absolute address of a path, which Python gives relative to the app. @param {string} path */
  url(path) {
    return new URL(path, document.baseURI).href;
  }

  /** Of a small answer, which a server that works gives in time. @param {string} path */
  async json(path) {
    const headers = { "Accept-Language": document.documentElement.lang }; // of what may be refused
    return (await fetched(this.url(path), { headers, signal: AbortSignal.timeout(PATIENCE_MS) })).json();
  }

  /** @param {string} path */
  async bytes(path) {
    return (await fetched(this.url(path))).arrayBuffer();
  }

  /** Change something on the server. @param {string} path @param {object} value */
  async post(path, value) {
    await fetched(this.url(path), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(value) });
  }

  /** Let Python say again where things are. */
  refresh() {
    dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
  }

  /**
   * Show another page, or another view of this one, without loading the app again.
   * @param {string} page @param {string} [search] see state/visit.js
   */
  visit(page, search) {
    visit(page, search);
  }

  /** Follow Streamlit's own link to a page. @param {string} page */
  open(page) {
    const home = /** @type {Component} */ (this.component).data.home;
    const address = this.url(page === home ? "." : page);
    // Streamlit's link to the first page has an empty address, which the browser takes for the page on screen.
    const target = (/** @type {Element} */ link) => this.url(link.getAttribute("href") || ".").split(/[?#]/)[0];
    const links = [...document.querySelectorAll("a[data-testid='stPageLink-NavLink']")];
    const link = /** @type {HTMLElement | undefined} */ (links.find((each) => target(each) === address));
    if (link) link.click();
    else location.assign(address);
  }

  /** A person's event, for Python: it comes once. @param {string} name @param {unknown} value */
  send(name, value) {
    /** @type {Component} */ (this.component).setTriggerValue(name, value);
  }

  /** A value that Python reads in every run from now on. @param {string} name @param {unknown} value */
  state(name, value) {
    /** @type {Component} */ (this.component).setStateValue(name, value);
  }
}

/** @param {string} url @param {RequestInit} [options] */
async function fetched(url, options) {
  const response = await fetch(url, options).catch((error) => {
    throw new RequestError(0, String(error));
  });
  if (!response.ok) throw new RequestError(response.status, await response.text());
  return response;
}

/**
 * Make the screen that the loader updates.
 * @param {{create(parent: Element, host: StreamlitHost): Screen}} page its main module
 * @param {Record<string, any>} texts the catalogue
 * @param {Element} parent
 * @returns {{update(component: Component): void, destroy(): void}}
 */
export function open(page, texts, parent) {
  setTexts(texts);
  const host = new StreamlitHost();
  const before = new Set(parent.childNodes);
  const screen = page.create(parent, host);
  return {
    update(component) {
      host.component = component;
      setOpener((name) => host.open(name));
      document.documentElement.lang = component.data.language;
      screen.update(component.data);
    },
    destroy() {
      screen.destroy();
      for (const child of [...parent.childNodes]) if (!before.has(child)) child.remove();
    },
  };
}
