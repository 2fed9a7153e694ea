// The manifold layer: a grid of decoded digits under the points that follows zoom and pan.
// Cells sit on a lattice through the origin whose step is a power of the square root of 2, so that
// a digit stays where it is while the map is dragged, and its pixels are worked out once. In a
// conditional model all of them are of one label.

import { contextOf, h } from "../parts/elements.js";
import { begin } from "./canvas.js";

const SIDE = 28;
const CELL_PIXELS = 30; // a cell is this wide on screen, or up to the square root of 2 wider
const SETTLE_MS = 90;

/**
 * @typedef {object} Grid of digits, and where on the lattice it lies
 * @property {number | undefined} label
 * @property {number} step of the lattice, in units of z
 * @property {number} left first column's number on the lattice
 * @property {number} bottom lowest row's
 * @property {number} columns
 * @property {number} rows
 * @property {OffscreenCanvas} atlas the digits side by side, as opacity
 * @property {Set<string>} filled "column,row" on the lattice of those that are there
 * @property {boolean} done whether all are
 * @property {Grid | null} under what is shown until then
 */

export class Manifold {
  /** @param {import("./view.js").Projection} projection */
  constructor(projection) {
    this.canvas = h("canvas", { class: "manifold", hidden: true });
    this.context = contextOf(this.canvas);
    this.projection = projection;
    this.visible = false;
    this.ink = "black";
    /** @type {Grid | null} */
    this.grid = null;
    /** @type {import("../core/model.js").Spec | null} */
    this.spec = null;
    /** @type {number | undefined} */
    this.label = undefined;
    /** @type {Worker | null} */
    this.worker = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.frame = 0;
    this.jobs = 0;
  }

  /**
   * Decode with this model from now on.
   * @param {import("../core/model.js").Spec} spec
   * @param {number} [label] for a conditional model
   */
  setModel(spec, label) {
    if (spec === this.spec) return this.setLabel(label);
    this.spec = spec;
    this.label = label;
    this.worker?.terminate();
    this.worker = null;
    this.grid = null;
    if (this.visible) this.#request();
  }

  /** @param {number | undefined} label */
  setLabel(label) {
    if (label === this.label) return;
    this.label = label;
    if (this.visible) this.#request();
  }

  /** @param {boolean} visible */
  setVisible(visible) {
    this.visible = visible;
    this.canvas.hidden = !visible;
    if (visible) this.follow();
  }

  /** @param {string} ink a CSS color */
  setInk(ink) {
    this.ink = ink;
    this.draw();
  }

  /** The view changed: stretch what there is now, decode what is missing once it rests. */
  follow() {
    if (!this.visible) return;
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#request(), this.grid ? SETTLE_MS : 0);
  }

  /** A thread of its own, once there is something to decode for it. @param {import("../core/model.js").Spec} spec */
  #start(spec) {
    const worker = new Worker(new URL("./manifold_worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.postMessage({ spec });
    return worker;
  }

  #request() {
    const { label, spec } = this;
    const { area, scale } = this.projection;
    if (!spec || area.width < 2) return;
    this.worker ??= this.#start(spec);
    const step = 2 ** (Math.ceil(2 * Math.log2(CELL_PIXELS / scale)) / 2);
    const [west, north] = this.projection.toData(area.left, area.top);
    const [east, south] = this.projection.toData(area.left + area.width, area.top + area.height);
    const left = Math.floor(west / step + 0.5);
    const bottom = Math.floor(south / step + 0.5);
    const columns = Math.floor(east / step + 0.5) - left + 1;
    const rows = Math.floor(north / step + 0.5) - bottom + 1;
    const atlas = new OffscreenCanvas(columns * SIDE, rows * SIDE);
    const last = this.grid;
    /** @type {Grid} */
    const grid = { label, step, left, bottom, columns, rows, atlas, filled: new Set(), done: false, under: null };
    if (last?.step === step && last.label === label) {
      const dx = (last.left - left) * SIDE;
      const dy = (bottom + rows - last.bottom - last.rows) * SIDE;
      atlas.getContext("2d")?.drawImage(last.atlas, dx, dy);
      for (const key of last.filled) grid.filled.add(key);
      grid.under = last.under;
    } else if (last) {
      // What is shown now stays, stretched, under the new digits until all of them are there.
      grid.under = last.done ? { ...last, under: null } : last.under;
    }
    this.grid = grid;
    this.#decode(grid, this.worker);
    this.draw();
  }

