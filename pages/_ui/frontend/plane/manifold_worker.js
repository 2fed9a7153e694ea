// Decodes grids of digits away from the page's thread, so that the lens never waits for them.
// In:  {spec} of the model once; then {job, label, cells: [[column, row, z1, z2], ...]}, which
//      replaces the job before it.
// Out: {job, cells, pixels: Uint8Array of 784 per cell, done}, some cells at a time.

import { Model } from "../core/model.js";

const CELLS_A_TURN = 16;
const PIXELS = 784;

/** @typedef {[number, number, number, number]} Cell column, row, z1, z2 */
/** @typedef {{job: number, cells: Cell[], pixels: Uint8Array, done: boolean}} Digits */

/** @type {Model} */
let model;
let current = 0; // the job that is wanted

self.onmessage = ({ data }) => {
  if (data.spec) {
    model = new Model(data.spec);
  } else {
    current = data.job;
    turn(data);
  }
};

/** @param {{job: number, cells: Cell[], label?: number}} task */
function turn({ job, cells, label }) {
  if (job !== current) return; // another view is wanted by now
  const some = cells.slice(0, CELLS_A_TURN);
  const rest = cells.slice(CELLS_A_TURN);
  const pixels = new Uint8Array(some.length * PIXELS);
  some.forEach(([, , ...z], i) => {
    model.decode(z, label).forEach((mean, p) => (pixels[i * PIXELS + p] = 255 * mean + 0.5));
  });
  self.postMessage({ job, cells: some, pixels, done: !rest.length }, { transfer: [pixels.buffer] });
  // The rest is a new task, so that a message with a newer job is heard in between.
  if (rest.length) setTimeout(turn, 0, { job, cells: rest, label });
}
