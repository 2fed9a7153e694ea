// What is drawn over the points: prior, posterior, names, path, stars, pins, the cursor and what lies
// closest to it, as SVG in pixels of the element, so that lines stay thin and text stays small at every
// zoom.

import { massWithin } from "../core/numbers.js";
import { s } from "../parts/elements.js";
import { set } from "./axes.js";

const CROSS = "M-15 0H-5M5 0H15M0 -15V-5M0 5V15";
const CROWDED_PIXELS = 20; // names closer than this to another are left out

/** @typedef {[number, number]} Pair */
/** @typedef {{z: Pair, number: string, color?: string | null, pending?: boolean}} Pin */
/** @typedef {{mu: ArrayLike<number>, sigma: ArrayLike<number>, text: string}} Posterior */
/** @typedef {{from: Pair, to: Pair, color: string, name: string, chosen: boolean}} Segment */

export class Marks {
  /**
   * @param {import("./view.js").Projection} projection gives places their pixels
   * @param {import("./stars.js").Stars} stars drawn among the rest
   */
  constructor(projection, stars) {
    this.projection = projection;
    this.stars = stars;
    this.prior = s("g", { class: "prior" });
    this.segments = s("g", { class: "segments" });
    this.posterior = s("g", { class: "posterior" });
    this.posterior.append(s("ellipse"), s("ellipse"), s("circle", { r: 2.5 }), s("text"));
    this.names = s("g", { class: "names" });
    this.path = s("polyline", { class: "path" });
    this.pins = s("g", { class: "markers" });
    this.closest = s("g", { class: "closest" }, s("line", { class: "halo" }), s("line"), s("circle", { r: 6 }));
    this.cursor = s(
      "g",
      { class: "cursor" },
      s("path", { class: "halo", d: CROSS }),
      s("circle", { class: "halo", r: 9 }),
      s("path", { d: CROSS }),
      s("circle", { r: 9 }),
    );
    this.lasso = s("polygon", { class: "lasso" });
    this.clip = s("rect");
    const forEyes = { "aria-hidden": "true" };
    const id = `plot-area-${Math.random().toString(36).slice(2)}`;
    this.element = s(
      "svg",
      { class: "overlay" },
      s("clipPath", { id }, this.clip),
      s(
        "g",
        { "clip-path": `url(#${id})` },
        s("g", forEyes, this.prior, this.segments, this.posterior, this.names, this.path),
        stars.group, // the only ones that a key can move
        s("g", forEyes, this.closest, this.cursor, this.pins, this.lasso),
      ),
    );
    /** @type {{centre: ArrayLike<number>, sigmas: number[]}} */
    this.priorShown = { centre: [0, 0], sigmas: [] };
    /** @type {Posterior | null} */
    this.posteriorShown = null;
    /** @type {Segment[]} */
    this.segmentsShown = [];
    /** @type {{z: Pair, text: string}[]} */
    this.namesShown = [];
    /** @type {Pin[]} */
    this.pinsShown = [];
    /** @type {ArrayLike<number> | null} */
    this.cursorAt = null;
    /** @type {ArrayLike<number> | null} */
    this.closestAt = null;
    this.setPrior([0, 0], [1, 2, 3]);
  }

  /** Redraw all, after the view or the size changed. */
  draw() {
    const { left, top, width, height } = this.projection.area;
    set(this.clip, { x: left, y: top, width, height });
    this.#drawPrior();
    this.#drawSegments();
    this.#drawPosterior();
    this.#drawNames();
    this.#drawPins();
    this.stars.draw();
    this.setCursor(this.cursorAt);
  }

  /**
   * Circles around the mean of a prior N(centre, I).
   * @param {ArrayLike<number>} centre
   * @param {number[]} [sigmas] radii
   */
  setPrior(centre, sigmas = this.priorShown.sigmas) {
    if (sigmas !== this.priorShown.sigmas) {
      const circles = sigmas.flatMap((sigma) => [s("circle"), s("text", {}, priorText(sigma))]);
      this.prior.replaceChildren(...circles);
    }
    this.priorShown = { centre, sigmas };
    this.#drawPrior();
  }

