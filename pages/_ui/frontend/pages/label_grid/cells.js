// The grid itself: one row per label, one column per style, a frame around the opened digit.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { labelHead, nameInStyle } from "./labels.js";
import { placeOf } from "./place.js";
import { openedCell } from "./view.js";

/** @type {Record<string, [number, number]>} in labels and styles */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Cells {
  /** @type {import("./labels.js").Labels | null} */
  #labels = null;
  /** @type {Digit[][]} by label and style */
  #rows = [];
  /** @type {import("./view.js").Cell} */
  #opened = [0, 1];

  /** @param {(cell: import("./view.js").Cell, how: {step: boolean}) => void} open */
  constructor(open) {
    this.open = open;
    this.heads = h("div", { class: "heads", "aria-hidden": "true" });
    this.tops = h("div", { class: "tops", "aria-hidden": "true" });
    this.sheet = h("div", { class: "sheet ink" });
    this.frame = h("i", { class: "frame", "aria-hidden": "true" });
    this.element = h(
      "div",
      { class: "cells", role: "group", "aria-label": t("label_grid.grid.label") },
      this.tops,
      this.heads,
      h("div", { class: "field" }, this.sheet, this.frame),
    );
    this.sheet.addEventListener("click", (event) => this.#clicked(event));
    this.sheet.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {import("./main.js").Scene} scene */
  show({ view, model, labels }) {
    if (labels !== this.#labels) this.#setLabels(labels);
    this.#resizeTo(view.columns, labels);
    this.#rows.forEach((row, label) =>
      row.forEach((digit, i) => digit.decode(model, placeOf(model, label, view, i + 1), label)),
    );
    this.#mark(openedCell(view, labels.names.length));
  }

  /** @param {import("./labels.js").Labels} labels */
  #setLabels(labels) {
    this.#labels = labels;
    this.#rows = labels.names.map(() => []);
    this.heads.replaceChildren(...labels.names.map((_, label) => labelHead(labels, label)));
    this.sheet.replaceChildren(...labels.names.map(() => h("div", { class: "row" })));
  }

  /** @param {number} columns @param {import("./labels.js").Labels} labels */
  #resizeTo(columns, labels) {
    this.#rows.forEach((row, label) => {
      for (; row.length > columns; row.pop()) this.sheet.children[label].lastChild?.remove();
      while (row.length < columns) {
        const digit = new Digit(nameInStyle(labels, label, row.length + 1));
        const cell = h("button", { type: "button", class: "cell", tabindex: -1 }, digit.element);
        this.sheet.children[label].append(cell);
        row.push(digit);
      }
    });
    if (this.tops.children.length === columns) return;
    this.tops.replaceChildren(...Array.from({ length: columns }, (_, i) => h("span", {}, String(i + 1))));
  }

  /** @param {import("./view.js").Cell} cell */
  #mark([label, style]) {
    this.#opened = [label, style];
    this.frame.style.setProperty("--x", String(style - 1));
    this.frame.style.setProperty("--y", String(label));
    this.sheet.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    this.#button([label, style])?.setAttribute("tabindex", "0");
    [...this.tops.children].forEach((top, x) => top.setAttribute("data-on", String(x + 1 === style)));
    [...this.heads.children].forEach((head, y) => head.setAttribute("data-on", String(y === label)));
  }

  /** @param {import("./view.js").Cell} cell */
  #button([label, style]) {
    return /** @type {HTMLElement | undefined} */ (this.sheet.children[label]?.children[style - 1]);
  }

  /** @param {MouseEvent} event */
  #clicked({ target }) {
    const button = target instanceof Element && target.closest(".cell");
    if (!button) return;
    const label = [...this.sheet.children].findIndex((row) => row.contains(button));
    const style = [...this.sheet.children[label].children].indexOf(button) + 1;
    this.open([label, style], { step: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    /** @type {import("./view.js").Cell} */
    const place = [this.#opened[0] + step[0], this.#opened[1] + step[1]];
    const cell = this.#button(place);
    if (!cell) return;
    this.#opened = place; // keys may come faster than frames
    this.open(place, { step: false }); // a walk: the back button does not repeat it
    cell.focus();
  }
}
