// The lens: the decoded digit, large, and beside it what is known about the place.

import { labelShares, nearest } from "../../core/neighbours.js";
import { h } from "../../parts/elements.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { fixed, pair, shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { LabelTiles } from "./label_tiles.js";

const NEIGHBOURS = 25;
const ROWS = 3; // labels shown of "around here"; always as many rows, so that nothing jumps
const LOG_2PI = Math.log(2 * Math.PI);

/** @typedef {import("../../core/model.js").Model} Model */
/** @typedef {import("../../core/model_files.js").MapPoints} MapPoints */

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
  /** Shares of the labels around, most frequent first. @type {ReturnType<typeof labelShares>} */
  #shares = [];
  /** Grey values of the real digit on screen. @type {Uint8Array | null} */
  #drawn = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {(label: number) => string} color the color of a class
   * @param {(label: number) => void} choose a person wants another label
   * @param {import("./nearest_digits.js").NearestDigits} real to compare with
   */
  constructor(color, choose, real) {
    this.color = color;
    this.digits = real;
    this.labels = new LabelTiles(choose);
    const image = { role: "img", "aria-label": t("latent_map.lens.empty") };
    this.digit = greyCanvas(28, 28, { class: "digit", ...image });
    const hidden = { "aria-hidden": "true", "data-empty": true };
    this.real = greyCanvas(28, 28, { class: "digit", ...hidden });
    this.z = h("span", { class: "value" });
    this.logPrior = h("span", { class: "value" });
    this.rows = Array.from({ length: ROWS }, () => {
      const [name, bar, share] = [h("b"), h("i"), h("span", { class: "value" })];
      const row = h("li", { style: "visibility: hidden" }, name, h("span", { class: "bar" }, bar), share);
      return { row, name, bar, share };
    });
    this.priorTerm = h("dt");
    this.prior = h("div", {}, this.priorTerm, h("dd", {}, this.logPrior));
    this.around = h(
      "div",
      {},
      h("h3", { title: t("latent_map.lens.around_title", { count: NEIGHBOURS }) }, t("latent_map.lens.around")),
      h("ul", { class: "around" }, ...this.rows.map(({ row }) => row)),
    );
    this.source = h("span");
    this.nearestTitle = h("h3", {}, t("latent_map.lens.nearest"), this.source);
    this.nearestName = h("b");
    this.nearestText = h("span", { class: "value" });
    this.nearest = h(
      "div",
      {},
      this.nearestTitle,
      h("div", { class: "nearest" }, this.real.canvas, h("div", {}, this.nearestName, this.nearestText)),
    );
    this.live = h("p", { class: "for-ears", "aria-live": "polite" });
    this.element = h(
      "section",
      { class: "lens", "aria-label": t("latent_map.lens.group") },
      h("div", { class: "glass" }, this.digit.canvas),
      h(
        "div",
        { class: "readout" },
        h(
          "dl",
          {},
          h("div", {}, h("dt", {}, "z"), h("dd", {}, this.z)),
          this.prior,
        ),
        this.around,
        this.labels.element,
        this.nearest,
      ),
      this.live,
    );
  }

  /**
   * @param {Model} model to decode with
   * @param {MapPoints} points around
   * @param {boolean} hasPrior
   */
  setModel(model, points, hasPrior) {
    this.#map = { model, points };
    const learned = model.means.length > 0;
    this.element.dataset.conditional = String(model.classes > 0);
    this.around.hidden = model.classes > 0;
    this.labels.element.hidden = !model.classes;
    if (model.classes) this.labels.setNames(points.names, points.names.map((_, label) => this.color(label)));
    this.prior.hidden = !hasPrior;
    this.priorTerm.textContent = learned ? "log p(z|y)" : "log p(z)";
    this.priorTerm.title = t("latent_map.lens.log_prior", { mean: learned ? "\u03bc(y)" : "0" });
    const longest = Math.max(...points.names.map((name) => name.length));
    this.element.style.setProperty("--name", `${Math.min(10, longest) + 0.5}ch`);
    this.#drawn = null;
  }

  /** @param {string} note which images the nearest real digit is one of; empty where there are none */
  setNote(note) {
    this.nearest.hidden = !note;
    this.nearestTitle.title = note;
  }

  /**
   * Decode and draw one place: all that happens between a pointer event and its pixels.
   * @param {number[]} z
   * @param {number | number[] | null} label of a conditional model, or the weight of each
   */
  show(z, label) {
    if (!this.#map) return;
    const { model, points } = this.#map;
    this.digit.put(model.decode(z, label ?? undefined));
    if (model.classes) this.labels.draw(z, model);
    const { canvas } = this.digit;
    canvas.dataset.z = `${z[0]},${z[1]}`;
    const main = Array.isArray(label) ? label.indexOf(Math.max(...label)) : label;
    canvas.setAttribute("aria-label", nameOf(z, main === null ? null : points.names[main]));
    this.z.textContent = `(${shown(z[0])}, ${shown(z[1])})`;
    this.logPrior.textContent = shown(logPrior(z, model.mean(main ?? undefined)), 1);
    if (!model.classes) {
      const around = nearest(points.mu, z, NEIGHBOURS);
      this.#showAround(labelShares(around, points.labels), points.names);
    }
    this.#showReal(z, main, points.names);
  }

  /** @param {ReturnType<typeof labelShares>} shares @param {string[]} names */
  #showAround(shares, names) {
    this.rows.forEach(({ row, name, bar, share }, i) => {
      const entry = shares[i];
      row.style.visibility = entry ? "visible" : "hidden";
      if (!entry) return;
      name.textContent = names[entry.label];
      bar.style.transform = `scaleX(${entry.share})`;
      bar.style.background = this.color(entry.label);
      share.textContent = `${Math.round(100 * entry.share)} %`;
    });
    this.#shares = shares;
  }

  /**
   * The nearest real digit: nothing before its set is known, and no picture before that has come.
   * @param {number[]} z
   * @param {number | null} label
   * @param {string[]} names
   */
  #showReal(z, label, names) {
    const found = this.digits.at(z, label);
    const source = this.digits.places?.source;
    this.source.textContent = source ? t(`latent_map.lens.of_${source}`) : "";
    this.nearestName.textContent = found ? names[found.label] : "";
    this.nearestText.textContent = found ? t("latent_map.lens.distance", { distance: fixed(found.distance) }) : "";
    const image = found?.image ?? null;
    if (image === this.#drawn) return;
    this.#drawn = image;
    this.real.canvas.toggleAttribute("data-empty", !image);
    if (image) this.real.put(Float32Array.from(image, (grey) => grey / 255));
  }

  /**
   * Say where the lens is, once the keys rest: a live region that talks at every step is noise.
   * @param {number[]} z
   */
  announce(z) {
    if (!this.#map) return;
    const { model, points } = this.#map;
    if (model.classes) return this.say(`${pair(z)}.`, 600);
    const [{ label, share }] = this.#shares;
    const parameters = { z: pair(z), share: Math.round(100 * share), label: points.names[label] };
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
