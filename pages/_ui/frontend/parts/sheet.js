// A picture of a page for slides, in its theme: an SVG drawing of digits, boxes and text.

import { contextOf, h, luminance, s } from "./elements.js";
import { downloadPng, downloadSvg, drawSvg, styled } from "./export_picture.js";
import { greyCanvas } from "./grey_canvas.js";

const SIDE = 28;
const LINE = 1.3; // from one line of text to the next, in sizes of its letters
// Where a line may break: behind a space, and beside Chinese characters, but not before a mark.
const UNITS = /(?:[\u3040-\u9fff]|[^\s\u3040-\u9fff]+)[，。：；、？！）]*\s*/g;
/** @type {Record<Anchor, CanvasTextAlign>} */
const ALIGNS = { start: "left", middle: "center", end: "right" };

/** @typedef {"start" | "middle" | "end"} Anchor */
/** @typedef {{size: number, anchor?: Anchor, color?: string, bold?: boolean, fit?: number}} Style fit: the width that there is */

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
  /** @type {((context: CanvasRenderingContext2D) => void | Promise<void>)[]} */
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

  /** A filled outline. @param {string} path as SVG writes it @param {string} color */
  shape(path, color) {
    this.drawing.append(s("path", { d: path, fill: color }));
    this.#steps.push((context) => {
      context.fillStyle = color;
      context.fill(new Path2D(path));
    });
  }

  /**
   * @param {number} x
   * @param {number} y of the line that the letters stand on
   * @param {string} words
   * @param {Style} style
   * @returns {number} how wide they are
   */
  text(x, y, words, { size, anchor = "start", color = this.theme.ink, bold = false, fit = Infinity }) {
    const weight = bold ? 700 : 400;
    const width = this.widthOf(words, { size, bold });
    const fitting = size * Math.min(1, fit / width);
    // As long in whichever font the file is opened with.
    const length = { textLength: Math.min(width, fit), lengthAdjust: "spacingAndGlyphs" };
    const look = { fill: color, "font-size": fitting, "font-weight": weight, "text-anchor": anchor, ...length };
    this.drawing.append(s("text", { x, y, ...look }, words));
    this.#steps.push((context) => {
      context.fillStyle = color;
      context.font = `${weight} ${fitting}px ${this.theme.font}`;
      context.textAlign = ALIGNS[anchor];
      context.fillText(words, x, y);
    });
    return length.textLength;
  }

  /** How wide a line of text is. @param {string} words @param {Pick<Style, "size" | "bold">} style */
  widthOf(words, { size, bold = false }) {
    measure.font = `${bold ? 700 : 400} ${size}px ${this.theme.font}`;
    return measure.measureText(words).width;
  }

  /**
   * As many lines as it takes.
   * @param {number} x
   * @param {number} y of the first line
   * @param {string} words
   * @param {Style & {fit: number}} style
   * @returns {number} y of the line after the last one
   */
  lines(x, y, words, style) {
    let line = "";
    for (const unit of words.match(UNITS) ?? []) {
      if (line && this.widthOf((line + unit).trimEnd(), style) > style.fit) {
        this.text(x, y, line.trimEnd(), style);
        y += LINE * style.size;
        line = "";
      }
      line += unit;
    }
    if (line) this.text(x, y, line.trimEnd(), style);
    return y + LINE * style.size;
  }

  /**
   * A digit as ink on paper.
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
    this.picture(x, y, { width: side, height: side }, canvas, name, opacity);
  }

  /**
   * Pixels that keep sharp edges at any size.
   * @param {number} x
   * @param {number} y
   * @param {{width: number, height: number}} size
   * @param {HTMLCanvasElement} canvas
   * @param {string} name what it shows
   * @param {number} [opacity]
   */
  picture(x, y, { width, height }, canvas, name, opacity = 1) {
    const image = { href: canvas.toDataURL(), style: "image-rendering: pixelated", "aria-label": name, opacity };
    this.drawing.append(s("image", { x, y, width, height, preserveAspectRatio: "none", ...image }));
    this.#steps.push((context) => {
      context.imageSmoothingEnabled = false;
      context.globalAlpha = opacity;
      context.drawImage(canvas, x, y, width, height);
      context.globalAlpha = 1;
    });
  }

  /** A drawing of the page, without text. @param {number} x @param {number} y @param {number} side @param {Element} shown */
  plane(x, y, side, shown) {
    this.nested(x, y, { width: side, height: side }, styled(shown));
  }

  /**
   * A drawing that needs no style sheet; its text is in the system's fonts.
   * @param {number} x
   * @param {number} y
   * @param {{width: number, height: number}} size
   * @param {SVGElement} drawing
   */
  nested(x, y, size, drawing) {
    for (const [name, value] of Object.entries({ x, y, ...size, role: "img" })) drawing.setAttribute(name, String(value));
    drawing.removeAttribute("tabindex");
    this.drawing.append(drawing);
    const { width, height } = this;
    this.#steps.push((context) => drawSvg(context, s("svg", { width, height }, drawing.cloneNode(true))));
  }

  /** @param {string} name of the file, without its ending @param {"png" | "svg"} format */
  download(name, format) {
    if (format === "svg") return downloadSvg(name, this.drawing);
    return downloadPng(name, this.width, this.height, async (context) => {
      for (const step of this.#steps) await step(context);
    });
  }
}

const measure = contextOf(h("canvas"));
