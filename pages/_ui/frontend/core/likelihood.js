// The families that p(x|z) may belong to: what the decoder's numbers mean, as in
// vae_core/likelihoods.py. A new family is an entry here and a class there; nothing else in the
// browser knows a family by its name.

import { normal, sigmoid, softplus } from "./numbers.js";

/**
 * `out` holds the first number of every pixel, then the second of every pixel, and so on; `into`
 * gets one number per pixel.
 * @typedef {object} Likelihood
 * @property {number} outputs numbers that the decoder gives per pixel
 * @property {(out: Float32Array, into: Float32Array) => void} mean E[x|z] of each pixel
 * @property {(out: Float32Array, into: Float32Array) => void} deviation standard deviation of each
 * @property {(out: Float32Array, random: () => number, into: Float32Array) => void} sample an image
 *   from p(x|z); `random` gives numbers evenly spread over [0, 1)
 * @property {(out: Float32Array, x: ArrayLike<number>, into: Float32Array) => void} logProb log p(x|z)
 *   of each pixel, in nats
 */

/** @param {Float32Array} out @param {Float32Array} into */
function sigmoids(out, into) {
  for (let i = 0; i < into.length; i++) into[i] = sigmoid(out[i]);
}

/**
 * sigmoid(output), and the same noise around it at every pixel.
 * @param {number} deviation of the noise
 * @param {(random: () => number) => number} noise
 * @param {(error: number) => number} logDensity of the noise
 * @returns {Likelihood}
 */
const meanAndNoise = (deviation, noise, logDensity) => ({
  outputs: 1,
  mean: sigmoids,
  deviation: (_out, into) => void into.fill(deviation),
  sample(out, random, into) {
    for (let i = 0; i < into.length; i++) into[i] = sigmoid(out[i]) + noise(random);
  },
  logProb(out, x, into) {
    for (let i = 0; i < into.length; i++) into[i] = logDensity(x[i] - sigmoid(out[i]));
  },
});

const SIGMA = 0.2; // of the Gaussian
const SCALE = 0.1; // b of the Laplace distribution

/** @type {Record<string, Likelihood>} */
export const LIKELIHOODS = {
  // Each pixel is ink with probability sigmoid(output).
  bernoulli: {
    outputs: 1,
    mean: sigmoids,
    deviation(out, into) {
      // p (1 - p), with 1 - sigmoid(a) as sigmoid(-a): far out the difference would round to 0.
      for (let i = 0; i < into.length; i++) into[i] = Math.sqrt(sigmoid(out[i]) * sigmoid(-out[i]));
    },
    sample(out, random, into) {
      for (let i = 0; i < into.length; i++) into[i] = random() < sigmoid(out[i]) ? 1 : 0;
    },
    // x log p + (1 - x) log(1 - p) without the logarithm of a probability that has rounded to 0. A
    // grey x gives the mean over images that are binarised with it.
    logProb(out, x, into) {
      for (let i = 0; i < into.length; i++) into[i] = x[i] * out[i] - softplus(out[i]);
    },
  },
  gaussian: meanAndNoise(
    SIGMA,
    (random) => SIGMA * normal(1 - random(), random()),
    (error) => -(error ** 2) / (2 * SIGMA ** 2) - Math.log(SIGMA * Math.sqrt(2 * Math.PI)),
  ),
  laplace: meanAndNoise(
    Math.SQRT2 * SCALE,
    // The difference of two exponential numbers.
    (random) => SCALE * (Math.log(1 - random()) - Math.log(1 - random())),
    (error) => -Math.abs(error) / SCALE - Math.log(2 * SCALE),
  ),
};
