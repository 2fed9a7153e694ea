// The hidden layers of a network: each a column of cells, one for each unit.

import { h } from "../../parts/elements.js";
import { shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { Heat, cellAt, magnitude } from "./heat.js";

const MOST_ROWS = 32;
const POWER = 0.5; // one unit is often a hundred times as large as most

export class Layers {
  /** @type {Heat[]} */
  heats = [];
  /** @type {Float32Array[]} */
  #values = [];
  #widths = "";
  /** The unit under the pointer. @type {{layer: number, unit: number} | null} */
  #pointed = null;

  constructor() {
    this.columns = h("div", { class: "layers" });
    this.sizes = h("p", { class: "caption" });
    this.unit = h("output", { class: "caption value unit" });
    this.element = h("div", { class: "network" }, this.columns, this.sizes, this.unit);
    this.columns.addEventListener("pointerleave", () => this.#point(null));
  }

  /**
   * @param {Float32Array[]} values what each layer gives
   * @param {number[]} ends numbers that go in and come out
   * @param {boolean} dark
   */
  show(values, ends, dark) {
    this.#values = values;
    const widths = values.map(({ length }) => length).join();
    if (widths !== this.#widths) this.#build(widths);
    this.sizes.textContent = [ends[0], ...counted(values.map(({ length }) => length)), ends[1]].join(" → ");
    values.forEach((layer, i) => this.heats[i].show(layer, magnitude(layer), dark, POWER));
    this.#say();
  }

  /** @param {string} widths */
  #build(widths) {
    this.#widths = widths;
    this.#pointed = null;
    this.heats = this.#values.map(({ length }, layer) => {
      const columns = Math.ceil(length / MOST_ROWS);
      const rows = Math.ceil(length / columns);
      const label = t("one_digit.layers.layer", { layer: layer + 1, units: length });
      const heat = new Heat(columns, rows, { "aria-label": label });
      heat.canvas.addEventListener("pointermove", (event) => {
        const { column, row } = cellAt(heat.canvas, event);
        const unit = row * columns + column;
        this.#point(unit < length ? { layer, unit } : null);
      });
      return heat;
    });
    this.columns.replaceChildren(...this.heats.map(({ canvas }) => canvas));
  }

  /** @param {{layer: number, unit: number} | null} pointed */
  #point(pointed) {
    this.#pointed = pointed;
    this.#say();
  }

  #say() {
    const pointed = this.#pointed;
    if (!pointed) this.unit.textContent = t("one_digit.layers.most", { most: shown(Math.max(...this.#values.map(magnitude))) });
    else {
      const { layer, unit } = pointed;
      const value = shown(this.#values[layer][unit]);
      this.unit.textContent = t("one_digit.layers.unit", { layer: layer + 1, unit: unit + 1, value });
    }
  }
}

/** Sizes of layers, equal ones counted: "3 × 512". @param {number[]} sizes */
const counted = (sizes) => (sizes.length > 1 && sizes.every((size) => size === sizes[0]) ? [`${sizes.length} × ${sizes[0]}`] : sizes);