  /**
   * Ask for the digits that are missing, the middle ones first.
   * @param {Grid} grid
   * @param {Worker} worker
   */
  #decode(grid, worker) {
    const { label, step, left, bottom, columns, rows } = grid;
    /** @type {[number, number, number, number][]} */
    const cells = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        if (grid.filled.has(`${left + column},${bottom + row}`)) continue;
        cells.push([column, row, (left + column) * step, (bottom + row) * step]);
      }
    }
    const middle = [(columns - 1) / 2, (rows - 1) / 2];
    const far = (/** @type {number[]} */ [column, row]) => (column - middle[0]) ** 2 + (row - middle[1]) ** 2;
    cells.sort((a, b) => far(a) - far(b));
    this.jobs += 1;
    this.canvas.dataset.busy = String(cells.length > 0);
    if (cells.length) worker.postMessage({ job: this.jobs, cells, label });
    else this.#finish(grid);
  }

  /** @param {import("./manifold_worker.js").Digits} digits */
  #receive({ job, cells, pixels, done }) {
    if (job !== this.jobs || !this.grid) return;
    const { atlas, rows, left, bottom, filled } = this.grid;
    const context = atlas.getContext("2d");
    const image = new ImageData(SIDE, SIDE); // black, with the pixel mean as opacity
    cells.forEach(([column, row], i) => {
      for (let p = 0; p < SIDE * SIDE; p++) image.data[4 * p + 3] = pixels[i * SIDE * SIDE + p];
      context?.putImageData(image, column * SIDE, (rows - 1 - row) * SIDE);
      filled.add(`${left + column},${bottom + row}`);
    });
    if (done) this.#finish(this.grid);
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  /** @param {Grid} grid */
  #finish(grid) {
    grid.done = true;
    grid.under = null;
    this.canvas.dataset.busy = "false";
  }

  draw() {
    this.frame = 0;
    const { context, grid, projection } = this;
    if (!this.visible || !projection.size.width) return;
    begin(context, projection);
    if (grid) {
      context.imageSmoothingQuality = "high";
      if (grid.under) {
        this.#drawGrid(grid.under);
        for (const key of grid.filled) this.#clear(grid, key);
      }
      this.#drawGrid(grid);
      this.#dye(context, projection.size);
    }
    context.restore();
  }

  /** Make room for a digit. @param {Grid} grid @param {string} key */
  #clear({ step }, key) {
    const [i, j] = key.split(",").map(Number);
    const [x, y] = this.projection.toPixel([(i - 0.5) * step, (j + 0.5) * step]);
    const size = step * this.projection.scale;
    this.context.clearRect(x, y, size, size);
  }

  /** @param {Grid} grid */
  #drawGrid({ step, left, bottom, columns, rows, atlas }) {
    const [x, y] = this.projection.toPixel([(left - 0.5) * step, (bottom + rows - 0.5) * step]);
    const cell = step * this.projection.scale;
    this.context.drawImage(atlas, x, y, columns * cell, rows * cell);
  }

  /**
   * The digits that are there, as a picture and where it lies in pixels of the element.
   * @returns {{href: string, x: number, y: number, width: number, height: number} | null}
   */
  picture() {
    if (!this.visible || !this.grid) return null;
    const { step, left, bottom, columns, rows, atlas } = this.grid;
    const canvas = h("canvas", { width: atlas.width, height: atlas.height });
    const context = contextOf(canvas);
    context.drawImage(atlas, 0, 0);
    this.#dye(context, canvas);
    const [x, y] = this.projection.toPixel([(left - 0.5) * step, (bottom + rows - 0.5) * step]);
    const cell = step * this.projection.scale;
    return { href: canvas.toDataURL(), x, y, width: columns * cell, height: rows * cell };
  }

  /** What is drawn gets the color of ink. @param {CanvasRenderingContext2D} context @param {{width: number, height: number}} size */
  #dye(context, { width, height }) {
    context.globalCompositeOperation = "source-in";
    context.fillStyle = this.ink;
    context.fillRect(0, 0, width, height);
  }

  destroy() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.worker?.terminate();
  }
}
