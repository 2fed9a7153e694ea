// Decodes grids of digits away from the page's thread, so that the lens never waits for them.
// In:  {spec} of the decoder once; then {job, label, cells: [[column, row, z1, z2], ...]}, which
//      replaces the job before it.
// Out: {job, cells, pixels: Uint8Array of 784 per cell, done}, some cells at a time.

import { Decoder } from "./decoder.js";

const CELLS_A_TURN = 16;
const PIXELS = 784;

let decoder;
let current;

self.onmessage = ({ data }) => {
  if (data.spec) {
    decoder = new Decoder(data.spec);
  } else {
    current = data.job;
    turn(data);
  }
};

function turn({ job, cells, label }) {
  if (job !== current) return; // another view is wanted by now
  const some = cells.slice(0, CELLS_A_TURN);
  const rest = cells.slice(CELLS_A_TURN);
  const pixels = new Uint8Array(some.length * PIXELS);
  some.forEach(([, , ...z], i) => {
    decoder.decode(z, label).forEach((mean, p) => (pixels[i * PIXELS + p] = 255 * mean + 0.5));
  });
  self.postMessage({ job, cells: some, pixels, done: !rest.length }, [pixels.buffer]);
  // The rest is a new task, so that a message with a newer job is heard in between.
  if (rest.length) setTimeout(turn, 0, { job, cells: rest, label });
}
