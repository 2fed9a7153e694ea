// The means of a learned prior p(z|y) = N(mu(y), I), as stars on the plane. A star can be dragged to
// see what samples of its label would become, with the pointer or, where it has the focus, with the
// arrow keys; let go, it glides back, for the model never changes.

import { h, s } from "../parts/elements.js";
import { greyCanvas } from "../parts/grey_canvas.js";
import { pair, shown } from "../parts/numbers.js";
import { t } from "../state/texts.js";
import { set } from "./axes.js";
import { boxAround } from "./boxes.js";
import { stepOf } from "./keys.js";
import { glide } from "./motion.js";

const SAMPLES = 12;
const GLIDE_MS = 450;
const HOLD_MS = 1200; // the strip stays to be read once the star is back
const STAR = Array.from({ length: 10 }, (_, i) => {
  const [radius, angle] = [i % 2 ? 4.2 : 10, (i * Math.PI) / 5];
  return `${(radius * Math.sin(angle)).toFixed(2)},${(-radius * Math.cos(angle)).toFixed(2)}`;
}).join(" ");
const HANDLE = "M0-20l3.5 4.5h-7zM0 20l3.5-4.5h-7zM-20 0l4.5 3.5v-7zM20 0l-4.5 3.5v-7z"; // it can be moved all ways
const CROWDED = 14; // pixels: of stars closer than this to another only the first has its name
const NAME = { x: 11, y: -6 };
const TURN = Math.PI * (3 - Math.sqrt(5)); // the golden angle spreads them evenly

/** @typedef {[number, number]} Pair */
/** @typedef {import("../core/model.js").Model} Model */

/**
 * The same noise for every label and drag: N(0, I) at evenly spread quantiles, not at random.
 * @type {Pair[]}
 */
export const EPSILON = Array.from({ length: SAMPLES }, (_, i) => {
  const radius = Math.sqrt(-2 * Math.log(1 - (i + 0.5) / SAMPLES));
  return [radius * Math.cos(TURN * i), radius * Math.sin(TURN * i)];
});

export class Stars {
  /**
   * @param {import("./view.js").Projection} projection gives places their pixels
   * @param {(label: number, z: Pair | null, held: boolean) => void} moved a star was moved, by hand
   *   or on its way back; null: it is back
   * @param {(label: number) => void} chosen a key has chosen a star
   */
  constructor(projection, moved, chosen) {
    this.projection = projection;
    this.moved = moved;
    this.chosen = chosen;
    /** @type {Pair[]} */
    this.means = [];
    /** @type {string[]} */
    this.names = [];
    /** @type {Model | null} draws the samples; without one the stars stay where they are */
    this.model = null;
    /** @type {{label: number, z: Pair} | null} away from its place */
    this.held = null;
    this.stop = () => {};
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.group = s("g", { class: "stars" });
    /** The one that stands out, over the others, with a handle where it can be moved. */
    this.front = s("g", { class: "front", "aria-hidden": "true" }, s("path", { d: HANDLE }), s("polygon", { points: STAR }));
    /** Over all stars, one per label. */
    this.labels = s("g", { class: "star-names", "aria-hidden": "true" });
    /** @type {number | undefined} */
    this.marked = undefined;
    this.noise = EPSILON.map(() => s("circle", { r: 3 }));
    this.cloud = s("g", { class: "cloud", visibility: "hidden" }, ...this.noise);
    this.strip = greyCanvas(28 * SAMPLES, 28, { role: "img" });
    this.title = h("p", {});
    this.panel = h(
      "div",
      { class: "samples", hidden: true },
      this.title,
      h("div", { class: "film" }, this.strip.canvas),
      h("p", { class: "hint" }, t("plane.samples.hint")),
    );
  }

