// The means of a learned prior p(z|y) = N(mu(y), I), as stars on the map. A star can be dragged to
// see what samples of its label would become; let go, it glides back, for the model never changes.

import { greyCanvas, h, pair, s, shown } from "./dom.js";

const SAMPLES = 12;
const GLIDE_MS = 450;
const HOLD_MS = 1200; // the strip stays to be read once the star is back
const STAR = Array.from({ length: 10 }, (_, i) => {
  const [radius, angle] = [i % 2 ? 4.2 : 10, (i * Math.PI) / 5];
  return `${(radius * Math.sin(angle)).toFixed(2)},${(-radius * Math.cos(angle)).toFixed(2)}`;
}).join(" ");
const TURN = Math.PI * (3 - Math.sqrt(5)); // the golden angle spreads them evenly

/** The same noise for every label and drag: N(0, I) at evenly spread quantiles, not at random. */
export const EPSILON = Array.from({ length: SAMPLES }, (_, i) => {
  const radius = Math.sqrt(-2 * Math.log(1 - (i + 0.5) / SAMPLES));
  return [radius * Math.cos(TURN * i), radius * Math.sin(TURN * i)];
});

export class Stars {
  /**
   * @param {import("./plot.js").Plot} plot gives places their pixels
   * @param {(label: number | null, z: number[]) => void} moved a star was moved; null: it is back
   */
  constructor(plot, moved) {
    this.plot = plot;
    this.moved = moved;
    this.means = [];
    this.held = null; // {label, z}, away from its place
    this.group = s("g", { class: "stars" });
    this.noise = EPSILON.map(() => s("circle", { r: 3 }));
    this.cloud = s("g", { class: "cloud", visibility: "hidden" }, ...this.noise);
    this.strip = greyCanvas(28 * SAMPLES, 28, { role: "img" });
    this.title = h("p", {});
    this.panel = h(
      "div",
      { class: "samples", hidden: true },
      this.title,
      h("div", { class: "film" }, this.strip.canvas),
      h("p", { class: "hint" }, "Only to try out: let go and the star glides back. The model is not changed."),
    );
  }

  /** @param {number[][]} means mu(y) of each label; none for a standard prior */
  show(means, names, colors, decoder) {
    this.#end();
    Object.assign(this, { means, names, decoder });
    this.group.replaceChildren(
      ...means.map((_, label) => {
        const star = s(
          "g",
          { class: "star" },
          s("polygon", { points: STAR }),
          s("text", { x: 11, y: -6 }, names[label]),
        );
        star.style.setProperty("--class", colors[label]);
        return star;
      }),
      this.cloud,
    );
    this.draw();
  }

  mark(label) {
    [...this.group.children].forEach((star, i) => star.classList.toggle("chosen", i === label));
  }

  /** Where the star of a label is now; the origin where the prior is standard. */
  place(label) {
    return this.held?.label === label ? this.held.z : (this.means[label] ?? [0, 0]);
  }

  /** The label of the star within reach of a pixel, or null. */
  at(px, py, reach) {
    let best = null;
    this.means.forEach((_, label) => {
      const [x, y] = this.plot.toPixel(this.place(label));
      const far = Math.hypot(x - px, y - py);
      if (far <= reach) [best, reach] = [label, far];
    });
    return best;
  }

  draw() {
    this.means.forEach((_, label) => this.#put(this.group.children[label], this.place(label)));
    if (!this.held) return;
    const { z } = this.held;
    this.noise.forEach((dot, i) => this.#put(dot, this.#sample(z, i)));
    // Out of the way of the star.
    this.panel.dataset.top = String(this.plot.toPixel(z)[1] > this.plot.size.height / 2);
  }

  #put(element, z) {
    element.setAttribute("transform", `translate(${this.plot.toPixel(z).join(" ")})`);
  }

  #sample = (z, i) => [z[0] + EPSILON[i][0], z[1] + EPSILON[i][1]];

  /** Hold a star at a place. */
  move(label, z) {
    if (this.held?.label !== label) this.#end();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.held = { label, z };
    this.panel.hidden = false;
    this.cloud.setAttribute("visibility", "visible");
    const name = this.names[label];
    const where = z.map((value) => shown(value)).join(", ");
    this.title.textContent = `Samples of ${name} if \u03bc(${name}) were (${where})`;
    this.strip.canvas.setAttribute("aria-label", `Samples of ${name} around ${pair(z)}`);
    this.strip.canvas.dataset.z = `${z[0]},${z[1]}`;
    EPSILON.forEach((_, i) => this.strip.put(this.decoder.decode(this.#sample(z, i), label), 28 * i));
    this.draw();
    this.moved(label, z);
  }

  /** Let go. */
  release() {
    if (!this.held) return;
    const { label, z: from } = this.held;
    const to = this.means[label];
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const started = performance.now();
    const glide = (now) => {
      const t = still ? 1 : Math.min(1, Math.max(0, (now - started) / GLIDE_MS));
      const eased = 1 - (1 - t) ** 3;
      this.move(label, [0, 1].map((d) => (t === 1 ? to[d] : from[d] + eased * (to[d] - from[d]))));
      if (t < 1) this.frame = requestAnimationFrame(glide);
      else this.timer = setTimeout(() => this.#end(), HOLD_MS);
    };
    this.frame = requestAnimationFrame(glide);
  }

  #end() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    if (!this.held) return;
    this.held = null;
    this.panel.hidden = true;
    this.cloud.setAttribute("visibility", "hidden");
    this.draw();
    this.moved(null);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }
}
