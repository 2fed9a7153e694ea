// p(x|z), or p(x|z, y) of a conditional model: there the label follows z, one-hot, as an input.
// One class for all pages and for workers; it knows files and numbers, but no page.

import { LIKELIHOODS } from "./likelihood.js";
import { MLP } from "./network.js";

/** @typedef {import("./network.js").Layer} Layer */

/**
 * A decoder as plain data, which a worker can be sent.
 * @typedef {object} Spec
 * @property {import("./network.js").Layer[]} layers
 * @property {string} activation
 * @property {string} likelihood the family of p(x|z)
 * @property {import("./likelihood.js").Settings} settings of the family
 * @property {number} classes labels to choose among; 0 for a model that is not conditional
 * @property {[number, number][]} means of the prior p(z|y), by label; none if it is N(0, I)
 */

export class Model {
  /**
   * @param {Spec} spec
   * @param {boolean} [vectors] false works without WebAssembly
   */
  constructor({ layers, activation, likelihood, settings, classes, means }, vectors = true) {
    if (!Object.hasOwn(LIKELIHOODS, likelihood)) throw new Error(`Unknown likelihood ${likelihood}.`);
    this.network = new MLP(layers, activation, vectors);
    this.likelihood = LIKELIHOODS[likelihood](settings);
    this.classes = classes;
    this.means = means;
    this.input = new Float32Array(this.network.inputs);
    const { outputs, shared } = this.likelihood;
    this.pixels = new Float32Array((this.network.outputs.length - shared) / outputs);
  }

  /**
   * The decoder in a file that `parseSafetensors` has read: a checkpoint, or its decoder alone.
   * @param {import("./safetensors.js").File} file
   * @returns {Spec}
   */
  static read({ metadata, tensors }) {
    const { activation, likelihood, conditional, classes, ...settings } = JSON.parse(metadata.model);
    const layers = layersOf(tensors, "decoder");
    const shared = /** @type {Float32Array | undefined} */ (tensors.likelihood_shared?.data);
    if (shared) layers.push(withConstants(/** @type {Layer} */ (layers.pop()), shared));
    const mu = tensors.prior_mu?.data ?? [];
    /** @type {[number, number][]} */
    const means = Array.from({ length: mu.length / 2 }, (_, y) => [mu[2 * y], mu[2 * y + 1]]);
    return { layers, activation, likelihood, settings, classes: conditional ? classes : 0, means };
  }

  /**
   * The mean of the prior p(z|y); the origin where the prior is N(0, I).
   * @param {number} [label]
   * @returns {[number, number]}
   */
  mean(label) {
    return (label === undefined ? undefined : this.means[label]) ?? [0, 0];
  }

  /**
   * E[x|z]: 784 pixel means in [0, 1]. Like the next two, it gives an array that the next call of
   * any of them writes over.
   * @param {number[]} z
   * @param {number | number[]} [label] one label, or the weight of each; for conditional models
   */
  decode(z, label) {
    this.likelihood.mean(this.outputs(z, label), this.pixels);
    return this.pixels;
  }

  /**
   * The standard deviation of each pixel under p(x|z).
   * @param {number[]} z
   * @param {number | number[]} [label]
   */
  deviation(z, label) {
    this.likelihood.deviation(this.outputs(z, label), this.pixels);
    return this.pixels;
  }

  /**
   * An image from p(x|z).
   * @param {number[]} z
   * @param {number | number[]} [label]
   * @param {() => number} [random] even numbers in [0, 1)
   */
  sample(z, label, random = Math.random) {
    this.likelihood.sample(this.outputs(z, label), random, this.pixels);
    return this.pixels;
  }

  /**
   * The numbers that p(x|z) is made of (see `Likelihood`); the next call writes over them.
   * @param {ArrayLike<number>} z
   * @param {number | number[]} [label]
   * @param {Float32Array[]} [trace] is given what each layer of the network gives
   */
  outputs(z, label, trace) {
    const { input, classes } = this;
    const first = input.length - classes;
    input.set(z);
    if (Array.isArray(label)) input.set(label, first);
    else if (classes) input.fill(0, first)[first + (label ?? 0)] = 1;
    return this.network.forward(input, trace);
  }
}

/**
 * A layer that gives numbers more, which do not depend on its input.
 * @param {Layer} layer
 * @param {Float32Array} constants
 * @returns {Layer}
 */
function withConstants({ weight, bias }, constants) {
  const inputs = weight.length / bias.length;
  const longer = { weight: new Float32Array(weight.length + constants.length * inputs), bias: new Float32Array(bias.length + constants.length) };
  longer.weight.set(weight);
  longer.bias.set(bias);
  longer.bias.set(constants, bias.length);
  return longer;
}

/**
 * The layers of one of a file's networks.
 * @param {import("./safetensors.js").File["tensors"]} tensors
 * @param {"encoder" | "decoder"} network
 * @returns {import("./network.js").Layer[]}
 */
export function layersOf(tensors, network) {
  const layers = [];
  for (let i = 0; tensors[`${network}.layers.${i}.weight`]; i++) {
    const [weight, bias] = ["weight", "bias"].map(
      (name) => /** @type {Float32Array} */ (tensors[`${network}.layers.${i}.${name}`].data),
    );
    layers.push({ weight, bias });
  }
  return layers;
}
