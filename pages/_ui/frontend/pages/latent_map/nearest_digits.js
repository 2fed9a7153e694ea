// The real image that lies nearest to a place, for the lens.

import { nearest } from "../../core/neighbours.js";
import { HANDFUL, RealDigits } from "../../parts/real_digits.js";

/** @typedef {import("../../parts/real_digits.js").Places} Places */

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
   * @param {Pick<Places, "mu" | "labels"> | null} [points] of the test images, which are named
   *   where no pictures are to be had
   */
  show(digits, points = null) {
    this.#digits.open(digits);
    this.#unpictured = digits || !points ? null : { mu: points.mu, labels: points.labels, source: "test" };
  }

  /**
   * The real image nearest to z, of a label if there is one of it. Those around it come together.
   * @param {number[]} z
   * @param {number | null} label
   * @returns {{label: number, distance: number, image: Uint8Array | null} | null} `image` is null while
   *   it is on its way; null before the places are there
   */
  at(z, label) {
    if (!this.places) return null;
    const { mu, labels } = this.places;
    const ofLabel = (/** @type {number} */ i) => label === null || labels[i] === label;
    const [found] = nearest(mu, z, 1, ofLabel);
    const { index, distance } = found ?? nearest(mu, z, 1)[0];
    const digits = this.#digits;
    const image = digits.image(index) ?? null;
    if (!image && digits.places && !digits.isWaiting) {
      const missing = (/** @type {number} */ i) => digits.image(i) === undefined && (!found || ofLabel(i));
      digits.want(nearest(mu, z, HANDFUL, missing).map((near) => near.index));
    }
    return { label: labels[index], distance, image };
  }

  destroy() {
    this.#digits.destroy();
  }
}
