"""What the page `One digit` computes in the browser, against PyTorch, and the lines it quotes."""

from __future__ import annotations

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pages._ui.server import models, source_lines
from pages._ui.server.offered import REGISTRY
from tests.conftest import FAMILIES, PROJECT, needs_node, write_checkpoint
from tests.test_assets import get
from vae_core import objective
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.embedded import embedded_digits
from vae_core.export.model_files import decoder_file, encoder_file
from vae_core.storage.checkpoints import load_checkpoint, read_checkpoint

CLOSE = 1e-4
SCRIPT = """
import { readFileSync } from "node:fs";
import { Encoder } from "%(core)s/encoder.js";
import { Forward } from "%(core)s/forward.js";
import { Model } from "%(core)s/model.js";
import { parseSafetensors } from "%(core)s/safetensors.js";
const given = JSON.parse(readFileSync(0, "utf8"));
const file = (path) => parseSafetensors(new Uint8Array(readFileSync(path)).buffer);
const [encoder, decoder] = [Encoder.read(file(given.encoder)), Model.read(file(given.decoder))];
const forward = new Forward(encoder, decoder, given.variational);
const found = given.images.map((x, i) => {
  const label = given.labels[i];
  const numbers = forward.run({ x, label, epsilon: given.epsilon[i], seed: 1 });
  const plain = (_, value) => (ArrayBuffer.isView(value) ? [...value] : value);
  const text = JSON.stringify(numbers, plain);
  return { ...JSON.parse(text), again: forward.reconstructionAt(x, numbers.z, label) };
});
console.log(JSON.stringify(found));
"""


def computed(
    path: Path, folder: Path, x: torch.Tensor, y: torch.Tensor, epsilon: torch.Tensor
) -> Any:
    """What the browser's code makes of the two files that it is served."""
    file = read_checkpoint(path)
    given = {
        "variational": file.training.objective == "elbo",
        "images": x.tolist(),
        "labels": y.tolist(),
        "epsilon": epsilon.tolist(),
    }
    for name, data in (("encoder", encoder_file(file)), ("decoder", decoder_file(file))):
        (folder / name).write_bytes(data)
        given[name] = str(folder / name)
    script = SCRIPT % {"core": (PROJECT / "pages/_ui/frontend/core").as_uri()}
    answer = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


MODELS: dict[str, dict[str, Any]] = {
    **FAMILIES,
    "deep, tanh": {"activation": "tanh", "encoder_depth": 4, "decoder_depth": 1},
    "relu, half precision": {"activation": "relu", "half": True},
    "gelu, odd widths": {"activation": "gelu", "encoder_width": 37, "decoder_width": 51},
    "conditional": {"conditional": True, "prior": "learned", "half": True},
    "conditional, standard prior": {"conditional": True, "classes": 12, "likelihood": "laplace"},
    "autoencoder": {"objective": "autoencoder", "likelihood": "gaussian"},
}


@needs_node
@pytest.mark.parametrize("name", MODELS)
def test_a_digits_whole_way_is_that_of_pytorch(name: str, tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "model.safetensors", points=60, **MODELS[name])
    _agrees(path, tmp_path)


@needs_node
@pytest.mark.parametrize("name", ["vae", "cvae"])
def test_the_models_that_ship_compute_in_the_browser_what_they_compute_in_pytorch(
    name: str, tmp_path: Path
) -> None:
    _agrees(PROJECT / f"checkpoints/{name}.safetensors", tmp_path)


def _agrees(path: Path, folder: Path) -> None:
    loaded = load_checkpoint(path)
    model, training = loaded.model, read_checkpoint(path).training
    images, labels = embedded_digits()
    chosen = np.linspace(0, len(images) - 1, 5).astype(int)
    x = torch.from_numpy(images[chosen].reshape(-1, 784)).float() / 255
    y = torch.from_numpy(labels[chosen].astype(np.int64))
    epsilon = torch.randn(len(chosen), 2, generator=torch.Generator().manual_seed(3))
    found = computed(path, folder, x, y, epsilon)

    def here(key: str) -> Any:
        return np.array([numbers[key] for numbers in found], dtype=np.float64)

    with torch.no_grad():
        posterior = model.encode(x, y)
        hidden = _hidden(model.encoder, model._with_label(x, y))
        is_variational = training.objective == "elbo"
        z = posterior.mean + (posterior.stddev * epsilon if is_variational else 0)
        likelihood = model.decode(z, y)
        nats = -likelihood.base_dist.log_prob(x)
        for layer, values in enumerate(hidden):
            mine = np.array([numbers["encoder"][layer] for numbers in found])
            np.testing.assert_allclose(mine, values, rtol=CLOSE, atol=CLOSE)
        for layer, values in enumerate(_hidden(model.decoder, model._with_label(z, y))):
            mine = np.array([numbers["decoder"][layer] for numbers in found])
            np.testing.assert_allclose(mine, values, rtol=CLOSE, atol=CLOSE)
        np.testing.assert_allclose(here("mu"), posterior.mean, atol=CLOSE)
        np.testing.assert_allclose(here("z"), z, atol=CLOSE)
        np.testing.assert_allclose(here("mean"), likelihood.mean, atol=CLOSE)
        # In single precision PyTorch rounds 1 - p to 0 where p is almost 1.
        deviation = model.likelihood.deviation(model.outputs(z, y).double())
        np.testing.assert_allclose(here("deviation"), deviation, atol=CLOSE)
        np.testing.assert_allclose(here("nats"), nats, atol=CLOSE, rtol=CLOSE)
        # A sum of 784 numbers in single precision: each of them is right to 1e-4, see above.
        total = -likelihood.log_prob(x)
        np.testing.assert_allclose(here("reconstruction"), total, atol=1e-3, rtol=1e-5)
        np.testing.assert_allclose(here("again"), here("reconstruction"), rtol=1e-12)
        if not is_variational:
            assert all(n["kl"] is n["sigma"] is n["terms"] is n["logVar"] is None for n in found)
            return
        np.testing.assert_allclose(here("logVar"), posterior.variance.log(), atol=CLOSE)
        np.testing.assert_allclose(here("sigma"), posterior.stddev, atol=CLOSE)
        terms = objective.Elbo().terms(model, x, y, generator=torch.Generator().manual_seed(0))
        np.testing.assert_allclose(here("kl"), terms["kl"], atol=CLOSE, rtol=1e-5)
        parts = [
            [sum(term[k] for k in ("mean", "variance", "log", "constant")) for term in n["terms"]]
            for n in found
        ]
        np.testing.assert_allclose(np.sum(parts, axis=1), terms["kl"], atol=CLOSE, rtol=1e-5)


