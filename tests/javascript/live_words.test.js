// What Live training says: about trouble with z, about the phase a training is in, and in its charts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, spread, steadyKl } from "../../pages/_ui/frontend/pages/live_training/findings.js";
import { formulas } from "../../pages/_ui/frontend/pages/live_training/formulas.js";
import { annotations } from "../../pages/_ui/frontend/pages/live_training/marks.js";
import { panelsOf, rangeOf } from "../../pages/_ui/frontend/pages/live_training/panels.js";
import { PHASES } from "../../pages/_ui/frontend/pages/live_training/phases.js";
import { tell } from "../../pages/_ui/frontend/pages/live_training/story.js";
import { setTexts } from "../../pages/_ui/frontend/state/texts.js";
import { english } from "./english.js";

setTexts(english);

const VAE = { objective: "elbo", conditional: false, learned_prior: false, density: false };
const trained = (kl) => ({ step: 500, terms: { reconstruction: 150, kl } });
const at = (beta, more = {}) => ({ beta, betaOn: /** @type {const} */ ("kl"), rms: 0.5, ...more });

test("a dimension without information is named posterior collapse", () => {
  assert.equal(finding(trained(0.3), [0.004, 0.3], at(1)).name, "inactive");
  assert.equal(finding(trained(0.3), [0.004, 0.002], at(20)).name, "collapse_beta_on_kl");
});

test("collapse asks for a higher β where β weighs the reconstruction", () => {
  const { name } = finding(trained(0), [0.004, 0.002], at(0.05, { betaOn: "reconstruction" }));
  assert.equal(name, "collapse_beta_on_reconstruction");
});

test("an untrained network has not collapsed", () => {
  assert.equal(finding({ ...trained(0.01), step: 3 }, [0.004, 0.006], at(1)), null);
});

test("loss of structure is named only where the KL has no weight", () => {
  assert.equal(finding(trained(18), [8, 10], at(0, { rms: 3 })).name, "no_structure");
  assert.equal(finding(trained(18), [8, 10], at(1, { rms: 3 })), null);
  assert.equal(finding(trained(6), [3, 3], at(0, { rms: 1 })), null);
  assert.equal(finding(trained(18), [8, 10], at(100, { betaOn: "reconstruction", rms: 3 })).name, "no_structure");
});

test("a plain autoencoder has no KL that could collapse", () => {
  assert.equal(finding({ step: 500, terms: { reconstruction: 150 } }, [], at(null, { rms: 30 })), null);
});

test("a single snapshot does not change what is said", () => {
  const [quiet, loud] = [{ kl_per_dim: [0.004, 0.4] }, { kl_per_dim: [0.02, 0.4] }];
  assert.ok(steadyKl([...Array(9).fill(quiet), loud])[0] < 0.01);
  assert.ok(steadyKl([...Array(9).fill(loud), quiet])[0] > 0.01);
  assert.deepEqual(steadyKl([]), []);
});

test("means are far out from the prior of their own label", () => {
  assert.equal(spread([5, 5, -5, -5], { labels: [0, 1], prior: [5, 5, -5, -5] }), 0);
  assert.equal(spread([5, 5, -5, -5], { labels: [0, 1], prior: [] }), 5);
});

test("each phase has sentences for what learns", () => {
  const said = new Set();
  for (const phase of PHASES) {
    for (const part of /** @type {const} */ (["both", "encoder", "decoder"])) said.add(tell(phase, { reconstruction: 0 }, { objective: "elbo", part }).text);
    said.add(tell(phase, { reconstruction: 0 }, { objective: "autoencoder", part: "both" }).text);
  }
  assert.equal(said.size, 12);
});

test("a rising reconstruction is said to rise", () => {
  const { name } = tell("balance", { reconstruction: 3, kl: -1 }, { objective: "elbo", part: "both" });
  assert.equal(name, "reconstruction rises");
});

test("formulas follow the model", () => {
  assert.equal(formulas(VAE).kl, "KL(q(z|x) ‖ p(z))");
  assert.equal(formulas({ ...VAE, conditional: true, learned_prior: true }).kl, "KL(q(z|x,y) ‖ p(z|y))");
  assert.equal(formulas({ ...VAE, conditional: true }).mean, "μ(x,y)");
});

const recorded = (terms) => ({ time: [1, 2], terms, validation: { time: [], terms: {} }, beta: { time: [0, 2], value: [1, 1] } });
const names = (panels) => panels.map(({ name }) => name);

test("there is a panel for whatever term comes", () => {
  const view = recorded({ reconstruction: [2, 1], kl: [1, 2], energy: [3, 3] });
  assert.deepEqual(names(panelsOf(view, VAE)), ["reconstruction", "kl", "energy", "ratio", "beta"]);
});

test("densities have no ratio, and a plain autoencoder neither ratio nor β", () => {
  const both = recorded({ reconstruction: [-100, -200], kl: [1, 2] });
  assert.deepEqual(names(panelsOf(both, { ...VAE, density: true })), ["reconstruction", "kl", "beta"]);
  const alone = recorded({ reconstruction: [200, 150] });
  assert.deepEqual(names(panelsOf(alone, { ...VAE, objective: "autoencoder" })), ["reconstruction"]);
});

test("axes are finite below zero", () => {
  const view = recorded({ reconstruction: [-100, -200], kl: [1, 2] });
  for (const panel of panelsOf(view, { ...VAE, density: true })) {
    const [low, high] = rangeOf(panel, view);
    assert.ok(Number.isFinite(low) && Number.isFinite(high) && low < high);
  }
});

test("changes close to each other are told as one, and none is left out", () => {
  const change = (time, more) => ({ time, beta: null, rate: null, part: null, ...more });
  const marks = [change(50, { beta: [1, 3] }), change(51, { beta: [3, 7] }), change(52, { rate: 0.01 }), change(53, { part: "decoder" })];
  const view = { ...recorded({ reconstruction: [2, 1], kl: [1, 2] }), marks, phases: [], at: null, betaNow: 7 };
  const panels = panelsOf(view, VAE).map((panel) => ({ ...panel, domain: [0, 1] }));
  const told = (change) => annotations(panels, { ...view, ...change }, { model: VAE, colors: {}, narrow: false, end: 100 }).map(({ text }) => text);
  assert.ok(told().includes("β 1 → 7, rate 0.01, decoder only"));
  assert.ok(told({ marks: [marks[0], change(90, { rate: 0.01 })] }).includes("β 1 → 3"));
});
