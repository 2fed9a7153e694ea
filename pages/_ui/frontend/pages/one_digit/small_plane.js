// A small square of the latent plane, or of the plane of ε: circles, an ellipse, a cloud, a dot.

import { s } from "../../parts/elements.js";

const SIDE = 100; // of the square, in its own units

/** @typedef {[number, number]} Pair */

/**
 * What it shows, in coordinates of the plane.
 * @typedef {object} Scene
 * @property {ArrayLike<number>} centre
 * @property {number} reach from the centre to an edge
 * @property {{centre: ArrayLike<number>, radii: number[]}} [rings] of the prior
 * @property {{centre: ArrayLike<number>, radii: ArrayLike<number>, times: number[]}} [ellipses] of q(z|x)
 * @property {ArrayLike<number>[]} [cloud]
 * @property {ArrayLike<number>} [dot]
 * @property {number} [frame] reach of a square around the ellipses' centre
 */

export class SmallPlane {
  /** @type {Pick<Scene, "centre" | "reach">} */
  #frame = { centre: [0, 0], reach: 1 };

  /** @param {import("../../parts/elements.js").Attributes} attributes */
  constructor(attributes) {
    this.axes = s("path", { class: "axes" });
    this.rings = s("g", { class: "rings" });
    this.ellipses = s("g", { class: "ellipses" });
    this.cloud = s("path", { class: "dots" });
    this.square = s("rect", { class: "frame" });
    this.dot = s("circle", { class: "dot", r: 3.2 });
    const layers = [this.axes, this.rings, this.ellipses, this.cloud, this.square, this.dot];
    const box = { class: "small-plane", viewBox: `0 0 ${SIDE} ${SIDE}` };
    this.element = /** @type {SVGSVGElement} */ (s("svg", { ...box, ...attributes }, ...layers));
  }

  /** @param {Scene} scene */
  show({ centre, reach, rings, ellipses, cloud = [], dot, frame }) {
    this.#frame = { centre, reach };
    const [left, top] = this.#place([0, 0]);
    this.axes.setAttribute("d", `M${left} 0V${SIDE}M0 ${top}H${SIDE}`);
    const scale = SIDE / (2 * reach);
    const circles = (rings?.radii ?? []).map((radius) => ({ at: rings?.centre ?? centre, rx: scale * radius, ry: scale * radius }));
    draw(this.rings, circles.map(({ at, ...radii }) => ({ ...radii, ...this.#middle(at) })));
    const { times = [], radii = [0, 0] } = ellipses ?? {};
    const around = ellipses ? this.#middle(ellipses.centre) : {};
    draw(this.ellipses, times.map((n) => ({ rx: n * scale * radii[0], ry: n * scale * radii[1], ...around })));
    this.cloud.setAttribute("d", cloud.map((point) => `M${this.#place(point).join(" ")}h0`).join(""));
    if (dot) {
      const [x, y] = this.#place(dot);
      this.dot.setAttribute("transform", `translate(${x} ${y})`);
    }
    this.dot.toggleAttribute("hidden", !dot);
    this.#showFrame(ellipses?.centre, frame);
  }

  /** @param {ArrayLike<number> | undefined} around @param {number | undefined} frame */
  #showFrame(around, frame) {
    this.square.toggleAttribute("hidden", !around || frame === undefined);
    if (!around || frame === undefined) return;
    const side = Math.max(9, (SIDE / this.#frame.reach) * frame); // a smaller one could not be seen
    const [x, y] = this.#place(around);
    for (const [name, value] of Object.entries({ x: x - side / 2, y: y - side / 2, width: side, height: side })) {
      this.square.setAttribute(name, String(value));
    }
  }

  /** @param {ArrayLike<number>} at */
  #middle(at) {
    const [cx, cy] = this.#place(at);
    return { cx, cy };
  }

  /** @param {ArrayLike<number>} point @returns {Pair} */
  #place(point) {
    const { centre, reach } = this.#frame;
    const x = SIDE / 2 + ((point[0] - centre[0]) * SIDE) / (2 * reach);
    const y = SIDE / 2 - ((point[1] - centre[1]) * SIDE) / (2 * reach);
    return [Math.round(1000 * x) / 1000, Math.round(1000 * y) / 1000];
  }

  /** The place of the plane under a pointer. @param {MouseEvent} event @returns {Pair} */
  at({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const { centre, reach } = this.#frame;
    const [right, down] = [(clientX - left) / width, (clientY - top) / height];
    return [centre[0] + (2 * right - 1) * reach, centre[1] - (2 * down - 1) * reach];
  }
}

/** @param {SVGElement} group @param {Record<string, number>[]} ellipses */
function draw(group, ellipses) {
  while (group.childElementCount < ellipses.length) group.append(s("ellipse"));
  while (group.childElementCount > ellipses.length) group.lastElementChild?.remove();
  ellipses.forEach((ellipse, i) => {
    for (const [name, value] of Object.entries(ellipse)) group.children[i].setAttribute(name, value.toFixed(3));
  });
}
