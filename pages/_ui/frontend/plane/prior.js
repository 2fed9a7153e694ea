// The prior N(centre, I): circles at some standard deviations, each with how much of it lies within.

import { massWithin } from "../core/numbers.js";
import { s } from "../parts/elements.js";
import { set } from "./axes.js";
import { besideCircle } from "./boxes.js";

const WORD = { width: 54, height: 15 }; // pixels, of usual type

export class Prior {
  /** @type {ArrayLike<number>} */
  #centre = [0, 0];
  /** @type {number[]} */
  #sigmas = [];

  /** @param {import("./view.js").Projection} projection gives places their pixels */
  constructor(projection) {
    this.projection = projection;
    this.element = s("g", { class: "prior" });
    this.set([0, 0], [1, 2, 3]);
  }

  /** @param {ArrayLike<number>} centre its mean @param {number[]} [sigmas] radii of the circles */
  set(centre, sigmas = this.#sigmas) {
    if (sigmas !== this.#sigmas) {
      this.element.replaceChildren(...sigmas.flatMap((sigma) => [s("circle"), s("text", { dy: "0.35em" }, textOf(sigma))]));
    }
    this.#centre = centre;
    this.#sigmas = sigmas;
  }

  /** @param {import("./boxes.js").Box[]} taken where no words can stand */
  draw(taken) {
    const { area, scale, type } = this.projection;
    const [cx, cy] = this.projection.toPixel(this.#centre);
    const word = { width: type * WORD.width, height: type * WORD.height };
    const boxes = [...taken];
    this.#sigmas.forEach((sigma, i) => {
      const r = sigma * scale;
      const box = besideCircle({ middle: [cx, cy], radius: r }, word, area, boxes);
      boxes.push(box);
      set(this.element.children[2 * i], { cx, cy, r });
      set(this.element.children[2 * i + 1], { x: box.left + box.width / 2, y: box.top + box.height / 2 });
    });
  }
}

/** @param {number} sigma radius of a circle */
const textOf = (sigma) => `${sigma}\u03c3 \u00b7 ${Math.round(100 * massWithin(sigma))} %`;
