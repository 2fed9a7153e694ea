// The families that p(x|z) may belong to: what the decoder's numbers mean, as in
// vae_core/likelihoods.py. A new family is an entry here and a class there; nothing else in the
// browser knows a family by its name.

import { normal, sigmoid, softplus } from "./numbers.js";

/**
 * `out` holds the first number of every pixel, then the second of every pixel, and so on, then the
 * shared ones; `into` gets one number per pixel.
 * @typedef {object} Likelihood
 * @property {number} outputs numbers that the decoder gives per pixel
 * @property {number} shared numbers that hold for all pixels of all images
 * @property {(out: Float32Array, into: Float32Array) => void} mean E[x|z] of each pixel
 * @property {(out: Float32Array, into: Float32Array) => void} deviation standard deviation of each
 * @property {(out: Float32Array, random: () => number, into: Float32Array) => void} sample an image
 *   from p(x|z); `random` gives numbers evenly spread over [0, 1)
 * @property {(out: Float32Array, x: ArrayLike<number>, into: Float32Array) => void} logProb log p(x|z)
 *   of each pixel, in nats; of a density, per unit of grey
 */

/**
 * What a model's configuration says of its family.
 * @typedef {{sigma?: string, levels?: number, components?: number}} Settings
 */

/**
 * One pixel's distribution, `i` being the pixel and `n` how many there are.
 * @typedef {object} Pixel
 * @property {number} [outputs]
 * @property {number} [shared]
 * @property {(out: Float32Array, i: number, n: number) => number} mean
 * @property {(out: Float32Array, i: number, n: number) => number} deviation
 * @property {(out: Float32Array, i: number, n: number, random: () => number) => number} sample
 * @property {(out: Float32Array, i: number, n: number, x: number) => number} logProb
 */

/** A family from what it does with one pixel. @param {Pixel} pixel @returns {Likelihood} */
function likelihood({ outputs = 1, shared = 0, mean, deviation, sample, logProb }) {
  return {
    outputs,
    shared,
    mean(out, into) {
      for (let i = 0; i < into.length; i++) into[i] = mean(out, i, into.length);
    },
    deviation(out, into) {
      for (let i = 0; i < into.length; i++) into[i] = deviation(out, i, into.length);
    },
    sample(out, random, into) {
      for (let i = 0; i < into.length; i++) into[i] = sample(out, i, into.length, random);
    },
    logProb(out, x, into) {
      for (let i = 0; i < into.length; i++) into[i] = logProb(out, i, into.length, x[i]);
    },
  };
}

const FIXED_SIGMA = 0.2;
const MIN_SIGMA = 0.01; // of one that is learned
const SIGMA_AT_ZERO = Math.log(Math.expm1(FIXED_SIGMA - MIN_SIGMA));
const SCALE = 0.1; // b of the Laplace distribution
const SERIES = 0.1; // |a| below which closed forms of the continuous Bernoulli lose digits

/** A standard deviation from any number. @param {number} a */
const positiveSigma = (a) => MIN_SIGMA + softplus(a + SIGMA_AT_ZERO);

/** @param {number} output */
const steepness = (output) => Math.tanh(output * MIN_SIGMA) / MIN_SIGMA;

/** @param {number} error @param {number} sigma */
const logNormal = (error, sigma) => -((error / sigma) ** 2) / 2 - Math.log(sigma * Math.sqrt(2 * Math.PI));

/** @param {() => number} random */
const standardNormal = (random) => normal(1 - random(), random());

/** Each pixel is ink with probability sigmoid(output). */
const bernoulli = () =>
  likelihood({
    mean: (out, i) => sigmoid(out[i]),
    // p (1 - p), with 1 - sigmoid(a) as sigmoid(-a): far out the difference would round to 0.
    deviation: (out, i) => Math.sqrt(sigmoid(out[i]) * sigmoid(-out[i])),
    sample: (out, i, _n, random) => (random() < sigmoid(out[i]) ? 1 : 0),
    // x log p + (1 - x) log(1 - p) without the logarithm of a probability that has rounded to 0. A
    // grey x gives the mean over images that are binarised with it.
    logProb: (out, i, _n, x) => x * out[i] - softplus(out[i]),
  });

/** p(x) = exp(a x) a / (exp(a) - 1) on [0, 1], with a the output, which stays below 1 / MIN_SIGMA. */
const continuousBernoulli = () =>
  likelihood({
    mean(out, i) {
      const a = steepness(out[i]);
      return Math.abs(a) < SERIES ? 1 / 2 + a / 12 - a ** 3 / 720 : -1 / Math.expm1(-a) - 1 / a;
    },
    deviation(out, i) {
      const a = steepness(out[i]);
      const decay = Math.exp(-Math.abs(a));
      return Math.sqrt(Math.abs(a) < SERIES ? 1 / 12 - a ** 2 / 240 : a ** -2 - decay / (1 - decay) ** 2);
    },
    sample(out, i, _n, random) {
      // Counted from the end where there is more, so that nothing overflows.
      const a = -Math.max(Math.abs(steepness(out[i])), 1e-6);
      const x = Math.log1p(random() * Math.expm1(a)) / a;
      return out[i] < 0 ? x : 1 - x;
    },
    logProb(out, i, _n, x) {
      const a = steepness(out[i]);
      if (Math.abs(a) < SERIES) return a * x - a / 2 - a ** 2 / 24 + a ** 4 / 2880;
      return a * x - Math.max(a, 0) - Math.log(-Math.expm1(-Math.abs(a))) + Math.log(Math.abs(a));
    },
  });

