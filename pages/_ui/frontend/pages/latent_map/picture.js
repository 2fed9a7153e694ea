// The picture of the map for a slide: the map with its cursor beside the decoded digit, in the page's
// theme.

import { contextOf, h, isDark } from "../../parts/elements.js";
import { plainColor } from "../../parts/export_picture.js";
import { PictureButtons } from "../../parts/picture_buttons.js";
import { Sheet, themeOf } from "../../parts/sheet.js";
import { t } from "../../state/texts.js";

const SIZE = { width: 1920, height: 1080 };
const EDGE = 40; // pixels around and between
const FRAME = "#888888"; // on either theme's page
const TIMES = 24; // as large as the screen's is a pixel of the digit: who draws it may smooth its edge

/**
 * @typedef {object} Shown
 * @property {string} name of the model
 * @property {SVGElement} plane as it is on screen
 * @property {HTMLCanvasElement} digit
 * @property {string[]} lines about the digit, the first one large
 * @property {HTMLElement} page whose colors and font hold
 */

export class MapPicture {
  /** @param {() => Shown | null} shown what is on screen now */
  constructor(shown) {
    const nameOf = (/** @type {string} */ format) => t("latent_map.picture", { format });
    const { element } = new PictureButtons(nameOf, (format) => {
      const now = shown();
      if (now) sheetOf(now).download(`latent-map-${now.name}`, format);
    });
    this.element = element;
  }
}

/** @param {Shown} shown */
function sheetOf({ plane, digit, lines, page }) {
  const { width, height } = SIZE;
  const theme = themeOf(page);
  const [ink, background] = [theme.ink, theme.background].map(plainColor);
  const sheet = new Sheet(width, height, { ...theme, ink, background });
  const high = height - 2 * EDGE;
  const shape = Number(plane.getAttribute("width")) / Number(plane.getAttribute("height"));
  const wide = Math.min(high * shape, 0.62 * width);
  const side = width - wide - 3 * EDGE;
  const left = width - EDGE - side;
  const top = (height - side) / 2 - EDGE;
  sheet.nested(EDGE, EDGE, { width: wide, height: high }, plane);
  sheet.box(left - 1, top - 1, side + 2, side + 2, FRAME, 0);
  sheet.picture(left, top, { width: side, height: side }, inkOf(digit, isDark(page)), lines[0]);
  lines.forEach((line, i) => sheet.text(left, top + side + 60 + 44 * i, line, { size: i ? 30 : 40, bold: !i, fit: side }));
  return sheet;
}

/** Black on white in light colors, as on the page. @param {HTMLCanvasElement} digit @param {boolean} dark */
function inkOf(digit, dark) {
  const canvas = h("canvas", { width: 28 * TIMES, height: 28 * TIMES });
  const context = contextOf(canvas);
  context.imageSmoothingEnabled = false;
  if (!dark) context.filter = "invert(1)";
  context.drawImage(digit, 0, 0, canvas.width, canvas.height);
  return canvas;
}