  #drawPrior() {
    const { centre, sigmas } = this.priorShown;
    const [cx, cy] = this.projection.toPixel(centre);
    sigmas.forEach((sigma, i) => {
      const r = sigma * this.projection.scale;
      set(this.prior.children[2 * i], { cx, cy, r });
      set(this.prior.children[2 * i + 1], { x: cx + r * Math.SQRT1_2 + 4, y: cy - r * Math.SQRT1_2 - 4 });
    });
  }

  /** @param {Posterior | null} posterior one and two standard deviations around its mean */
  setPosterior(posterior) {
    this.posteriorShown = posterior;
    this.#drawPosterior();
  }

  #drawPosterior() {
    const { posteriorShown: shown, projection } = this;
    this.posterior.setAttribute("visibility", shown ? "visible" : "hidden");
    if (!shown) return;
    const [cx, cy] = projection.toPixel(shown.mu);
    const [rx, ry] = [0, 1].map((d) => shown.sigma[d] * projection.scale);
    const [one, two, middle, text] = this.posterior.children;
    set(one, { cx, cy, rx, ry });
    set(two, { cx, cy, rx: 2 * rx, ry: 2 * ry });
    set(middle, { cx, cy });
    set(text, { x: cx, y: cy + 2 * ry + 15 });
    text.textContent = shown.text;
  }

  /** @param {Segment[]} segments lines between places, a name where each begins, a dot at its end */
  setSegments(segments) {
    this.segmentsShown = [...segments].sort((a, b) => Number(a.chosen) - Number(b.chosen)); // on top
    this.segments.replaceChildren(
      ...this.segmentsShown.map(({ color, name, chosen }) =>
        s(
          "g",
          { "data-on": String(chosen), style: `--class: ${color}` },
          ...[s("line"), s("circle", { r: chosen ? 7 : 4.5 }), s("text", { dy: "0.35em" }, name)],
        ),
      ),
    );
    this.#drawSegments();
  }

  #drawSegments() {
    this.segmentsShown.forEach(({ from, to }, i) => {
      const [[x1, y1], [x2, y2]] = [from, to].map((z) => this.projection.toPixel(z));
      const [line, dot, name] = this.segments.children[i].children;
      set(line, { x1, y1, x2, y2 });
      set(dot, { cx: x2, cy: y2 });
      set(name, { x: x1, y: y1 });
    });
  }

  /** @param {{z: Pair, text: string}[]} names of classes, where they are */
  setNames(names) {
    this.namesShown = names;
    this.names.replaceChildren(...names.map(({ text }) => s("text", { dy: "0.35em" }, text)));
    this.#drawNames();
  }

  #drawNames() {
    /** @type {Pair[]} */
    const placed = [];
    this.namesShown.forEach(({ z }, i) => {
      const [x, y] = this.projection.toPixel(z);
      const crowded = placed.some(([px, py]) => Math.hypot(px - x, py - y) < CROWDED_PIXELS);
      if (!crowded) placed.push([x, y]);
      set(this.names.children[i], { x, y, visibility: crowded ? "hidden" : "inherit" });
    });
  }

  /** @param {Pin[]} pins as the path goes */
  setPins(pins) {
    this.pinsShown = pins;
    this.pins.replaceChildren(
      ...pins.map(({ number, color, pending }) =>
        s(
          "g",
          { class: pending ? "pin pending" : "pin", style: color && `--class: ${color}` },
          s("circle", { r: 9 }),
          s("text", { dy: "0.35em" }, number),
        ),
      ),
    );
    this.#drawPins();
  }

  #drawPins() {
    const places = this.pinsShown.map(({ z }) => this.projection.toPixel(z));
    places.forEach(([x, y], i) => set(this.pins.children[i], { transform: `translate(${x} ${y})` }));
    set(this.path, { points: places.map((place) => place.join(",")).join(" ") });
  }

  /** @param {ArrayLike<number> | null} z */
  setCursor(z) {
    this.cursorAt = z;
    this.cursor.setAttribute("visibility", z ? "visible" : "hidden");
    if (z) set(this.cursor, { transform: `translate(${this.projection.toPixel(z).join(" ")})` });
    this.#drawClosest();
  }

  /** What lies closest to the cursor. @param {ArrayLike<number> | null} z null: nothing */
  setClosest(z) {
    this.closestAt = z;
    this.#drawClosest();
  }

  #drawClosest() {
    const { cursorAt: from, closestAt: to } = this;
    this.closest.setAttribute("visibility", from && to ? "visible" : "hidden");
    if (!from || !to) return;
    const [[x1, y1], [x2, y2]] = [from, to].map((z) => this.projection.toPixel(z));
    const [halo, line, ring] = this.closest.children;
    for (const each of [halo, line]) set(each, { x1, y1, x2, y2 });
    set(ring, { cx: x2, cy: y2 });
  }

  /** @param {Pair[]} corners of the lasso, in pixels; none while there is none */
  setLasso(corners) {
    set(this.lasso, { points: corners.map((corner) => corner.join(",")).join(" ") });
  }
}

/** A circle of the prior, and how much of the prior lies within. @param {number} sigma */
const priorText = (sigma) => `${sigma}\u03c3 \u00b7 ${Math.round(100 * massWithin(sigma))} %`;
