// What is drawn over the points: prior, posterior, names, path, the cursor and what lies closest to it,
// stars, pins, as SVG in pixels of the element, so that lines stay thin and text stays small at every
// zoom.

import { s } from "../parts/elements.js";
import { set } from "./axes.js";
import { Names } from "./names.js";
import { Prior } from "./prior.js";

const CROSS = "M-15 0H-5M5 0H15M0 -15V-5M0 5V15";

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
    this.prior = new Prior(projection);
    this.segments = s("g", { class: "segments" });
    this.posterior = s("g", { class: "posterior" });
    this.posterior.append(s("ellipse"), s("ellipse"), s("circle", { r: 2.5 }), s("text"));
    this.names = new Names(projection);
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
        s("g", forEyes, this.prior.element, this.segments, this.posterior, this.names.element, this.path),
        s("g", forEyes, this.closest, this.cursor),
        stars.group, // the only ones that a key can move
        s("g", forEyes, this.pins, this.lasso),
      ),
    );
    /** @type {Posterior | null} */
    this.posteriorShown = null;
    /** @type {Segment[]} */
    this.segmentsShown = [];
    /** @type {Pin[]} */
    this.pinsShown = [];
    /** @type {ArrayLike<number> | null} */
    this.cursorAt = null;
    /** @type {ArrayLike<number> | null} */
    this.closestAt = null;
  }

  /** Redraw all, after the view or the size changed. */
  draw() {
    const { left, top, width, height } = this.projection.area;
    set(this.clip, { x: left, y: top, width, height });
    this.names.draw();
    this.stars.draw();
    this.#drawPrior();
    this.#drawSegments();
    this.#drawPosterior();
    this.#drawPins();
    this.setCursor(this.cursorAt);
  }

  /** @param {ArrayLike<number>} centre @param {number[]} [sigmas] see Prior.set */
  setPrior(centre, sigmas) {
    this.prior.set(centre, sigmas);
    this.#drawPrior();
  }

  /** Its words stand where no other words are. */
  #drawPrior() {
    const hidden = this.names.element.hasAttribute("hidden");
    this.prior.draw([...(hidden ? [] : this.names.boxes), ...this.stars.boxes]);
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
    places.forEach(([x, y], i) => set(this.pins.children[i], { transform: `translate(${x} ${y}) scale(${this.projection.type})` }));
    set(this.path, { points: places.map((place) => place.join(",")).join(" ") });
  }

  /** @param {ArrayLike<number> | null} z */
  setCursor(z) {
    this.cursorAt = z;
    this.cursor.setAttribute("visibility", z ? "visible" : "hidden");
    if (z) set(this.cursor, { transform: `translate(${this.projection.toPixel(z).join(" ")}) scale(${this.projection.type})` });
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
