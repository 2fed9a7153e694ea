"""The families of p(x|z) in the browser, run in node, against those of the library."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import torch
from conftest import PROJECT
from torch import Generator

from tests.conftest import needs_node
from vae_core.likelihoods import LIKELIHOODS

PIXELS, DRAWS = 12, 20_000
SCRIPT = """
import { LIKELIHOODS } from "%s";
const { outputs, draws } = JSON.parse(process.argv[1]);
const found = {};
for (const [name, family] of Object.entries(LIKELIHOODS)) {
  const out = Float32Array.from(outputs[name] ?? []);
  const into = () => new Float32Array(out.length / family.outputs);
  const mean = into(), deviation = into(), sample = into(), sum = into(), squares = into();
  family.mean(out, mean);
  family.deviation(out, deviation);
  for (let n = 0; n < draws; n++) {
    family.sample(out, Math.random, sample);
    sample.forEach((value, i) => { sum[i] += value / draws; squares[i] += value ** 2 / draws; });
  }
  const arrays = { mean, deviation, sum, squares };
  found[name] = { outputs: family.outputs };
  for (const key in arrays) found[name][key] = [...arrays[key]];
}
console.log(JSON.stringify(found));
"""


@needs_node
def test_every_family_is_the_same_in_the_browser() -> None:
    outputs = {
        name: 2 * torch.randn(family.outputs * PIXELS, generator=Generator().manual_seed(0))
        for name, family in LIKELIHOODS.items()
    }
    module = (PROJECT / "pages/_ui/frontend/core/likelihood.js").as_uri()
    given = {"outputs": {k: v.tolist() for k, v in outputs.items()}, "draws": DRAWS}
    command = ["node", "--input-type=module", "-e", SCRIPT % module, json.dumps(given)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found = json.loads(answer.stdout)
    assert set(found) == set(LIKELIHOODS)
    for name, family in LIKELIHOODS.items():
        here = found[name]
        mean, deviation = family.mean(outputs[name]), family.deviation(outputs[name])
        assert here["outputs"] == family.outputs
        np.testing.assert_allclose(here["mean"], mean, atol=1e-6)
        np.testing.assert_allclose(here["deviation"], deviation, atol=1e-6)
        drawn = np.sqrt(np.array(here["squares"]) - np.square(here["sum"]))
        np.testing.assert_allclose(here["sum"], mean, atol=0.02)
        np.testing.assert_allclose(drawn, deviation, atol=0.02)
