// A recording as the charts show it: series over epochs, and what somebody changed on the way.

import { steadyKl } from "./findings.js";
import { readPhases } from "./phases.js";

const MOST_DRAWN = 1200; // snapshots in a chart: more could not be told apart
const MOST_HELD = 24; // markers of the validation curves

/** @typedef {{time: number, beta: [number, number] | null, rate: number | null, part: string | null}} Mark */

/** What the charts show before there is a run. */
export const EMPTY = {
  time: [], terms: {}, validation: { time: [], terms: {} }, beta: null, marks: [], phases: [], slopes: null, cursor: null, at: null,
  part: "both", betaNow: null, done: false, epochs: 0, snapshot: undefined, recent: [],
};

/**
 * @param {import("./recording.js").Recording} recording
 * @param {{beta: number, beta_on: string | null, learning_rate: number, epochs: number}} run how it began
 * @param {{step: number, epoch: number} | null} past the frame that is looked at; null follows the run
 */
export function timeline(recording, run, past) {
  const all = recording.snapshots;
  const drawn = thin(all, MOST_DRAWN);
  const held = thin(all.filter(({ validation }) => validation), MOST_HELD);
  const time = drawn.map(({ epoch }) => epoch);
  const terms = columns(drawn.map((snapshot) => snapshot.terms));
  const upTo = past ? drawn.findLastIndex(({ step }) => step <= past.step) : null;
  const now = { time: past?.epoch ?? time.at(-1) ?? 0, step: past?.step ?? Infinity };
  const { phases } = readPhases(time, terms);
  return {
    time,
    terms,
    validation: { time: held.map(({ epoch }) => epoch), terms: columns(held.map(({ validation }) => validation.terms)) },
    ...changes(recording, run, time.at(-1) ?? 0),
    ...lastControl(recording.controls, run, now.step),
    phases,
    slopes: readPhases(...until(upTo, time, terms)).slopes,
    cursor: past?.epoch ?? null,
    at: upTo,
    done: !recording.live,
    epochs: run.epochs,
    snapshot: past ? drawn[upTo] : all.at(-1),
    recent: steadyKl(past ? drawn.slice(0, upTo + 1) : all),
  };
}

/** At most so many items, evenly spread, the last one among them. */
function thin(items, most) {
  const stride = Math.ceil(items.length / most);
  return stride <= 1 ? items : items.filter((_, i) => (items.length - 1 - i) % stride === 0);
}

/** Rows of named numbers as one list per name. */
function columns(rows) {
  return Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, rows.map((row) => row[name])]));
}

const until = (last, time, terms) =>
  last === null
    ? [time, terms]
    : [time.slice(0, last + 1), Object.fromEntries(Object.entries(terms).map(([name, values]) => [name, values.slice(0, last + 1)]))];

const beginning = ({ beta, learning_rate }) => ({ step: 0, beta, learning_rate, part: "both" });

/** What held at a step. */
function lastControl(controls, run, step) {
  const { beta, part } = controls.findLast((control) => control.step <= step) ?? beginning(run);
  return { betaNow: run.beta_on ? beta : null, part };
}

/** β over time, where the objective has one, and a mark for each thing that somebody changed. */
function changes({ controls, stepsPerEpoch }, run, now) {
  const marks = [];
  let last = beginning(run);
  const beta = { time: [0], value: [last.beta] };
  for (const control of controls) {
    const moved = control.beta !== last.beta;
    if (control.step === 0) beta.value[0] = control.beta; // set before the first batch: how the run began
    else {
      const time = stepsPerEpoch ? control.step / stepsPerEpoch : 0;
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
  beta.time.push(Math.max(now, beta.time.at(-1)));
  beta.value.push(beta.value.at(-1));
  return { beta: run.beta_on ? beta : null, marks };
}
