// A grid of values, drawn as an image under the points: the higher, the more ink.

import { contextOf, h } from "../parts/elements.js";
import { begin } from "./canvas.js";

/**
 * @typedef {object} Grid
 * @property {ArrayLike<number>} values rows * columns, from 0; row by row, the lowest z2 first
 * @property {number} columns
 * @property {number} rows
 * @property {[number, number]} x ends of the grid in z1
 * @property {[number, number]} y ends of the grid in z2
 */

export class Density {
  /** @param {import("./view.js").Projection} projection */
  constructor(projection) {
    this.projection = projection;
    this.canvas = h("canvas", { class: "density", hidden: true });
    this.context = contextOf(this.canvas);
    /** @type {Grid | null} */
    this.grid = null;
    /** @type {OffscreenCanvas | null} */
    this.picture = null;
    this.ink = [0, 0, 0];
  }

  /** @param {Grid | null} grid */
  set(grid) {
    this.grid = grid;
    this.picture = grid && pictureOf(grid, this.ink);
  }

  /** @param {number[]} ink red, green and blue */
  setInk(ink) {
    this.ink = ink;
    this.set(this.grid);
  }

  draw() {
    if (this.canvas.hidden) return;
    begin(this.context, this.projection);
    if (this.grid && this.picture) {
      const { x, y } = this.grid;
      const [left, top] = this.projection.toPixel([x[0], y[1]]);
      const [right, bottom] = this.projection.toPixel([x[1], y[0]]);
      this.context.drawImage(this.picture, left, top, right - left, bottom - top);
    }
    this.context.restore();
  }
}

/** @param {Grid} grid @param {number[]} ink */
function pictureOf({ values, columns, rows }, ink) {
  let most = Number.MIN_VALUE;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]);
  const image = new ImageData(columns, rows);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const p = 4 * ((rows - 1 - row) * columns + column); // images begin at the top
      image.data.set(ink, p);
      image.data[p + 3] = (255 * values[i]) / most;
    }
  }
  const picture = new OffscreenCanvas(columns, rows);
  picture.getContext("2d")?.putImageData(image, 0, 0);
  return picture;
}
