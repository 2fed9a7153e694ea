// The axes: grid lines, numbers and names.

import { s } from "../parts/elements.js";
import { ticksOf } from "./view.js";

const GAP = 8; // pixels between the drawing area and the numbers

export class Axes {
  /** @param {import("./view.js").Projection} projection */
  constructor(projection) {
    this.projection = projection;
    this.lines = s("g");
    this.numbers = [s("g"), s("g")];
    this.names = [s("text", { class: "axis-name" }, "z1"), s("text", { class: "axis-name" }, "z2")];
    this.element = s("svg", { class: "axes", "aria-hidden": "true" }, this.lines, ...this.numbers, ...this.names);
  }

  draw() {
    const { projection } = this;
    const { type } = projection;
    const { left, top, width, height } = projection.area;
    const [right, bottom] = [left + width, top + height];
    const { x, y } = projection.ranges;
    const columns = ticksOf(...x, width).map((tick) => ({ ...tick, at: projection.toPixel([tick.value, 0])[0] }));
    const rows = ticksOf(...y, height).map((tick) => ({ ...tick, at: projection.toPixel([0, tick.value])[1] }));
    fill(this.lines, "line", [
      ...columns.map(({ value, at }) => ({ x1: at, x2: at, y1: top, y2: bottom, "data-zero": value === 0 })),
      ...rows.map(({ value, at }) => ({ x1: left, x2: right, y1: at, y2: at, "data-zero": value === 0 })),
    ]);
    fill(
      this.numbers[0],
      "text",
      columns.map(({ value, text, at }) => ({ text, x: at, y: bottom + (GAP + 8) * type, "text-anchor": "middle", "data-z1": value })),
    );
    fill(
      this.numbers[1],
      "text",
      rows.map(({ value, text, at }) => ({ text, x: left - GAP * type, y: at, dy: "0.35em", "text-anchor": "end", "data-z2": value })),
    );
    set(this.names[0], { x: left + width / 2, y: bottom + 30 * type, "text-anchor": "middle" });
    // Beside the numbers there is room for it between two of them only.
    const half = rows.length > 1 ? (rows[0].at - rows[1].at) / 2 : 0;
    const between = rows.length > 1 ? rows[rows.length >> 1].at + half : top + height / 2;
    set(this.names[1], { transform: `translate(${12 * type} ${between}) rotate(-90)`, "text-anchor": "middle" });
  }
}

/**
 * As many children as there are descriptions, each as described; what is there is used again.
 * @param {SVGElement} group
 * @param {string} tag
 * @param {Record<string, any>[]} descriptions attributes, and `text`
 */
function fill(group, tag, descriptions) {
  while (group.children.length > descriptions.length) group.lastChild?.remove();
  while (group.children.length < descriptions.length) group.append(s(tag));
  descriptions.forEach(({ text, ...attributes }, i) => {
    const child = group.children[i];
    set(child, attributes);
    if (text !== undefined && child.textContent !== text) child.textContent = text;
  });
}

/** @param {Element} element @param {Record<string, any>} attributes */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
