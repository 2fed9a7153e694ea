// The part "Grid": every label in every style, and beside it the opened digit and where it comes from.

import { Facts } from "../../parts/facts.js";
import { h } from "../../parts/elements.js";
import { pair } from "../../parts/numbers.js";
import { noise } from "../../core/noise.js";
import { t } from "../../state/texts.js";
import { Cells } from "./cells.js";
import { Digit } from "./digit.js";
import { nameInStyle, nameOf } from "./labels.js";
import { placeOf } from "./place.js";
import { StylePlane } from "./style_plane.js";
import { openedCell } from "./view.js";

export class Grid {
  /** @param {import("./main.js").Change} set */
  constructor(set) {
    this.cells = new Cells((cell, how) => set({ cell }, how));
    this.stage = this.cells.element;
    this.large = new Digit("", { class: "ink" });
    this.plane = new StylePlane();
    this.title = h("h2", {});
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
      ["z", z, "μ(y) + t·ε"],
      [`μ(${labels.names[label]})`, model.mean(label), t("label_grid.grid.mean")],
      ["ε", epsilon, t("label_grid.grid.noise", { style })],
      ["t", view.spread.toFixed(2), t("label_grid.grid.spread")],
    ]);
    this.pin.href = pinned(z, label);
    const shift = epsilon.map((e) => view.spread * e);
    this.plane.show(model, labels, { shift, label, spread: view.spread });
  }

  destroy() {
    this.plane.destroy();
  }
}
