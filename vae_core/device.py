"""What a training computes on, and in which precision."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from vae_core.errors import ConfigError


def choose_device(name: str) -> torch.device:
    """The device that `TrainConfig.device` names; "auto" is an accelerator if there is one.

    Raises:
        ConfigError: this machine does not have it.
    """
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if name == "auto":
        return accelerator or torch.device("cpu")
    device = torch.device(name)
    if device.type != "cpu" and (accelerator is None or accelerator.type != device.type):
        raise ConfigError(
            "This machine has no {name} device; use cpu or auto.",
            key="training.no_device",
            name=name,
        )
    return device


def mixed_precision(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Matrix products in bfloat16 where asked for, or where the hardware multiplies it faster."""
    bf16 = precision == "bf16"
    if precision == "auto" and device.type == "cpu":
        bf16 = bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
    elif precision == "auto" and device.type == "cuda":
        bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16)
