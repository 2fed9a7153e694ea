// p(x|z) as pictures: its mean, its standard deviation, a sample.

import { greyCanvas } from "../../parts/grey_canvas.js";
import { h } from "../../parts/elements.js";
import { t } from "../../state/texts.js";

const MOST_DEVIATION = 0.5; // of a grey value that is 0 or 1

export class Pixels {
  constructor() {
    const picture = (/** @type {string} */ name) =>
      greyCanvas(28, 28, { class: "ink", role: "img", "aria-label": t(`one_digit.pixels.${name}`) });
    this.mean = picture("mean");
    this.deviation = picture("deviation");
    this.sample = picture("sample");
    this.scaled = new Float32Array(784);
    const figure = (/** @type {HTMLCanvasElement} */ canvas, /** @type {string} */ name) =>
      h("figure", { "data-part": name }, canvas, h("figcaption", { class: "caption" }, t(`one_digit.pixels.${name}_short`)));
    this.element = h(
      "div",
      { class: "pixels" },
      figure(this.mean.canvas, "likelihood"),
      h("div", { class: "pair" }, figure(this.deviation.canvas, "deviation"), figure(this.sample.canvas, "sample")),
    );
  }

  /** @param {import("../../core/forward.js").Numbers} numbers */
  show({ mean, deviation, sample }) {
    this.mean.put(mean);
    this.scaled.set(deviation);
    for (let i = 0; i < this.scaled.length; i++) this.scaled[i] /= MOST_DEVIATION;
    this.deviation.put(this.scaled);
    this.sample.put(sample);
  }
}
