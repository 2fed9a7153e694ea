"""Files of trained models: read, verified, saved whole, listed (see `format` for what they hold).

Reading (`read_checkpoint`, `list_checkpoints`) does not import PyTorch.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from vae_core.config import Evaluation, Latents, ModelConfig, TrainConfig
from vae_core.errors import CheckpointError, ConfigError
from vae_core.storage.files import check_writable, sweep, write_atomically
from vae_core.storage.format import FORMAT, MAX_FILE_BYTES, CheckpointFile, digest, ordered, parse

if TYPE_CHECKING:
    from vae_core.models import VAE

SUFFIX = ".safetensors"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Checkpoint:
    """A verified file together with the model it describes, in evaluation mode on the CPU."""

    model: VAE
    file: CheckpointFile


def read_checkpoint(source: Path | str | bytes) -> CheckpointFile:
    """Read and verify a checkpoint from a path or from the bytes of a file.

    Raises:
        CheckpointError: whatever is wrong with it, in a sentence for people.
    """
    return parse(source if isinstance(source, bytes) else _read_bytes(Path(source)))


def load_checkpoint(source: Path | str | bytes) -> Checkpoint:
    """Read, verify and build the model, with float32 weights, in evaluation mode on the CPU.

    Raises:
        CheckpointError: and nothing else.
    """
    import torch

    from vae_core.models import VAE

    file = read_checkpoint(source)
    model = VAE(file.config)
    weights = {name: torch.from_numpy(array).float() for name, array in file.weights.items()}
    model.load_state_dict(weights)
    return Checkpoint(model.eval(), file)


def save_checkpoint(
    path: Path | str,
    model: VAE,
    training: TrainConfig,
    evaluation: Evaluation,
    latents: Latents,
    *,
    half: bool = False,
) -> CheckpointFile:
    """Write a checkpoint (see `encode_checkpoint`) so that `path` is whole (`write_checkpoint`)."""
    _check_name(Path(path))
    return write_checkpoint(
        path, encode_checkpoint(model, training, evaluation, latents, half=half)
    )


def encode_checkpoint(
    model: VAE,
    training: TrainConfig,
    evaluation: Evaluation,
    latents: Latents,
    *,
    half: bool = False,
) -> bytes:
    """The bytes of a checkpoint: the same for the same content.

    With `half`, weights are stored as float16: round the model first (`models.round_to_half`), so
    that the figures are those of the weights in the file.
    """
    tensors: dict[str, NDArray[Any]] = {
        name: tensor.detach().cpu().numpy().astype(np.float16 if half else np.float32)
        for name, tensor in model.state_dict().items()
    }
    tensors["latents.mu"] = np.ascontiguousarray(latents.mu, np.float32)
    tensors["latents.log_var"] = np.ascontiguousarray(latents.log_var, np.float32)
    tensors["latents.labels"] = np.ascontiguousarray(latents.labels, np.uint8)
    metadata = {
        "format": FORMAT,
        "model": model.config.to_json(),
        "training": training.to_json(),
        "evaluation": evaluation.to_json(),
    }
    metadata["sha256"] = digest(tensors, metadata)
    return ordered(safetensors.numpy.save(tensors, metadata))


def write_checkpoint(path: Path | str, data: bytes) -> CheckpointFile:
    """Write a checkpoint's bytes so that `path` holds, at every moment, the old file or the new.

    They are verified, go to a temporary file beside `path`, are synced, read back, and only then
    take its name.

    Raises:
        CheckpointError: the file could not be written, or would not be readable.
    """
    path = Path(path)
    _check_name(path)
    checked = read_checkpoint(data)  # refuse to write what could not be read back
    try:
        write_atomically(path, data)
    except OSError as error:
        raise _could_not_save(path, error) from error
    return checked


def check_can_save(path: Path | str, config: ModelConfig, *, half: bool = False) -> None:
    """Refuse at the start of a training what could not be saved at its end.

    Raises:
        CheckpointError: the name is not a checkpoint's, or its folder cannot be written.
        ConfigError: the file would be too large.
    """
    path = Path(path)
    _check_name(path)
    check_size(config, half=half)
    try:
        check_writable(path.parent)
        sweep(path.parent)
    except OSError as error:
        raise _could_not_save(path, error) from error


def check_size(config: ModelConfig, *, half: bool = False) -> None:
    """Raise ConfigError if a model of this architecture is too large for a checkpoint."""
    weights = (2 if half else 4) * sum(math.prod(s) for s in config.tensor_shapes().values())
    most = MAX_FILE_BYTES - 2**19  # the rest is for the latents of the test images
    if weights > most:
        raise ConfigError(
            "This network's weights take {size:.0f} MB and could not be saved (at most {most:.0f} "
            "MB): choose a smaller width or depth.",
            key="storage.network_too_large",
            size=weights / 2**20,
            most=most / 2**20,
        )


def is_checkpoint_name(text: object) -> bool:
    """Whether a model may have this name: its file's, without the suffix."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _check_name(path: Path) -> None:
    if path.suffix != SUFFIX or not is_checkpoint_name(path.stem):
        raise CheckpointError(
            "A checkpoint's name is small letters, digits, - and _, then {suffix}; {name!r} is "
            "not.",
            key="storage.name",
            suffix=SUFFIX,
            name=path.name[:80],
        )


def _could_not_save(path: Path, error: OSError) -> CheckpointError:
    return CheckpointError(
        "Could not save {name} in {folder}: {reason}. What was there before is unchanged; free "
        "some space or choose another folder.",
        key="storage.not_saved",
        name=path.name,
        folder=path.parent,
        reason=error.strerror or str(error),
    )


def list_checkpoints(folder: Path | str) -> dict[str, Path]:
    """Name -> path of the files in `folder` that are called like checkpoints, sorted by name.

    Their content is not looked at. A folder that cannot be read counts as empty.
    """
    try:
        paths = sorted(Path(folder).iterdir())
    except OSError:
        return {}
    return {
        path.stem: path
        for path in paths
        if path.suffix == SUFFIX and is_checkpoint_name(path.stem) and path.is_file()
    }


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise CheckpointError(
                "There is no checkpoint file {name!r}.", key="storage.missing", name=path.name[:80]
            )
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CheckpointError(
            "{name!r} cannot be read: {reason}.",
            key="storage.unreadable",
            name=path.name[:80],
            reason=str(error),
        ) from error
    return data