def _hidden(network: Any, values: torch.Tensor) -> list[torch.Tensor]:
    found = []
    for layer in network.layers[:-1]:
        values = network.activation(layer(values))
        found.append(values)
    return found


# --- what is served -----------------------------------------------------------------------------


def test_the_encoder_is_served_alone_as_it_is_stored() -> None:
    entry = REGISTRY.refresh()[0]["vae"]
    address = models.addresses(entry)["encoder"]
    assert models.code_version() in address and address.endswith("/encoder.safetensors")
    answer = get(f"/{address}")
    assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
    assert answer.body == encoder_file(entry.file)
    assert len(get(f"/{address}", accept_encoding="gzip").body) < 1.7e6
    assert get(f"/{address.replace(models.code_version(), '00000000')}").status == 404
    header = json.loads(answer.body[8 : 8 + int.from_bytes(answer.body[:8], "little")])
    assert {name.split(".")[0] for name in header} == {"__metadata__", "encoder"}


# --- what is quoted -----------------------------------------------------------------------------

COMPUTES = {
    "x": "div_(255)",
    "label": "one_hot",
    "encoder": "self.activation(layer(x))",
    "moments": "chunk(2, dim=-1)",
    "noise": "torch.randn(",
    "z": "mu + sigma * epsilon",
    "decoder": "self.activation(layer(x))",
    "likelihood": "Bernoulli(logits=outputs",
    "deviation": ".stddev",
    "sample": "quantile(pixels, uniform",
    "reconstruction": "model.decode(z, y).log_prob(x)",
    "kl": "kl_divergence(posterior, model.prior(y))",
    "objective": 'terms["reconstruction"] + beta * terms["kl"]',
}
CONDITIONAL = ModelConfig(conditional=True, prior="learned")


def test_every_part_of_the_page_quotes_the_line_that_computes_it() -> None:
    quoted = source_lines.excerpts(CONDITIONAL, TrainConfig())
    assert quoted.keys() == COMPUTES.keys()
    for part, expression in COMPUTES.items():
        lines = [line for excerpt in quoted[part] for line in excerpt["lines"] if line["computes"]]
        assert any(expression in line["text"] for line in lines), part


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["elbo", "autoencoder"])
def test_quoted_lines_stand_in_the_file_where_they_say(family: str, kind: Any) -> None:
    config, training = ModelConfig(**FAMILIES[family]), TrainConfig(objective=kind)
    quoted = source_lines.excerpts(config, training)
    assert ("kl" in quoted, "label" in quoted) == (kind == "elbo", False)
    for excerpt in (each for excerpts in quoted.values() for each in excerpts):
        lines = (PROJECT / excerpt["file"]).read_text().splitlines()
        assert any(line["computes"] for line in excerpt["lines"])
        for line in excerpt["lines"]:
            assert lines[line["number"] - 1] == line["text"]


def test_a_quoted_function_has_no_docstring_and_nothing_else_is_missing() -> None:
    for where in source_lines.PARTS.values():
        for file, function, expression in where:
            excerpt = source_lines.excerpt(file, function, expression)
            code = "\n".join(line["text"] for line in excerpt["lines"])
            node = ast.parse(f"class C:\n{code}" if "." in function else code)
            texts = [
                n
                for n in ast.walk(node)
                if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
            ]
            assert not texts
            numbers = [line["number"] for line in excerpt["lines"]]
            assert numbers == sorted(set(numbers))


def test_an_expression_that_is_not_there_any_more_is_an_error() -> None:
    with pytest.raises(LookupError, match="does not compute mu - sigma"):
        source_lines.excerpt("objective.py", "sample", "mu - sigma")
    with pytest.raises(LookupError, match="no draw"):
        source_lines.excerpt("objective.py", "draw", "mu")
