// The record of a run as the browser reads it, and what the charts show of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Recording } from "../../pages/_ui/frontend/pages/live_training/recording.js";
import { timeline } from "../../pages/_ui/frontend/pages/live_training/timeline.js";
import { setTexts } from "../../pages/_ui/frontend/state/texts.js";

const STEPS = 10; // of an epoch
const RUN = { beta: 1, beta_on: "kl", learning_rate: 0.01, epochs: 5 };

/** A recording that has read these events. */
const read = (...events) =>
  new Promise((done) => {
    const host = { json: async () => ({ events, next: 1, place: null }) };
    const recording = new Recording(host, "runs/1", () => {
      recording.destroy();
      done(recording);
    });
  });

const snapshot = (step, terms = { reconstruction: 200 - step, kl: 1 }, more = {}) => ({
  type: "snapshot", step, epoch: step / STEPS, terms, ...more,
});
const held = (step, kl = 1) => ({ reconstruction: 210 - step, kl, kl_per_dim: [kl / 4, (3 * kl) / 4], active_units: 2 });
const frame = (index, step, figures = held(step)) => ({ type: "frame", index, step, epoch: step / STEPS, beta: 1, accuracy: 0.5, held_out: figures });
const control = (step, more) => ({ type: "control", step, beta: 1, learning_rate: 0.01, part: "both", ...more });
const status = (name, more) => ({ type: "status", status: name, message: null, ...more });
const steps = (events) => events.map(({ step }) => step);

test("what a resumed run has made void is forgotten, and nothing else", async () => {
  const before = [snapshot(10), frame(0, 10), control(10, { beta: 2 }), snapshot(20), frame(1, 20), control(20, { beta: 3 })];
  const recording = await read(status("running"), ...before, status("interrupted"), status("running", { step: 10 }), snapshot(15));
  assert.equal(recording.status, "running");
  assert.deepEqual(steps(recording.snapshots), [10, 15]);
  assert.deepEqual(steps(recording.frames), [10]);
  assert.deepEqual(steps(recording.controls), [10]);
});

test("why a run ended is said in the language of the page, or in the English of its record", async () => {
  const stopped = status("stopped", { message: "It was stopped in step 7.", key: "runs.x", parameters: { step: "7" } });
  assert.equal((await read(stopped)).message, "It was stopped in step 7.");
  setTexts({ "error.runs.x": "In Schritt {step} angehalten." });
  assert.equal((await read(stopped)).message, "In Schritt 7 angehalten.");
  assert.equal((await read(status("stopped", { message: "As once recorded." }))).message, "As once recorded.");
  assert.equal((await read(status("stopped"))).message, null);
});

test("a frame that takes the place of another one leaves it out, and a change that goes on the one before", async () => {
  const recording = await read(frame(0, 0), frame(1, 10), frame(2, 20), control(12, { beta: 2 }), control(12, { beta: 3, again: true }), frame(1, 30));
  assert.deepEqual(steps(recording.frames), [0, 20, 30]);
  assert.deepEqual(recording.controls.map(({ beta }) => beta), [3]);
});

test("a run that goes on for days fits into memory, its last moment included", async () => {
  const recording = await read(...Array.from({ length: 20_000 }, (_, i) => snapshot(i + 1)));
  assert.ok(recording.snapshots.length <= 6000);
  assert.deepEqual([recording.snapshots.at(-1).step, recording.snapshots.every(({ step }, i, all) => !i || step > all[i - 1].step)], [20_000, true]);
  assert.ok(timeline(recording, RUN).time.length <= 1200);
});

test("the figures are of validation images, and the KL and its split of the same ones", async () => {
  const { held: curve, figures } = timeline(await read(snapshot(5), frame(0, 5, held(5, 7)), control(6, { beta: 4 }), snapshot(10), frame(1, 10, held(10, 8))), RUN);
  assert.deepEqual(curve, { time: [0.5, 1], terms: { reconstruction: [205, 200], kl: [7, 8] } });
  assert.deepEqual(figures, { terms: { reconstruction: 200, kl: 8 }, perDim: [2, 6], total: 208, minimised: 232, heldOut: true });
});

test("what is minimised follows what β weighs", async () => {
  const recording = await read(frame(0, 5, held(5, 7)));
  assert.equal(timeline(recording, { ...RUN, beta: 2, beta_on: "reconstruction" }).figures.minimised, 2 * 205 + 7);
  const alone = await read(frame(0, 5, { reconstruction: 205, active_units: 2 }));
  const { figures } = timeline(alone, { ...RUN, beta_on: null });
  assert.deepEqual([figures.total, figures.minimised, figures.perDim], [null, 205, []]);
});

test("a run without validation images shows what it trains on, and says so", async () => {
  const { figures } = timeline(await read(frame(0, 0, null), snapshot(10, { reconstruction: 160 })), { ...RUN, beta_on: null });
  assert.deepEqual([figures.terms.reconstruction, figures.heldOut], [160, false]);
});

test("β begins with what was set before the first batch, and changes where it was changed", async () => {
  const recording = await read(control(0, { beta: 2 }), snapshot(10), control(10, { beta: 4 }), snapshot(20), snapshot(30));
  const { beta, marks, betaNow } = timeline(recording, RUN);
  assert.deepEqual(beta, { time: [0, 1, 3], value: [2, 4, 4] });
  assert.deepEqual(marks, [{ time: 1, beta: [2, 4], rate: null, part: null }]);
  assert.equal(betaNow, 4);
});

test("a run without a KL has no β", async () => {
  const { beta, betaNow } = timeline(await read(snapshot(10)), { ...RUN, beta_on: null });
  assert.deepEqual([beta, betaNow], [null, null]);
});

test("whoever looks back is told what held then, the KL and its split included", async () => {
  const run = Array.from({ length: 40 }, (_, i) => [snapshot(i + 1, { reconstruction: 400 / (i + 1), kl: i / 10 }), frame(i, i + 1, held(i + 1, i / 10))]);
  const changed = control(30, { beta: 9, part: "decoder" });
  const then = timeline(await read(...run.slice(0, 20).flat()), RUN);
  const recording = await read(...run.flat(), changed);
  const back = timeline(recording, RUN, recording.frames[19]);
  assert.ok(then.moves.reconstruction);
  for (const what of ["moves", "figures", "recent", "betaNow", "part", "step", "overfits"]) assert.deepEqual(back[what], then[what]);
  assert.equal(back.figures.perDim[0] + back.figures.perDim[1], back.figures.terms.kl);
  assert.deepEqual([back.cursor, back.time.length], [2, 40]);
});

test("before the first figures there is nothing to tell", async () => {
  const { figures, moves, recent } = timeline(await read(frame(0, 0, null)), RUN, frame(0, 0, null));
  assert.deepEqual([figures, moves, recent], [null, {}, []]);
});
