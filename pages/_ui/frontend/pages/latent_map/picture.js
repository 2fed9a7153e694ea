// The picture of the map for a slide: the map with its cursor beside the decoded digit, in the page's
// theme.

import { contextOf, h, isDark, s } from "../../parts/elements.js";
import { downloadPng, downloadSvg, drawSvg, plainColor } from "../../parts/export_picture.js";
import { set } from "../../plane/axes.js";
import { t } from "../../state/texts.js";

const SIZE = { width: 1920, height: 1080 };
const EDGE = 40; // pixels around and between
const TIMES = 24; // as large as the screen's is a pixel of the digit: who draws it may smooth its edge

/**
 * @typedef {object} Shown
 * @property {string} name of the model
 * @property {SVGElement} plane as it is on screen
 * @property {HTMLCanvasElement} digit
 * @property {string[]} lines about the digit, the first one large
 * @property {Element} page whose colors and font hold
 */

export class MapPicture {
  /** @param {() => Shown | null} shown what is on screen now */
  constructor(shown) {
    this.shown = shown;
    const button = (/** @type {"png" | "svg"} */ kind) =>
      h(
        "button",
        { type: "button", "aria-label": t(`latent_map.picture.${kind}`), onclick: () => this.#save(kind) },
        kind.toUpperCase(),
      );
    this.element = h("span", { class: "pictures" }, t("latent_map.picture.title"), button("png"), button("svg"));
  }

  /** @param {"png" | "svg"} kind */
  #save(kind) {
    const shown = this.shown();
    if (!shown) return;
    const { drawing, words, font } = drawingOf(shown);
    const name = `latent-map-${shown.name}`;
    if (kind === "svg") {
      drawing.append(...words.map(({ text, size, weight, ...place }) => s("text", { ...place, "font-size": size, "font-weight": weight }, text)));
      downloadSvg(name, drawing);
    } else {
      downloadPng(name, SIZE.width, SIZE.height, async (context) => {
        await drawSvg(context, drawing);
        // Here and not in the drawing, which as a picture has no fonts but the system's.
        for (const { x, y, fill, size, weight, text } of words) {
          Object.assign(context, { fillStyle: fill, font: `${weight} ${size}px ${font}` });
          context.fillText(text, x, y);
        }
      });
    }
  }
}

/** The drawing, and the words that stand below its digit. @param {Shown} shown */
function drawingOf({ plane, digit, lines, page }) {
  const { width, height } = SIZE;
  const looks = getComputedStyle(page);
  const [ink, paper] = [looks.color, looks.backgroundColor].map(plainColor);
  const high = height - 2 * EDGE;
  const shape = Number(plane.getAttribute("width")) / Number(plane.getAttribute("height"));
  const wide = Math.min(high * shape, 0.62 * width);
  const side = width - wide - 3 * EDGE;
  const left = width - EDGE - side;
  const top = (height - side) / 2 - EDGE;
  set(plane, { x: EDGE, y: EDGE, width: wide, height: high });
  const drawing = s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": looks.fontFamily },
    s("rect", { width, height, fill: paper }),
    plane,
    s("image", { href: inkOf(digit, isDark(page)), x: left, y: top, width: side, height: side, style: "image-rendering: pixelated" }),
    s("rect", { x: left, y: top, width: side, height: side, fill: "none", stroke: ink, "stroke-opacity": 0.4 }),
  );
  const words = lines.map((text, i) => ({
    text, x: left, y: top + side + 60 + 44 * i, fill: ink, size: i ? 30 : 40, weight: i ? 400 : 600,
  }));
  return { drawing, words, font: looks.fontFamily };
}

/** Black on white in light colors, as on the page. @param {HTMLCanvasElement} digit @param {boolean} dark */
function inkOf(digit, dark) {
  const canvas = h("canvas", { width: 28 * TIMES, height: 28 * TIMES });
  const context = contextOf(canvas);
  context.imageSmoothingEnabled = false;
  if (!dark) context.filter = "invert(1)";
  context.drawImage(digit, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL();
}
