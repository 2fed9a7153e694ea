// A multilayer perceptron in the browser: h = activation(W h + b) for every layer but the last,
// which is linear. In single precision, as in PyTorch.

import { LANES, allocate, pack } from "./kernel.js";
import { erf } from "./numbers.js";

/** @type {Record<string, (h: Float32Array) => void>} in place */
const ACTIVATIONS = {
  relu(h) {
    for (let i = 0; i < h.length; i++) if (h[i] < 0) h[i] = 0;
  },
  silu(h) {
    for (let i = 0; i < h.length; i++) h[i] = h[i] / (1 + Math.exp(-h[i]));
  },
  gelu(h) {
    for (let i = 0; i < h.length; i++) h[i] = 0.5 * h[i] * (1 + erf(h[i] * Math.SQRT1_2));
  },
  tanh(h) {
    for (let i = 0; i < h.length; i++) h[i] = Math.tanh(h[i]);
  },
};

const padded = (/** @type {number} */ n) => LANES * Math.ceil(n / LANES);

/** @typedef {{weight: Float32Array, bias: Float32Array}} Layer weights [out, in], row by row */

export class MLP {
  /**
   * @param {Layer[]} layers
   * @param {string} activation relu, silu, gelu or tanh, after every layer but the last
   * @param {boolean} [vectors] false works without WebAssembly
   */
  constructor(layers, activation, vectors = true) {
    if (!Object.hasOwn(ACTIVATIONS, activation)) throw new Error(`Unknown activation ${activation}.`);
    const inputs = layers.map(({ weight, bias }) => weight.length / bias.length);
    const last = layers[layers.length - 1];
    this.inputs = inputs[0];
    // One piece of memory: two buffers that take turns as a layer's input and output, then
    // weights and biases. Decoding under a moving pointer allocates nothing.
    const widest = padded(Math.max(this.inputs, ...layers.map(({ bias }) => bias.length)));
    const sizes = layers.map(({ bias }, i) => padded(bias.length) * (inputs[i] + 1));
    const total = 2 * widest + sizes.reduce((sum, size) => sum + size, 0);
    const { floats, affine } = allocate(total, vectors);
    const buffers = [floats.subarray(0, widest), floats.subarray(widest, 2 * widest)];
    let next = 2 * widest;
    this.steps = layers.map((layer, i) => {
      const { weight, bias } = layer;
      const w = next;
      const b = w + padded(bias.length) * inputs[i];
      next = b + padded(bias.length);
      pack(weight, inputs[i], bias.length, floats.subarray(w, b));
      floats.set(bias, b);
      const x = (i % 2) * widest;
      const y = widest - x;
      const ends = [x + inputs[i], y + padded(bias.length)];
      return {
        addresses: [w, b, x, y, ...ends].map((place) => 4 * place),
        output: buffers[1 - (i % 2)].subarray(0, bias.length),
        activate: layer === last ? null : ACTIVATIONS[activation],
      };
    });
    this.affine = affine;
    this.input = buffers[0];
    this.outputs = buffers[layers.length % 2].subarray(0, last.bias.length);
  }

  /** Units of each layer, the last one's outputs among them. */
  get widths() {
    return this.steps.map(({ output }) => output.length);
  }

  /**
   * @param {ArrayLike<number>} input as many numbers as the first layer takes
   * @param {Float32Array[]} [trace] is given what each layer gives, which the next one writes over
   * @returns {Float32Array} what the last layer gives; the next call writes over it
   */
  forward(input, trace) {
    this.input.set(input);
    for (let i = 0; i < this.steps.length; i++) {
      const { addresses, output, activate } = this.steps[i];
      this.affine(...addresses);
      activate?.(output);
      trace?.[i].set(output);
    }
    return this.outputs;
  }
}
