// The phases of a training: the same from a dense record and from a thinned one, and true of the slopes.
// recorded_runs/ holds what `fit` gave on the embedded digits: three layers of 64 units, batches of 128,
// a snapshot every nine batches.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { readPhases } from "../../pages/_ui/frontend/pages/live_training/phases.js";

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

const medianOf = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const RECORDED = new URL("recorded_runs/", import.meta.url);
const recorded = readdirSync(RECORDED).map((file) => {
  const { epoch, ...terms } = JSON.parse(readFileSync(new URL(file, RECORDED), "utf8"));
  return { file, time: epoch, ...terms };
});

/**
 * A border may move by so many epochs, by two intervals, or by a seventh of its time, whichever is most: a
 * slope that shrinks as 1 / time, measured through noise, crosses no threshold more sharply. One that lies
 * so near to the end may not be there yet.
 */
function assertClose(found, dense, spacing, what, epochs = 0.5) {
  const most = (t) => Math.max(epochs, 2 * spacing, t / 7);
  const [short, long] = found.length < dense.length ? [found, dense] : [dense, found];
  assert.equal(names(long.slice(0, short.length)), names(short), what);
  short.forEach(({ from }, i) => assert.ok(Math.abs(from - long[i].from) <= most(from), `${what}: ${found[i].from} is not ${dense[i].from}`));
  const end = dense.at(-1).to;
  for (const { from } of long.slice(short.length)) assert.ok(from > end - most(end), `${what}: ${from} is missing, or new`);
}

for (const run of recorded) {
  const spacing = run.time.at(-1) / run.time.length;
  for (const every of [2, 5, 10]) {
    test(`${run.file}: one snapshot of ${every} gives the borders of all`, () => {
      const dense = phasesOf(run);
      for (let kept = 0; kept < every; kept++) {
        assertClose(phasesOf(only(run, (i) => i % every === kept)), dense, every * spacing, `from ${kept} on`);
      }
    });
  }
}

test("after a recorded change of β at epoch 20 a run is not called settled for six epochs", () => {
  const run = recorded.find(({ file }) => file === "bernoulli_beta_1_then_7.json");
  const phases = phasesOf(run);
  assert.equal(names(phases), "falls balance settled");
  assert.ok(phases[2].from > 26 && phases[2].from < 32, `${phases[2].from}`);
  const last = (values) => values.slice(-40); // nine epochs
  for (const values of [run.reconstruction, run.kl]) {
    assert.ok(Math.abs(medianOf(last(values).slice(0, 20)) - medianOf(last(values).slice(20))) < 3);
  }
});

test("no recorded run is called settled while its reconstruction falls by a nat per epoch", () => {
  for (const run of recorded) {
    const settled = phasesOf(run).find(({ phase }) => phase === "settled");
    if (!settled) continue;
    const [early, late] = [0, 0.5].map((share) => settled.from + share * (settled.to - settled.from));
    const between = (a, b) => medianOf(run.reconstruction.filter((_, i) => run.time[i] >= a && run.time[i] < b));
    const half = (settled.to - settled.from) / 2;
    assert.ok(Math.abs(between(early, late) - between(late, settled.to)) / half < 1, run.file);
  }
});

test("every second, fifth or tenth snapshot gives the borders of all", () => {
  fc.assert(
    fc.property(runs, fc.constantFrom(2, 5, 10), (run, every) => {
      assertClose(phasesOf(only(run, (i) => i % every === every - 1)), phasesOf(run), every * SPACING, `one of ${every}`);
    }),
  );
});

test("any half of the snapshots gives the borders of all", () => {
  fc.assert(
    fc.property(runs, fc.array(fc.boolean(), { minLength: 60 / SPACING, maxLength: 60 / SPACING }), (run, kept) => {
      assertClose(phasesOf(only(run, (i) => kept[i] || i % 5 === 0)), phasesOf(run), 5 * SPACING, "half");
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

/** Slope of the least-squares line through height * exp(-t / epochs) from a to b: an integral, no sum. */
function slopeOfExponential(height, epochs, a, b) {
  const middle = (a + b) / 2;
  const integral = (t) => -height * Math.exp(-t / epochs) * (epochs * (t - middle) + epochs ** 2);
  return (12 * (integral(b) - integral(a))) / (b - a) ** 3;
}

test("slopes and borders of an exponential are those of its line from a quarter of the time on", () => {
  const shapes = fc.record({
    level: fc.double({ min: 100, max: 150, noNaN: true }),
    height: fc.double({ min: 60, max: 200, noNaN: true }),
    epochs: fc.double({ min: 2, max: 8, noNaN: true }),
  });
  fc.assert(
    fc.property(shapes, ({ level, height, epochs }) => {
      const time = Array.from({ length: 2500 }, (_, i) => (i + 1) * SPACING);
      const reconstruction = time.map((t) => level + height * Math.exp(-t / epochs));
      const { phases, slopes } = readPhases(time, { reconstruction });
      const begin = (t) => Math.max(1, t / 4, t - 40);
      const slope = (t) => slopeOfExponential(height, epochs, begin(t), t);
      assert.ok(Math.abs(slopes.reconstruction - slope(100)) < 0.02);
      const mean = (a, b) => level + (height * epochs * (Math.exp(-a / epochs) - Math.exp(-b / epochs))) / (b - a);
      const still = (t) => 0.3 + 0.0025 * mean(begin(t), t); // nats per epoch
      const falls = (t) => -slope(t) > 6 * still(t);
      if (phases[1].from > 3) assert.ok(falls(phases[1].from - 0.3) && !falls(phases[1].from + 0.3));
      assert.equal(names(phases), "falls balance settled");
      const { from, to } = phases[1];
      assert.ok(to - from >= 6 && -slope(to) < 1.05 * still(to));
    }),
  );
});

test("noise changes no phase and moves no border far in 99 of 100 runs, whichever snapshots are left", () => {
  const gaussians = (seed) => {
    let state = seed;
    const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
    return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  };
  const noisy = (run, noise) => ({
    ...run,
    reconstruction: run.reconstruction.map((nats) => nats + 0.5 * noise()),
    kl: run.kl.map((nats) => nats + 0.02 * noise()),
  });
  let far = 0;
  const shapes = fc.sample(runs, { seed: 1, numRuns: 200 });
  shapes.forEach((shape, i) => {
    const chance = gaussians(1000003 * (i + 1));
    const run = noisy(only(shape, (j) => j % 5 === 0), chance); // five snapshots an epoch
    const dense = phasesOf(run);
    const kept = run.time.map(() => chance() > 0);
    try {
      assertClose(phasesOf(only(run, (j) => kept[j])), dense, 0.4, "a random half", 3);
      for (const every of [5, 10]) assertClose(phasesOf(only(run, (j) => j % every === 0)), dense, every * 0.2, `one of ${every}`, 3);
    } catch {
      far += 1;
    }
  });
  assert.ok(far <= shapes.length / 100, `${far} of ${shapes.length}`);
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
