// The decoder in the browser: h = activation(W h + b) for every layer but the last, which is
// linear; then a sigmoid turns the logits into pixel means. In single precision, as in PyTorch.

import { LANES, allocate, pack } from "./kernel.js";

/** erf(x), absolute error below 1.5e-7: Abramowitz & Stegun 7.1.26. */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const y = 1 - poly * Math.exp(-x * x);
  return x < 0 ? -y : y;
}

// Each works in place on the first n values.
const ACTIVATIONS = {
  relu(h, n) {
    for (let i = 0; i < n; i++) if (h[i] < 0) h[i] = 0;
  },
  silu(h, n) {
    for (let i = 0; i < n; i++) h[i] = h[i] / (1 + Math.exp(-h[i]));
  },
  gelu(h, n) {
    for (let i = 0; i < n; i++) h[i] = 0.5 * h[i] * (1 + erf(h[i] * Math.SQRT1_2));
  },
  tanh(h, n) {
    for (let i = 0; i < n; i++) h[i] = Math.tanh(h[i]);
  },
  sigmoid(h, n) {
    for (let i = 0; i < n; i++) h[i] = 1 / (1 + Math.exp(-h[i]));
  },
};

const padded = (n) => LANES * Math.ceil(n / LANES);

export class MLP {
  /**
   * @param {{weight: Float32Array, bias: Float32Array}[]} layers weights [out, in], row by row
   * @param {string} activation relu, silu, gelu or tanh, after every layer but the last
   * @param {boolean} [vectors] false decodes without WebAssembly
   */
  constructor(layers, activation, vectors = true) {
    if (!Object.hasOwn(ACTIVATIONS, activation)) throw new Error(`Unknown activation ${activation}.`);
    const inputs = layers.map(({ weight, bias }) => weight.length / bias.length);
    this.inputs = inputs[0];
    this.outputs = layers.at(-1).bias.length;
    // One piece of memory: two buffers that take turns as a layer's input and output, then
    // weights and biases. Decoding under a moving pointer allocates nothing.
    const widest = padded(Math.max(this.inputs, ...layers.map(({ bias }) => bias.length)));
    const sizes = layers.map(({ bias }, i) => padded(bias.length) * (inputs[i] + 1));
    const total = 2 * widest + sizes.reduce((sum, size) => sum + size, 0);
    const { floats, affine } = allocate(total, vectors);
    const buffers = [floats.subarray(0, widest), floats.subarray(widest, 2 * widest)];
    let next = 2 * widest;
    this.steps = layers.map(({ weight, bias }, i) => {
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
        output: buffers[1 - (i % 2)],
        width: bias.length,
        activate: ACTIVATIONS[i === layers.length - 1 ? "sigmoid" : activation],
      };
    });
    this.affine = affine;
    this.input = buffers[0];
    this.means = buffers[layers.length % 2].subarray(0, this.outputs);
  }

  /** The decoder of a checkpoint that `parseSafetensors` has read. */
  static decoder(file) {
    return new MLP(...decoderOf(file));
  }

  /**
   * @param {ArrayLike<number>} input z, as many numbers as the first layer takes
   * @returns {Float32Array} pixel means in [0, 1]; the next call writes over them
   */
  decode(input) {
    this.input.set(input);
    for (const { addresses, output, width, activate } of this.steps) {
      this.affine(...addresses);
      activate(output, width);
    }
    return this.means;
  }
}

/** Layers and activation of the decoder in a checkpoint, as the constructor of MLP takes them. */
export function decoderOf({ metadata, tensors }) {
  const layers = [];
  for (let i = 0; tensors[`decoder.layers.${i}.weight`]; i++) {
    const [weight, bias] = ["weight", "bias"].map((k) => tensors[`decoder.layers.${i}.${k}`].data);
    layers.push({ weight, bias });
  }
  return [layers, JSON.parse(metadata.model).activation];
}
