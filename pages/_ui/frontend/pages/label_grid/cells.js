// The grid itself: one row per label, one column per style, a frame around the opened digit.

import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";
import { Digit } from "./digit.js";
import { labelHead, nameInStyle } from "./labels.js";
import { placeOf } from "./place.js";
import { openedCell } from "./view.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Cells {
  #labels = null;
  #rows = []; // of digits
  #opened = [0, 1];

  /** @param {(cell: [number, number], how: {step: boolean}) => void} open */
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
    this.#resizeTo(view.columns);
    this.#rows.forEach((row, label) =>
      row.forEach((digit, i) => digit.decode(model, placeOf(model, label, view, i + 1), label)),
    );
    this.#mark(openedCell(view, labels.names.length));
  }

  #setLabels(labels) {
    this.#labels = labels;
    this.#rows = labels.names.map(() => []);
    this.heads.replaceChildren(...labels.names.map((_, label) => labelHead(labels, label)));
    this.sheet.replaceChildren(...labels.names.map(() => h("div", { class: "row" })));
  }

  #resizeTo(columns) {
    this.#rows.forEach((row, label) => {
      for (; row.length > columns; row.pop()) this.sheet.children[label].lastChild.remove();
      while (row.length < columns) {
        const digit = new Digit(nameInStyle(this.#labels, label, row.length + 1));
        const cell = h("button", { type: "button", class: "cell", tabindex: -1 }, digit.element);
        this.sheet.children[label].append(cell);
        row.push(digit);
      }
    });
    if (this.tops.children.length === columns) return;
    this.tops.replaceChildren(...Array.from({ length: columns }, (_, i) => h("span", {}, String(i + 1))));
  }

  #mark([label, style]) {
    this.#opened = [label, style];
    this.frame.style.setProperty("--x", style - 1);
    this.frame.style.setProperty("--y", label);
    this.sheet.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    this.#cell(label, style).tabIndex = 0;
    [...this.tops.children].forEach((top, x) => (top.dataset.on = String(x + 1 === style)));
    [...this.heads.children].forEach((head, y) => (head.dataset.on = String(y === label)));
  }

  #cell(label, style) {
    return this.sheet.children[label]?.children[style - 1];
  }

  #clicked({ target }) {
    const cell = target.closest?.(".cell");
    if (!cell) return;
    const row = cell.parentElement;
    const place = [[...this.sheet.children].indexOf(row), [...row.children].indexOf(cell) + 1];
    this.open(place, { step: true });
  }

  #key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const place = [this.#opened[0] + step[0], this.#opened[1] + step[1]];
    const cell = this.#cell(...place);
    if (!cell) return;
    this.#opened = place; // keys may come faster than frames
    this.open(place, { step: false }); // a walk: the back button does not repeat it
    cell.focus();
  }
}
