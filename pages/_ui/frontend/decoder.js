// p(x|z), or p(x|z, y) of a conditional model: there the label follows z, one-hot, as an input.

import { MLP, decoderOf } from "./mlp.js";

export class Decoder {
  /**
   * @param {object} spec what `Decoder.read` gives; plain data, which a worker can be sent
   * @param {number} spec.classes labels to choose among; 0 for a model that is not conditional
   */
  constructor({ layers, activation, classes }) {
    this.mlp = new MLP(layers, activation);
    this.classes = classes;
    this.input = new Float32Array(this.mlp.inputs);
  }

  /** The decoder in a checkpoint that `parseSafetensors` has read. */
  static read(file) {
    const [layers, activation] = decoderOf(file);
    const { conditional, classes } = JSON.parse(file.metadata.model);
    return { layers, activation, classes: conditional ? classes : 0 };
  }

  /**
   * @param {number[]} z
   * @param {number | number[]} [label] one label, or the weight of each; for conditional models
   * @returns {Float32Array} 784 pixel means in [0, 1]; the next call writes over them
   */
  decode(z, label) {
    const first = this.input.length - this.classes;
    this.input.set(z);
    if (Array.isArray(label)) this.input.set(label, first);
    else if (this.classes) this.input.fill(0, first)[first + label] = 1;
    return this.mlp.decode(this.input);
  }
}
