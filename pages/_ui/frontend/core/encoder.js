// q(z|x) = N(μ, diag σ²), or q(z|x, y) of a conditional model, as in vae_core/models.py: the encoder's
// last layer gives μ and log σ² side by side.

import { layersOf } from "./model.js";
import { MLP } from "./network.js";
import { softplus } from "./numbers.js";

// Bounds of log σ², as there.
const MAX_LOG_VAR = 1;
const MIN_LOG_VAR = -20;

/**
 * @typedef {object} EncoderSpec
 * @property {import("./network.js").Layer[]} layers
 * @property {string} activation
 * @property {number} classes labels to choose among; 0 for a model that is not conditional
 */

/** @typedef {{mu: Float32Array, logVar: Float32Array}} Posterior one number per latent dimension */

export class Encoder {
  /**
   * @param {EncoderSpec} spec
   * @param {boolean} [vectors] false works without WebAssembly
   */
  constructor({ layers, activation, classes }, vectors = true) {
    this.network = new MLP(layers, activation, vectors);
    this.classes = classes;
    this.input = new Float32Array(this.network.inputs);
    const latent = this.network.outputs.length / 2;
    /** @type {Posterior} */
    this.posterior = { mu: new Float32Array(latent), logVar: new Float32Array(latent) };
  }

  /**
   * The encoder in a file that `parseSafetensors` has read: a checkpoint, or its encoder alone.
   * @param {import("./safetensors.js").File} file
   * @returns {EncoderSpec}
   */
  static read({ metadata, tensors }) {
    const { activation, conditional, classes } = JSON.parse(metadata.model);
    return { layers: layersOf(tensors, "encoder"), activation, classes: conditional ? classes : 0 };
  }

  /**
   * q(z|x); the next call writes over it.
   * @param {ArrayLike<number>} x pixels in [0, 1]
   * @param {number} [label] for conditional models
   * @param {Float32Array[]} [trace] is given what each layer gives
   */
  encode(x, label, trace) {
    const { input, classes, posterior } = this;
    const first = input.length - classes;
    input.set(x);
    if (classes) input.fill(0, first)[first + (label ?? 0)] = 1;
    const outputs = this.network.forward(input, trace);
    const latent = posterior.mu.length;
    for (let k = 0; k < latent; k++) {
      posterior.mu[k] = outputs[k];
      const bounded = MAX_LOG_VAR - softplus(MAX_LOG_VAR - outputs[latent + k]);
      posterior.logVar[k] = Math.max(bounded, MIN_LOG_VAR);
    }
    return posterior;
  }
}