/** N(sigmoid(output), sigma²). @param {Settings} settings */
function gaussian({ sigma = "fixed" }) {
  /** @type {Record<string, (out: Float32Array, i: number, n: number) => number>} */
  const kinds = {
    fixed: () => FIXED_SIGMA,
    learned: (out, _i, n) => positiveSigma(out[n]),
    "per-pixel": (out, i, n) => positiveSigma(out[n + i]),
  };
  const deviation = kinds[sigma];
  return likelihood({
    outputs: sigma === "per-pixel" ? 2 : 1,
    shared: sigma === "learned" ? 1 : 0,
    mean: (out, i) => sigmoid(out[i]),
    deviation,
    sample: (out, i, n, random) => sigmoid(out[i]) + deviation(out, i, n) * standardNormal(random),
    logProb: (out, i, n, x) => logNormal(x - sigmoid(out[i]), deviation(out, i, n)),
  });
}

/** Laplace(sigmoid(output), b). */
const laplace = () =>
  likelihood({
    mean: (out, i) => sigmoid(out[i]),
    deviation: () => Math.SQRT2 * SCALE,
    // The difference of two exponential numbers.
    sample: (out, i, _n, random) =>
      sigmoid(out[i]) + SCALE * (Math.log(1 - random()) - Math.log(1 - random())),
    logProb: (out, i, _n, x) => -Math.abs(x - sigmoid(out[i])) / SCALE - Math.log(2 * SCALE),
  });

/** One of so many grey levels, softmax(outputs). @param {Settings} settings */
function categorical({ levels = 16 }) {
  const probabilities = new Float64Array(levels); // of the pixel that is looked at
  const most = levels - 1;
  /** @param {Float32Array} out @param {number} i @param {number} n @returns {number} log Σ exp */
  const read = (out, i, n) => softmax((k) => out[k * n + i], probabilities);
  /** @param {Float32Array} out @param {number} i @param {number} n */
  function mean(out, i, n) {
    read(out, i, n);
    return probabilities.reduce((sum, p, k) => sum + (p * k) / most, 0);
  }
  return likelihood({
    outputs: levels,
    mean,
    deviation(out, i, n) {
      const centre = mean(out, i, n);
      return Math.sqrt(probabilities.reduce((sum, p, k) => sum + p * (k / most - centre) ** 2, 0));
    },
    sample(out, i, n, random) {
      read(out, i, n);
      return chosen(probabilities, random()) / most;
    },
    logProb: (out, i, n, x) => out[Math.round(x * most) * n + i] - read(out, i, n),
  });
}

/** Σ π N(sigmoid(m), σ²) over so many components. @param {Settings} settings */
function mixture({ components = 3 }) {
  const shares = new Float64Array(components); // π of the pixel that is looked at
  const means = new Float64Array(components);
  const sigmas = new Float64Array(components);
  /** @param {Float32Array} out @param {number} i @param {number} n */
  function read(out, i, n) {
    softmax((k) => out[k * n + i], shares);
    for (let k = 0; k < components; k++) {
      means[k] = sigmoid(out[(components + k) * n + i]);
      sigmas[k] = positiveSigma(out[(2 * components + k) * n + i]);
    }
  }
  /** @param {Float32Array} out @param {number} i @param {number} n */
  function mean(out, i, n) {
    read(out, i, n);
    return shares.reduce((sum, share, k) => sum + share * means[k], 0);
  }
  return likelihood({
    outputs: 3 * components,
    mean,
    deviation(out, i, n) {
      const centre = mean(out, i, n);
      return Math.sqrt(shares.reduce((sum, share, k) => sum + share * (sigmas[k] ** 2 + (means[k] - centre) ** 2), 0));
    },
    sample(out, i, n, random) {
      read(out, i, n);
      const k = chosen(shares, random());
      return means[k] + sigmas[k] * standardNormal(random);
    },
    logProb(out, i, n, x) {
      read(out, i, n);
      const terms = shares.map((share, k) => Math.log(share) + logNormal(x - means[k], sigmas[k]));
      return softmax((k) => terms[k], terms);
    },
  });
}

/**
 * @param {(k: number) => number} logits
 * @param {Float64Array} into gets exp(logit) of each, as shares of 1
 * @returns {number} log of the sum that they are shares of
 */
function softmax(logits, into) {
  let most = -Infinity;
  for (let k = 0; k < into.length; k++) most = Math.max(most, logits(k));
  let sum = 0;
  for (let k = 0; k < into.length; k++) sum += into[k] = Math.exp(logits(k) - most);
  for (let k = 0; k < into.length; k++) into[k] /= sum;
  return most + Math.log(sum);
}

/** Where a number in [0, 1) falls among shares of 1. @param {Float64Array} shares @param {number} number */
function chosen(shares, number) {
  let k = 0;
  for (let end = shares[0]; end < number && k < shares.length - 1; end += shares[k]) k++;
  return k;
}

/** @type {Record<string, (settings: Settings) => Likelihood>} */
export const LIKELIHOODS = {
  bernoulli,
  "continuous-bernoulli": continuousBernoulli,
  gaussian,
  laplace,
  categorical,
  mixture,
};
