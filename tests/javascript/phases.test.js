// The phases of a training: the same from a dense record and from a thinned one, and true of the slopes.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readPhases } from "../../pages/_ui/frontend/pages/live_training/phases.js";

const TOLERANCE = 0.75; // epochs
const SPACING = 0.04; // epochs between the snapshots of a dense record

/** A run that learns at some speed and meets a change of β, which moves both terms. */
const runs = fc
  .record({
    level: fc.double({ min: 90, max: 150, noNaN: true }),
    slow: fc.double({ min: 40, max: 80, noNaN: true }), // nats that take `epochs` to go, first fast
    epochs: fc.double({ min: 2, max: 4, noNaN: true }),
    change: fc.double({ min: 35, max: 45, noNaN: true }),
    rise: fc.double({ min: 20, max: 60, noNaN: true }),
  })
  .map((shape) => recordOf(shape));

function recordOf({ level, slow, epochs, change, rise }) {
  const time = Array.from({ length: 60 / SPACING }, (_, i) => (i + 1) * SPACING);
  const answered = (t) => (t > change ? 1 - Math.exp(-(t - change)) : 0);
  return {
    change,
    time,
    reconstruction: time.map((t) => level + 350 * Math.exp(-9 * t) + slow * Math.exp(-t / epochs) + rise * answered(t)),
    kl: time.map((t) => 6.5 - 6 * Math.exp(-t) - 3 * answered(t)),
  };
}

const phasesOf = ({ time, reconstruction, kl }) => readPhases(time, { reconstruction, kl }).phases;

const only = (record, keeps) =>
  Object.fromEntries(Object.entries(record).map(([name, values]) => [name, Array.isArray(values) ? values.filter((_, i) => keeps(i)) : values]));

const names = (phases) => phases.map(({ phase }) => phase).join(" ");

function assertSame(found, dense) {
  assert.deepEqual(names(found), names(dense));
  found.forEach(({ from }, i) => assert.ok(Math.abs(from - dense[i].from) < TOLERANCE, `${from} is not ${dense[i].from}`));
}

test("every second, fifth or tenth snapshot gives the borders of all", () => {
  fc.assert(
    fc.property(runs, fc.constantFrom(2, 5, 10), (run, every) => {
      assertSame(phasesOf(only(run, (i) => i % every === every - 1)), phasesOf(run));
    }),
  );
});

test("any half of the snapshots gives the borders of all", () => {
  fc.assert(
    fc.property(runs, fc.array(fc.boolean(), { minLength: 60 / SPACING, maxLength: 60 / SPACING }), (run, kept) => {
      assertSame(phasesOf(only(run, (i) => kept[i] || i % 5 === 0)), phasesOf(run));
    }),
  );
});

test("a border that was found stays as the run goes on", () => {
  fc.assert(
    fc.property(runs, fc.integer({ min: 100, max: 1400 }), (run, seen) => {
      const early = phasesOf(only(run, (i) => i < seen));
      assert.deepEqual(early.map(({ phase, from }) => [phase, from]), phasesOf(run).slice(0, early.length).map(({ phase, from }) => [phase, from]));
    }),
  );
});

test("phases follow each other without gaps, from falling to settled", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const found = phasesOf(only(run, (i) => i * SPACING < run.change - 1));
      assert.equal(found[0].from, 0);
      assert.equal(found.at(-1).phase, "settled");
      found.slice(1).forEach(({ from }, i) => assert.equal(from, found[i].to));
    }),
  );
});

test("a new change ends what had settled, and is never called falling while the reconstruction rises", () => {
  fc.assert(
    fc.property(runs, (run) => {
      const after = phasesOf(run).filter(({ to }) => to > run.change + 0.5);
      assert.ok(after.some(({ phase }) => phase === "balance"));
      assert.ok(after.every(({ phase }) => phase !== "falls"));
    }),
  );
});

test("a reconstruction that rises is not falling, whatever the KL does", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 80, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }), (rise, drift) => {
      const time = Array.from({ length: 200 }, (_, i) => (i + 1) / 10);
      const { phases, slopes } = readPhases(time, { reconstruction: time.map((t) => 100 + rise * t), kl: time.map((t) => 50 + drift * t) });
      assert.ok(phases.every(({ phase }) => phase !== "falls"));
      assert.ok(Math.abs(slopes.reconstruction - rise) < 1e-6);
    }),
  );
});

test("minus the log of a density may pass through zero", () => {
  const time = Array.from({ length: 600 }, (_, i) => (i + 1) / 10);
  const found = readPhases(time, { reconstruction: time.map((t) => -220 + 400 * Math.exp(-t / 4)), kl: time.map(() => 8) }).phases;
  assert.deepEqual(found.map(({ phase }) => phase), ["falls", "balance", "settled"]);
});

test("a run with one term has phases of its own", () => {
  const time = Array.from({ length: 300 }, (_, i) => (i + 1) / 10);
  const found = readPhases(time, { reconstruction: time.map((t) => 140 + 100 * Math.exp(-t / 2)) }).phases;
  assert.deepEqual(found.map(({ phase }) => phase), ["falls", "balance", "settled"]);
});

test("nothing is said of less than an epoch", () => {
  assert.deepEqual(readPhases([], { reconstruction: [] }), { phases: [], slopes: null });
  assert.deepEqual(readPhases([0.4, 0.8], { reconstruction: [300, 200] }), { phases: [], slopes: null });
});
