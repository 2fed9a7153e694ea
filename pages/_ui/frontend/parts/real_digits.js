// Real images whose code is known: where all of them lie comes as one small file, the images
// themselves in handfuls, as they are wanted.

import { parseSafetensors } from "../core/safetensors.js";

export const HANDFUL = 64; // images of a request
const PIXELS = 784;
const RETRY_MS = [3000, 10000, 30000, 60000];

/** @typedef {import("../state/host.js").OfferedDigits} OfferedDigits */

/**
 * Where the images lie, what they are, and whether they are test images or those that come embedded.
 * @typedef {{mu: Float32Array, logVar: Float32Array, labels: Uint8Array, source: "test" | "embedded"}} Places
 */

export class RealDigits {
  #host;
  #arrived;
  /** @type {OfferedDigits | null} */
  #digits = null;
  /** Index -> grey values, null while they are on their way. @type {Map<number, Uint8Array | null>} */
  #images = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Pick<import("../state/host.js").Host, "bytes">} host
   * @param {() => void} arrived is called when there is more to show, or to ask for again
   */
  constructor(host, arrived) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** Null before the file has come. @type {Places | null} */
  places = null;

  /** @param {OfferedDigits | null} digits those of a model; null where there are none */
  open(digits) {
    if (digits?.images === this.#digits?.images) return;
    clearTimeout(this.#timer);
    this.#digits = digits;
    this.places = null;
    this.#images = new Map();
    if (digits) this.#fetchPlaces(digits);
  }

  /** @param {OfferedDigits} digits @param {number} [tries] so far */
  async #fetchPlaces(digits, tries = 0) {
    try {
      const file = parseSafetensors(await this.#host.bytes(digits.places));
      if (digits !== this.#digits) return;
      this.places = readPlaces(file);
      this.#arrived();
    } catch (error) {
      if (digits !== this.#digits) return;
      console.warn(error);
      const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
      this.#timer = setTimeout(() => this.#fetchPlaces(digits, tries + 1), wait);
    }
  }

  /** 784 grey values; null while they are on their way, undefined where nobody wanted them. @param {number} index */
  image(index) {
    return this.#images.get(index);
  }

  /** Whether images are on their way. */
  get isWaiting() {
    return [...this.#images.values()].includes(null);
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
      const bytes = new Uint8Array(await this.#host.bytes(`${this.#digits?.images}?i=${indices.join(",")}`));
      indices.forEach((index, i) => images.set(index, bytes.subarray(PIXELS * i, PIXELS * (i + 1))));
    } catch (error) {
      console.warn(error);
      await new Promise((done) => setTimeout(done, RETRY_MS[0]));
      for (const index of indices) images.delete(index); // whoever shows them asks again
    }
    if (images === this.#images) this.#arrived();
  }

  destroy() {
    this.open(null);
  }
}

/** @param {import("../core/safetensors.js").File} file @returns {Places} */
const readPlaces = ({ tensors, metadata }) => ({
  mu: /** @type {Float32Array} */ (tensors.mu.data),
  logVar: /** @type {Float32Array} */ (tensors.log_var.data),
  labels: /** @type {Uint8Array} */ (tensors.labels.data),
  source: /** @type {Places["source"]} */ (metadata.source),
});
