// The classes as colored switches. What picking one means is the page's business.

import { t } from "../state/texts.js";
import { h } from "./elements.js";
import { inkOn } from "./palette.js";

export class Legend {
  /** @param {(label: number | null) => void} pick a person picks a class; null: all of them */
  constructor(pick) {
    this.pick = pick;
    /** @type {boolean[]} */
    this.flags = [];
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    this.element = h("div", { class: "legend", role: "group", "aria-label": t("parts.legend.group") });
    this.everything = h("button", { type: "button", class: "quiet", onclick: () => pick(null) }, t("parts.legend.all"));
  }

  /** @param {string[]} names @param {string[]} colors @param {{one: boolean}} choice one: never all of them at once */
  show(names, colors, { one }) {
    this.buttons = names.map((name, label) =>
      h("button", { type: "button", class: "class", onclick: () => this.pick(label) }, name),
    );
    this.everything.hidden = one;
    this.element.replaceChildren(...this.buttons, this.everything);
    this.setColors(colors);
    this.mark(names.map(() => true));
  }

  /** These classes stand out. @param {boolean[]} flags */
  mark(flags) {
    this.flags = flags;
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(flags[i])));
    this.everything.style.visibility = flags.every(Boolean) ? "hidden" : "visible";
  }

  /** Of another theme. @param {string[]} colors */
  setColors(colors) {
    this.buttons.forEach((button, label) => {
      button.style.setProperty("--class", colors[label]);
      button.style.setProperty("--on-class", inkOn(colors[label]));
    });
  }
}
