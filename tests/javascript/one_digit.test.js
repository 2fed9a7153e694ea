import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OFFSETS, SigmaLoss, descend } from "../../pages/_ui/frontend/core/descent.js";
import { deviationOf, klTerms, reparameterise } from "../../pages/_ui/frontend/core/gaussian.js";
import { noise } from "../../pages/_ui/frontend/core/noise.js";
import { summary } from "../../pages/_ui/frontend/pages/one_digit/estimate.js";
import {
  FIELDS,
  MOST_BETA,
  MOST_EPSILON,
  PARTS,
  SAMPLES,
  drawnAnew,
  epsilonOf,
  keptEpsilon,
  labelOf,
  withDigit,
  withInk,
} from "../../pages/_ui/frontend/pages/one_digit/view.js";
import { readAddress, writeAddress } from "../../pages/_ui/frontend/state/address.js";
import { english } from "./english.js";

/** @typedef {import("../../pages/_ui/frontend/pages/one_digit/view.js").View} View */
/** @typedef {import("../../pages/_ui/frontend/core/ink.js").Stroke} Stroke */

const first = readAddress(FIELDS, "").view;
const epsilon = fc.double({ min: -MOST_EPSILON, max: MOST_EPSILON, noNaN: true });
/** @type {fc.Arbitrary<Stroke>} */
const stroke = fc.array(fc.tuple(fc.nat(1023), fc.nat(1023)), { minLength: 1, maxLength: 5 });
/** @type {fc.Arbitrary<View>} */
const views = fc.record({
  model: fc.constantFrom("", "cvae"),
  digit: fc.nat(99_999),
  ink: fc.array(stroke, { maxLength: 3 }),
  pen: fc.integer({ min: 40, max: 200 }),
  label: fc.option(fc.nat(99)),
  epsilon: fc.option(fc.tuple(epsilon, epsilon).map(keptEpsilon)),
  seed: fc.nat(999_999),
  samples: fc.constantFrom(...SAMPLES),
  beta: fc.option(fc.nat(10 * MOST_BETA).map((tenths) => tenths / 10)),
  part: fc.constantFrom(...PARTS),
  rate: fc.constantFrom("0.001", "0.01"),
}, { noNullPrototype: true });

test("whatever the page shows comes back from its address", () => {
  fc.assert(
    fc.property(views, (view) => {
      const read = readAddress(FIELDS, writeAddress(FIELDS, view));
      assert.deepEqual(read, { view, problems: [] });
    }),
  );
});

test("what an address cannot mean is said, and the rest is shown", () => {
  for (const [wrong, key] of [
    ["ink=%2A%2A", "one_digit.link.ink"],
    ["epsilon=1", "one_digit.link.epsilon"],
    ["epsilon=9,0", "one_digit.link.epsilon"],
    ["epsilon=0x1,0", "one_digit.link.epsilon"],
    ["beta=1000", "link.number"],
    ["beta=", "link.number"],
    ["part=nothing", "link.name"],
  ]) {
    const { view, problems } = readAddress(FIELDS, `?digit=7&${wrong}`);
    assert.deepEqual(view, { ...first, digit: 7 });
    assert.deepEqual(problems.map((problem) => problem.key), [key]);
    assert.ok(key in english);
  }
});

test("every part has its name, its sentence and, in the flow, its heading", () => {
  for (const part of PARTS) {
    for (const text of ["name", "text"]) assert.ok(english[`one_digit.parts.${part}.${text}`], part);
  }
});

test("epsilon is the first draw until it is moved, and new draws forget where it was moved", () => {
  assert.deepEqual(epsilonOf(first), noise(first.seed, 1));
  const moved = { ...first, epsilon: /** @type {[number, number]} */ ([0, 0]) };
  assert.deepEqual(epsilonOf(moved), [0, 0]);
  const anew = { ...moved, ...drawnAnew(moved) };
  assert.deepEqual(epsilonOf(anew), noise(first.seed + 1, 1));
});

