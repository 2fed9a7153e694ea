// The posterior that the latent map draws, and what it counts around a place, without a browser.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { around, radiusOf } from "../../pages/_ui/frontend/pages/latent_map/around.js";
import { nearestPosterior, samplesOf } from "../../pages/_ui/frontend/pages/latent_map/posterior.js";
import { setTexts } from "../../pages/_ui/frontend/state/texts.js";

const POINTS = {
  mu: Float32Array.of(0, 0, 1, 0, 3, 4),
  logVar: Float32Array.of(0, 0, Math.log(4), Math.log(0.25), 0, 0),
  labels: Uint8Array.of(0, 1, 0),
  names: ["boot", "coat"],
  whole: { x: 0, y: 0, span: 8 },
};

before(() => setTexts({ "latent_map.posterior": "{q} of a {label}" }));

test("it is that of the nearest image, with standard deviations", () => {
  const found = nearestPosterior(POINTS, [0.9, 0.1], [true, true], false);
  const [mu, sigma] = [Float32Array.of(1, 0), Float32Array.of(2, 0.5)];
  assert.deepEqual(found, { mu, sigma, text: "q(z|x) of a coat" });
});

test("images of classes that are not shown are passed over", () => {
  assert.deepEqual(nearestPosterior(POINTS, [0.9, 0.1], [true, false], true)?.mu, Float32Array.of(0, 0));
  assert.equal(nearestPosterior(POINTS, [0, 0], [false, false], false), null);
});

test("samples of it are μ + σ ⊙ ε: their mean and spread are those of the Gaussian, and the same each time", () => {
  const [mu, sigma, count] = [[1, -2], [0.5, 0.02], 4000];
  const samples = samplesOf(mu, sigma, 12, count);
  for (const d of [0, 1]) {
    const mean = samples.reduce((sum, z) => sum + z[d], 0) / count;
    const deviation = Math.sqrt(samples.reduce((sum, z) => sum + (z[d] - mean) ** 2, 0) / count);
    assert.ok(Math.abs(mean - mu[d]) < (4 * sigma[d]) / Math.sqrt(count), `mean ${mean}`);
    assert.ok(Math.abs(deviation / sigma[d] - 1) < 0.05, `deviation ${deviation}`);
  }
  assert.deepEqual(samplesOf(mu, sigma, 12, 5), samples.slice(0, 5));
  assert.notDeepEqual(samplesOf(mu, sigma, 13, 1), samples.slice(0, 1));
});

test("around a place are the images within a fixed circle, the 25 nearest at most, or no data", () => {
  assert.equal(radiusOf(POINTS), 0.2);
  assert.deepEqual(around(POINTS, [0.1, 0]), { count: 1, shares: [{ label: 0, share: 1 }] });
  assert.deepEqual(around(POINTS, [0.5, 0]), { count: 0, shares: [] });
  const crowd = Float32Array.from({ length: 80 }, (_, i) => (i % 2 ? 0 : i / 2000)); // 40 within 0.04
  const labels = Uint8Array.from({ length: 40 }, (_, i) => Number(i >= 20));
  const found = around({ ...POINTS, mu: crowd, labels }, [0, 0]);
  assert.deepEqual(found, { count: 25, shares: [{ label: 0, share: 0.8 }, { label: 1, share: 0.2 }] });
});
