// The part "Grid": every label in every style, and beside it the opened digit and where it comes from.

import { Facts } from "../../parts/facts.js";
import { h } from "../../parts/elements.js";
import { inkOn } from "../../parts/palette.js";
import { pair } from "../../parts/numbers.js";
import { noise } from "../../core/noise.js";
import { t } from "../../state/texts.js";
import { Cells } from "./cells.js";
import { Digit } from "./digit.js";
import { nameInStyle, nameOf } from "./labels.js";
import { placeOf } from "./place.js";
import { StylePlane } from "./style_plane.js";
import { Sheet } from "../../parts/sheet.js";
import { openedCell } from "./view.js";

const SIDE = 28;
const LEAST_HEIGHT = 1080; // of a picture's digits, in pixels

export class Grid {
  /** @param {import("./main.js").Change} set */
  constructor(set) {
    this.cells = new Cells((cell, how) => set({ cell }, how));
    this.stage = this.cells.element;
    this.large = new Digit("", { class: "ink" });
    this.plane = new StylePlane();
    this.title = h("h3", {});
    this.pin = h("a", { class: "button pin" }, t("label_grid.grid.pin"));
    this.facts = new Facts();
    this.aside = h(
      "div",
      { class: "aside" },
      h("div", { class: "pair" }, h("div", { class: "glass" }, this.large.element), this.plane.element),
      h("header", { class: "title" }, this.title, this.pin),
      this.facts.element,
      h("p", { class: "hint" }, t("label_grid.grid.hint")),
    );
  }

  /** @param {import("./main.js").Scene} scene */
  show(scene) {
    this.#showOpened(scene); // first, since it measures
    this.cells.show(scene);
  }

  /** @param {import("./main.js").Scene} scene */
  #showOpened({ view, model, labels, pinned }) {
    const [label, style] = openedCell(view, labels.names.length);
    const epsilon = noise(view.seed, style);
    const z = placeOf(model, label, view, style);
    this.large.decode(model, z, label);
    this.large.name = t("label_grid.grid.opened", {
      name: nameOf(labels, label).toLowerCase(),
      z: pair(z),
    });
    this.title.textContent = nameInStyle(labels, label, style);
    this.facts.show([
      ["z", z, "μ(y) + t·ε", "label_z"],
      [`μ(${labels.names[label]})`, model.mean(label), t("label_grid.grid.mean"), "label_mean"],
      ["ε", epsilon, t("label_grid.grid.noise", { style }), "style_noise"],
      ["t", view.spread.toFixed(2), t("label_grid.grid.spread"), "temperature"],
    ]);
    this.pin.href = pinned(z, label);
    const shift = epsilon.map((e) => view.spread * e);
    this.plane.show(model, labels, { shift, label, spread: view.spread });
  }

  /** @param {import("./main.js").Scene} scene */
  words({ view: { columns, spread } }) {
    const which = spread === 0 ? "still" : columns === 1 ? "takeaway_one" : "takeaway";
    return { question: t("label_grid.grid.question"), takeaway: t(`label_grid.grid.${which}`, { count: columns }) };
  }

  isDrawn = () => true;

  /** @param {import("./main.js").Scene} scene @param {import("../../parts/sheet.js").Theme} theme */
  picture({ view, model, labels, data }, theme) {
    const { names, colors } = labels;
    const cell = SIDE * Math.max(2, Math.ceil(LEAST_HEIGHT / (SIDE * names.length)));
    const margin = cell / 2;
    const head = labels.areDigits ? cell / 2 : 1.6 * cell;
    const [left, top] = [margin + head + 12, 2.1 * margin + cell / 4];
    const sheet = new Sheet(left + view.columns * cell + margin, top + names.length * cell + margin, theme);
    const formula = t("label_grid.grid.formula", { spread: view.spread.toFixed(2), seed: view.seed });
    sheet.text(margin, margin, `${data.model.title}: ${formula}`, { size: cell / 4, fit: sheet.width - 2 * margin });
    names.forEach((name, label) => {
      const y = top + label * cell;
      sheet.box(margin, y + 3, head, cell - 6, colors[label]);
      const fit = head - 12;
      sheet.text(margin + head / 2, y + 0.58 * cell, name, { size: cell / 4, anchor: "middle", color: inkOn(colors[label]), bold: true, fit });
      for (let style = 1; style <= view.columns; style++) {
        const x = left + (style - 1) * cell;
        if (!label) sheet.text(x + cell / 2, top - cell / 10, String(style), { size: cell / 5, anchor: "middle" });
        sheet.digit(x, y, cell, model.decode(placeOf(model, label, view, style), label), nameInStyle(labels, label, style));
      }
    });
    return sheet;
  }

  destroy() {
    this.plane.destroy();
  }
}
