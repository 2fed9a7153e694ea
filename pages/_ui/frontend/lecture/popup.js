// A button that opens a box below it. The browser closes it: a press elsewhere, or Escape.

import { h } from "../parts/elements.js";

const MARGIN = 8; // pixels to the edges of the screen

export class Popup {
  /**
   * @param {HTMLButtonElement} button
   * @param {string} name of the box
   * @param {() => void} opens is called before it is shown
   */
  constructor(button, name, opens) {
    this.button = button;
    this.box = h("div", { class: "popup", popover: "auto", role: "dialog", "aria-label": name });
    button.popoverTargetElement = this.box;
    button.setAttribute("aria-expanded", "false");
    this.box.addEventListener("beforetoggle", (event) => isOpening(event) && opens());
    this.box.addEventListener("toggle", (event) => {
      button.setAttribute("aria-expanded", String(isOpening(event)));
      if (isOpening(event)) this.place();
    });
  }

  /** Below the button, and on the screen. */
  place() {
    const { right, bottom } = this.button.getBoundingClientRect();
    const { width } = this.box.getBoundingClientRect();
    this.box.style.left = `${Math.max(MARGIN, Math.min(right, innerWidth - MARGIN) - width)}px`;
    this.box.style.top = `${bottom + 4}px`;
  }

  close() {
    this.box.hidePopover();
  }
}

/** @param {Event} event */
const isOpening = (event) => /** @type {ToggleEvent} */ (event).newState === "open";
