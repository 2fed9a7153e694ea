// When a training is said to overfit. recorded_overfitting/ holds what `fit` gave on embedded digits
// with two layers of 128 units: 500 of them are memorised in 140 epochs, 4,000 are not in thirty.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { overfits } from "../../pages/_ui/frontend/pages/live_training/overfitting.js";

const recorded = (name) => JSON.parse(readFileSync(new URL(`recorded_overfitting/${name}.json`, import.meta.url), "utf8"));
const objective = ({ epoch, reconstruction, kl }, end) => {
  const count = epoch.findLastIndex((t) => t <= end) + 1;
  return { time: epoch.slice(0, count), values: reconstruction.slice(0, count).map((value, i) => value + kl[i]) };
};
const at = ({ training, held }, end, since = 0) => overfits(objective(training, end), objective(held, end), since);

test("a model that memorises its five hundred digits is said to, but not while it still learns", () => {
  const run = recorded("overfits");
  const total = objective(run.held, Infinity).values;
  const best = total.indexOf(Math.min(...total)) + 1; // epoch
  for (let end = 1; end <= best; end++) assert.ok(!at(run, end), `${end}`);
  assert.ok(at(run, run.held.epoch.at(-1)));
});

test("a model that learns from four thousand is not", () => {
  const run = recorded("learns");
  for (let end = 1; end <= run.held.epoch.at(-1); end++) assert.ok(!at(run, end), `${end}`);
});

test("after a change nothing is said until it is some epochs ago", () => {
  const run = recorded("overfits");
  const end = run.held.epoch.at(-1);
  assert.ok(!at(run, end, end - 6));
});

test("noise alone overfits in less than one run of a hundred", () => {
  const runs = fc.sample(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 120, maxLength: 120 }), { seed: 1, numRuns: 400 });
  const time = Array.from({ length: 60 }, (_, i) => i + 1);
  const wrong = runs.filter((noise) => overfits({ time, values: noise.slice(0, 60).map((n) => 150 + n) }, { time, values: noise.slice(60).map((n) => 160 + n) }, 0));
  assert.ok(wrong.length < 4, `${wrong.length}`);
});
