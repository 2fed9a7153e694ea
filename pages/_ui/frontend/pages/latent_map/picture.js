// The picture of the map for a slide: the map with its cursor beside the decoded digit, in the page's
// theme.

import { s } from "../../parts/elements.js";
import { plainColor } from "../../parts/export_picture.js";

export const SIZE = { width: 1920, height: 1080 };
const EDGE = 40; // pixels around and between

/**
 * @param {object} shown
 * @param {SVGElement} shown.plane as it is on screen
 * @param {HTMLCanvasElement} shown.digit
 * @param {string[]} shown.lines about the digit, the first one large
 * @param {Element} shown.page whose colors and font hold
 * @param {boolean} shown.dark
 */
export function pictureOf({ plane, digit, lines, page, dark }) {
  const { width, height } = SIZE;
  const looks = getComputedStyle(page);
  const [ink, paper] = [looks.color, looks.backgroundColor].map(plainColor);
  const high = height - 2 * EDGE;
  const shape = Number(plane.getAttribute("width")) / Number(plane.getAttribute("height"));
  const wide = Math.min(high * shape, 0.62 * width);
  const side = width - wide - 3 * EDGE;
  const left = width - EDGE - side;
  const top = (height - side) / 2 - EDGE;
  for (const [name, value] of Object.entries({ x: EDGE, y: EDGE, width: wide, height: high })) plane.setAttribute(name, String(value));
  return s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": looks.fontFamily },
    s("rect", { width, height, fill: paper }),
    plane,
    s("image", { href: inkOf(digit, dark), x: left, y: top, width: side, height: side, style: "image-rendering: pixelated" }),
    s("rect", { x: left, y: top, width: side, height: side, fill: "none", stroke: ink, "stroke-opacity": 0.4 }),
    ...lines.map((line, i) =>
      s("text", { x: left, y: top + side + 60 + 44 * i, fill: ink, "font-size": i ? 30 : 40, "font-weight": i ? 400 : 600 }, line),
    ),
  );
}

/** Black on white in light colors, as on the page; each pixel as large as a screen's. @param {HTMLCanvasElement} digit @param {boolean} dark */
function inkOf(digit, dark) {
  const TIMES = 24; // who draws it may smooth the edges of a pixel, and nothing else
  const canvas = Object.assign(document.createElement("canvas"), { width: 28 * TIMES, height: 28 * TIMES });
  const context = canvas.getContext("2d");
  if (!context) return "";
  context.imageSmoothingEnabled = false;
  if (!dark) context.filter = "invert(1)";
  context.drawImage(digit, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL();
}
