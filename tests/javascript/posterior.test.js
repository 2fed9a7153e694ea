// The posterior that the latent map draws, without a browser.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { nearestPosterior } from "../../pages/_ui/frontend/pages/latent_map/posterior.js";
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
