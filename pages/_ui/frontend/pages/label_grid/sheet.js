// A picture of a part for slides, in the page's theme: an SVG drawing of digits, boxes and text.

import { contextOf, h, luminance, s } from "../../parts/elements.js";
import { downloadPng, downloadSvg } from "../../parts/export_picture.js";
import { greyCanvas } from "../../parts/grey_canvas.js";

const SIDE = 28;

/**
 * @typedef {object} Theme
 * @property {string} background of the page
 * @property {string} paper that digits are drawn on
 * @property {string} ink of text
 * @property {string} font
 */

/** What the page looks like. @param {HTMLElement} root @returns {Theme} */
export function themeOf(root) {
  const { color, backgroundColor, fontFamily } = getComputedStyle(root);
  return { background: backgroundColor, paper: root.dataset.theme === "dark" ? "#000000" : "#ffffff", ink: color, font: fontFamily };
}

/**
 * The drawing is kept twice: an SVG element, and steps for a canvas, which knows the page's fonts; an
 * SVG that is drawn as an image does not.
 */
export class Sheet {
  /** @type {((context: CanvasRenderingContext2D) => void)[]} */
  #steps = [];

  /** @param {number} width in pixels @param {number} height @param {Theme} theme */
  constructor(width, height, theme) {
    this.width = Math.round(width);
    this.height = Math.round(height);
    this.theme = theme;
    const size = { width: this.width, height: this.height };
    this.drawing = s("svg", { ...size, viewBox: `0 0 ${this.width} ${this.height}`, "font-family": theme.font });
    this.box(0, 0, this.width, this.height, theme.background, 0);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {string} color @param {number} [radius] */
  box(x, y, width, height, color, radius = 8) {
    this.drawing.append(s("rect", { x, y, width, height, rx: radius, fill: color }));
    this.#steps.push((context) => {
      context.fillStyle = color;
      context.beginPath();
      context.roundRect(x, y, width, height, radius);
      context.fill();
    });
  }

  /**
   * @param {number} x
   * @param {number} y of the line that the letters stand on
   * @param {string} words
   * @param {{size: number, anchor?: "start" | "middle", color?: string, bold?: boolean, fit?: number}} style fit: the width that there is
   */
  text(x, y, words, { size, anchor = "start", color = this.theme.ink, bold = false, fit = Infinity }) {
    const weight = bold ? 700 : 400;
    measure.font = `${weight} ${size}px ${this.theme.font}`;
    const { width } = measure.measureText(words);
    const fitting = size * Math.min(1, fit / width);
    // As long in whichever font the file is opened with.
    const length = { textLength: Math.min(width, fit), lengthAdjust: "spacingAndGlyphs" };
    const look = { fill: color, "font-size": fitting, "font-weight": weight, "text-anchor": anchor, ...length };
    this.drawing.append(s("text", { x, y, ...look }, words));
    this.#steps.push((context) => {
      context.fillStyle = color;
      context.font = `${weight} ${fitting}px ${this.theme.font}`;
      context.textAlign = anchor === "middle" ? "center" : "start";
      context.fillText(words, x, y);
    });
  }

  /**
   * A digit, of pixels that stay squares at any size.
   * @param {number} x
   * @param {number} y
   * @param {number} side
   * @param {ArrayLike<number>} means 784 of them
   * @param {string} name what it shows
   * @param {number} [opacity]
   */
  digit(x, y, side, means, name, opacity = 1) {
    const isLight = luminance(this.theme.ink) < 0.5; // the page, where ink is dark
    const { canvas, put } = greyCanvas(SIDE, SIDE);
    put(Array.from(means, (mean) => (isLight ? 1 - mean : mean)));
    const image = { href: canvas.toDataURL(), style: "image-rendering: pixelated", "aria-label": name, opacity };
    this.drawing.append(s("image", { x, y, width: side, height: side, ...image }));
    this.#steps.push((context) => {
      context.imageSmoothingEnabled = false;
      context.globalAlpha = opacity;
      context.drawImage(canvas, x, y, side, side);
      context.globalAlpha = 1;
    });
  }

  /** @param {string} name of the file, without its ending @param {"png" | "svg"} format */
  download(name, format) {
    if (format === "svg") return downloadSvg(name, this.drawing);
    return downloadPng(name, this.width, this.height, (context) => {
      for (const step of this.#steps) step(context);
    });
  }
}

const measure = contextOf(h("canvas"));
