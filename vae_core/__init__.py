"""Variational autoencoders with a plane for a latent space: models, objective, training, files.

    >>> import vae_core
    >>> model = vae_core.load_checkpoint("checkpoints/vae.safetensors").model

Names are imported when first used: reading a checkpoint does not need PyTorch, and importing
PyTorch is half of the time an app takes to start. Type checkers and completion see them all.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vae_core.config import Evaluation as Evaluation
    from vae_core.config import Latents as Latents
    from vae_core.config import ModelConfig as ModelConfig
    from vae_core.config import TrainConfig as TrainConfig
    from vae_core.data.datasets import Dataset as Dataset
    from vae_core.data.datasets import load_dataset as load_dataset
    from vae_core.errors import VaeCoreError as VaeCoreError
    from vae_core.evidence import log_evidence as log_evidence
    from vae_core.figures import latent_map as latent_map
    from vae_core.likelihoods import LIKELIHOODS as LIKELIHOODS
    from vae_core.likelihoods import Likelihood as Likelihood
    from vae_core.models import VAE as VAE
    from vae_core.models import round_to_half as round_to_half
    from vae_core.objective import Autoencoder as Autoencoder
    from vae_core.objective import Elbo as Elbo
    from vae_core.objective import evaluate as evaluate
    from vae_core.objective import posteriors as posteriors
    from vae_core.storage.checkpoints import Checkpoint as Checkpoint
    from vae_core.storage.checkpoints import list_checkpoints as list_checkpoints
    from vae_core.storage.checkpoints import load_checkpoint as load_checkpoint
    from vae_core.storage.checkpoints import read_checkpoint as read_checkpoint
    from vae_core.storage.checkpoints import save_checkpoint as save_checkpoint
    from vae_core.training import Controls as Controls
    from vae_core.training import Snapshot as Snapshot
    from vae_core.training import fit as fit

_NAMES_IN = {
    "config": ("Evaluation", "Latents", "ModelConfig", "TrainConfig"),
    "data.datasets": ("Dataset", "load_dataset"),
    "errors": ("VaeCoreError",),
    "evidence": ("log_evidence",),
    "figures": ("latent_map",),
    "likelihoods": ("LIKELIHOODS", "Likelihood"),
    "models": ("VAE", "round_to_half"),
    "objective": ("Autoencoder", "Elbo", "evaluate", "posteriors"),
    "storage.checkpoints": (
        "Checkpoint",
        "list_checkpoints",
        "load_checkpoint",
        "read_checkpoint",
        "save_checkpoint",
    ),
    "training": ("Controls", "Snapshot", "fit"),
}
_HOME_OF = {name: module for module, names in _NAMES_IN.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
