// The parts of the network from left to right, each below its name, and where a label goes in.

import { h } from "../../parts/elements.js";
import { wordOf } from "./words.js";

/** @typedef {Parameters<typeof wordOf>[2]} Kind of model */

/**
 * What stands in the columns.
 * @typedef {object} Parts
 * @property {import("./input.js").Input} input
 * @property {import("./layers.js").Layers} encoder
 * @property {import("./moments.js").Moments} moments
 * @property {import("./noise_plane.js").NoisePlane} noise
 * @property {import("./latent.js").Latent} latent
 * @property {import("./layers.js").Layers} decoder
 * @property {import("./pixels.js").Pixels} pixels
 * @property {import("./reconstruction.js").Reconstruction} reconstruction
 * @property {import("./divergence.js").Divergence} divergence
 * @property {import("./divergence.js").Bar} bar
 */

export class Flow {
  /** Names the parts as a kind of model asks for. @type {((kind: Kind) => void)[]} */
  #headings = [];

  /** @param {Parts} parts */
  constructor({ input, encoder, moments, noise, latent, decoder, pixels, reconstruction, divergence, bar }) {
    const entry = () => h("span", { class: "label-in", "data-part": "label" });
    this.labels = { encoder: entry(), z: entry(), decoder: entry() };
    const column = (/** @type {string} */ name, /** @type {Element[]} */ ...parts) => h("div", { class: `column ${name}` }, ...parts);
    this.element = h(
      "div",
      { class: "flow" },
      column("from", this.#part("x", input.element, input.labels, input.ask)),
      column("encode", this.#part("encoder", this.labels.encoder, encoder.element)),
      column("code", this.#part("moments", moments.element), this.#part("noise", noise.none, noise.element)),
      column("latent-column", this.#part("z", this.labels.z, latent.element)),
      column("decode", this.#part("decoder", this.labels.decoder, decoder.element)),
      column("to", this.#part("likelihood", pixels.element)),
      column(
        "terms",
        this.#part("reconstruction", reconstruction.element),
        this.#part("kl", divergence.element),
        this.#part("objective", bar.element),
      ),
    );
    this.name({ variational: true, activation: "" });
  }

  /** @param {string} name @param {Element[]} children */
  #part(name, ...children) {
    const button = h("button", { type: "button", class: "name" });
    const role = h("p", { class: "role" });
    this.#headings.push((kind) => {
      button.textContent = wordOf(name, "short", kind);
      role.textContent = wordOf(name, "role", kind);
    });
    return h("section", { class: "part", "data-part": name }, h("h2", {}, button), role, ...children);
  }

  /** The parts as this kind of model calls them. @param {Kind} kind */
  name(kind) {
    for (const call of this.#headings) call(kind);
  }

  /** @param {string[]} names of the labels; none for a model that takes none @param {number | null} chosen */
  showLabel(names, chosen) {
    for (const element of Object.values(this.labels)) {
      element.hidden = !names.length;
      element.textContent = `y = ${chosen === null ? "?" : (names[chosen] ?? chosen)}`;
    }
  }
}
