// −log p(x|z) as a picture of nats per pixel, and as a number: of this z, and of L others.

import { h, s } from "../../parts/elements.js";
import { shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { summary } from "./estimate.js";
import { Heat, cellAt, magnitude } from "./heat.js";

const SIDE = 28;
/** @type {Record<string, number>} */
const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE };

export class Reconstruction {
  /** The pixel that is pointed at. @type {number | null} */
  #pixel = null;
  /** @type {{x: ArrayLike<number>, mean: Float32Array, nats: Float32Array} | null} */
  #shown = null;

  constructor() {
    this.heat = new Heat(SIDE, SIDE, { "aria-label": t("one_digit.reconstruction.picture"), tabindex: 0, class: "nats" });
    this.total = h("output", { class: "large" });
    this.pixel = h("output", { class: "caption value" });
    this.estimate = h("p", { class: "caption value" });
    this.ticks = s("path", { class: "ticks" });
    this.middle = s("path", { class: "middle" });
    this.strip = s("svg", { class: "strip", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" }, this.ticks, this.middle);
    const words = h("div", { class: "words" }, this.total, this.pixel);
    this.spread = h("div", { class: "spread" }, this.strip, this.estimate);
    this.element = h("div", { class: "reconstruction" }, this.heat.canvas, h("div", {}, words, this.spread));
    this.#listen(this.heat.canvas);
  }

  /** @param {HTMLCanvasElement} canvas */
  #listen(canvas) {
    canvas.addEventListener("pointermove", (event) => {
      const { column, row } = cellAt(canvas, event);
      this.#point(SIDE * row + column);
    });
    for (const leave of ["pointerleave", "blur"]) canvas.addEventListener(leave, () => this.#point(null));
    canvas.addEventListener("keydown", (event) => {
      const step = ARROWS[event.key];
      if (!step) return;
      event.preventDefault();
      const next = (this.#pixel ?? SIDE * 14 + 14 - step) + step;
      if (next >= 0 && next < SIDE * SIDE) this.#point(next);
    });
  }

  /**
   * @param {import("../../core/forward.js").Numbers} numbers
   * @param {ArrayLike<number>} x
   * @param {boolean} dark
   */
  show({ nats, reconstruction, mean }, x, dark) {
    this.#shown = { x, mean, nats };
    this.heat.show(nats, magnitude(nats), dark);
    const said = t("one_digit.reconstruction.total", { nats: shown(reconstruction, 1) });
    this.total.textContent = said;
    this.#say();
  }

  /** @param {number | null} pixel */
  #point(pixel) {
    this.#pixel = pixel;
    this.#say();
  }

  #say() {
    if (!this.#shown) return;
    const { x, mean, nats } = this.#shown;
    const p = this.#pixel;
    if (p === null) {
      const most = Math.max(...nats);
      this.pixel.textContent = t("one_digit.reconstruction.most", { most: shown(most) });
      return;
    }
    const numbers = { x: shown(x[p]), mean: shown(mean[p]), nats: shown(nats[p], 3) };
    const place = { row: Math.floor(p / SIDE) + 1, column: (p % SIDE) + 1 };
    this.pixel.textContent = t("one_digit.reconstruction.pixel", { ...place, ...numbers });
  }

  /** @param {number[]} values of the draws so far @param {number} of so many */
  showEstimate(values, of) {
    const { mean, spread, error } = summary(values);
    const [count, one] = [values.length, shown(mean, 1)];
    if (of === 1) this.estimate.textContent = t("one_digit.reconstruction.single", { mean: one });
    else {
      const numbers = { count: count < of ? `${count}/${of}` : of, mean: one, error: shown(error, 1), spread: shown(spread, 1) };
      this.estimate.textContent = Number.isNaN(error) ? "" : t("one_digit.reconstruction.estimate", numbers);
    }
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const at = (/** @type {number} */ value) => (high > low ? 3 + (94 * (value - low)) / (high - low) : 50).toFixed(2);
    this.ticks.setAttribute("d", values.map((value) => `M${at(value)} 3V9`).join(""));
    this.middle.setAttribute("d", `M${at(mean)} 0V12`);
  }

  clearEstimate() {
    this.estimate.textContent = "";
    for (const path of [this.ticks, this.middle]) path.setAttribute("d", "");
  }
}