  /**
   * @param {Pair[]} means mu(y) of each label; none for a standard prior
   * @param {string[]} names
   * @param {string[]} colors
   * @param {Model | null} model
   */
  show(means, names, colors, model) {
    this.#end();
    Object.assign(this, { means, names, model });
    this.group.replaceChildren(
      ...means.map((_, label) => {
        const movable = model && {
          ...{ tabindex: -1, role: "button", "aria-label": t("plane.star", { name: names[label] }) },
          onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event, label),
          onblur: () => this.release(),
        };
        return s("g", { class: "star", ...movable }, s("polygon", { points: STAR }));
      }),
      ...[this.front, this.labels, this.cloud],
    );
    this.labels.replaceChildren(...means.map((_, label) => s("text", NAME, names[label])));
    this.setColors(colors);
  }

  /** Of another theme. @param {string[]} colors */
  setColors(colors) {
    this.means.forEach((_, label) => {
      /** @type {SVGElement} */ (this.group.children[label]).style.setProperty("--class", colors[label]);
    });
    this.mark(this.marked);
  }

  /** @param {number | undefined} label of the star that stands out, which the tab key comes to */
  mark(label) {
    this.marked = label;
    if (this.model) this.means.forEach((_, i) => set(this.group.children[i], { tabindex: i === label ? 0 : -1 }));
    const shown = label !== undefined && label < this.means.length;
    this.front.toggleAttribute("hidden", !shown);
    this.front.classList.toggle("movable", this.model !== null);
    if (shown) {
      const { style } = /** @type {SVGElement} */ (this.group.children[label]);
      this.front.style.setProperty("--class", style.getPropertyValue("--class"));
    }
    this.draw();
  }

  /** @param {KeyboardEvent} event @param {number} label */
  #key(event, label) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = stepOf(event);
    if (step) this.move(label, this.projection.stepped(this.place(label), ...step));
    else if (event.key === "Enter" || event.key === " ") this.chosen(label);
    else if (event.key === "Escape") this.release();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the plane would move its cursor
  }

  /**
   * Where the star of a label is now; the origin where the prior is standard.
   * @param {number} label
   */
  place(label) {
    return this.held?.label === label ? this.held.z : (this.means[label] ?? [0, 0]);
  }

  /**
   * The label of the star within reach of a pixel, or null.
   * @param {number} px
   * @param {number} py
   * @param {number} reach
   */
  at(px, py, reach) {
    let best = null;
    if (!this.model) return best;
    for (const label of this.means.keys()) {
      const [x, y] = this.projection.toPixel(this.place(label));
      const far = Math.hypot(x - px, y - py);
      if (far <= reach) [best, reach] = [label, far];
    }
    return best;
  }

  /** Where stars with their names are, unless one is held. */
  get boxes() {
    const { type } = this.projection;
    return this.means.map((z) => {
      const [x, y] = this.projection.toPixel(z);
      return boxAround([x + 5 * type, y - 4 * type], 32 * type, 28 * type);
    });
  }

  draw() {
    this.means.forEach((_, label) => this.#put(this.group.children[label], this.place(label)));
    this.#drawNames();
    if (this.marked !== undefined) this.#put(this.front, this.place(this.marked));
    if (!this.held) return;
    const { z } = this.held;
    this.noise.forEach((dot, i) => this.#put(dot, sampleOf(z, i)));
    // Out of the way of the star.
    const { height } = this.projection.size;
    this.panel.dataset.top = String(this.projection.toPixel(z)[1] > height / 2);
  }

  /** Of stars that lie over one another the name of the uppermost is seen: it is the one that is seen, too. */
  #drawNames() {
    const { means, marked, projection } = this;
    const order = [...means.keys()].reverse().sort((a, b) => Number(b === marked) - Number(a === marked));
    /** @type {Pair[]} */
    const placed = [];
    for (const label of order) {
      const place = this.place(label);
      const [x, y] = projection.toPixel(place);
      const hides = placed.some(([px, py]) => Math.hypot(px - x, py - y) < CROWDED * projection.type);
      if (!hides) placed.push([x, y]);
      const name = this.labels.children[label];
      set(name, { visibility: hides ? "hidden" : "inherit", "data-on": label === marked });
      this.#put(name, place);
    }
  }

  /** @param {Element} element @param {Pair} z */
  #put(element, z) {
    const { projection } = this;
    element.setAttribute("transform", `translate(${projection.toPixel(z).join(" ")}) scale(${projection.type})`);
  }

  /**
   * Hold a star at a place.
   * @param {number} label
   * @param {Pair} z
   */
  move(label, z) {
    if (this.held?.label !== label) this.#end();
    this.#stay();
    this.#hold(label, z, true);
  }

  /** Let go: it glides back. */
  release() {
    if (!this.held) return;
    const { label, z: from } = this.held;
    const to = this.means[label];
    this.stop = glide(GLIDE_MS, (share) => {
      const left = (1 - share) ** 3;
      this.#hold(label, [to[0] + left * (from[0] - to[0]), to[1] + left * (from[1] - to[1])], false);
      if (share === 1) this.timer = setTimeout(() => this.#end(), HOLD_MS);
    });
  }

  /** @param {number} label @param {Pair} z @param {boolean} byHand */
  #hold(label, z, byHand) {
    this.held = { label, z };
    this.panel.hidden = false;
    this.cloud.setAttribute("visibility", "visible");
    const name = this.names[label];
    const where = z.map((value) => shown(value)).join(", ");
    this.title.textContent = t("plane.samples.title", { name, place: where });
    const { canvas } = this.strip;
    canvas.setAttribute("aria-label", t("plane.samples.label", { name, place: pair(z) }));
    canvas.dataset.z = `${z[0]},${z[1]}`;
    const { model } = this;
    if (model) EPSILON.forEach((_, i) => this.strip.put(model.decode(sampleOf(z, i), label), 28 * i));
    this.draw();
    this.moved(label, z, byHand);
  }

  #stay() {
    this.stop();
    clearTimeout(this.timer);
  }

  #end() {
    this.#stay();
    if (!this.held) return;
    const { label } = this.held;
    this.held = null;
    this.panel.hidden = true;
    this.cloud.setAttribute("visibility", "hidden");
    this.draw();
    this.moved(label, null, false);
  }

  destroy() {
    this.#stay();
  }
}

/** @param {Pair} z @param {number} i @returns {Pair} */
const sampleOf = (z, i) => [z[0] + EPSILON[i][0], z[1] + EPSILON[i][1]];
