"""Fixtures shared by the tests: where the project is, and a checkpoint that is made in no time."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PROJECT = Path(__file__).resolve().parents[1]

# Tests run beside each other, one per processor: PyTorch's own threads would wait for each other.
# Read when PyTorch is imported, here and in the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

needs_node = pytest.mark.skipif(
    not shutil.which("node"), reason="no Node.js, with which the JavaScript is run"
)


FAMILIES: dict[str, dict[str, Any]] = {
    "bernoulli": {"likelihood": "bernoulli"},
    "continuous-bernoulli": {"likelihood": "continuous-bernoulli"},
    "gaussian": {"likelihood": "gaussian"},
    "gaussian, learned": {"likelihood": "gaussian", "sigma": "learned"},
    "gaussian, per-pixel": {"likelihood": "gaussian", "sigma": "per-pixel"},
    "laplace": {"likelihood": "laplace"},
    "categorical": {"likelihood": "categorical", "levels": 5},
    "mixture": {"likelihood": "mixture"},
}
"""Every family of p(x|z), in each of its kinds: settings of `ModelConfig`."""


def write_checkpoint(
    path: Path,
    *,
    seed: int = 0,
    beta: float = 1.0,
    objective: Any = "elbo",
    points: int = 300,
    dataset: Any = "MNIST",
    half: bool = False,
    **architecture: Any,
) -> Path:
    """Save a small VAE with random weights, and latents like a trained one's.

    The decoder's weights are scaled up: its digits are noise, but they differ from place to place,
    and in a conditional model from label to label. A learned prior's means are apart, too.
    """
    import torch

    from vae_core.config import Evaluation, Latents, ModelConfig, TrainConfig
    from vae_core.models import VAE
    from vae_core.storage.checkpoints import save_checkpoint

    small = {"encoder_width": 16, "encoder_depth": 1, "decoder_width": 32, "decoder_depth": 2}
    config = ModelConfig(**{**small, **architecture})
    model = VAE(config, seed)
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(2.0)
        if config.prior == "learned":
            angle = torch.arange(config.classes) * 0.63
            model.prior_mu.copy_(torch.stack([angle.cos(), angle.sin()], dim=1))
    labels = (np.arange(points) % config.classes).astype(np.uint8)
    centres = 2.0 * np.stack([np.cos(labels * 0.63), np.sin(labels * 0.63)], axis=1)
    mu = (centres + 0.3 * rng.standard_normal((points, 2))).astype(np.float32)
    log_var = (-3.0 + 0.5 * rng.standard_normal((points, 2))).astype(np.float32)
    evaluation = Evaluation(
        elbo=-210.5 - seed,
        log_likelihood=-205.0 - seed,
        kl=5.5,
        images=points,
        dataset="MNIST test",
    )
    training = TrainConfig(beta=beta, dataset=dataset, objective=objective)
    latents = Latents(mu, log_var, labels)
    save_checkpoint(path, model, training, evaluation, latents, half=half)
    return path


@pytest.fixture(scope="session")
def checkpoints_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two usable checkpoints, vae and vae-beta4. Tests do not change it."""
    folder = tmp_path_factory.mktemp("checkpoints")
    write_checkpoint(folder / "vae.safetensors")
    write_checkpoint(folder / "vae-beta4.safetensors", seed=1, beta=4.0)
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(checkpoints_folder: Path) -> Path:
    """A usable checkpoint of a small model with random weights."""
    return checkpoints_folder / "vae.safetensors"
