// The lens: the decoded digit, large, at the end of the chain that leads to it, and what is known about
// the place.

import { h } from "../../parts/elements.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { info } from "../../parts/info.js";
import { pair, shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { MOST, around, radiusOf } from "./around.js";
import { Chain } from "./chain.js";
import { LabelTiles } from "./label_tiles.js";

const ROWS = 3; // labels shown of "around here"; always as many rows, so that nothing jumps
const LOG_2PI = Math.log(2 * Math.PI);

/** @typedef {import("../../core/model.js").Model} Model */
/** @typedef {import("../../core/model_files.js").MapPoints} MapPoints */
/** @typedef {import("./nearest_digits.js").RealDigit & {distance: number}} ClosestDigit */

/**
 * log N(z; mu, I) of a two-dimensional z, in nats.
 * @param {number[]} z
 * @param {number[]} [mu]
 */
export const logPrior = (z, mu = [0, 0]) =>
  -LOG_2PI - 0.5 * ((z[0] - mu[0]) ** 2 + (z[1] - mu[1]) ** 2);

export class Lens {
  /** What it decodes with, and the test images around. @type {{model: Model, points: MapPoints} | null} */
  #map = null;
  /** What lives around. @type {ReturnType<typeof around>} */
  #around = { count: 0, shares: [] };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {(label: number) => string} color the color of a class
   * @param {(label: number) => void} choose a person wants another label
   * @param {import("../../state/host.js").Host} host
   */
  constructor(color, choose, host) {
    this.color = color;
    this.chain = new Chain(host);
    this.labels = new LabelTiles(choose);
    const image = { role: "img", "aria-label": t("latent_map.lens.empty") };
    this.digit = greyCanvas(28, 28, { class: "digit", ...image });
    this.likelihood = h("b", {}, "p(x|z)");
    this.logPrior = h("span", { class: "value" });
    this.rows = Array.from({ length: ROWS }, () => {
      const [name, bar, share] = [h("b"), h("i"), h("span", { class: "value" })];
      const row = h("li", { style: "visibility: hidden" }, name, h("span", { class: "bar" }, bar), share);
      return { row, name, bar, share };
    });
    this.priorTerm = h("dt");
    this.prior = h("dl", {}, this.priorTerm, h("dd", {}, this.logPrior, info("log_prior")));
    this.count = h("span", { class: "value" });
    this.around = h(
      "div",
      {},
      h("h2", { class: "soft" }, h("span", {}, t("latent_map.lens.around")), this.count),
      h("ul", { class: "around" }, ...this.rows.map(({ row }) => row)),
    );
    this.live = h("p", { class: "for-ears", "aria-live": "polite" });
    this.element = h(
      "section",
      { class: "lens", "aria-label": t("latent_map.lens.group") },
      this.chain.element,
      h(
        "div",
        { class: "decoded" },
        h("span", { class: "head" }, this.likelihood, h("span", {}, t("latent_map.lens.mean")), info("decoder")),
        h("div", { class: "glass" }, this.digit.canvas),
      ),
      h("div", { class: "readout" }, this.prior, this.around, this.labels.element),
      this.live,
    );
  }

  /**
   * @param {Model} model to decode with
   * @param {MapPoints} points around
   * @param {boolean} hasPrior and an encoder that gives a variance
   */
  setModel(model, points, hasPrior) {
    this.#map = { model, points };
    const conditional = model.classes > 0;
    const learned = model.means.length > 0;
    this.chain.setModel({ conditional, hasPosterior: hasPrior });
    this.element.dataset.conditional = String(conditional);
    this.around.hidden = conditional;
    this.labels.element.hidden = !conditional;
    if (conditional) this.labels.setNames(points.names, points.names.map((_, label) => this.color(label)));
    this.likelihood.textContent = conditional ? "p(x|z, y)" : "p(x|z)";
    this.prior.hidden = !hasPrior;
    this.priorTerm.textContent = learned ? "log p(z|y)" : "log p(z)";
    this.priorTerm.title = t("latent_map.lens.log_prior", { mean: learned ? "\u03bc(y)" : "0" });
    const longest = Math.max(...points.names.map((name) => name.length));
    this.element.style.setProperty("--name", `${Math.min(10, longest) + 0.5}ch`);
  }

  /**
   * Decode and draw one place: all that happens between a pointer event and its pixels.
   * @param {number[]} z
   * @param {number | number[] | null} label of a conditional model, or the weight of each
   * @param {(label: number | null) => {closest: ClosestDigit | null, source: "test" | "embedded" | undefined}} real
   *   the digit that lies closest to z, of a label, and the set that it is of
   */
  show(z, label, real) {
    if (!this.#map) return;
    const { model, points } = this.#map;
    this.digit.put(model.decode(z, label ?? undefined));
    if (model.classes) this.labels.draw(z, model);
    const { canvas } = this.digit;
    canvas.dataset.z = `${z[0]},${z[1]}`;
    const main = Array.isArray(label) ? label.indexOf(Math.max(...label)) : label;
    canvas.setAttribute("aria-label", nameOf(z, main === null ? null : points.names[main]));
    this.logPrior.textContent = shown(logPrior(z, model.mean(main ?? undefined)), 1);
    if (!model.classes) this.#showAround(z, points);
    const { closest, source } = real(main);
    this.chain.show(z, closest, points.names, source);
  }

  /** @param {number[]} z @param {MapPoints} points */
  #showAround(z, points) {
    this.#around = around(points, z);
    const { count, shares } = this.#around;
    const parameters = { count, radius: radiusOf(points) };
    const [none, one, most] = [count === 0, count === 1, count === MOST];
    const key = none ? "no_data" : one ? "around_one" : most ? "around_most" : "around_count";
    this.count.textContent = t(`latent_map.lens.${key}`, parameters);
    this.around.dataset.empty = String(count === 0);
    this.rows.forEach(({ row, name, bar, share }, i) => {
      const entry = shares[i];
      row.style.visibility = entry ? "visible" : "hidden";
      if (!entry) return;
      name.textContent = points.names[entry.label];
      bar.style.transform = `scaleX(${entry.share})`;
      bar.style.background = this.color(entry.label);
      share.textContent = `${Math.round(100 * entry.share)} %`;
    });
  }

  /**
   * Say where the lens is, once the keys rest: a live region that talks at every step is noise.
   * @param {number[]} z
   */
  announce(z) {
    if (!this.#map) return;
    const { model, points } = this.#map;
    if (model.classes) return this.say(`${pair(z)}.`, 600);
    const [most] = this.#around.shares;
    if (!most) return this.say(t("latent_map.lens.no_data_spoken", { z: pair(z) }), 600);
    const parameters = { z: pair(z), share: Math.round(100 * most.share), label: points.names[most.label] };
    this.say(t("latent_map.lens.around_spoken", parameters), 600);
  }

  /**
   * Speak one sentence, after a wait in which another may replace it.
   * @param {string} text
   * @param {number} [wait] milliseconds
   */
  say(text, wait = 0) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.live.textContent = text), wait);
  }
}

/** The digit at z in words. @param {number[]} z @param {string | null} label its name */
const nameOf = (z, label) =>
  label === null
    ? t("latent_map.lens.name", { z: pair(z) })
    : t("latent_map.lens.name_of", { z: pair(z), label });
