"""Variational autoencoders with a plane for a latent space: models, objective, training, files.

    >>> import vae_core
    >>> model = vae_core.load_checkpoint("checkpoints/vae.safetensors").model

Names are imported when first used: reading a checkpoint does not need PyTorch, and importing
PyTorch is half of the time an app takes to start.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOME_OF = {
    "ModelConfig": "config",
    "TrainConfig": "config",
    "Evaluation": "config",
    "load_dataset": "data",
    "VAE": "models",
    "elbo": "objective",
    "evaluate": "objective",
    "fit": "training",
    "Snapshot": "training",
    "Checkpoint": "checkpoints",
    "list_checkpoints": "checkpoints",
    "load_checkpoint": "checkpoints",
    "read_checkpoint": "checkpoints",
    "save_checkpoint": "checkpoints",
}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'vae_core' has no attribute {name!r}")
    return getattr(importlib.import_module(f"vae_core.{_HOME_OF[name]}"), name)
