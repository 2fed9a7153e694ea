// Pictures to take along, for slides: drawn here, at the size that a slide wants, in the page's theme.
// A drawing is an SVG element, which is a file of its own and is also what a PNG is made from.

import { contextOf, h } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
// What a style sheet says of how shapes and letters look, which a file has to say itself.
const LOOKS = [
  "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "paint-order", "opacity", "visibility", "text-anchor", "font-family", "font-size", "font-weight",
];

/**
 * Save what `draw` draws as a PNG file.
 * @param {string} name of the file, without its ending
 * @param {number} width in pixels
 * @param {number} height
 * @param {(context: CanvasRenderingContext2D) => void | Promise<void>} draw on an empty canvas
 */
export async function downloadPng(name, width, height, draw) {
  const canvas = h("canvas", { width, height });
  await draw(contextOf(canvas));
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (blob) save(blob, `${name}.png`);
}

/** Save a drawing as it is, crisp at every size. @param {string} name @param {SVGElement} drawing */
export function downloadSvg(name, drawing) {
  save(new Blob([textOf(drawing)], { type: "image/svg+xml" }), `${name}.svg`);
}

/** Fill a canvas with a drawing. @param {CanvasRenderingContext2D} context @param {SVGElement} drawing */
export async function drawSvg(context, drawing) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(textOf(drawing))}`;
  await new Promise((done, failed) => Object.assign(image, { onload: done, onerror: failed }));
  context.drawImage(image, 0, 0, context.canvas.width, context.canvas.height);
}

/**
 * A copy of a drawing on the page that looks the same where there is no style sheet: without what is
 * hidden, with its looks as attributes.
 * @param {Element} drawing
 * @returns {SVGElement}
 */
export function styled(drawing) {
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(false));
  copy.removeAttribute("style");
  const looks = getComputedStyle(drawing);
  for (const name of LOOKS) copy.setAttribute(name, plainColor(looks.getPropertyValue(name)));
  if (drawing instanceof SVGTextElement) {
    // As long in whichever font the file is opened with.
    copy.setAttribute("textLength", String(drawing.getComputedTextLength()));
    copy.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
  for (const child of drawing.childNodes) {
    if (!(child instanceof Element)) copy.append(child.cloneNode());
    else if (getComputedStyle(child).display !== "none" || child.tagName === "clipPath") copy.append(styled(child));
  }
  return copy;
}

/**
 * Colors that are mixed come as "color(srgb 0.1 0.2 0.3)", which drawing programs do not know.
 * @param {string} value of any property
 */
export const plainColor = (value) =>
  value.replace(/color\(srgb ([\d.]+) ([\d.]+) ([\d.]+)(?: \/ ([\d.]+))?\)/g, (_, r, g, b, alpha = "1") => {
    const [red, green, blue] = [r, g, b].map((part) => Math.round(255 * part));
    return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
  });

/** @param {SVGElement} drawing */
function textOf(drawing) {
  drawing.setAttribute("xmlns", SVG);
  return new XMLSerializer().serializeToString(drawing);
}

/** @param {Blob} blob @param {string} filename */
function save(blob, filename) {
  const href = URL.createObjectURL(blob);
  h("a", { href, download: filename }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000); // the browser has begun to read it by then
}
