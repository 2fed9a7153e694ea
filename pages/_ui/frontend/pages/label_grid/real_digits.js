// Real images whose code is known: where all of them lie comes as one small file, the images that are
// shown in handfuls.

import { parseSafetensors } from "../../core/safetensors.js";

const HANDFUL = 64; // images of a request
const PIXELS = 784;
const RETRY_MS = 4000;

/**
 * Where the images lie, what they are, and whether they are test images or those that come embedded.
 * @typedef {{mu: Float32Array, labels: Uint8Array, source: "test" | "embedded"}} Places
 */

export class RealDigits {
  #host;
  #arrived;
  /** Of the images. @type {string | undefined} */
  #address;
  /** Index -> grey values, null while they are on their way. @type {Map<number, Uint8Array | null>} */
  #images = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {import("../../state/host.js").Host} host
   * @param {() => void} arrived is called when there is more to show
   */
  constructor(host, arrived) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** @type {Places | null} */
  places = null;

  /** @param {import("../../state/host.js").OfferedDigits | null} digits those of a model; null where there are none */
  open(digits) {
    if (digits?.images === this.#address) return;
    clearTimeout(this.#timer);
    this.#address = digits?.images;
    this.places = null;
    this.#images = new Map();
    if (digits) this.#fetchPlaces(digits);
  }

  /** @param {import("../../state/host.js").OfferedDigits} digits */
  async #fetchPlaces(digits) {
    const left = () => digits.images !== this.#address;
    try {
      const file = parseSafetensors(await this.#host.bytes(digits.places));
      if (left()) return;
      this.places = readPlaces(file);
      this.#arrived();
    } catch (error) {
      console.warn(error);
      if (!left()) this.#timer = setTimeout(() => this.#fetchPlaces(digits), RETRY_MS);
    }
  }

  /** 784 grey values; null while they are on their way, which `want` has sent them. @param {number} index */
  image(index) {
    return this.#images.get(index) ?? null;
  }

  /** @param {number[]} indices of images that are to be shown */
  want(indices) {
    const missing = [...new Set(indices)].filter((index) => !this.#images.has(index));
    for (let i = 0; i < missing.length; i += HANDFUL) this.#fetchImages(missing.slice(i, i + HANDFUL));
  }

  /** @param {number[]} indices */
  async #fetchImages(indices) {
    const images = this.#images; // of this model
    for (const index of indices) images.set(index, null);
    try {
      const bytes = new Uint8Array(await this.#host.bytes(`${this.#address}?i=${indices.join(",")}`));
      indices.forEach((index, i) => images.set(index, bytes.subarray(PIXELS * i, PIXELS * (i + 1))));
    } catch (error) {
      console.warn(error);
      await new Promise((done) => setTimeout(done, RETRY_MS));
      for (const index of indices) images.delete(index); // whoever shows them asks again
    }
    if (images === this.#images) this.#arrived();
  }

  destroy() {
    this.open(null);
  }
}

/** @param {import("../../core/safetensors.js").File} file @returns {Places} */
const readPlaces = ({ tensors, metadata }) => ({
  mu: /** @type {Float32Array} */ (tensors.mu.data),
  labels: /** @type {Uint8Array} */ (tensors.labels.data),
  source: /** @type {Places["source"]} */ (metadata.source),
});
