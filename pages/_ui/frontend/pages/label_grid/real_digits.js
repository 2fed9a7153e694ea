// Real images whose code is known: where all of them lie comes as one small file, the images that are
// shown in handfuls.

import { parseSafetensors } from "../../core/safetensors.js";

const HANDFUL = 64; // images of a request
const PIXELS = 784;
const RETRY_MS = 4000;

export class RealDigits {
  #host;
  #arrived;
  #address = null; // of the images
  #images = new Map(); // index -> grey values, null while they are on their way
  #timer = 0;

  /**
   * @param {object} host
   * @param {() => void} arrived is called when there is more to show
   */
  constructor(host, arrived) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** @type {{mu: Float32Array, labels: Uint8Array, source: string} | null} source: "test" or "embedded" */
  places = null;

  /** @param {{places: string, images: string} | null} digits those of a model; null where there are none */
  open(digits) {
    if (digits?.images === this.#address) return;
    clearTimeout(this.#timer);
    this.#address = digits?.images;
    this.places = null;
    this.#images = new Map();
    if (digits) this.#fetchPlaces(digits);
  }

  async #fetchPlaces({ places, images }) {
    try {
      const { tensors, metadata } = parseSafetensors(await this.#host.bytes(places));
      if (images !== this.#address) return;
      this.places = { mu: tensors.mu.data, labels: tensors.labels.data, source: metadata.source };
      this.#arrived();
    } catch (error) {
      console.warn(error);
      if (images === this.#address) this.#timer = setTimeout(() => this.#fetchPlaces({ places, images }), RETRY_MS);
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
