import assert from "node:assert/strict";
import { test } from "node:test";
import { LIKELIHOODS } from "../../pages/_ui/frontend/core/likelihood.js";
import { Model } from "../../pages/_ui/frontend/core/model.js";

const PIXELS = 5;
const DRAWS = 20_000;

/** Even numbers that are the same each time. @param {number} seed */
function randomOf(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** @type {[string, import("../../pages/_ui/frontend/core/likelihood.js").Settings][]} */
const FAMILIES = [
  ...Object.keys(LIKELIHOODS).map((name) => /** @type {[string, {}]} */ ([name, {}])),
  ["gaussian", { sigma: "learned" }],
  ["gaussian", { sigma: "per-pixel" }],
  ["categorical", { levels: 2 }],
  ["mixture", { components: 1 }],
];

/**
 * A linear decoder of z and, if there are any, labels.
 * @param {string} likelihood
 * @param {number} [classes]
 * @param {import("../../pages/_ui/frontend/core/likelihood.js").Settings} [settings]
 */
function specOf(likelihood, classes = 0, settings = {}) {
  const family = LIKELIHOODS[likelihood](settings);
  const outputs = PIXELS * family.outputs + family.shared;
  const weight = Float32Array.from({ length: outputs * (2 + classes) }, (_, i) => Math.sin(i));
  const bias = Float32Array.from({ length: outputs }, (_, i) => i / outputs - 0.5);
  /** @type {[number, number][]} */
  const means = Array.from({ length: classes }, (_, label) => [label, -label]);
  return { layers: [{ weight, bias }], activation: "relu", likelihood, settings, classes, means };
}

for (const [name, settings] of FAMILIES) {
  const title = [name, ...Object.values(settings)].join(" ");

  test(`samples of ${title} have its mean and its deviation`, () => {
    const model = new Model(specOf(name, 0, settings));
    const mean = Float64Array.from(model.decode([0.3, -0.7]));
    const deviation = Float64Array.from(model.deviation([0.3, -0.7]));
    const random = randomOf(1);
    const [sum, squares] = [new Float64Array(PIXELS), new Float64Array(PIXELS)];
    for (let draw = 0; draw < DRAWS; draw++) {
      model.sample([0.3, -0.7], undefined, random).forEach((value, i) => {
        sum[i] += value / DRAWS;
        squares[i] += (value - mean[i]) ** 2 / DRAWS;
      });
    }
    for (let i = 0; i < PIXELS; i++) {
      assert.ok(deviation[i] > 0);
      assert.ok(Math.abs(sum[i] - mean[i]) < (5 * deviation[i]) / Math.sqrt(DRAWS));
      assert.ok(Math.abs(Math.sqrt(squares[i]) / deviation[i] - 1) < 0.05);
    }
  });

  test(`samples of ${title} are numbers whatever the random numbers are`, () => {
    for (const edge of [0, 1 - 2 ** -53]) {
      const image = new Model(specOf(name, 0, settings)).sample([0, 0], undefined, () => edge);
      assert.ok(image.every(Number.isFinite));
    }
  });
}

test("a label is the weight of that label alone", () => {
  const model = new Model(specOf("bernoulli", 3));
  const one = [...model.decode([1, 2], 1)];
  assert.deepEqual(one, [...model.decode([1, 2], [0, 1, 0])]);
  assert.notDeepEqual(one, [...model.decode([1, 2], 2)]);
});

test("the prior's mean is the label's, and the origin where the prior is standard", () => {
  assert.deepEqual(new Model(specOf("bernoulli", 3)).mean(2), [2, -2]);
  assert.deepEqual(new Model(specOf("bernoulli")).mean(2), [0, 0]);
});

test("an unknown family is refused", () => {
  const spec = { ...specOf("bernoulli"), likelihood: "toString" };
  assert.throws(() => new Model(spec), /Unknown likelihood toString/);
});
