// Real images for the lens: where all of them lie comes as one small file, the images themselves in
// handfuls, those around a place together.

import { parseSafetensors } from "../../core/safetensors.js";
import { nearest } from "../../core/neighbours.js";

const HANDFUL = 64; // images of a request
const PIXELS = 784;
const RETRY_MS = [3000, 10000, 30000, 60000];

export class RealDigits {
  #host;
  #arrived;
  #digits = null; // {id, source, places, images}: where they are
  #images = new Map(); // index -> grey values
  #underWay = new Set();
  #timer = 0;

  /**
   * @param {object} host
   * @param {() => void} arrived is called when there is more to show
   */
  constructor(host, arrived) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** Where they lie. @type {{mu: Float32Array, labels: Uint8Array, source: "test" | "embedded"} | null} */
  places = null;

  /**
   * @param {{places: string, images: string} | null} digits of a model; null where there are none
   * @param {{mu: Float32Array, labels: Uint8Array} | null} [points] of the test images, which are named
   *   where no pictures are to be had
   */
  show(digits, points = null) {
    clearTimeout(this.#timer);
    this.#digits = digits;
    this.places = digits || !points ? null : { mu: points.mu, labels: points.labels, source: "test" };
    this.#images = new Map();
    this.#underWay = new Set();
    if (digits) this.#fetchPlaces(0);
  }

  async #fetchPlaces(tries) {
    const digits = this.#digits;
    try {
      const { tensors, metadata } = parseSafetensors(await this.#host.bytes(digits.places));
      if (digits !== this.#digits) return;
      this.places = { mu: tensors.mu.data, labels: tensors.labels.data, source: metadata.source };
      this.#arrived();
    } catch {
      if (digits !== this.#digits) return;
      const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
      this.#timer = setTimeout(() => this.#fetchPlaces(tries + 1), wait);
    }
  }

  /**
   * The real image nearest to z, of a label if there is one of it.
   * @param {number[]} z
   * @param {number | null} label
   * @returns {{label: number, distance: number, image: Uint8Array | null} | null} `image` is null while
   *   it is on its way; null before the places are there
   */
  at(z, label) {
    if (!this.places) return null;
    const { mu, labels } = this.places;
    const ofLabel = label === null ? null : (i) => labels[i] === label;
    const [found] = nearest(mu, z, 1, ofLabel);
    const { index, distance } = found ?? nearest(mu, z, 1)[0];
    const image = this.#images.get(index) ?? null;
    if (!image && this.#digits && !this.#underWay.size) this.#fetchAround(z, found ? ofLabel : null);
    return { label: labels[index], distance, image };
  }

  async #fetchAround(z, keep) {
    const digits = this.#digits;
    const missing = (i) => !this.#images.has(i) && (!keep || keep(i));
    const wanted = nearest(this.places.mu, z, HANDFUL, missing).map(({ index }) => index);
    const [images, underWay] = [this.#images, this.#underWay];
    underWay.add(z);
    try {
      const bytes = new Uint8Array(await this.#host.bytes(`${digits.images}?i=${wanted.join(",")}`));
      wanted.forEach((index, i) => images.set(index, bytes.subarray(PIXELS * i, PIXELS * (i + 1))));
    } catch {
      await new Promise((done) => setTimeout(done, RETRY_MS[0])); // the pointer asks again
    }
    underWay.delete(z);
    if (digits === this.#digits) this.#arrived();
  }

  destroy() {
    this.show(null);
  }
}
