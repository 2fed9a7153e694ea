// A digit's way through the network, every number of it: x → hidden layers → μ, log σ² → z → hidden
// layers → p(x|z) → the two terms of the bound. In nats, summed over pixels and dimensions.

import { Encoder } from "./encoder.js";
import { deviationOf, klTerms, reparameterise } from "./gaussian.js";
import { Model } from "./model.js";
import { hash } from "./noise.js";

/**
 * @typedef {object} Asked what goes in
 * @property {ArrayLike<number>} x 784 pixels in [0, 1]
 * @property {number} [label] for conditional models
 * @property {number[]} epsilon
 * @property {number} seed of the sample from p(x|z)
 */

/**
 * All that is computed; a plain autoencoder has no σ, and nothing that follows from it. The next
 * digit writes over it.
 * @typedef {object} Numbers
 * @property {Float32Array[]} encoder what each of its hidden layers gives
 * @property {Float32Array} mu
 * @property {Float32Array | null} logVar
 * @property {number[] | null} sigma
 * @property {number[]} z
 * @property {Float32Array[]} decoder what each of its hidden layers gives
 * @property {Float32Array} mean of p(x|z)
 * @property {Float32Array} deviation
 * @property {Float32Array} sample
 * @property {Float32Array} nats −log p(x|z) of each pixel
 * @property {number} reconstruction their sum
 * @property {[number, number]} priorMean
 * @property {import("./gaussian.js").KlTerms[] | null} terms of the KL, by dimension
 * @property {number | null} kl their sum
 */

export class Forward {
  /**
   * @param {import("./encoder.js").EncoderSpec} encoder
   * @param {import("./model.js").Spec} decoder
   * @param {boolean} variational false for a plain autoencoder, whose z is μ
   */
  constructor(encoder, decoder, variational) {
    this.encoder = new Encoder(encoder);
    this.decoder = new Model(decoder);
    this.variational = variational;
    const trace = (/** @type {number[]} */ widths) => widths.map((width) => new Float32Array(width));
    this.traces = { encoder: trace(this.encoder.network.widths), decoder: trace(this.decoder.network.widths) };
    const image = () => new Float32Array(this.decoder.pixels.length);
    this.images = { mean: image(), deviation: image(), sample: image(), nats: image() };
    this.scratch = image();
  }

  /** @param {Asked} asked @returns {Numbers} */
  run({ x, label, epsilon, seed }) {
    const { traces, images, decoder, variational } = this;
    const posterior = this.encoder.encode(x, label, traces.encoder);
    const { mu, logVar } = posterior;
    const z = variational ? reparameterise(posterior, epsilon) : [...mu];
    const outputs = decoder.outputs(z, label, traces.decoder);
    decoder.likelihood.mean(outputs, images.mean);
    decoder.likelihood.deviation(outputs, images.deviation);
    let counter = hash(seed);
    decoder.likelihood.sample(outputs, () => hash(counter++) / 2 ** 32, images.sample);
    const reconstruction = this.#nats(outputs, x, images.nats);
    const priorMean = decoder.mean(label);
    const terms = variational ? Array.from(mu, (value, k) => klTerms(value, logVar[k], priorMean[k])) : null;
    return {
      encoder: traces.encoder.slice(0, -1),
      mu,
      logVar: variational ? logVar : null,
      sigma: variational ? Array.from(logVar, deviationOf) : null,
      z,
      decoder: traces.decoder.slice(0, -1),
      ...images,
      reconstruction,
      priorMean,
      terms,
      kl: terms && terms.reduce((sum, term) => sum + term.sum, 0),
    };
  }

  /**
   * −log p(x|z) alone.
   * @param {ArrayLike<number>} x
   * @param {ArrayLike<number>} z
   * @param {number} [label]
   */
  reconstructionAt(x, z, label) {
    return this.#nats(this.decoder.outputs(z, label), x, this.scratch);
  }

  /** @param {Float32Array} outputs @param {ArrayLike<number>} x @param {Float32Array} into */
  #nats(outputs, x, into) {
    this.decoder.likelihood.logProb(outputs, x, into);
    let sum = 0;
    for (let i = 0; i < into.length; i++) {
      into[i] = -into[i];
      sum += into[i];
    }
    return sum;
  }
}
