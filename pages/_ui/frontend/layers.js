// What is drawn on the map, as switches.

import { h } from "./dom.js";

const LAYERS = {
  points: (q) => `the means of ${q} of the test images`,
  manifold: (_q, _p, conditional) => `a grid of decoded digits${conditional ? " of the label" : ""}`,
  prior: (_q, p) => `circles at 1, 2 and 3 standard deviations of ${p}`,
  posterior: (q) => `1 and 2 standard deviations of ${q} of the point nearest the pointer`,
};

export class Layers {
  /** @param {(on: string[]) => void} switched called when a person changes them */
  constructor(switched) {
    this.switched = switched;
    this.sent = new Set(); // lists that came from here, so that their late echoes are known
    this.switches = {};
    const labels = Object.keys(LAYERS).map((name) => {
      this.switches[name] = h("input", { type: "checkbox", onchange: () => this.#switch() });
      return h("label", {}, this.switches[name], h("span", {}, name));
    });
    this.element = h(
      "section",
      { class: "layers", role: "group", "aria-label": "Layers" },
      h("h2", {}, "layers"),
      ...labels,
    );
  }

  /** Say what they show of this kind of model. */
  describe(conditional, learned) {
    const q = conditional ? "q(z|x, y)" : "q(z|x)";
    const p = learned ? "p(z|y) = N(\u03bc(y), I)" : "p(z) = N(0, I)";
    for (const [name, title] of Object.entries(LAYERS)) {
      this.switches[name].parentElement.title = title(q, p, conditional);
    }
  }

  /** The names of those that are on. */
  get on() {
    return Object.keys(LAYERS).filter((name) => this.has(name));
  }

  has(name) {
    return this.switches[name].checked;
  }

  /** The server's list, unless it is an echo of what was sent from here. */
  adopt(names) {
    if (this.sent.has(names.join())) return;
    this.sent.clear();
    for (const [name, input] of Object.entries(this.switches)) input.checked = names.includes(name);
  }

  #switch() {
    this.sent.add(this.on.join());
    this.switched(this.on);
  }
}
