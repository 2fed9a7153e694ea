// The real image that lies closest to a place, and what is known about it.

import { nearest } from "../../core/neighbours.js";
import { HANDFUL, RealDigits } from "../../parts/real_digits.js";

/** @typedef {import("../../parts/real_digits.js").Places} Places */

/**
 * @typedef {object} RealDigit
 * @property {number} index among those of the model
 * @property {number} label
 * @property {Float32Array} mu of q(z|x)
 * @property {Float32Array} sigma its standard deviations
 * @property {Uint8Array | null} image null while it is on its way, and where there are no pictures
 * @property {boolean} pictured whether there are pictures
 */

export class NearestDigits {
  #digits;
  /** Where there are no pictures. @type {Places | null} */
  #unpictured = null;

  /**
   * @param {Pick<import("../../state/host.js").Host, "bytes">} host
   * @param {() => void} arrived is called when there is more to show
   */
  constructor(host, arrived) {
    this.#digits = new RealDigits(host, arrived);
  }

  /** Null before they are there. */
  get places() {
    return this.#digits.places ?? this.#unpictured;
  }

  /**
   * @param {import("../../state/host.js").OfferedDigits | null} digits of a model; null where there are none
   * @param {Omit<Places, "source"> | null} [points] of the test images, which are named where no
   *   pictures are to be had
   */
  show(digits, points = null) {
    this.#digits.open(digits);
    this.#unpictured = digits || !points ? null : { mu: points.mu, logVar: points.logVar, labels: points.labels, source: "test" };
  }

  /**
   * The real image closest to z, of a label if there is one of it, and of a class that is shown if any
   * is. Those around it come together.
   * @param {ArrayLike<number>} z
   * @param {number | null} label
   * @param {boolean[]} [shown] one per class
   * @returns {(RealDigit & {distance: number}) | null} null before the places are there
   */
  at(z, label, shown = []) {
    if (!this.places) return null;
    const { mu, labels } = this.places;
    const passes = (/** @type {number} */ i) => (label === null || labels[i] === label) && shown[labels[i]] !== false;
    const [found] = nearest(mu, z, 1, passes);
    const { index, distance } = found ?? nearest(mu, z, 1)[0];
    const digits = this.#digits;
    if (!digits.image(index) && digits.places && !digits.isWaiting) {
      const missing = (/** @type {number} */ i) => digits.image(i) === undefined && (!found || passes(i));
      digits.want(nearest(mu, z, HANDFUL, missing).map((near) => near.index));
    }
    return { ...this.#digit(this.places, index), distance };
  }

  /** The one with a number; null where there is none, or not yet. @param {number | null} index */
  digit(index) {
    if (index === null || !this.places || index >= this.places.labels.length) return null;
    if (this.#digits.places) this.#digits.want([index]);
    return this.#digit(this.places, index);
  }

  /** @param {Places} places @param {number} index @returns {RealDigit} */
  #digit({ mu, logVar, labels }, index) {
    const sigma = logVar.subarray(2 * index, 2 * index + 2).map((value) => Math.exp(value / 2));
    const image = this.#digits.image(index) ?? null;
    const pictured = this.#digits.places !== null;
    return { index, label: labels[index], mu: mu.subarray(2 * index, 2 * index + 2), sigma, image, pictured };
  }

  destroy() {
    this.#digits.destroy();
  }
}
