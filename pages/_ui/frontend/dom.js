// Small helpers for building and reading the page.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** An HTML element: attributes, `on<event>` listeners, children. Text is text, never markup. */
export const h = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

/** The same for SVG. */
export const s = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

/** Addresses arrive relative to the app, which may live below any path of a server. */
export const resolve = (address) => new URL(address, document.baseURI).href;

/** A number with fixed decimals; "-0.00" reads as an error, so it becomes "0.00". */
export function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

/** The same for eyes: with a real minus sign, as wide as a plus. */
export const shown = (value, digits = 2) => fixed(value, digits).replace("-", "\u2212");

/** z as a pair: "(0.42, -1.13)". */
export const pair = (z, digits = 2) => `(${fixed(z[0], digits)}, ${fixed(z[1], digits)})`;

/** A canvas whose pixels are set one by one, as grey values in [0, 1]. */
export function greyCanvas(width, height, attributes = {}) {
  const canvas = h("canvas", { width, height, ...attributes });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  image.data.fill(255);
  return {
    canvas,
    /** One 28 x 28 image (784 means) with its top left corner at column x. */
    put(means, x = 0) {
      const data = image.data;
      const side = Math.sqrt(means.length);
      for (let row = 0, p = 0; row < side; row++) {
        let q = 4 * (row * width + x);
        for (let column = 0; column < side; column++, p++, q += 4) {
          data[q] = data[q + 1] = data[q + 2] = 255 * means[p] + 0.5; // clamped arrays truncate
        }
      }
      context.putImageData(image, 0, 0, x, 0, side, side);
    },
  };
}

/** Relative luminance of a CSS color as the browser resolves it, 0 (black) to 1 (white). */
export function luminance(color) {
  const [r, g, b] = color.match(/[\d.]+/g).map((part) => {
    const c = Number(part) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * A component's `mount`, called for every change of `data` or theme: the screen that `create` makes
 * for a parent element, and its state, live as long as the element.
 */
export function mounting(create) {
  const screens = new WeakMap(); // parent element -> screen
  return (component) => {
    const { parentElement } = component;
    if (!screens.has(parentElement)) screens.set(parentElement, create(parentElement));
    screens.get(parentElement).update(component);
    return () => {
      screens.get(parentElement)?.destroy();
      screens.delete(parentElement);
    };
  };
}
