import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MLP } from "../../pages/_ui/frontend/core/network.js";

/** @type {Record<string, (x: number) => number>} */
const ACTIVATIONS = {
  relu: (x) => Math.max(0, x),
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

/** Layers with weights that depend on nothing but their place. @param {number[]} sizes */
const layersOf = (sizes) =>
  sizes.slice(1).map((outputs, i) => ({
    weight: Float32Array.from({ length: outputs * sizes[i] }, (_, p) => Math.sin(p + 7 * i) / 2),
    bias: Float32Array.from({ length: outputs }, (_, p) => Math.cos(p + i)),
  }));

/**
 * In double precision, by the definition.
 * @param {ReturnType<typeof layersOf>} layers @param {string} activation @param {number[]} input
 */
const plain = (layers, activation, input) =>
  layers.reduce((x, { weight, bias }, i) => {
    const sums = [...bias].map((b, row) => x.reduce((sum, v, j) => sum + v * weight[row * x.length + j], b));
    return i === layers.length - 1 ? sums : sums.map(ACTIVATIONS[activation]);
  }, input);

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
const inputs = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.double({ min: -3, max: 3, noNaN: true }));

for (const activation of Object.keys(ACTIVATIONS)) {
  test(`a network with ${activation} of any shape gives what its definition says`, () => {
    fc.assert(
      fc.property(sizes, inputs, (widths, z) => {
        const layers = layersOf([2, ...widths]);
        const found = new MLP(layers, activation).forward(z);
        plain(layers, activation, z).forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-4));
        assert.equal(found.length, widths.at(-1));
      }),
      { numRuns: 60 },
    );
  });
}

test("without vectors the outputs have the same bits", () => {
  fc.assert(
    fc.property(sizes, inputs, (widths, z) => {
      const layers = layersOf([2, ...widths]);
      const [vectors, none] = [true, false].map((on) => [...new MLP(layers, "relu", on).forward(z)]);
      assert.deepEqual(vectors, none);
    }),
    { numRuns: 60 },
  );
});

test("an unknown activation is refused", () => {
  assert.throws(() => new MLP(layersOf([2, 1]), "toString"), /Unknown activation toString/);
});
