// A model that draws a label in a style, and its pictures as addresses of images.

import { MLP } from "./mlp.js";
import { noise } from "./label_noise.js";

const SIDE = 28;
const KEPT = 4000; // pictures, 1.5 KB each

export class LabelModel {
  /** @param file a checkpoint that `parseSafetensors` has read */
  constructor(file) {
    const { classes, conditional } = JSON.parse(file.metadata.model);
    this.classes = classes ?? 10;
    this.conditional = Boolean(conditional);
    this.decoder = MLP.decoder(file);
    this.mu = file.tensors.prior_mu?.data ?? new Float32Array(2 * this.classes);
    this.input = new Float32Array(this.decoder.inputs);
    this.pictures = new Map();
  }

  /** μ(y), the mean of p(z|y); the origin for a model without labels. */
  mean(label) {
    return this.conditional ? [this.mu[2 * label], this.mu[2 * label + 1]] : [0, 0];
  }

  /** z = μ(y) + spread · ε */
  place(label, { spread, seed }, style) {
    const [x, y] = this.mean(label);
    const [a, b] = noise(seed, style);
    return [x + spread * a, y + spread * b];
  }

  /** Pixel means at z of a label; the next call writes over them. */
  decode(z, label) {
    this.input.fill(0);
    this.input.set(z);
    if (this.conditional) this.input[z.length + label] = 1;
    return this.decoder.decode(this.input);
  }

  /** The picture at z as an image's address. */
  picture(z, label) {
    const key = `${label},${z[0]},${z[1]}`;
    let address = this.pictures.get(key);
    if (!address) {
      if (this.pictures.size >= KEPT) this.pictures.clear();
      this.pictures.set(key, (address = greyImage(this.decode(z, label))));
    }
    return address;
  }
}

// A grey bitmap, top row first: a header of 54 bytes, 256 greys, and two bytes so that all of this
// is a whole number of base64's groups and is encoded once.
const HEADER = (() => {
  const bytes = new Uint8Array(54 + 1024 + 2);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, bytes.length + SIDE * SIDE, true);
  view.setUint32(10, bytes.length, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, SIDE, true);
  view.setInt32(22, -SIDE, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  view.setUint32(34, SIDE * SIDE, true);
  view.setUint32(46, 256, true);
  for (let grey = 0; grey < 256; grey++) view.setUint32(54 + 4 * grey, 0x010101 * grey, true);
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
})();
const greys = new Uint8Array(SIDE * SIDE);

/** 784 means in [0, 1] as the address of an image. */
export function greyImage(means) {
  for (let i = 0; i < greys.length; i++) greys[i] = 255 * means[i] + 0.5;
  return HEADER + btoa(String.fromCharCode(...greys));
}
