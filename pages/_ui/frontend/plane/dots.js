// The layer of points: up to 70,000 of them, in the colors of their classes.

import { contextOf, h } from "../parts/elements.js";
import { NOT_SHOWN, makeStamps, paint } from "./stamps.js";
import { dotRadius } from "./view.js";

const OPACITY = 0.85;
const OVER_DIGITS = { opacity: 0.55, size: 0.75 }; // what lies under the points must be seen through them
const DIMMED = 0.12; // where another label is chosen
const BORDER = 8; // pixels around the drawing area in which a point may lie and still be seen, in part
const PROJECTOR = 1920; // pixels of the screen, or more
const FAR = 1.5;

/**
 * @typedef {object} Points
 * @property {Float32Array} mu [N, 2]
 * @property {ArrayLike<number>} labels (N,)
 * @property {string[]} colors of the labels, "#rrggbb"
 */

/** Larger for those who look at a projector from the last row. */
const scaleOfScreen = () =>
  window.innerWidth >= PROJECTOR || document.documentElement.dataset.presenter === "true" ? FAR : 1;

export class Dots {
  /** @param {import("./view.js").Projection} projection */
  constructor(projection) {
    this.projection = projection;
    this.canvas = h("canvas", { class: "dots" });
    this.context = contextOf(this.canvas);
    /** @type {Points | null} */
    this.points = null;
    /** @type {boolean[] | null} one per class; null shows all */
    this.flags = null;
    this.image = imageOf(1, 1);
    this.radius = NaN; // of the stamps, in pixels of the screen
    this.opacity = OPACITY;
    this.stamps = this.dimmed = makeStamps(1, OPACITY, 1);
    /** Points of other labels are dimmed. @type {number | undefined} */
    this.chosen = undefined;
    this.overDigits = false; // a manifold is drawn under them
  }

  /**
   * Whether a class is shown.
   * @param {number} label
   */
  shows(label) {
    return this.flags?.[label] !== false;
  }

  draw() {
    const { points, projection } = this;
    const dense = window.devicePixelRatio;
    const border = Math.ceil(BORDER * dense); // spares the painting every question at the edges
    this.#fit(dense, border);
    this.image.pixels.fill(0);
    if (points && !this.canvas.hidden) {
      const { radius, opacity } = this.look;
      this.canvas.dataset.radius = radius.toFixed(2);
      this.#setLook(radius * dense, opacity);
      const { left, top } = projection.area;
      const [x, y] = projection.toPixel([0, 0]);
      const scale = projection.scale * dense;
      const origin = { left: (x - left) * dense + border, top: (y - top) * dense + border, scale };
      /** @param {(label: number) => boolean} passes @param {ReturnType<typeof makeStamps>} stamps */
      const paintSome = (passes, stamps) => {
        const colors = Uint32Array.from(points.colors, (color, label) =>
          this.shows(label) && passes(label) ? bytesOf(color) : NOT_SHOWN,
        );
        paint(this.image, points.mu, points.labels, colors, origin, stamps);
      };
      if (this.dims) paintSome((label) => label !== this.chosen, this.dimmed);
      paintSome((label) => !this.dims || label === this.chosen, this.stamps);
    }
    this.context.putImageData(this.image.data, -border, -border);
  }

  /** @param {number} dense @param {number} border */
  #fit(dense, border) {
    const { left, top, width, height } = this.projection.area;
    const [columns, rows] = [Math.round(width * dense), Math.round(height * dense)];
    if (this.canvas.width === columns && this.canvas.height === rows) return;
    Object.assign(this.canvas, { width: columns, height: rows });
    const box = { left, top, width: columns / dense, height: rows / dense };
    for (const [name, value] of Object.entries(box)) this.canvas.style.setProperty(name, `${value}px`);
    this.image = imageOf(columns + 2 * border, rows + 2 * border);
    this.radius = NaN;
  }

  /** A point's radius in pixels of the page, and its opacity: both full where the others are dimmed. */
  get look() {
    const radius = scaleOfScreen() * dotRadius(this.projection.zoom, this.points?.labels.length ?? 0);
    const { opacity, size } = this.overDigits && !this.dims ? OVER_DIGITS : { opacity: OPACITY, size: 1 };
    return { radius: radius * size, opacity };
  }

  /** Whether points of some labels are dimmed. */
  get dims() {
    return this.chosen !== undefined;
  }

  /** Of the points of a label. @param {number} label */
  opacityOf(label) {
    return this.dims && label !== this.chosen ? DIMMED : this.look.opacity;
  }

  /** @param {number} radius @param {number} opacity */
  #setLook(radius, opacity) {
    if (radius === this.radius && opacity === this.opacity) return;
    Object.assign(this, { radius, opacity });
    this.stamps = makeStamps(radius, opacity, this.image.width);
    this.dimmed = makeStamps(radius, DIMMED, this.image.width);
  }
}

/** A picture to paint in. @param {number} width @param {number} height */
function imageOf(width, height) {
  const data = new ImageData(width, height);
  return { data, pixels: new Uint32Array(data.data.buffer), width, height };
}

/** "#rrggbb" as the bytes of a picture, which begin with red. @param {string} color */
function bytesOf(color) {
  const value = parseInt(color.slice(1), 16);
  return ((value & 255) << 16) | (value & 0xff00) | (value >> 16);
}
