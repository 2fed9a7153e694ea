// Real images for the lens: where all of them lie comes as one small file, the images themselves in
// handfuls, those around a place together.

import { parseSafetensors } from "../../core/safetensors.js";
import { nearest } from "../../core/neighbours.js";

const HANDFUL = 64; // images of a request
const PIXELS = 784;
const RETRY_MS = [3000, 10000, 30000, 60000];

/** @typedef {{mu: Float32Array, labels: Uint8Array, source: "test" | "embedded"}} Places where images lie, and which */

export class RealDigits {
  #host;
  #arrived;
  /** Where they are. @type {import("../../state/host.js").OfferedDigits | null} */
  #digits = null;
  /** Index -> grey values. @type {Map<number, Uint8Array>} */
  #images = new Map();
  /** Indices of what is asked for. @type {Set<number[]>} */
  #underWay = new Set();
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

  /**
   * @param {import("../../state/host.js").OfferedDigits | null} digits of a model; null where there are none
   * @param {Pick<Places, "mu" | "labels"> | null} [points] of the test images, which are named
   *   where no pictures are to be had
   */
  show(digits, points = null) {
    clearTimeout(this.#timer);
    this.#digits = digits;
    this.places = digits || !points ? null : { mu: points.mu, labels: points.labels, source: "test" };
    this.#images = new Map();
    this.#underWay = new Set();
    if (digits) this.#fetchPlaces(digits);
  }

  /** @param {import("../../state/host.js").OfferedDigits} digits @param {number} [tries] */
  async #fetchPlaces(digits, tries = 0) {
    try {
      const file = parseSafetensors(await this.#host.bytes(digits.places));
      if (digits !== this.#digits) return;
      this.places = readPlaces(file);
      this.#arrived();
    } catch {
      if (digits !== this.#digits) return;
      const wait = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)];
      this.#timer = setTimeout(() => this.#fetchPlaces(digits, tries + 1), wait);
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
    const ofLabel = label === null ? null : (/** @type {number} */ i) => labels[i] === label;
    const [found] = nearest(mu, z, 1, ofLabel);
    const { index, distance } = found ?? nearest(mu, z, 1)[0];
    const image = this.#images.get(index) ?? null;
    if (!image && this.#digits && !this.#underWay.size) {
      const missing = (/** @type {number} */ i) => !this.#images.has(i) && (!found || !ofLabel || ofLabel(i));
      const wanted = nearest(mu, z, HANDFUL, missing).map((near) => near.index);
      this.#fetchImages(this.#digits, wanted);
    }
    return { label: labels[index], distance, image };
  }

  /** @param {import("../../state/host.js").OfferedDigits} digits @param {number[]} wanted */
  async #fetchImages(digits, wanted) {
    const [images, underWay] = [this.#images, this.#underWay];
    underWay.add(wanted);
    try {
      const bytes = new Uint8Array(await this.#host.bytes(`${digits.images}?i=${wanted.join(",")}`));
      wanted.forEach((index, i) => images.set(index, bytes.subarray(PIXELS * i, PIXELS * (i + 1))));
    } catch {
      await new Promise((done) => setTimeout(done, RETRY_MS[0])); // the pointer asks again
    }
    underWay.delete(wanted);
    if (digits === this.#digits) this.#arrived();
  }

  destroy() {
    this.show(null);
  }
}

/** @param {import("../../core/safetensors.js").File} file @returns {Places} */
const readPlaces = ({ tensors, metadata }) => ({
  mu: /** @type {Float32Array} */ (tensors.mu.data),
  labels: /** @type {Uint8Array} */ (tensors.labels.data),
  source: /** @type {Places["source"]} */ (metadata.source),
});
