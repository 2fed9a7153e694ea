// q(z|x) of a real digit, opened: the digit, the distribution in a scale of its own, samples of it and
// what they decode to. It lies over the map, away from the digit's place, and lets pointers through.

import { h } from "../../parts/elements.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { t } from "../../state/texts.js";
import { GaussianPicture } from "./gaussian.js";
import { samplesOf } from "./posterior.js";

const SAMPLES = 10;
const ROW = 5; // of their decodings

/** @typedef {import("./nearest_digits.js").RealDigit} RealDigit */

export class PosteriorInset {
  /** What is on screen: the digit, its picture, the model. @type {unknown[]} */
  #shown = [];

  /** @param {() => void} close */
  constructor(close) {
    this.title = h("p");
    this.real = greyCanvas(28, 28, { class: "digit", role: "img", "data-empty": true });
    this.gaussian = new GaussianPicture();
    this.rows = Array.from({ length: SAMPLES / ROW }, () => greyCanvas(28 * ROW, 28, { class: "digit", role: "img" }));
    const name = t("latent_map.inset.close");
    this.element = h(
      "section",
      { class: "inset", "aria-label": t("latent_map.inset.group"), hidden: true },
      this.title,
      h("button", { type: "button", class: "close", title: name, "aria-label": name, onclick: close }, "\u00d7"),
      h("div", { class: "shown" }, this.real.canvas, this.gaussian.element, h("div", {}, ...this.rows.map(({ canvas }) => canvas))),
    );
  }

  /**
   * @param {RealDigit | null} digit null: none is opened
   * @param {import("../../core/model.js").Model} model
   * @param {string} name of its class
   */
  show(digit, model, name) {
    this.element.hidden = !digit;
    if (!digit) return;
    const { index, label, mu, sigma, image } = digit;
    const shown = [index, image, model];
    if (shown.every((value, i) => value === this.#shown[i])) return;
    this.#shown = shown;
    const of = model.classes ? label : undefined;
    const samples = samplesOf(mu, sigma, index, SAMPLES);
    const q = model.classes ? "q(z|x, y)" : "q(z|x)";
    this.title.textContent = t("latent_map.inset.title", { q, name, count: SAMPLES });
    this.gaussian.show(digit, null, samples);
    this.real.canvas.hidden = !digit.pictured;
    this.real.canvas.toggleAttribute("data-empty", !image);
    this.real.canvas.setAttribute("aria-label", t("latent_map.inset.x", { name }));
    if (image) this.real.put(Float32Array.from(image, (grey) => grey / 255));
    this.rows.forEach(({ canvas, put }, row) => {
      canvas.setAttribute("aria-label", t("latent_map.inset.decoded", { q, name }));
      for (let i = 0; i < ROW; i++) put(model.decode(samples[ROW * row + i], of), 28 * i);
    });
  }

  /** Where the digit's place lies on the map, as shares of its sides from the top left. @param {number} right @param {number} down */
  avoid(right, down) {
    this.element.dataset.left = String(right > 0.5);
    this.element.dataset.top = String(down > 0.5);
  }
}
