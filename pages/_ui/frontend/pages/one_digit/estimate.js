// The reconstruction term from L draws of z instead of one. A thousand digits take a second to decode:
// a few in each frame, so that everything else stays quick.

import { noise } from "../../core/noise.js";
import { reparameterise } from "../../core/gaussian.js";

const SLICE_MS = 6;
const REST_MS = 60; // after the last change, before the first draw

/**
 * @typedef {object} Question
 * @property {ArrayLike<number>} x
 * @property {number} [label]
 * @property {{mu: Float32Array, logVar: Float32Array}} posterior
 * @property {number} seed
 * @property {number} samples L
 */

export class Estimate {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(values: number[], of: number) => void} show −log p(x|z) of the draws so far, of so many */
  constructor(show) {
    this.show = show;
  }

  /** @param {import("../../core/forward.js").Forward} forward @param {Question} question */
  ask(forward, { x, label, posterior, seed, samples }) {
    this.stop();
    const { mu, logVar } = { mu: posterior.mu.slice(), logVar: posterior.logVar.slice() };
    /** @type {number[]} */
    const values = [];
    const work = () => {
      const end = performance.now() + SLICE_MS;
      do {
        const z = reparameterise({ mu, logVar }, noise(seed, values.length + 1));
        values.push(forward.reconstructionAt(x, z, label));
      } while (values.length < samples && performance.now() < end);
      this.show(values, samples);
      if (values.length < samples) this.#timer = setTimeout(work);
    };
    this.#timer = setTimeout(work, REST_MS);
  }

  stop() {
    clearTimeout(this.#timer);
  }
}

/**
 * Their mean, how far they lie apart (standard deviation), and how firm the mean is (standard error).
 * @param {number[]} values
 */
export function summary(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const spread = Math.sqrt(squares / (values.length - 1)); // of one value: not a number
  return { mean, spread, error: spread / Math.sqrt(values.length) };
}
