"""The families of p(x|z) in the browser, run in node, against those of the library."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict

import numpy as np
import torch
from torch import Generator

from tests.conftest import FAMILIES, PROJECT, needs_node
from vae_core.config import ModelConfig
from vae_core.likelihoods import LIKELIHOODS

PIXELS, DRAWS = 12, 20_000
SCRIPT = """
import { readFileSync } from "node:fs";
import { LIKELIHOODS } from "%s";
const { families, greys, draws, pixels } = JSON.parse(readFileSync(0));
let state = 1; // the same numbers each time
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const found = {};
for (const [name, { likelihood, settings, outputs, far }] of Object.entries(families)) {
  const family = LIKELIHOODS[likelihood](settings);
  const out = Float32Array.from(outputs);
  const into = () => new Float32Array(pixels);
  const [mean, deviation, nats, nats_far, sample] = [into(), into(), into(), into(), into()];
  const [sum, squares] = [into(), into()];
  family.mean(out, mean);
  family.deviation(out, deviation);
  family.logProb(out, greys, nats);
  family.logProb(Float32Array.from(far), greys, nats_far);
  for (let n = 0; n < draws; n++) {
    family.sample(out, random, sample);
    sample.forEach((value, i) => { sum[i] += value / draws; squares[i] += value ** 2 / draws; });
  }
  const arrays = { mean, deviation, nats, nats_far, sum, squares };
  found[name] = { outputs: family.outputs, shared: family.shared };
  for (const key in arrays) found[name][key] = [...arrays[key]];
}
console.log(JSON.stringify({ names: Object.keys(LIKELIHOODS), found }));
"""


@needs_node
def test_every_family_is_the_same_in_the_browser() -> None:
    generator = Generator().manual_seed(0)
    greys = torch.linspace(0, 1, PIXELS)
    configs = {name: ModelConfig(**settings) for name, settings in FAMILIES.items()}
    outputs = {
        name: 2 * torch.randn(PIXELS * c.family.outputs + c.family.shared, generator=generator)
        for name, c in configs.items()
    }
    families = {
        name: {
            "likelihood": config.likelihood,
            "settings": asdict(config),
            "outputs": outputs[name].tolist(),
            "far": (20 * outputs[name]).tolist(),
        }
        for name, config in configs.items()
    }
    module = (PROJECT / "pages/_ui/frontend/core/likelihood.js").as_uri()
    given = {"families": families, "greys": greys.tolist(), "draws": DRAWS, "pixels": PIXELS}
    answer = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT.replace("%s", module)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answered = json.loads(answer.stdout)
    assert answered["names"] == list(LIKELIHOODS)
    assert answered["found"].keys() == FAMILIES.keys()
    for name, here in answered["found"].items():
        family = configs[name].family
        mean, deviation = family.mean(outputs[name]), family.deviation(outputs[name])
        assert (here["outputs"], here["shared"]) == (family.outputs, family.shared)
        np.testing.assert_allclose(here["mean"], mean, atol=1e-6)
        np.testing.assert_allclose(here["deviation"], deviation, atol=2e-6)
        for key, scale in (("nats", 1), ("nats_far", 20)):
            expected = family.pixels((scale * outputs[name]).double()).log_prob(greys)
            np.testing.assert_allclose(here[key], expected, atol=1e-4, rtol=1e-5)
        drawn = np.sqrt(np.array(here["squares"]) - np.square(here["sum"]))
        slack = 0.03 * max(1, float(deviation.max()))
        np.testing.assert_allclose(here["sum"], mean, atol=slack)
        np.testing.assert_allclose(drawn, deviation, atol=slack)
