// A recording as the page shows it: series over epochs, what somebody changed on the way, and the
// figures of the moment that is looked at.

import { steadyKl } from "./findings.js";
import { moveOf } from "./moves.js";
import { overfits } from "./overfitting.js";
import { readPhases } from "./phases.js";

const MOST_DRAWN = 1200; // snapshots in a chart: more could not be told apart
const NO_TERMS = new Set(["kl_per_dim", "active_units"]); // among the figures of a frame

/** @typedef {import("./recording.js").Snapshot} Snapshot */
/** @typedef {import("./recording.js").Control} Control */
/** @typedef {import("./recording.js").Frame} Frame */
/** @typedef {import("./recording.js").Part} Part */
/** @typedef {import("./moves.js").Move} Move */
/** @typedef {Pick<import("./recording.js").Run, "beta" | "beta_on" | "learning_rate" | "epochs">} Run how it began */
/** @typedef {Record<string, number[]>} Series term -> nats per image, at each of some times */

/**
 * What somebody changed, at a time in epochs.
 * @typedef {{time: number, beta: [number, number] | null, rate: number | null, part: Part | null}} Mark
 */

/**
 * Figures at a moment, in nats per image.
 * @typedef {object} Figures
 * @property {Record<string, number>} terms
 * @property {number[]} perDim the KL's split
 * @property {number | null} total −ELBO; null where there is none
 * @property {number | null} minimised what the training makes small, with the β of the moment
 * @property {boolean} heldOut whether they are of validation images; else of those trained on
 */

/**
 * @typedef {object} Timeline
 * @property {number[]} time in epochs, of each snapshot that is drawn
 * @property {Series} terms at these times, on the training images
 * @property {{time: number[], terms: Series}} held the same on validation images, at each frame
 * @property {{time: number[], value: number[]} | null} beta where it changed, and its ends; null where the objective has none
 * @property {Mark[]} marks in order
 * @property {import("./phases.js").Phase[]} phases
 * @property {Record<string, Move | null>} moves which way each term goes at the moment that is looked at
 * @property {boolean} overfits whether the model begins to memorise, then
 * @property {Figures | null} figures of that moment
 * @property {number | null} cursor epoch of the frame that is looked at; null follows the run
 * @property {Part} part that learns
 * @property {number | null} betaNow null where the objective has none
 * @property {boolean} done
 * @property {number} epochs that the run shall last; 0 without an end
 * @property {number} step batches seen
 * @property {number[]} recent KL per dimension, nats, without its flicker
 */

/** What is shown before there is a run. @type {Timeline} */
export const EMPTY = {
  time: [], terms: {}, held: { time: [], terms: {} }, beta: null, marks: [], phases: [], moves: {}, overfits: false, figures: null,
  cursor: null, part: "both", betaNow: null, done: false, epochs: 0, step: 0, recent: [],
};

/**
 * @param {Pick<import("./recording.js").Recording, "snapshots" | "frames" | "controls" | "stepsPerEpoch" | "live">} recording
 * @param {Run} run
 * @param {Frame} [past] the frame that is looked at; without one, follow the run
 * @returns {Timeline}
 */
export function timeline(recording, run, past) {
  const drawn = thin(recording.snapshots, MOST_DRAWN);
  const training = { time: drawn.map(({ epoch }) => epoch), terms: columns(drawn) };
  const frames = recording.frames.filter(({ held_out: figures }) => figures);
  const held = { time: frames.map(({ epoch }) => epoch), terms: columns(frames.map(({ held_out: figures }) => ({ terms: termsOf(figures) }))) };
  const shown = held.time.length ? held : training;
  const now = past ? past.epoch : Infinity;
  const { beta, marks } = changes(recording, run, Math.max(training.time.at(-1) ?? 0, held.time.at(-1) ?? 0));
  const control = lastControl(recording.controls, run, past?.step ?? Infinity);
  const since = marks.findLast(({ time }) => time <= now)?.time ?? 0;
  const seen = { training: until(training, now), held: until(held, now), shown: until(shown, now) };
  const framesUntilNow = frames.filter(({ epoch }) => epoch <= now);
  /** @param {{time: number[], terms: Series}} series */
  const objective = ({ time, terms }) => ({ time, values: minimised(terms, run, control.beta) });
  return {
    ...training,
    held,
    beta,
    marks,
    ...readPhases(shown.time, shown.terms),
    moves: Object.fromEntries(Object.entries(seen.shown.terms).map(([name, values]) => [name, moveOf(seen.shown.time, values, since)])),
    overfits: overfits(objective(seen.training), objective(seen.held), since),
    figures: figuresOf(framesUntilNow.at(-1), drawn.findLast(({ epoch }) => epoch <= now), run, control.beta),
    cursor: past?.epoch ?? null,
    part: control.part,
    betaNow: run.beta_on ? control.beta : null,
    done: !recording.live,
    epochs: run.epochs,
    step: past?.step ?? Math.max(recording.snapshots.at(-1)?.step ?? 0, recording.frames.at(-1)?.step ?? 0),
    recent: steadyKl(framesUntilNow.map(({ held_out: figures }) => figures ?? {})),
  };
}

/** The objective's terms among the figures of a frame. @param {import("./recording.js").HeldOut | null | undefined} figures */
function termsOf(figures) {
  return /** @type {Record<string, number>} */ (Object.fromEntries(Object.entries(figures ?? {}).filter(([name]) => !NO_TERMS.has(name))));
}

/**
 * On validation images, or before there are any of those, on the ones trained on.
 * @param {Frame | undefined} frame
 * @param {Snapshot | undefined} snapshot
 * @param {Run} run
 * @param {number} beta
 * @returns {Figures | null}
 */
function figuresOf(frame, snapshot, run, beta) {
  const held = frame?.held_out;
  const terms = held ? termsOf(held) : snapshot?.terms;
  if (!terms) return null;
  const columnsOfOne = Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, [value]]));
  return {
    terms,
    perDim: held?.kl_per_dim ?? [],
    total: terms.kl === undefined ? null : terms.reconstruction + terms.kl,
    minimised: minimised(columnsOfOne, run, beta)[0] ?? null,
    heldOut: Boolean(held),
  };
}

/** What is made small. @param {Series} terms @param {Run} run @param {number} beta */
function minimised({ reconstruction = [], kl }, { beta_on: on }, beta) {
  if (!kl) return reconstruction;
  const [onReconstruction, onKl] = on === "reconstruction" ? [beta, 1] : [1, beta];
  return reconstruction.map((value, i) => onReconstruction * value + onKl * kl[i]);
}

/**
 * What was there until a time.
 * @param {{time: number[], terms: Series}} series @param {number} now
 */
function until({ time, terms }, now) {
  const count = time.findLastIndex((t) => t <= now) + 1;
  return { time: time.slice(0, count), terms: Object.fromEntries(Object.entries(terms).map(([name, values]) => [name, values.slice(0, count)])) };
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
const lastControl = (controls, run, step) => controls.findLast((control) => control.step <= step) ?? beginning(run);

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
