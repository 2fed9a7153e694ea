// The grid itself: one row per label, one column per style, a frame around the opened digit.

import { h } from "./dom.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Cells {
  /** @param {(label: number, style: number) => void} open */
  constructor(open) {
    this.open = open;
    this.heads = h("div", { class: "heads", "aria-hidden": "true" });
    this.tops = h("div", { class: "tops", "aria-hidden": "true" });
    this.sheet = h("div", { class: "sheet ink" });
    this.frame = h("i", { class: "frame", "aria-hidden": "true" });
    this.element = h(
      "div",
      { class: "cells", role: "group", "aria-label": "Labels and styles" },
      this.tops,
      this.heads,
      h("div", { class: "field" }, this.sheet, this.frame),
    );
    this.sheet.addEventListener("click", (event) => this.#clicked(event));
    this.sheet.addEventListener("keydown", (event) => this.#key(event));
    this.rows = [];
  }

  /**
   * @param {string[]} names of the labels
   * @param {(label: number) => HTMLElement} head of a row
   * @param {(label: number, style: number) => string} alt of an image
   */
  setLabels(names, head, alt) {
    this.alt = alt;
    this.heads.replaceChildren(...names.map((_, label) => head(label)));
    this.rows = names.map(() => h("div", { class: "row" }));
    this.sheet.replaceChildren(...this.rows);
  }

  /** Draw all; `picture(label, style)` gives an image's address. */
  show(columns, [label, style], picture) {
    this.#resizeTo(columns);
    this.rows.forEach((row, y) => {
      for (let x = 0; x < columns; x++) {
        const image = row.children[x].firstChild;
        const address = picture(y, x + 1);
        if (image.src !== address) image.src = address;
      }
    });
    this.chosen = [label, style];
    this.frame.style.setProperty("--x", style - 1);
    this.frame.style.setProperty("--y", label);
    this.sheet.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
    this.rows[label].children[style - 1].tabIndex = 0;
    [...this.tops.children].forEach((top, x) => (top.dataset.on = String(x + 1 === style)));
    [...this.heads.children].forEach((head, y) => (head.dataset.on = String(y === label)));
  }

  #resizeTo(columns) {
    for (const [label, row] of this.rows.entries()) {
      while (row.children.length > columns) row.lastChild.remove();
      while (row.children.length < columns) {
        const style = row.children.length + 1;
        // Decoded with the frame that shows them: a row never flickers in piece by piece.
        const still = { width: 28, height: 28, decoding: "sync", draggable: "false" };
        const image = h("img", { alt: this.alt(label, style), ...still });
        row.append(h("button", { type: "button", class: "cell", tabindex: -1 }, image));
      }
    }
    while (this.tops.children.length > columns) this.tops.lastChild.remove();
    while (this.tops.children.length < columns) {
      this.tops.append(h("span", {}, String(this.tops.children.length + 1)));
    }
  }

  #clicked({ target }) {
    const cell = target.closest?.(".cell");
    if (!cell) return;
    const label = this.rows.indexOf(cell.parentElement);
    this.open(label, [...cell.parentElement.children].indexOf(cell) + 1);
  }

  #key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const label = this.chosen[0] + step[0];
    const style = this.chosen[1] + step[1];
    const cell = this.rows[label]?.children[style - 1];
    if (!cell) return;
    this.chosen = [label, style]; // keys may come faster than frames
    this.open(label, style);
    cell.focus();
  }
}
