// Where the digits come from: the latent plane with the mean of each label, the noise that one
// style adds to every one of them, and the chosen place.

import { pair, s } from "./dom.js";

const MARGIN = 0.45; // around all that is shown, in prior standard deviations

export class Plane {
  constructor() {
    this.element = s("svg", { class: "plane", role: "img" });
  }

  /**
   * @param {{model, colors: string[], names: string[]}} model
   * @param {{shift: number[], label: number, spread: number}} chosen what is added to every mean,
   *   the label on top, and the radius of the circle around its mean
   */
  show({ model, colors, names }, { shift, label, spread }) {
    const means = names.map((_, i) => model.mean(i));
    const places = means.map(([x, y]) => [x + shift[0], y + shift[1]]);
    const all = [...means, ...places];
    const range = (k) => {
      const own = means[label][k];
      const values = [...all.map((place) => place[k]), own - spread, own + spread];
      return [Math.min(...values) - MARGIN, Math.max(...values) + MARGIN];
    };
    const [[left, right], [low, high]] = [range(0), range(1)];
    const side = Math.max(right - left, high - low);
    const size = this.element.clientWidth || 400; // so that text and dots keep their size
    const px = ([x, y]) => [
      ((x - (left + right) / 2) / side + 0.5) * size,
      (0.5 - (y - (low + high) / 2) / side) * size,
    ];
    const unit = size / side;
    const parts = means.map((mean, i) => {
      const [[x, y], [a, b]] = [px(mean), px(places[i])];
      const group = s(
        "g",
        { "data-on": String(i === label) },
        i === label ? s("circle", { class: "one-sigma", cx: x, cy: y, r: spread * unit }) : null,
        s("line", { x1: x, y1: y, x2: a, y2: b }),
        s("circle", { class: "z", cx: a, cy: b, r: i === label ? 7 : 4.5 }),
        s("text", { x, y: y + 5 }, names[i].length > 3 ? String(i) : names[i]),
      );
      group.style.setProperty("--class", colors[i % colors.length]);
      return group;
    });
    parts.push(parts.splice(label, 1)[0]); // the chosen one on top
    this.element.setAttribute("viewBox", `0 0 ${size} ${size}`);
    const what = `Latent plane: each label's mean, and the same noise added to it; z is ${pair(places[label])}`;
    this.element.setAttribute("aria-label", what);
    this.element.replaceChildren(...parts);
  }
}
