// The manifold layer: a grid of decoded digits under the points that follows zoom and pan.
// Cells sit on a lattice through the origin whose step is a power of the square root of 2, so that
// a digit stays where it is while the map is dragged, and its pixels are worked out once. In a
// conditional model all of them are of one label.

const SIDE = 28;
const CELL_PIXELS = 30; // a cell is this wide on screen, or up to the square root of 2 wider
const SETTLE_MS = 90;

export class Manifold {
  /**
   * @param {HTMLCanvasElement} canvas covers the map, under the figure
   * @param {import("./plot.js").Plot} plot
   */
  constructor(canvas, plot) {
    this.canvas = canvas;
    this.plot = plot;
    this.visible = false;
    this.ink = "black";
    this.grid = null; // {label, step, left, bottom, columns, rows, atlas, filled, done, under}
    this.jobs = 0;
  }

  /**
   * Decode with this model from now on.
   * @param {object} spec what `Decoder.read` gives
   * @param {number} [label] for a conditional model
   */
  setDecoder(spec, label) {
    this.label = label;
    this.worker?.terminate();
    this.grid = null;
    this.worker = new Worker(new URL("./manifold_worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.#receive(data);
    this.worker.postMessage({ spec });
    if (this.visible) this.#request();
  }

  setLabel(label) {
    if (label === this.label) return;
    this.label = label;
    if (this.visible) this.#request();
  }

  setVisible(visible) {
    this.visible = visible;
    this.canvas.hidden = !visible;
    if (visible) this.follow();
  }

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

  #request() {
    const { label } = this;
    const { area, scale } = this.plot;
    if (!this.worker || area.width < 2) return;
    const step = 2 ** (Math.ceil(2 * Math.log2(CELL_PIXELS / scale)) / 2);
    const [west, north] = this.plot.toData(area.left, area.top);
    const [east, south] = this.plot.toData(area.left + area.width, area.top + area.height);
    const left = Math.floor(west / step + 0.5);
    const bottom = Math.floor(south / step + 0.5);
    const columns = Math.floor(east / step + 0.5) - left + 1;
    const rows = Math.floor(north / step + 0.5) - bottom + 1;
    const atlas = new OffscreenCanvas(columns * SIDE, rows * SIDE);
    const grid = { label, step, left, bottom, columns, rows, atlas, filled: new Set(), done: false };
    const last = this.grid;
    if (last?.step === step && last.label === label) {
      const dx = (last.left - left) * SIDE;
      const dy = (bottom + rows - last.bottom - last.rows) * SIDE;
      atlas.getContext("2d").drawImage(last.atlas, dx, dy);
      for (const key of last.filled) grid.filled.add(key);
      grid.under = last.under;
    } else {
      // What is shown now stays, stretched, under the new digits until all of them are there.
      grid.under = last?.done ? { ...last, under: null } : last?.under;
    }
    const cells = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        if (grid.filled.has(`${left + column},${bottom + row}`)) continue;
        cells.push([column, row, (left + column) * step, (bottom + row) * step]);
      }
    }
    const middle = [(columns - 1) / 2, (rows - 1) / 2];
    const far = ([column, row]) => (column - middle[0]) ** 2 + (row - middle[1]) ** 2;
    cells.sort((a, b) => far(a) - far(b));
    this.grid = grid;
    this.jobs += 1;
    this.canvas.dataset.busy = String(cells.length > 0);
    if (cells.length) this.worker.postMessage({ job: this.jobs, cells, label });
    else this.#finish();
    this.draw();
  }

  #receive({ job, cells, pixels, done }) {
    if (job !== this.jobs) return;
    const { atlas, rows, left, bottom, filled } = this.grid;
    const context = atlas.getContext("2d");
    const image = new ImageData(SIDE, SIDE); // black, with the pixel mean as opacity
    cells.forEach(([column, row], i) => {
      for (let p = 0; p < SIDE * SIDE; p++) image.data[4 * p + 3] = pixels[i * SIDE * SIDE + p];
      context.putImageData(image, column * SIDE, (rows - 1 - row) * SIDE);
      filled.add(`${left + column},${bottom + row}`);
    });
    if (done) this.#finish();
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  #finish() {
    this.grid.done = true;
    this.grid.under = null;
    this.canvas.dataset.busy = "false";
  }

  draw() {
    this.frame = null;
    const { canvas, plot } = this;
    if (!this.visible || !plot.size.width) return;
    const dense = window.devicePixelRatio;
    const width = Math.round(plot.size.width * dense);
    const height = Math.round(plot.size.height * dense);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, plot.size.width, plot.size.height);
    if (!this.grid) return;
    context.save();
    const { left, top, width: w, height: h } = plot.area;
    context.beginPath();
    context.rect(left, top, w, h);
    context.clip();
    context.imageSmoothingQuality = "high";
    if (this.grid.under) {
      this.#drawGrid(context, this.grid.under);
      for (const key of this.grid.filled) {
        const [x, y, size] = this.#cell(...key.split(",").map(Number));
        context.clearRect(x, y, size, size);
      }
    }
    this.#drawGrid(context, this.grid);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = this.ink;
    context.fillRect(left, top, w, h);
    context.restore();
  }

  #cell(i, j) {
    const { step } = this.grid;
    const [x, y] = this.plot.toPixel([(i - 0.5) * step, (j + 0.5) * step]);
    return [x, y, step * this.plot.scale];
  }

  #drawGrid(context, { step, left, bottom, columns, rows, atlas }) {
    const [x, y] = this.plot.toPixel([(left - 0.5) * step, (bottom + rows - 0.5) * step]);
    const cell = step * this.plot.scale;
    context.drawImage(atlas, x, y, columns * cell, rows * cell);
  }

  destroy() {
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    this.worker?.terminate();
  }
}
