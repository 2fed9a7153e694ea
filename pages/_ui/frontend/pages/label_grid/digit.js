// One digit on a canvas of its own, which has a name like an image: a hundred of them are drawn
// anew within a frame, where a hundred images would first be loaded and decoded one by one.

import { greyCanvas } from "../../parts/grey_canvas.js";

const SIDE = 28;

export class Digit {
  #grey;
  #shown = ""; // what is drawn
  /** @type {import("../../core/model.js").Model | null} */
  #model = null;

  /**
   * @param {string} [name]
   * @param {import("../../parts/elements.js").Attributes} [attributes] of the canvas
   */
  constructor(name = "", attributes = {}) {
    this.#grey = greyCanvas(SIDE, SIDE, { role: "img", ...attributes });
    this.name = name;
  }

  get element() {
    return this.#grey.canvas;
  }

  /** What it shows, in words; as an image's alternative text, too. @param {string} name */
  set name(name) {
    this.element.setAttribute("aria-label", name);
    this.element.setAttribute("alt", name);
  }

  /**
   * E[x|z] of a label; nothing is decoded that is there already.
   * @param {import("../../core/model.js").Model} model
   * @param {number[]} z
   * @param {number} label
   */
  decode(model, z, label) {
    const asked = `${z},${label}`;
    if (asked === this.#shown && model === this.#model) return;
    this.#shown = asked;
    this.#model = model;
    this.#grey.put(model.decode(z, label));
  }

  /** @param {Uint8Array | null} [image] 784 grey values; none for a picture that is on its way */
  show(image) {
    this.#grey.put(Float32Array.from(image ?? new Uint8Array(SIDE * SIDE), (grey) => grey / 255));
  }
}
