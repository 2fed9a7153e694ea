// Neighbours, medians, lassos, walks and noise: what is worked out from places alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { classMedians } from "../../pages/_ui/frontend/core/medians.js";
import { labelShares, nearest } from "../../pages/_ui/frontend/core/neighbours.js";
import { hash, noise } from "../../pages/_ui/frontend/core/noise.js";
import { along, corner, pathLength, placeOf } from "../../pages/_ui/frontend/core/path.js";
import { enclosed } from "../../pages/_ui/frontend/plane/lasso.js";

const number = fc.double({ min: -5, max: 5, noNaN: true });
const place = fc.tuple(number, number);

test("the nearest neighbours are those of a sorted search", () => {
  fc.assert(
    fc.property(fc.array(place, { minLength: 1 }), place, fc.integer({ min: 1, max: 9 }), (places, z, k) => {
      const mu = Float32Array.from(places.flat());
      const far = places.map((_, i) => Math.hypot(mu[2 * i] - z[0], mu[2 * i + 1] - z[1]));
      const found = nearest(mu, z, k).map(({ distance }) => distance);
      const expected = far.sort((a, b) => a - b).slice(0, k);
      assert.equal(found.length, expected.length);
      found.forEach((distance, i) => assert.ok(Math.abs(distance - expected[i]) < 1e-9));
    }),
  );
});

test("only points that pass are neighbours", () => {
  const mu = Float32Array.from([0, 0, 1, 0, 2, 0]);
  assert.deepEqual(nearest(mu, [0, 0], 2, (i) => i > 0).map(({ index }) => index), [1, 2]);
});

test("shares of labels sum to one, the most frequent first", () => {
  const found = [0, 1, 2, 3].map((index) => ({ index }));
  assert.deepEqual(labelShares(found, [7, 3, 7, 1]), [
    { label: 7, share: 0.5 },
    { label: 1, share: 0.25 },
    { label: 3, share: 0.25 },
  ]);
});

test("a class lies where its median is, and an empty one nowhere", () => {
  const mu = Float32Array.from([0, 5, 1, 6, 100, 7, 3, 3]);
  assert.deepEqual(classMedians(mu, [0, 0, 0, 2], 3), [[1, 6], null, [3, 3]]);
});

test("a lasso holds the points inside its line that are shown", () => {
  /** @type {[number, number][]} */
  const notched = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]];
  const mu = Float32Array.from([1, 1, 3.5, 3, 2, 3, 5, 1, 0.5, 0.5]);
  assert.deepEqual(enclosed(notched, mu, () => true), [0, 1, 4]);
  assert.deepEqual(enclosed(notched, mu, (i) => i > 0), [1, 4]);
});

test("a walk has constant speed and ends at its pins", () => {
  const corners = [[0, 0], [3, 4], [3, 4], [3, 5]];
  const walk = Array.from({ length: 61 }, (_, i) => along(corners, i / 60));
  walk.slice(1).forEach((at, i) => assert.ok(Math.abs(Math.hypot(at[0] - walk[i][0], at[1] - walk[i][1]) - 0.1) < 1e-9));
  assert.deepEqual([walk[0], walk[50], walk[60]], [corners[0], corners[1], corners[3]]);
});

test("a corner is its pin, and two labels are as far apart as one unit of z", () => {
  const [one, two] = [1, 2].map((label) => corner({ z: [0.5, -1], label }, 3));
  assert.deepEqual(placeOf(one), { z: [0.5, -1], label: [0, 1, 0] });
  assert.ok(Math.abs(pathLength([one, two]) - 1) < 1e-12);
  assert.deepEqual(placeOf(corner({ z: [0.5, -1] }, 0)), { z: [0.5, -1], label: undefined });
});

test("noise is standard normal, and each style's own", () => {
  const draws = Array.from({ length: 20_000 }, (_, style) => noise(5, style)).flat();
  const mean = draws.reduce((sum, v) => sum + v, 0) / draws.length;
  const variance = draws.reduce((sum, v) => sum + v * v, 0) / draws.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(variance - 1) < 0.03);
  assert.equal(new Set(draws).size, draws.length);
  assert.deepEqual(noise(5, 3), noise(5, 3));
});

test("a hash is 32 bits, and no two of neighbours are equal", () => {
  const hashes = Array.from({ length: 10_000 }, (_, i) => hash(i));
  assert.ok(hashes.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32));
  assert.equal(new Set(hashes).size, hashes.length);
});
