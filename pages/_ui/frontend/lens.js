// The lens: the decoded digit, large, and beside it what is known about the place.

import { fixed, greyCanvas, h, pair, shown } from "./dom.js";
import { Labels } from "./labels.js";
import { labelShares, nearest } from "./neighbours.js";

const NEIGHBOURS = 25;
const ROWS = 3; // labels shown of "around here"; always as many rows, so that nothing jumps
const LOG_2PI = Math.log(2 * Math.PI);

/** log N(z; mu, I) of a two-dimensional z, in nats. */
export const logPrior = (z, mu = [0, 0]) =>
  -LOG_2PI - 0.5 * ((z[0] - mu[0]) ** 2 + (z[1] - mu[1]) ** 2);

export class Lens {
  /**
   * @param {(label: number) => string} color the color of a class
   * @param {(label: number) => void} choose a person wants another label
   */
  constructor(color, choose) {
    this.color = color;
    this.labels = new Labels(choose);
    const image = { role: "img", "aria-label": "Decoded digit at" };
    this.digit = greyCanvas(28, 28, { class: "digit", ...image });
    const hidden = { "aria-hidden": "true", "data-empty": "true" };
    this.real = greyCanvas(28, 28, { class: "digit", ...hidden });
    this.z = h("span", { class: "value" });
    this.logPrior = h("span", { class: "value" });
    this.rows = Array.from({ length: ROWS }, () => {
      const parts = { name: h("b"), bar: h("i"), share: h("span", { class: "value" }) };
      parts.row = h("li", { style: "visibility: hidden" }, parts.name, h("span", { class: "bar" }, parts.bar), parts.share);
      return parts;
    });
    this.priorTerm = h("dt");
    this.around = h(
      "div",
      {},
      h("h3", { title: `labels of the ${NEIGHBOURS} nearest test images` }, "around here"),
      h("ul", { class: "around" }, ...this.rows.map(({ row }) => row)),
    );
    this.nearestName = h("b");
    this.nearestText = h("span", { class: "value" });
    this.live = h("p", { class: "for-ears", "aria-live": "polite" });
    this.element = h(
      "section",
      { class: "lens", "aria-label": "Lens" },
      h("div", { class: "glass" }, this.digit.canvas),
      h(
        "div",
        { class: "readout" },
        h(
          "dl",
          {},
          h("div", {}, h("dt", {}, "z"), h("dd", {}, this.z)),
          h("div", {}, this.priorTerm, h("dd", {}, this.logPrior)),
        ),
        this.around,
        this.labels.element,
        h("h3", {}, "nearest real digit"),
        h(
          "div",
          { class: "nearest" },
          this.real.canvas,
          h("div", {}, this.nearestName, this.nearestText),
        ),
      ),
      this.live,
    );
  }

  /**
   * @param {{decoder, mu, labels, names, means}} model what to decode with and to compare with;
   *   `means` are those of a learned prior, one per label, else empty
   */
  setModel(model) {
    this.model = model;
    const { classes } = model.decoder;
    const learned = model.means.length > 0;
    this.element.dataset.conditional = String(classes > 0);
    this.around.hidden = classes > 0;
    this.labels.element.hidden = !classes;
    if (classes) this.labels.setNames(model.names, model.names.map((_, label) => this.color(label)));
    this.priorTerm.textContent = learned ? "log p(z|y)" : "log p(z)";
    this.priorTerm.title = `log density of the prior N(${learned ? "\u03bc(y)" : "0"}, I), in nats`;
    this.digits = null;
    this.realIndex = -1;
    const longest = Math.max(...model.names.map((name) => name.length));
    this.element.style.setProperty("--name", `${Math.min(10, longest) + 0.5}ch`);
    this.real.canvas.dataset.empty = "true";
  }

  /** Real images to show beside the decoded one: {images, mu, labels}. */
  setDigits(digits) {
    this.digits = digits;
  }

  /**
   * Decode and draw one place: all that happens between a pointer event and its pixels.
   * @param {number | number[]} [label] of a conditional model, or the weight of each
   */
  show(z, label) {
    const { decoder, mu, labels, means } = this.model;
    this.digit.put(decoder.decode(z, label));
    if (decoder.classes) this.labels.draw(z, decoder);
    const { canvas } = this.digit;
    canvas.dataset.z = `${z[0]},${z[1]}`;
    const main = Array.isArray(label) ? label.indexOf(Math.max(...label)) : label;
    const of = decoder.classes ? `, label ${this.model.names[main]}` : "";
    canvas.setAttribute("aria-label", `Decoded digit at ${pair(z)}${of}`);
    this.z.textContent = `(${shown(z[0])}, ${shown(z[1])})`;
    this.logPrior.textContent = shown(logPrior(z, means[main]), 1);
    const around = nearest(mu, z, NEIGHBOURS);
    if (!decoder.classes) this.#showAround(labelShares(around, labels));
    this.#showNearest(z, decoder.classes ? main : null);
    return around;
  }

  #showAround(shares) {
    this.rows.forEach(({ row, name, bar, share }, i) => {
      const entry = shares[i];
      row.style.visibility = entry ? "visible" : "hidden";
      if (!entry) return;
      name.textContent = this.model.names[entry.label];
      bar.style.transform = `scaleX(${entry.share})`;
      bar.style.background = this.color(entry.label);
      share.textContent = `${Math.round(100 * entry.share)} %`;
    });
    this.shares = shares;
  }

  /** @param {number | null} only a label, to look among its images alone */
  #showNearest(z, only) {
    const { mu, labels } = this.digits ?? this.model;
    const find = (keep) => nearest(mu, z, 1, keep)[0];
    const { index, distance } = (only !== null && find((i) => labels[i] === only)) || find();
    const label = labels[index];
    if (this.digits) {
      if (index !== this.realIndex) {
        const image = this.digits.images.subarray(784 * index, 784 * index + 784);
        this.real.put(Float32Array.from(image, (grey) => grey / 255));
        this.realIndex = index;
        delete this.real.canvas.dataset.empty;
      }
    }
    this.nearestName.textContent = this.model.names[label];
    this.nearestText.textContent = `at ${fixed(distance)}`;
  }

  /** Say where the lens is, once the keys rest: a live region that talks at every step is noise. */
  announce(z) {
    if (this.model.decoder.classes) return this.say(`${pair(z)}.`, 600);
    const [{ label, share }] = this.shares;
    const text = `${pair(z)}: ${Math.round(100 * share)} % ${this.model.names[label]} around here.`;
    this.say(text, 600);
  }

  /** Speak one sentence, after a wait in which another may replace it. */
  say(text, wait = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.live.textContent = text), wait);
  }
}
