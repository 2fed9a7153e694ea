// A recording as the charts show it: series over epochs, and what somebody changed on the way.

import { steadyKl } from "./findings.js";
import { readPhases } from "./phases.js";

const MOST_DRAWN = 1200; // snapshots in a chart: more could not be told apart
const MOST_HELD = 24; // markers of the validation curves

/** @typedef {import("./recording.js").Snapshot} Snapshot */
/** @typedef {import("./recording.js").Control} Control */
/** @typedef {import("./recording.js").Part} Part */
/** @typedef {Pick<import("./recording.js").Run, "beta" | "beta_on" | "learning_rate" | "epochs">} Run how it began */
/** @typedef {Record<string, number[]>} Series term -> nats per image, at each of some times */

/**
 * What somebody changed, at a time in epochs.
 * @typedef {{time: number, beta: [number, number] | null, rate: number | null, part: Part | null}} Mark
 */

/**
 * @typedef {object} Timeline
 * @property {number[]} time in epochs, of each snapshot that is drawn
 * @property {Series} terms at these times
 * @property {{time: number[], terms: Series}} validation
 * @property {{time: number[], value: number[]} | null} beta where it changed, and its ends; null where the objective has none
 * @property {Mark[]} marks in order
 * @property {import("./phases.js").Phase[]} phases
 * @property {import("./phases.js").Slopes | null} slopes
 * @property {number | null} cursor epoch of the frame that is looked at; null follows the run
 * @property {number | null} at its place in `time`, -1 before the first
 * @property {Part} part that learns
 * @property {number | null} betaNow null where the objective has none
 * @property {boolean} done
 * @property {number} epochs that the run shall last
 * @property {Snapshot | undefined} snapshot the last one so far
 * @property {number[]} recent KL per dimension, nats, without its flicker
 */

/** What the charts show before there is a run. @type {Timeline} */
export const EMPTY = {
  time: [], terms: {}, validation: { time: [], terms: {} }, beta: null, marks: [], phases: [], slopes: null, cursor: null, at: null,
  part: "both", betaNow: null, done: false, epochs: 0, snapshot: undefined, recent: [],
};

/**
 * @param {Pick<import("./recording.js").Recording, "snapshots" | "controls" | "stepsPerEpoch" | "live">} recording
 * @param {Run} run
 * @param {{step: number, epoch: number}} [past] the frame that is looked at; without one, follow the run
 * @returns {Timeline}
 */
export function timeline(recording, run, past) {
  const all = recording.snapshots;
  const drawn = thin(all, MOST_DRAWN);
  const held = thin(all.flatMap(({ epoch, validation }) => (validation ? [{ epoch, terms: validation.terms }] : [])), MOST_HELD);
  const time = drawn.map(({ epoch }) => epoch);
  const terms = columns(drawn);
  const upTo = past ? drawn.findLastIndex(({ step }) => step <= past.step) : null;
  const { phases, slopes } = readPhases(time, terms);
  return {
    time,
    terms,
    validation: { time: held.map(({ epoch }) => epoch), terms: columns(held) },
    ...changes(recording, run, time.at(-1) ?? 0),
    ...lastControl(recording.controls, run, past?.step ?? Infinity),
    phases,
    slopes: upTo === null ? slopes : readPhases(time.slice(0, upTo + 1), columns(drawn.slice(0, upTo + 1))).slopes,
    cursor: past?.epoch ?? null,
    at: upTo,
    done: !recording.live,
    epochs: run.epochs,
    snapshot: upTo === null ? all.at(-1) : drawn[upTo],
    recent: steadyKl(upTo === null ? all : drawn.slice(0, upTo + 1)),
  };
}

/**
 * At most so many items, evenly spread, the last one among them.
 * @template T
 * @param {T[]} items
 * @param {number} most
 */
function thin(items, most) {
  const stride = Math.ceil(items.length / most);
  return stride <= 1 ? items : items.filter((_, i) => (items.length - 1 - i) % stride === 0);
}

/** One list per term. @param {{terms: Record<string, number>}[]} rows @returns {Series} */
function columns(rows) {
  return Object.fromEntries(Object.keys(rows[0]?.terms ?? {}).map((name) => [name, rows.map(({ terms }) => terms[name])]));
}

/** @param {Run} run @returns {Control} */
const beginning = ({ beta, learning_rate }) => ({ step: 0, beta, learning_rate, part: "both" });

/** What held at a step. @param {Control[]} controls @param {Run} run @param {number} step */
function lastControl(controls, run, step) {
  const { beta, part } = controls.findLast((control) => control.step <= step) ?? beginning(run);
  return { betaNow: run.beta_on ? beta : null, part };
}

/**
 * β over time, where the objective has one, and a mark for each thing that somebody changed.
 * @param {{controls: Control[], stepsPerEpoch: number}} recording
 * @param {Run} run
 * @param {number} now in epochs
 */
function changes({ controls, stepsPerEpoch }, run, now) {
  /** @type {Mark[]} */
  const marks = [];
  let last = beginning(run);
  const beta = { time: [0], value: [last.beta] };
  for (const control of controls) {
    const moved = control.beta !== last.beta;
    if (control.step === 0) beta.value[0] = control.beta; // set before the first batch: how the run began
    else {
      const time = stepsPerEpoch ? control.step / stepsPerEpoch : 0;
      /** @type {Mark} */
      const mark = {
        time,
        beta: moved ? [last.beta, control.beta] : null,
        rate: control.learning_rate === last.learning_rate ? null : control.learning_rate,
        part: control.part === last.part ? null : control.part,
      };
      if (moved) {
        beta.time.push(time);
        beta.value.push(control.beta);
      }
      if (mark.beta || mark.rate !== null || mark.part) marks.push(mark);
    }
    last = control;
  }
  beta.time.push(Math.max(now, ...beta.time));
  beta.value.push(last.beta);
  return { beta: run.beta_on ? beta : null, marks };
}
