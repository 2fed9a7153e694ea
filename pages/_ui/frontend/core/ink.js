// What a pen has drawn, as lines, and as the image of 28 x 28 pixels that MNIST would have made of it.

/** @typedef {[number, number]} Point whole numbers from 0 to SIDE - 1: right, down */
/** @typedef {Point[]} Stroke at least one point */

export const SIDE = 1024; // of the pad, in its own units
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE = LETTERS.length; // two letters make one number: 64 x 64 is more than SIDE
const MOST_LETTERS = 960; // of all strokes in an address

const PIXELS = 28;
const BOX = 20; // pixels that a digit's longer side takes
const CENTRE = 14; // the pixel, counted from 0, that its centre of mass is moved to

// --- as text ----------------------------------------------------------------------------------

/** Strokes as letters, four for each point, strokes parted by dots. @param {Stroke[]} strokes */
export const inkText = (strokes) =>
  strokes.map((stroke) => stroke.map(([x, y]) => number(x) + number(y)).join("")).join(".");

/** @param {string} text @returns {Stroke[] | undefined} undefined where it is no such text */
export function inkOf(text) {
  if (text.length > MOST_LETTERS || !/^([\w-]+(\.[\w-]+)*)?$/.test(text)) return undefined;
  const strokes = text.split(".").filter(Boolean).map(strokeOf);
  const good = strokes.every((stroke) => stroke?.every((point) => point.every((value) => value < SIDE)));
  return good ? /** @type {Stroke[]} */ (strokes) : undefined;
}

/** @param {number} value */
const number = (value) => LETTERS[Math.floor(value / BASE)] + LETTERS[value % BASE];

/** @param {string} text @returns {Stroke | undefined} */
function strokeOf(text) {
  if (text.length % 4) return undefined;
  const value = (/** @type {number} */ i) => BASE * LETTERS.indexOf(text[i]) + LETTERS.indexOf(text[i + 1]);
  return Array.from({ length: text.length / 4 }, (_, i) => [value(4 * i), value(4 * i + 2)]);
}

/**
 * The strokes and one more, as exactly as there is room for in an address; null where there is none.
 * @param {Stroke[]} strokes
 * @param {Stroke} stroke
 */
export function withStroke(strokes, stroke) {
  for (let tolerance = 3; tolerance < SIDE / 16; tolerance *= 2) {
    const all = [...strokes, simplified(stroke, tolerance)];
    if (inkText(all).length <= MOST_LETTERS) return all;
  }
  return null;
}

/**
 * A line through fewer points, none of the others further from it than `tolerance` (Ramer, Douglas
 * and Peucker).
 * @param {Stroke} stroke
 * @param {number} tolerance
 * @returns {Stroke}
 */
export function simplified(stroke, tolerance) {
  const [first, last] = [stroke[0], stroke[stroke.length - 1]];
  let [far, most] = [0, tolerance];
  for (let i = 1; i < stroke.length - 1; i++) {
    const distance = Math.sqrt(squaredDistance(stroke[i][0], stroke[i][1], first, last));
    if (distance > most) [far, most] = [i, distance];
  }
  if (!far) return stroke.length > 1 ? [first, last] : [first];
  const [before, after] = [stroke.slice(0, far + 1), stroke.slice(far)];
  return [...simplified(before, tolerance), ...simplified(after, tolerance).slice(1)];
}

/**
 * From a place to the nearest place of a line between two points.
 * @param {number} x @param {number} y @param {number[]} from @param {number[]} to
 */
function squaredDistance(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2;
}

// --- as an image ------------------------------------------------------------------------------

/**
 * What MNIST's makers did with a scanned digit: its box is scaled to 20 x 20 pixels, the ratio of its
 * sides kept, edges are grey where they cover a pixel in part, and the image is moved by whole pixels
 * until its centre of mass is in the middle.
 * @param {Stroke[]} strokes
 * @param {number} pen thickness, in units of the pad
 * @returns {Float32Array | null} 784 pixels in [0, 1], of 256 greys; null where nothing is drawn
 */
export function imageOf(strokes, pen) {
  if (!strokes.length) return null;
  const points = strokes.flat();
  const range = (/** @type {number} */ k) => {
    const values = points.map((point) => point[k]);
    return [Math.min(...values) - pen / 2, Math.max(...values) + pen / 2];
  };
  const [[left, right], [top, bottom]] = [range(0), range(1)];
  const scale = BOX / Math.max(right - left, bottom - top);
  const offset = [left, top].map((low, k) => PIXELS / 2 - (scale * (low + [right, bottom][k])) / 2);
  const place = (/** @type {Point} */ point) => point.map((value, k) => scale * value + offset[k]);
  const image = new Float32Array(PIXELS * PIXELS);
  for (const stroke of strokes) {
    const placed = stroke.map(place);
    placed.forEach((point, i) => drawLine(image, placed[Math.max(0, i - 1)], point, (scale * pen) / 2));
  }
  return centred(image);
}

/**
 * A line with round ends: a pixel is as dark as the part of it that the line covers, about.
 * @param {Float32Array} image
 * @param {number[]} from @param {number[]} to in pixels, whose middles are at 0.5, 1.5, ...
 * @param {number} radius
 */
function drawLine(image, from, to, radius) {
  const reach = radius + 0.5;
  const bounds = [0, 1].map((k) => [
    Math.max(0, Math.floor(Math.min(from[k], to[k]) - reach)),
    Math.min(PIXELS - 1, Math.ceil(Math.max(from[k], to[k]) + reach)),
  ]);
  for (let row = bounds[1][0]; row <= bounds[1][1]; row++) {
    for (let column = bounds[0][0]; column <= bounds[0][1]; column++) {
      const squared = squaredDistance(column + 0.5, row + 0.5, from, to);
      if (squared >= reach * reach) continue;
      const covered = Math.min(1, reach - Math.sqrt(squared));
      const p = PIXELS * row + column;
      image[p] = Math.max(image[p], Math.round(255 * covered) / 255);
    }
  }
}

/** Moved by whole pixels, no ink lost, so that the centre of mass is in the middle. @param {Float32Array} image */
function centred(image) {
  const inked = [...image.keys()].filter((p) => image[p]);
  const sum = inked.reduce((all, p) => all + image[p], 0);
  const shift = (/** @type {(p: number) => number} */ place) => {
    const mass = inked.reduce((all, p) => all + image[p] * place(p), 0) / sum;
    const places = inked.map(place);
    const [back, on] = [-Math.min(...places), PIXELS - 1 - Math.max(...places)]; // the room there is
    return Math.min(on, Math.max(back, Math.round(CENTRE - mass)));
  };
  const right = shift((p) => p % PIXELS);
  const down = shift((p) => Math.floor(p / PIXELS));
  const moved = new Float32Array(image.length);
  for (const p of inked) moved[p + PIXELS * down + right] = image[p];
  return moved;
}
