// What Live training says: about trouble with z, about the phase a training is in, and in its charts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, spread, steadyKl } from "../../pages/_ui/frontend/pages/live_training/findings.js";
import { formulas } from "../../pages/_ui/frontend/pages/live_training/formulas.js";
import { annotations } from "../../pages/_ui/frontend/pages/live_training/marks.js";
import { panelsOf, rangeOf } from "../../pages/_ui/frontend/pages/live_training/panels.js";
import { moveOf } from "../../pages/_ui/frontend/pages/live_training/moves.js";
import { hasPhases, phaseBeside, tell } from "../../pages/_ui/frontend/pages/live_training/story.js";
import { setTexts } from "../../pages/_ui/frontend/state/texts.js";
import { english } from "./english.js";

setTexts(english);

const VAE = { objective: "elbo", conditional: false, learned_prior: false, density: false };
const trained = (kl) => ({ step: 500, kl });
const at = (beta, more = {}) => ({ beta, betaOn: /** @type {const} */ ("kl"), rms: 0.5, ...more });

test("a dimension without information is named posterior collapse", () => {
  assert.equal(finding(trained(0.3), [0.004, 0.3], at(1)).name, "inactive");
  assert.equal(finding(trained(0.3), [0.004, 0.002], at(20)).name, "collapse_beta_on_kl");
});

test("collapse asks for a higher β where β weighs the reconstruction", () => {
  const { name } = finding(trained(0), [0.004, 0.002], at(0.05, { betaOn: "reconstruction" }));
  assert.equal(name, "collapse_beta_on_reconstruction");
});

