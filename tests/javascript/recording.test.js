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
  type: "snapshot", step, epoch: step / STEPS, terms, kl_per_dim: [0.5, 0.5], validation: null, ...more,
});
const frame = (index, step) => ({ type: "frame", index, step, epoch: step / STEPS, beta: 1, accuracy: 0.5 });
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

test("validation is charted in the terms of the training", async () => {
  const evaluated = (kl) => ({ validation: { log_likelihood: -150, kl } });
  const vae = timeline(await read(snapshot(5), snapshot(10, undefined, evaluated(7))), RUN);
  assert.deepEqual(vae.validation, { time: [1], terms: { reconstruction: [150], kl: [7] } });
  const autoencoder = timeline(await read(snapshot(10, { reconstruction: 160 }, evaluated(null))), RUN);
  assert.deepEqual(autoencoder.validation.terms, { reconstruction: [150] });
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

test("whoever looks back is told what held then", async () => {
  const learning = Array.from({ length: 40 }, (_, i) => snapshot(i + 1, { reconstruction: 400 / (i + 1), kl: i / 10 }));
  const changed = control(30, { beta: 9, part: "decoder" });
  const past = frame(1, 20);
  const then = timeline(await read(...learning.slice(0, 20)), RUN);
  const back = timeline(await read(...learning, changed), RUN, past);
  assert.ok(then.slopes);
  for (const what of ["slopes", "snapshot", "recent", "betaNow", "part"]) assert.deepEqual(back[what], then[what]);
  assert.deepEqual([back.cursor, back.at, back.time.length], [2, 19, 40]);
});

test("before the first snapshot there is nothing to tell", async () => {
  const { at, snapshot: last, slopes, recent } = timeline(await read(frame(0, 0), snapshot(10), snapshot(20)), RUN, frame(0, 0));
  assert.deepEqual([at, last, slopes, recent], [-1, undefined, null, []]);
});
