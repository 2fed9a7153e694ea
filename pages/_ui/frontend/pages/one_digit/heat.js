// Numbers as colours: orange above 0, blue below, paper at 0.

import { contextOf, h } from "../../parts/elements.js";

/** @typedef {[number, number, number]} Rgb */
/** @type {Record<"light" | "dark", {zero: Rgb, above: Rgb, below: Rgb}>} */
const COLORS = {
  light: { zero: [255, 255, 255], above: [190, 60, 0], below: [20, 80, 190] },
  dark: { zero: [16, 20, 26], above: [255, 165, 70], below: [90, 165, 255] },
};

export class Heat {
  /** @param {number} width @param {number} height @param {import("../../parts/elements.js").Attributes} attributes */
  constructor(width, height, attributes) {
    this.canvas = h("canvas", { width, height, role: "img", ...attributes });
    this.context = contextOf(this.canvas);
    this.image = this.context.createImageData(width, height);
  }

  /**
   * @param {ArrayLike<number>} values in reading order; cells after the last one are clear
   * @param {number} most the magnitude whose colour is full
   * @param {boolean} dark
   * @param {number} [power] of a value's share of it that the colour follows: below 1 the small ones show
   */
  show(values, most, dark, power = 1) {
    const { zero, above, below } = COLORS[dark ? "dark" : "light"];
    const { data } = this.image;
    for (let i = 0, p = 0; i < values.length; i++, p += 4) {
      const share = most ? Math.min(1, Math.abs(values[i]) / most) ** power : 0;
      const full = values[i] < 0 ? below : above;
      for (let c = 0; c < 3; c++) data[p + c] = zero[c] + share * (full[c] - zero[c]);
      data[p + 3] = 255;
    }
    this.context.putImageData(this.image, 0, 0);
  }
}

/** The largest magnitude. @param {ArrayLike<number>} values */
export function magnitude(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/**
 * The cell of a canvas under a pointer.
 * @param {HTMLCanvasElement} canvas @param {MouseEvent} event
 */
export function cellAt(canvas, { clientX, clientY }) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const at = (/** @type {number} */ share, /** @type {number} */ cells) =>
    Math.min(cells - 1, Math.max(0, Math.floor(share * cells)));
  return { column: at((clientX - left) / width, canvas.width), row: at((clientY - top) / height, canvas.height) };
}
