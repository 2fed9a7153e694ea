// x → q(z|x) → z: what leads to the digit that is decoded, under the pointer. It is the link to the page
// on which the same digit goes through the whole network.

import { h } from "../../parts/elements.js";
import { greyCanvas } from "../../parts/grey_canvas.js";
import { info } from "../../parts/info.js";
import { fixed, shown } from "../../parts/numbers.js";
import { t } from "../../state/texts.js";
import { GaussianPicture } from "./gaussian.js";

/** @typedef {import("./nearest_digits.js").RealDigit} RealDigit */

const PAGE = "one_digit";

export class Chain {
  /** Number of the digit on screen. @type {number | null} */
  #index = null;
  /** Its grey values. @type {Uint8Array | null} */
  #drawn = null;

  /** @param {import("../../state/host.js").Host} host */
  constructor(host) {
    this.host = host;
    this.source = h("span");
    this.title = h("h2", { class: "soft" }, t("latent_map.lens.closest"), this.source);
    this.real = greyCanvas(28, 28, { class: "digit", "aria-hidden": "true", "data-empty": true });
    this.name = h("b");
    this.distance = h("span", { class: "value" });
    this.gaussian = new GaussianPicture();
    this.posterior = h("b");
    this.mu = h("span", { class: "value" });
    this.sigma = h("span", { class: "value" });
    this.z = [0, 1].map(() => h("span", { class: "value" }));
    this.word = h("span", { class: "digit-word" });
    const link = t("latent_map.chain.link");
    const step = (/** @type {string} */ name) =>
      h("span", { class: "step" }, name && h("span", {}, t(`latent_map.chain.${name}`)), h("i", {}, "\u2192"));
    const head = (/** @type {string} */ name, /** @type {Node | string} */ symbol, /** @type {string} */ note) =>
      h("span", { class: `head ${name}` }, symbol, info(note));
    this.way = h(
      host.visit ? "a" : "div",
      { class: "way", ...(host.visit && { onclick: this.#visit, title: link }) },
      host.visit && h("span", { class: "for-ears" }, link),
      h("span", { class: "picture x" }, this.real.canvas, this.word),
      ...[step("encoder"), h("span", { class: "picture q" }, this.gaussian.element), step("")],
      ...[h("span", { class: "picture z" }, ...this.z), step("decoder")],
    );
    this.element = h(
      "div",
      { class: "chain" },
      this.title,
      ...[head("x", h("b", {}, "x"), "x"), head("q", this.posterior, "encoder"), head("z", h("b", {}, "z"), "z")],
      this.way,
      h("span", { class: "number x nearest" }, this.name, this.distance),
      h("span", { class: "number q" }, this.mu, this.sigma),
    );
  }

  /** @param {{conditional: boolean, hasPosterior: boolean}} model */
  setModel({ conditional, hasPosterior }) {
    this.posterior.textContent = conditional ? "q(z|x, y)" : "q(z|x)";
    this.element.dataset.posterior = String(hasPosterior);
    this.#drawn = null;
  }

  /**
   * @param {ArrayLike<number>} z
   * @param {(RealDigit & {distance: number}) | null} closest null before its set is known
   * @param {string[]} names of the classes
   * @param {"test" | "embedded" | undefined} source the set that it is of
   */
  show(z, closest, names, source) {
    this.z.forEach((value, i) => (value.textContent = shown(z[i])));
    this.gaussian.show(closest, z);
    this.source.textContent = source ? t(`latent_map.lens.of_${source}`) : "";
    this.name.textContent = closest ? names[closest.label] : "";
    this.distance.textContent = closest ? t("latent_map.lens.distance", { distance: fixed(closest.distance) }) : "";
    this.mu.textContent = closest ? t("latent_map.chain.mu", pairOf(closest.mu, 2)) : "";
    this.sigma.textContent = closest ? t("latent_map.chain.sigma", pairOf(closest.sigma, 3)) : "";
    this.#link(closest?.index ?? null);
    this.#picture(closest, names);
  }

  /** @param {RealDigit | null} closest @param {string[]} names */
  #picture(closest, names) {
    const image = closest?.image ?? null;
    this.word.textContent = closest && !closest.pictured ? names[closest.label] : ""; // in a page that is a file
    if (image === this.#drawn) return;
    this.#drawn = image;
    this.real.canvas.toggleAttribute("data-empty", !image);
    if (image) this.real.put(Float32Array.from(image, (grey) => grey / 255));
  }

  /** @param {number | null} index of the real digit */
  #link(index) {
    if (index === this.#index || !this.host.visit) return;
    this.#index = index;
    this.way.setAttribute("href", this.host.url(`${PAGE}${this.#query}`));
  }

  get #query() {
    return this.#index === null ? "" : `?digit=${this.#index}`;
  }

  /** Within the app; a link that is opened in another tab loads it there. @param {MouseEvent} event */
  #visit = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.host.visit?.(PAGE, this.#query);
  };
}

/** @param {ArrayLike<number>} values @param {number} digits */
const pairOf = (values, digits) => ({ first: shown(values[0], digits), second: shown(values[1], digits) });
