// q(z|x) as a small picture of its own scale, so that it can be seen however small it is on the map:
// 1 and 2 standard deviations, a place, samples.

import { s } from "../../parts/elements.js";
import { set } from "../../plane/axes.js";

const REACH = 3; // standard deviations of the wider side, from the middle to the edge
const CROSS = "M-0.5 0H0.5M0-0.5V0.5";

/** @typedef {{mu: ArrayLike<number>, sigma: ArrayLike<number>}} Gaussian */

export class GaussianPicture {
  constructor() {
    this.ellipses = [2, 1].map(() => s("ellipse"));
    this.place = s("path", { class: "place", d: CROSS });
    this.samples = s("g", { class: "samples-of-z" });
    this.element = s(
      "svg",
      { class: "gaussian", viewBox: `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`, "aria-hidden": "true" },
      ...[...this.ellipses, s("circle", { class: "mean", r: 0.16 }), this.samples, this.place],
    );
  }

  /**
   * @param {Gaussian | null} gaussian
   * @param {ArrayLike<number> | null} [z] a place, which is shown where it lies in the picture
   * @param {ArrayLike<number>[]} [samples]
   */
  show(gaussian, z = null, samples = []) {
    this.element.toggleAttribute("data-empty", !gaussian);
    if (!gaussian) return;
    const { mu, sigma } = gaussian;
    const unit = Math.max(sigma[0], sigma[1]);
    this.ellipses.forEach((ellipse, i) =>
      set(ellipse, { rx: ((2 - i) * sigma[0]) / unit, ry: ((2 - i) * sigma[1]) / unit }),
    );
    const at = (/** @type {ArrayLike<number>} */ place) => [(place[0] - mu[0]) / unit, (mu[1] - place[1]) / unit];
    const [x, y] = z ? at(z) : [Infinity, 0];
    const inside = Math.max(Math.abs(x), Math.abs(y)) < REACH;
    this.place.setAttribute("visibility", inside ? "visible" : "hidden");
    if (inside) set(this.place, { transform: `translate(${x} ${y})` });
    this.samples.replaceChildren(
      ...samples.map((sample) => {
        const [cx, cy] = at(sample);
        return s("circle", { cx, cy, r: 0.14 });
      }),
    );
  }
}
