// Where a place of the latent plane lies on screen. A view {x, y, span} is the middle of the drawing
// area and its width, in units of z; both axes have the same scale. Arithmetic only: no DOM.

/** @typedef {{x: number, y: number, span: number}} View */
/** @typedef {[number, number]} Pair a place: z, or pixels of the element from its top left corner */

const MARGIN = { left: 38, right: 10, top: 10, bottom: 34 }; // for the axes' numbers and names
const LEAST_SPAN = 0.02;
const MOST_SPAN = 60; // unless the whole map is larger still
const DOT = 2; // radius of a point in pixels, on the whole map
const DENSE_DOT = 1.25; // the same where there are very many
const VERY_MANY = 20_000;
const MOST_GROWTH = 2.5;
const TICK_PIXELS = [32, 64]; // at least, between two numbers of an axis: of a small one, a large one

const within = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
  Math.min(high, Math.max(low, value));

/**
 * The radius of a point in pixels: points get larger, slowly, as the map is enlarged and they
 * drift apart.
 * @param {number} zoom 1 on the whole map, 2 where it is twice as large
 * @param {number} count of points
 */
export const dotRadius = (zoom, count) =>
  (count > VERY_MANY ? DENSE_DOT : DOT) * within(zoom ** 0.3, 1, MOST_GROWTH);

/**
 * The view that holds all of two ranges.
 * @param {Pair} xRange of z1
 * @param {Pair} yRange of z2
 * @returns {View}
 */
export const viewOf = ([left, right], [low, high]) => ({
  x: (left + right) / 2,
  y: (low + high) / 2,
  span: Math.max(right - left, high - low),
});

/**
 * A view on the way from one to another: places change evenly, spans by ratio.
 * @param {View} a
 * @param {View} b
 * @param {number} t 0 at a, 1 at b
 * @returns {View}
 */
export const viewBetween = (a, b, t) => ({
  x: a.x + t * (b.x - a.x),
  y: a.y + t * (b.y - a.y),
  span: t === 1 ? b.span : a.span * (b.span / a.span) ** t,
});

/**
 * Round numbers for an axis: 1, 2 or 5 times a power of ten apart.
 * @param {number} low end of the axis
 * @param {number} high end of the axis
 * @param {number} pixels that it is long
 * @returns {{value: number, text: string}[]} with a real minus sign
 */
export function ticksOf(low, high, pixels) {
  const apart = within(pixels / 5, TICK_PIXELS[0], TICK_PIXELS[1]);
  const least = ((high - low) * apart) / pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, i) => {
    const value = Number(((first + i) * step).toPrecision(12));
    return { value, text: value.toFixed(decimals).replace("-", "\u2212") };
  });
}

/** A view on an element of some size. */
export class Projection {
  constructor() {
    this.size = { width: 0, height: 0 };
    this.type = 1; // how much larger than usual what is written is
    /** @type {View} */
    this.view = { x: 0, y: 0, span: 8 };
    /** @type {View} */
    this.whole = { x: 0, y: 0, span: 8 };
  }

  /** The drawing area inside the axes, in pixels of the element. */
  get area() {
    const { width, height } = this.size;
    const [left, right, top, bottom] = [MARGIN.left, MARGIN.right, MARGIN.top, MARGIN.bottom].map((each) => each * this.type);
    return { left, top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
  }

  /** Pixels per unit of z, the same on both axes. */
  get scale() {
    return this.area.width / this.view.span;
  }

  /** How much larger than the whole map. */
  get zoom() {
    return this.whole.span / this.view.span;
  }

  get isWhole() {
    const { x, y, span } = this.whole;
    return this.view.x === x && this.view.y === y && this.view.span === span;
  }

  /** Ranges of z1 and z2 that are in sight. */
  get ranges() {
    const { left, top, width, height } = this.area;
    const [west, north] = this.toData(left, top);
    const [east, south] = this.toData(left + width, top + height);
    return { x: /** @type {Pair} */ ([west, east]), y: /** @type {Pair} */ ([south, north]) };
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {Pair}
   */
  toData(px, py) {
    const { left, top, width, height } = this.area;
    return [
      this.view.x + (px - left - width / 2) / this.scale,
      this.view.y - (py - top - height / 2) / this.scale,
    ];
  }

  /**
   * @param {ArrayLike<number>} z
   * @returns {Pair}
   */
  toPixel({ 0: x, 1: y }) {
    const { left, top, width, height } = this.area;
    return [
      left + width / 2 + (x - this.view.x) * this.scale,
      top + height / 2 - (y - this.view.y) * this.scale,
    ];
  }

  /** @param {View} view is kept within bounds */
  setView({ x, y, span }) {
    const most = Math.max(MOST_SPAN, this.whole.span);
    this.view = {
      x: within(x, -most / 2, most / 2),
      y: within(y, -most / 2, most / 2),
      span: within(span, LEAST_SPAN, most),
    };
  }

  /**
   * Zoom so that the place under (px, py) stays where it is; a factor above 1 zooms in.
   * @param {number} px
   * @param {number} py
   * @param {number} factor
   */
  zoomAt(px, py, factor) {
    const { x, y, span } = this.view;
    const next = within(span / factor, LEAST_SPAN, Math.max(MOST_SPAN, this.whole.span));
    const [zx, zy] = this.toData(px, py);
    const share = next / span;
    this.setView({ x: zx + (x - zx) * share, y: zy + (y - zy) * share, span: next });
  }

  /** @param {number} dx @param {number} dy pixels that the map moves */
  pan(dx, dy) {
    const { x, y, span } = this.view;
    this.setView({ x: x - dx / this.scale, y: y + dy / this.scale, span });
  }

  /**
   * A place moved by some pixels, but not out of sight.
   * @param {ArrayLike<number>} z
   * @param {number} dx
   * @param {number} dy
   */
  stepped(z, dx, dy) {
    const { left, top, width, height } = this.area;
    const [px, py] = this.toPixel(z);
    return this.toData(within(px + dx, left, left + width), within(py + dy, top, top + height));
  }
}
