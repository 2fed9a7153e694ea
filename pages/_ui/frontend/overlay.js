// What is drawn over the figure: prior, posterior, path, pins and the cursor, as SVG in pixels of
// the map, so that lines stay thin and text stays small at every zoom.

import { s } from "./dom.js";

export class Overlay {
  /**
   * @param {import("./plot.js").Plot} plot gives places their pixels
   * @param {import("./stars.js").Stars} stars drawn among the rest
   */
  constructor(plot, stars) {
    this.plot = plot;
    this.stars = stars;
    this.prior = s("g", { class: "prior" });
    for (const sigma of [1, 2, 3]) {
      this.prior.append(s("circle", {}), s("text", {}, `${sigma}\u03c3`));
    }
    this.posterior = s("g", { class: "posterior", visibility: "hidden" });
    this.posterior.append(s("ellipse"), s("ellipse"), s("circle", { r: 2.5 }), s("text"));
    this.path = s("polyline", { class: "path" });
    this.pins = s("g", { class: "markers" });
    this.cursor = s(
      "g",
      { class: "cursor" },
      s("path", { class: "halo", d: CROSS }),
      s("circle", { class: "halo", r: 9 }),
      s("path", { d: CROSS }),
      s("circle", { r: 9 }),
    );
    this.clip = s("rect");
    const id = `plot-area-${Math.random().toString(36).slice(2)}`;
    this.svg = s(
      "svg",
      { class: "overlay", "aria-hidden": "true" },
      s("clipPath", { id }, this.clip),
      s("g", { "clip-path": `url(#${id})` }, this.prior, this.posterior, this.path, stars.group, this.cursor, this.pins),
    );
    this.state = { pins: [], ellipse: null, cursor: [0, 0], showPrior: false, centre: [0, 0] };
  }

  /** Redraw all, after the view or the size changed. */
  draw() {
    const { left, top, width, height } = this.plot.area;
    set(this.clip, { x: left, y: top, width, height });
    this.#drawPrior();
    this.#drawPosterior();
    this.#drawPins();
    this.stars.draw();
    this.setCursor(this.state.cursor);
  }

  setPrior(visible) {
    this.state.showPrior = visible;
    this.#drawPrior();
  }

  /** The mean of the prior that is shown. */
  setCentre(z) {
    this.state.centre = z;
    this.#drawPrior();
  }

  #drawPrior() {
    const { showPrior, centre } = this.state;
    set(this.prior, { visibility: showPrior ? "visible" : "hidden" });
    if (!showPrior) return;
    const [cx, cy] = this.plot.toPixel(centre);
    for (let sigma = 1; sigma <= 3; sigma++) {
      const r = sigma * this.plot.scale;
      set(this.prior.children[2 * sigma - 2], { cx, cy, r });
      set(this.prior.children[2 * sigma - 1], { x: cx + r * Math.SQRT1_2 + 4, y: cy - r * Math.SQRT1_2 - 4 });
    }
  }

  /** @param {null | {mu: number[], sigma: number[], text: string}} ellipse a posterior to show */
  setPosterior(ellipse) {
    this.state.ellipse = ellipse;
    this.#drawPosterior();
  }

  #drawPosterior() {
    const { ellipse } = this.state;
    set(this.posterior, { visibility: ellipse ? "visible" : "hidden" });
    if (!ellipse) return;
    const [cx, cy] = this.plot.toPixel(ellipse.mu);
    const [one, two, middle, text] = this.posterior.children;
    const [rx, ry] = ellipse.sigma.map((sigma) => sigma * this.plot.scale);
    set(one, { cx, cy, rx, ry });
    set(two, { cx, cy, rx: 2 * rx, ry: 2 * ry });
    set(middle, { cx, cy });
    set(text, { x: cx, y: cy + 2 * ry + 15 });
    text.textContent = ellipse.text;
  }

  /** @param {{z: number[], number: string, color?: string, pending: boolean}[]} pins as the path goes */
  setPins(pins) {
    this.state.pins = pins;
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
    const places = this.state.pins.map(({ z }) => this.plot.toPixel(z));
    places.forEach(([x, y], i) => set(this.pins.children[i], { transform: `translate(${x} ${y})` }));
    set(this.path, { points: places.map((p) => p.join(",")).join(" ") });
  }

  get cursorAt() {
    return this.state.cursor;
  }

  setCursor(z) {
    this.state.cursor = z;
    const [x, y] = this.plot.toPixel(z);
    this.cursor.setAttribute("transform", `translate(${x} ${y})`);
  }
}

const CROSS = "M-15 0H-5M5 0H15M0 -15V-5M0 5V15";

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
