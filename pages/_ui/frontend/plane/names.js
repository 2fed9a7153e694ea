// The names of the classes, each in the middle of its points. A name that would lie over another is left
// out, and so is that of a class whose points are not shown.

import { classMedians } from "../core/medians.js";
import { s } from "../parts/elements.js";
import { set } from "./axes.js";
import { boxAround } from "./boxes.js";

const CROWDED = 20; // pixels: names closer than this to another are left out
const LETTER = 11; // pixels, the width of one
const HEIGHT = 20;

/** @typedef {[number, number]} Pair */

export class Names {
  /** @type {string[]} */
  #names = [];
  /** @type {(Pair | null)[]} one per class */
  #middles = [];
  /** @type {boolean[] | null} */
  #shown = null;
  /** Where there are names. @type {import("./boxes.js").Box[]} */
  boxes = [];

  /** @param {import("./view.js").Projection} projection gives places their pixels */
  constructor(projection) {
    this.projection = projection;
    this.element = s("g", { class: "names" });
  }

  /** @param {string[]} names @param {import("./dots.js").Points | null} points */
  set(names, points) {
    this.#names = names;
    this.element.replaceChildren(...names.map((name) => s("text", { dy: "0.35em" }, name)));
    this.place(points);
  }

  /** @param {import("./dots.js").Points | null} points where the classes are now */
  place(points) {
    this.#middles = points ? classMedians(points.mu, points.labels, this.#names.length) : [];
  }

  /** @param {boolean[] | null} flags which classes are shown; null: all */
  show(flags) {
    this.#shown = flags;
  }

  draw() {
    const { projection } = this;
    /** @type {Pair[]} */
    const placed = [];
    this.boxes = [];
    this.#names.forEach((name, i) => {
      const middle = this.#shown?.[i] === false ? null : this.#middles[i];
      const at = middle ? projection.toPixel(middle) : null;
      const hides = !at || placed.some(([x, y]) => Math.hypot(x - at[0], y - at[1]) < CROWDED);
      this.element.children[i].setAttribute("visibility", hides ? "hidden" : "inherit");
      if (hides) return;
      placed.push(at);
      set(this.element.children[i], { x: at[0], y: at[1] });
      this.boxes.push(boxAround(at, projection.type * LETTER * name.length, projection.type * HEIGHT));
    });
  }
}
