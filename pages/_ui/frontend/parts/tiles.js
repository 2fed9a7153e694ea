// Decoded digits as bytes: the manifold, and the test digits above their reconstructions.

import { contextOf, h } from "./elements.js";

/** A canvas that shows (n, side, side) bytes as a grid of tiles. */
export class Tiles {
  /**
   * @param {number} columns
   * @param {number} rows
   * @param {number} side of a tile, in pixels
   * @param {string} label what they show
   */
  constructor(columns, rows, side, label) {
    this.side = side;
    this.columns = this.rows = 0;
    this.canvas = h("canvas", { class: "ink", role: "img" });
    this.context = contextOf(this.canvas);
    this.image = new ImageData(1, 1);
    this.resize(columns, rows, label);
  }

  /** So many tiles, and what they show. @param {number} columns @param {number} rows @param {string} label */
  resize(columns, rows, label) {
    const { canvas, side } = this;
    canvas.setAttribute("aria-label", label);
    if (this.columns === columns && this.rows === rows) return;
    Object.assign(this, { columns, rows });
    [canvas.width, canvas.height] = [columns * side, rows * side];
    this.image = this.context.createImageData(canvas.width, canvas.height);
    this.clear();
  }

  clear() {
    this.image.data.fill(0);
    for (let i = 3; i < this.image.data.length; i += 4) this.image.data[i] = 255;
    this.context.putImageData(this.image, 0, 0);
  }

  /** Tiles in reading order, the first one at `start`. @param {ArrayLike<number>} bytes @param {number} [start] */
  show(bytes, start = 0) {
    const { columns, side, image } = this;
    const width = columns * side;
    const tiles = bytes.length / (side * side);
    for (let tile = 0, p = 0; tile < tiles; tile++) {
      const left = ((start + tile) % columns) * side;
      const top = Math.floor((start + tile) / columns) * side;
      for (let row = 0; row < side; row++) {
        let q = 4 * ((top + row) * width + left);
        for (let column = 0; column < side; column++, p++, q += 4) {
          image.data[q] = image.data[q + 1] = image.data[q + 2] = bytes[p];
        }
      }
    }
    this.context.putImageData(image, 0, 0);
  }
}
