// Where words on the plane may stand: boxes in pixels of the element, which must not touch.

/** @typedef {{left: number, top: number, width: number, height: number}} Box */
/** @typedef {[number, number]} Pair */

/** Of this size around a pixel. @param {Pair} middle @param {number} width @param {number} height @returns {Box} */
export const boxAround = ([x, y], width, height) => ({ left: x - width / 2, top: y - height / 2, width, height });

/** @param {Box} a @param {Box} b */
const touch = (a, b) =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;

/** @param {Box} inner @param {Box} outer */
const isWithin = (inner, outer) =>
  inner.left >= outer.left && inner.left + inner.width <= outer.left + outer.width &&
  inner.top >= outer.top && inner.top + inner.height <= outer.top + outer.height;

/** Degrees from the axis of z1, those nearest to 45 first. */
const ANGLES = Array.from({ length: 24 }, (_, i) => 45 + 15 * Math.ceil(i / 2) * (i % 2 ? 1 : -1));

/**
 * Where a word stands outside a circle: in sight and where it touches nothing, as near to the upper right
 * as that goes.
 * @param {{middle: Pair, radius: number}} circle
 * @param {{width: number, height: number}} word
 * @param {Box} area that is in sight
 * @param {Box[]} taken
 */
export function besideCircle({ middle: [x, y], radius }, { width, height }, area, taken) {
  const boxes = ANGLES.map((angle) => {
    const [across, up] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const far = radius + 2 + (Math.abs(across) * width + Math.abs(up) * height) / 2;
    return boxAround([x + far * across, y - far * up], width, height);
  });
  const seen = boxes.filter((box) => isWithin(box, area));
  return seen.find((box) => !taken.some((other) => touch(box, other))) ?? seen[0] ?? boxes[0];
}