test("a collapse of a model that is told the label is one of style", () => {
  const { name } = finding(trained(0), [0.004, 0.002], at(20, { conditional: true }));
  assert.equal(name, "conditional_collapse_beta_on_kl");
  assert.match(english[`live_training.findings.${name}.text`], /of a label/);
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
  assert.equal(finding({ step: 500, kl: undefined }, [], at(null, { rms: 30 })), null);
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

test("a KL that could not name the class is close to collapse, but only under a weight that pulls it there", () => {
  const little = [0.3, 0.2];
  assert.deepEqual(finding(trained(0.5), little, at(20)), { name: "nearly", parameters: { nats: "0.50" } });
  assert.equal(finding(trained(0.5), little, at(1)), null);
  assert.equal(finding({ ...trained(0.5), rises: true }, little, at(20)), null);
  assert.equal(finding(trained(0.5), little, at(20, { conditional: true })), null);
  assert.equal(finding(trained(2.5), [1.3, 1.2], at(20)), null);
});

const MOVES = /** @type {const} */ (["falls", "still", "rises"]);
const learning = (more) => ({ objective: "elbo", part: "both", weight: 1, ...more });

test("each way in which the terms move has sentences of its own, for whatever learns", () => {
  const said = new Set();
  for (const reconstruction of MOVES) {
    for (const kl of MOVES) said.add(tell({ reconstruction, kl }, learning()).text);
    for (const more of [{ part: "encoder" }, { part: "decoder" }, { weight: 0 }]) said.add(tell({ reconstruction, kl: "falls" }, learning(more)).text);
    said.add(tell({ reconstruction }, learning({ objective: "autoencoder", weight: null })).text);
  }
  assert.equal(said.size, 9 + 3 + 3 + 3 + 3);
});

test("no training is called settled beside a sentence that says that a term moves", () => {
  for (const reconstruction of MOVES) {
    for (const kl of MOVES) {
      const still = reconstruction === "still" && kl === "still";
      assert.equal(phaseBeside("settled", { reconstruction, kl }), still ? "settled" : "balance");
      assert.equal(phaseBeside("falls", { reconstruction, kl }), "falls");
    }
  }
});

test("no training is called settled just after a change, when nobody can tell yet what it does", () => {
  assert.equal(phaseBeside("settled", { reconstruction: null, kl: null }), undefined);
  assert.equal(phaseBeside("settled", { reconstruction: "still", kl: null }), undefined);
  assert.equal(phaseBeside("balance", { reconstruction: null, kl: null }), "balance");
  assert.equal(phaseBeside(undefined, { reconstruction: "falls", kl: "rises" }), undefined);
});

test("where nobody could tell how the reconstruction moves, nothing is said", () => {
  assert.equal(tell({ reconstruction: null, kl: "falls" }, learning()), null);
  assert.equal(tell({}, learning()), null);
  assert.deepEqual(tell({ reconstruction: "falls", kl: null }, learning()), { name: "Reconstruction falls.", text: "" });
});

test("the three phases are those of both halves under a KL with weight, or of an autoencoder", () => {
  assert.ok(hasPhases(learning()));
  assert.ok(hasPhases(learning({ objective: "autoencoder", weight: null })));
  for (const more of [{ weight: 0 }, { part: "encoder" }, { part: "decoder" }]) assert.ok(!hasPhases(learning(more)));
});

/** Values at such times, with noise of so many nats that is the same each time. */
const curve = (time, value, noise = 0) => time.map((t, i) => value(t) + noise * Math.sin(12.9898 * i * i));
const epochs = (count, spacing = 0.5) => Array.from({ length: count }, (_, i) => (i + 1) * spacing);

test("a term falls, rises or holds as its line since the last change does", () => {
  const time = epochs(40);
  assert.equal(moveOf(time, curve(time, (t) => 200 - 2 * t, 1), 0), "falls");
  assert.equal(moveOf(time, curve(time, (t) => 100 + 2 * t, 1), 0), "rises");
  assert.equal(moveOf(time, curve(time, () => 150, 0.3), 0), "still");
  assert.equal(moveOf(time, curve(time, (t) => (t < 10 ? 200 - 5 * t : 150)), 10), "still");
});

test("of too little time, or of a move within the noise, nothing is told", () => {
  const time = epochs(40);
  assert.equal(moveOf(time, curve(time, (t) => 200 - t), 19.5), null);
  assert.equal(moveOf([], [], 0), null);
  assert.equal(moveOf(time, curve(time, () => 6, 8), 0), null);
});

test("formulas follow the model", () => {
  assert.equal(formulas(VAE).kl, "KL(q(z|x) ‖ p(z))");
  assert.equal(formulas({ ...VAE, conditional: true, learned_prior: true }).kl, "KL(q(z|x,y) ‖ p(z|y))");
  assert.equal(formulas({ ...VAE, conditional: true }).mean, "μ(x,y)");
});

const recorded = (terms) => ({ time: [1, 2], terms, held: { time: [], terms: {} }, beta: { time: [0, 2], value: [1, 1] } });
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

test("a training that diverges leaves the chart, and does not flatten it", () => {
  const time = epochs(100);
  const view = { ...recorded({ reconstruction: curve(time, (t) => 150 - t / 10).concat(1e5), kl: curve(time, () => 6).concat(1e6) }), time: [...time, 50.1] };
  for (const panel of panelsOf(view, VAE).filter(({ kind }) => kind === "term")) assert.ok(rangeOf(panel, view)[1] < 200);
});

test("a low chart gives the room of the ratio, and a very low one that of β, to the terms", () => {
  const view = recorded({ reconstruction: [2, 1], kl: [1, 2] });
  assert.deepEqual(names(panelsOf(view, VAE, 150)), ["reconstruction", "kl"]);
  assert.deepEqual(names(panelsOf(view, VAE, 200)), ["reconstruction", "kl", "beta"]);
});

test("changes close to each other are told in one text, and none is left out", () => {
  const change = (time, more) => ({ time, beta: null, rate: null, part: null, ...more });
  const marks = [change(50, { beta: [1, 3] }), change(51, { beta: [3, 7] }), change(52, { rate: 0.01 }), change(53, { part: "decoder" })];
  const view = { ...recorded({ reconstruction: [2, 1], kl: [1, 2] }), marks };
  const panels = panelsOf(view, VAE).map((panel) => ({ ...panel, domain: [0, 1] }));
  const told = (change) => annotations(panels, { ...view, ...change }, { colors: {}, end: 100, size: 14 }).map(({ text }) => text);
  assert.ok(told().includes("β 1 → 3 → 7, rate 0.01, decoder only"));
  assert.ok(told({ marks: [change(14, { beta: [1, 3] }), change(95, { rate: 0.01 })] }).includes("β 1 → 3"));
});
