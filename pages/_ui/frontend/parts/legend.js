// The classes as colored switches: a click shows one class alone, further clicks add to it.

import { t } from "../state/texts.js";
import { h } from "./elements.js";
import { inkOn } from "./palette.js";

export class Legend {
  /** @param {(flags: boolean[]) => void} choose a person wants these classes to be shown, one flag per class */
  constructor(choose) {
    this.choose = choose;
    /** @type {boolean[]} */
    this.flags = [];
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    this.element = h("div", { class: "legend", role: "group", "aria-label": t("parts.legend.group") });
    const showAll = () => this.choose(this.flags.map(() => true));
    this.everything = h("button", { type: "button", class: "quiet", onclick: showAll }, t("parts.legend.all"));
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
    this.mark(names.map(() => true));
  }

  /** These classes are shown. @param {boolean[]} flags */
  mark(flags) {
    this.flags = flags;
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(flags[i])));
    this.everything.style.visibility = this.all ? "hidden" : "visible";
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
    const flags = this.flags.map((flag, i) => (this.all ? i === label : i === label ? !flag : flag));
    this.choose(flags.some(Boolean) ? flags : flags.map(() => true));
  }
}
