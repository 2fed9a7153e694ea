// How far an arrow key moves a thing on the plane.

const STEP_PIXELS = 16;
const FINE_PIXELS = 2; // with Shift
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * In pixels; null where the key is no arrow.
 * @param {KeyboardEvent} event
 * @returns {[number, number] | null}
 */
export function stepOf({ key, shiftKey }) {
  const arrow = ARROWS[key];
  const size = shiftKey ? FINE_PIXELS : STEP_PIXELS;
  return arrow ? [arrow[0] * size, arrow[1] * size] : null;
}
