// The classes as colored switches: a click shows one class alone, further clicks add to it.

import { h } from "./elements.js";
import { inkOn } from "./palette.js";

export class Legend {
  /** @param {() => void} change is told that `flags`, one per class, are different now */
  constructor(change) {
    this.change = change;
    /** @type {boolean[]} */
    this.flags = [];
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    this.element = h("div", { class: "legend", role: "group", "aria-label": "Classes" });
    const showAll = () => this.#set(this.flags.map(() => true));
    this.everything = h("button", { type: "button", class: "quiet", onclick: showAll }, "all");
  }

  get all() {
    return this.flags.every(Boolean);
  }

  /** @param {string[]} names @param {string[]} colors */
  show(names, colors) {
    this.buttons = names.map((name, label) => {
      const toggle = () => this.#toggle(label);
      const button = h("button", { type: "button", class: "class", onclick: toggle }, name);
      return button;
    });
    this.element.replaceChildren(...this.buttons, this.everything);
    this.setColors(colors);
    this.#set(names.map(() => true), true);
  }

  /** Of another theme. @param {string[]} colors */
  setColors(colors) {
    this.buttons.forEach((button, label) => {
      button.style.setProperty("--class", colors[label]);
      button.style.setProperty("--on-class", inkOn(colors[label]));
    });
  }

  /** @param {number} label */
  #toggle(label) {
    let flags = this.flags.map((flag, i) => (this.all ? i === label : i === label ? !flag : flag));
    if (!flags.some(Boolean)) flags = flags.map(() => true);
    this.#set(flags);
  }

  /** @param {boolean[]} flags @param {boolean} [quiet] */
  #set(flags, quiet = false) {
    this.flags = flags;
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(flags[i])));
    this.everything.style.visibility = this.all ? "hidden" : "visible";
    if (!quiet) this.change();
  }
}
