// An ⓘ that a finger can open: what a symbol or a number is, in a sentence, and where it moves.

import { t } from "../state/texts.js";
import { canVisit, visit } from "../state/visit.js";
import { h } from "./elements.js";

const MARGIN = 8; // pixels to the edges of the screen

/**
 * What the catalogue has under `info.SYMBOL`: `name`, `text`, and perhaps `link` with the `page` and
 * `view` that it leads to.
 * @param {string} symbol
 * @param {Record<string, string | number>} [parameters] of the sentence
 */
export function info(symbol, parameters = {}) {
  const said = (/** @type {string} */ part) => t(`info.${symbol}.${part}`, parameters);
  const note = h("div", { class: "info-note", popover: "auto", role: "note" });
  const follow = () => {
    note.hidePopover();
    visit(said("page"), said("view"));
  };
  const button = h("button", { type: "button", class: "info", "aria-label": t("parts.info", { name: said("name") }), "aria-expanded": "false" });
  button.popoverTargetElement = note;
  // Filled when it opens: which pages there are is known by then.
  note.addEventListener("beforetoggle", () => {
    const leads = canVisit() && said("link");
    const link = leads ? h("button", { type: "button", class: "info-link", onclick: follow }, leads) : "";
    note.replaceChildren(h("b", {}, said("name")), h("p", {}, said("text")), link);
  });
  note.addEventListener("toggle", (event) => {
    const isOpen = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) place(note, button);
  });
  return h("span", { class: "info-box" }, button, note);
}

/** Below the button, or above where there is no room. @param {HTMLElement} note @param {HTMLElement} button */
function place(note, button) {
  const { left, top, bottom } = button.getBoundingClientRect();
  const { width, height } = note.getBoundingClientRect();
  const below = bottom + MARGIN + height <= innerHeight;
  note.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
  note.style.top = `${Math.max(MARGIN, below ? bottom + 4 : top - height - 4)}px`;
}