test("the label is the real digit's own unless one is chosen; of a drawing only a person knows it", () => {
  const labels = [5, 0, 4];
  const real = { ...first, digit: 2 };
  assert.equal(labelOf(real, 10, labels), 4);
  assert.equal(labelOf({ ...real, label: 9 }, 10, labels), 9);
  assert.equal(labelOf(real, 10, undefined), null);
  assert.equal(labelOf(real, 0, labels), undefined);
  const begun = { ...real, label: 9, ...withInk({ ...real, label: 9 }, [[[1, 1]]]) };
  assert.equal(labelOf(begun, 10, labels), null);
  const chosen = { ...begun, label: 3 };
  const more = { ...chosen, ...withInk(chosen, [[[1, 1]], [[2, 2]]]) };
  assert.equal(labelOf(more, 10, labels), 3);
  const undone = { ...more, ...withInk(more, []) };
  assert.equal(labelOf(undone, 10, labels), 4);
  assert.equal(labelOf({ ...more, ...withDigit(1) }, 10, labels), 0);
});

test("the terms of the KL add up to the integral that they stand for", () => {
  for (const [mu, logVar, prior] of [[0, 0, 0], [1.5, -4, 0], [-0.3, 0.7, 1.1]]) {
    const sigma = deviationOf(logVar);
    let integral = 0;
    const step = 1e-3;
    for (let e = -9; e < 9; e += step) {
      const z = mu + sigma * e;
      const logQ = -(e ** 2) / 2 - Math.log(sigma);
      integral += step * (Math.exp(-(e ** 2) / 2) / Math.sqrt(2 * Math.PI)) * (logQ + (z - prior) ** 2 / 2);
    }
    const { mean, variance, log, constant, sum } = klTerms(mu, logVar, prior);
    assert.ok(Math.abs(sum - integral) < 1e-6);
    assert.equal(sum, mean + variance + log + constant);
  }
});

test("z is mu where epsilon is 0, and mu plus or minus sigma where it is 1 or -1", () => {
  const posterior = { mu: Float32Array.of(0.5, -2), logVar: Float32Array.of(0, -2) };
  assert.deepEqual(reparameterise(posterior, [0, 0]), [0.5, -2]);
  assert.deepEqual(reparameterise(posterior, [1, -1]), [1.5, -2 - Math.exp(-1)]);
});

test("spread is of the draws, the error of their mean", () => {
  const { mean, spread, error } = summary([1, 2, 3, 6]);
  assert.equal(mean, 3);
  assert.ok(Math.abs(spread - Math.sqrt(14 / 3)) < 1e-12);
  assert.equal(error, spread / 2);
  assert.ok(Number.isNaN(summary([4]).spread));
});

// A bowl of curvature c has the loss (c + 1) σ²/2 − log σ, whose least is at 1/√(c + 1).
const CURVATURE = 500;
const bowl = new SigmaLoss(OFFSETS.map((offset) => (CURVATURE * offset ** 2) / 2), 3);

test("the loss of sigma is the mean over epsilon and the KL, and its slope is its derivative", () => {
  for (const sigma of [0.03, 0.1, 0.5, 1]) {
    const exact = ((CURVATURE + 1) * sigma ** 2) / 2 - Math.log(sigma) + 3;
    assert.ok(Math.abs(bowl.at(sigma) / exact - 1) < 0.01);
    assert.ok(Math.abs(bowl.slope(sigma) - ((CURVATURE + 1) * sigma - 1 / sigma)) < 0.02 * CURVATURE * sigma);
  }
});

test("gradient descent on sigma jumps below 0, where the loss is not a number; on log sigma² it cannot", () => {
  const sigmas = descend(bowl, 0.01, 1000, "sigma");
  const last = /** @type {{sigma: number, loss: number}} */ (sigmas.at(-1));
  assert.ok(sigmas.length < 200 && last.sigma < 0 && Number.isNaN(last.loss));
  assert.ok(sigmas.slice(0, -1).every(({ loss }) => Number.isFinite(loss)));
  const logs = descend(bowl, 0.01, 1000, "logVar");
  assert.equal(logs.length, 1001);
  assert.ok(logs.every(({ sigma, loss }) => sigma > 0 && Number.isFinite(loss)));
  const best = 1 / Math.sqrt(CURVATURE + 1);
  assert.ok(Math.abs(/** @type {any} */ (logs.at(-1)).sigma / best - 1) < 0.2);
});

test("with steps that are small enough sigma itself can be trained, too", () => {
  const last = descend(bowl, 0.0005, 400, "sigma").at(-1);
  assert.ok(last && Math.abs(last.sigma * Math.sqrt(CURVATURE + 1) - 1) < 0.05);
});
