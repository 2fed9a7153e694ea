// HTML and SVG elements, built in one expression.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, any>} Attributes `on<event>` listeners among them */
/** @typedef {(Node | string | null | undefined)[]} Children */

/**
 * @template {HTMLElement | SVGElement} E
 * @param {E} element
 * @param {Attributes} attributes
 * @param {Children} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style" && value) element.style.cssText = value; // allowed by strict policies
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flatMap((child) => child ?? []));
  return element;
}

/**
 * An HTML element: attributes, `on<event>` listeners, children. Text is text, never markup.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {Children} children
 */
export const h = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

/**
 * The same for SVG.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {Children} children
 * @returns {SVGElement}
 */
export const s = (tag, attributes = {}, ...children) =>
  fill(/** @type {SVGElement} */ (document.createElementNS(SVG, tag)), attributes, children);

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives no canvas to draw on.");
  return context;
}

/**
 * Relative luminance of a CSS color as the browser resolves it, 0 (black) to 1 (white).
 * @param {string} color
 */
export function luminance(color) {
  const [r, g, b] = (color.match(/[\d.]+/g) ?? []).map((part) => {
    const c = Number(part) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Whether an element stands on a dark background. @param {Element} element */
export const isDark = (element) => luminance(getComputedStyle(element).backgroundColor) < 0.25;
