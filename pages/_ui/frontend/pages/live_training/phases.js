// The phases of a training, from the slopes of its terms in nats per epoch.
//
// What is recorded are some points of each curve: more on a slow machine, fewer on a quick one. So that
// the phases do not depend on how many, each curve is taken to be straight between its points and is
// integrated over a grid of times of its own; its slope at a time compares the means of two halves of a
// window of epochs that ends there. Nothing after a border takes part in it: once found, it stays.

const STEP = 0.125; // epochs between two times of the grid
const HALF = 24; // steps in half a window: with three epochs, one batch's noise stays far below MOVING
const HALF_AT_FIRST = 2; // the window grows to this before anything is said
const BEGIN = 0.5; // epochs left out: the cliff of the first batches would stand in the window for long
const FALLING = 0.03; // of its value, per epoch: a reconstruction that falls fast
const MOVING = 0.008; // of the reconstruction, per epoch, in any term: not settled
const AGAIN = 2; // a phase that was left comes back at so many times the slope
const LEAST = 100; // nats that slopes are compared with: minus the log of a density passes through zero

/** @typedef {"falls" | "balance" | "settled"} PhaseName */
/** @typedef {{phase: PhaseName, from: number, to: number}} Phase */
/** @typedef {Record<string, number>} Slopes term -> nats per epoch */

/** In the order of a training's life. @type {PhaseName[]} */
export const PHASES = ["falls", "balance", "settled"];

/**
 * The phases of a run, and how its terms move at the end.
 * @param {number[]} time of each snapshot in epochs, increasing
 * @param {Record<string, number[]>} terms nats per image at these times, "reconstruction" among them
 * @returns {{phases: Phase[], slopes: Slopes | null}} in order and without gaps; none, and null, while
 *   there is too little to tell
 */
export function readPhases(time, terms) {
  const now = time.at(-1) ?? 0;
  const first = Math.ceil(Math.max(BEGIN, time[0]) / STEP);
  const last = Math.floor(now / STEP);
  const areas = Object.entries(terms).map(([name, values]) => ({ name, area: areaUnder(time, values, first, last) }));
  const phases = [];
  let slopes = null;
  for (let step = 2 * HALF_AT_FIRST; step <= last - first; step++) {
    const half = Math.min(HALF, step >> 1);
    const mean = (area, end) => (area[end] - area[end - half]) / (half * STEP);
    slopes = {};
    for (const { name, area } of areas) slopes[name] = (mean(area, step) - mean(area, step - half)) / (half * STEP);
    const reconstruction = mean(areas.find(({ name }) => name === "reconstruction").area, step);
    const phase = phaseOf(slopes, Math.max(LEAST, Math.abs(reconstruction)), phases.at(-1)?.phase);
    if (phase === phases.at(-1)?.phase) continue;
    const from = phases.length ? (first + step) * STEP : 0;
    if (phases.length) phases.at(-1).to = from;
    phases.push({ phase, from, to: now });
  }
  return { phases, slopes };
}

/** @returns {PhaseName} where the terms have these slopes, coming from another phase */
function phaseOf(slopes, level, before) {
  const falling = FALLING * (before && before !== "falls" ? AGAIN : 1);
  if (-slopes.reconstruction > falling * level) return "falls";
  const moving = MOVING * (before === "settled" ? AGAIN : 1);
  return Math.max(...Object.values(slopes).map(Math.abs)) > moving * level ? "balance" : "settled";
}

/** The area under the line through some points, from the grid's first time to each of its times. */
function areaUnder(time, values, first, last) {
  const total = []; // at each point
  for (let i = 0; i < time.length; i++) {
    total.push(i ? total[i - 1] + ((time[i] - time[i - 1]) * (values[i] + values[i - 1])) / 2 : 0);
  }
  const area = new Float64Array(Math.max(0, last - first + 1));
  let i = 0; // the point before
  for (let step = 0; step < area.length; step++) {
    const t = (first + step) * STEP;
    while (i < time.length - 2 && time[i + 1] <= t) i++;
    const past = t - time[i];
    const slope = (values[i + 1] - values[i]) / (time[i + 1] - time[i]);
    area[step] = total[i] + past * (values[i] + (past * slope) / 2);
  }
  return area;
}
