// What lies over a page while it waits for a model, or says that none has come.

import { t } from "../state/texts.js";
import { h } from "./elements.js";

export class Veil {
  constructor() {
    this.element = h("div", { class: "veil", role: "status" });
  }

  /** @param {string} text @param {() => void} [again] what a person may try once more */
  cover(text, again) {
    const button = again && h("button", { type: "button", onclick: again }, t("parts.veil.again"));
    this.element.replaceChildren(h("span", {}, text), ...(button ? [button] : []));
    this.element.dataset.broken = String(Boolean(again));
    this.element.hidden = false;
  }

  lift() {
    this.element.hidden = true;
  }
}
