"""One file per trained model: weights, what they are, what they reach, and where the digits lie.

A checkpoint is a standard `.safetensors` file. Its tensors are the network's `state_dict`
(float32, or float16 to halve the file) and, for the map, the posterior of every test image:
`latents.mu`, `latents.log_var` (N, latent_dim) and `latents.labels` (N). Its metadata holds the
configurations and figures as JSON, and a SHA-256 over all of it, because the format itself has no
checksum. Files may come from strangers: nothing is allocated before sizes, names, types and shapes
agree with the configuration, and nothing in a file is ever executed.

Reading (`read_checkpoint`, `list_checkpoints`) does not import PyTorch.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from vae_core.config import Evaluation, ModelConfig, TrainConfig
from vae_core.errors import CheckpointError, ConfigError
from vae_core.files import check_writable, write_atomically

if TYPE_CHECKING:
    from vae_core.models import VAE

FORMAT = "vae_core/1"
SUFFIX = ".safetensors"
MAX_FILE_BYTES = 16 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_TENSORS = 64
MAX_LATENTS = 100_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LATENTS = ("latents.mu", "latents.log_var", "latents.labels")


@dataclass(frozen=True)
class Latents:
    """Posteriors q(z|x) = N(μ, diag σ²) of a set of labelled images.

    Attributes:
        mu: (N, latent_dim) float32.
        log_var: (N, latent_dim) float32, log σ².
        labels: (N,) uint8.
    """

    mu: NDArray[np.float32]
    log_var: NDArray[np.float32]
    labels: NDArray[np.uint8]


@dataclass(frozen=True)
class CheckpointFile:
    """A verified file, without PyTorch.

    Attributes:
        config, training, evaluation: what the model is, how it was trained, what it reaches.
        weights: name -> array, as `ModelConfig.tensor_shapes` says.
        latents: posteriors of the test images.
        sha256: hex digest over tensors and metadata; it names the content.
    """

    config: ModelConfig
    training: TrainConfig
    evaluation: Evaluation
    weights: dict[str, NDArray[Any]]
    latents: Latents
    sha256: str


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
    data = source if isinstance(source, bytes) else _read_bytes(Path(source))
    header, metadata = _checked_header(data)
    try:
        config = ModelConfig.from_json(metadata.get("model", ""))
        training = TrainConfig.from_json(metadata.get("training", ""))
        evaluation = Evaluation.from_json(metadata.get("evaluation", ""))
    except ConfigError as error:
        raise CheckpointError(f"The checkpoint's description is not valid: {error}") from error
    _check_declared(header, config)
    try:
        tensors = safetensors.numpy.load(data)
    except Exception as error:  # the parser raises several unrelated types on hostile input
        raise CheckpointError("The checkpoint is damaged: its tensors cannot be read.") from error
    if digest(tensors, metadata) != metadata.get("sha256"):
        raise CheckpointError(
            "The checkpoint is damaged: its checksum does not match. Copy or download it again."
        )
    if not all(np.isfinite(array).all() for array in tensors.values()):
        raise CheckpointError("The checkpoint holds weights that are not finite numbers.")
    latents = Latents(*(tensors.pop(name) for name in _LATENTS))
    if latents.labels.size and int(latents.labels.max()) >= config.classes:
        raise CheckpointError(f"The checkpoint has labels beyond its {config.classes} classes.")
    return CheckpointFile(config, training, evaluation, tensors, latents, metadata["sha256"])


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
    """Write a checkpoint so that `path` holds, at every moment, the old file or the new one.

    The bytes go to a temporary file beside `path`, are synced, read back and verified, and only
    then take its name. With `half`, weights are stored as float16: round the model first
    (`models.round_to_half`), so that the figures are those of the weights in the file.

    Raises:
        CheckpointError: the file could not be written, or would not be readable.
    """
    path = Path(path)
    _check_name(path)
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
    data = safetensors.numpy.save(tensors, metadata)
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
    except OSError as error:
        raise _could_not_save(path, error) from error


def check_size(config: ModelConfig, *, half: bool = False) -> None:
    """Raise ConfigError if a model of this architecture is too large for a checkpoint."""
    weights = (2 if half else 4) * sum(math.prod(s) for s in config.tensor_shapes().values())
    most = MAX_FILE_BYTES - 2**19  # the rest is for the latents of the test images
    if weights > most:
        raise ConfigError(
            f"This network's weights take {weights / 2**20:.0f} MB and could not be saved (at most "
            f"{most / 2**20:.0f} MB): choose a smaller width or depth."
        )


def is_checkpoint_name(text: object) -> bool:
    """Whether a model may have this name: its file's, without the suffix."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _check_name(path: Path) -> None:
    if path.suffix != SUFFIX or not is_checkpoint_name(path.stem):
        raise CheckpointError(
            f"A checkpoint's name is small letters, digits, - and _, then {SUFFIX}; "
            f"{path.name[:80]!r} is not."
        )


def _could_not_save(path: Path, error: OSError) -> CheckpointError:
    return CheckpointError(
        f"Could not save {path.name} in {path.parent}: {error.strerror or error}. What was "
        "there before is unchanged; free some space or choose another folder."
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
            raise CheckpointError(f"There is no checkpoint file {path.name[:80]!r}.")
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path.name[:80]!r} cannot be read: {error}.") from error
    return data


def _checked_header(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """The header's tensor declarations and metadata, once their sizes are known to be sane."""
    if len(data) > MAX_FILE_BYTES:
        raise CheckpointError(f"The file is larger than {MAX_FILE_BYTES // 2**20} MB.")
    not_ours = CheckpointError(
        "This is not a checkpoint of this app (a .safetensors file written by its training "
        "command or its save button)."
    )
    if len(data) < 8:
        raise not_ours
    (length,) = struct.unpack("<Q", data[:8])
    if length > MAX_HEADER_BYTES or length > len(data) - 8:
        raise not_ours
    try:
        header = json.loads(data[8 : 8 + length])
    except (ValueError, RecursionError) as error:
        raise not_ours from error
    metadata = header.pop("__metadata__", None) if isinstance(header, dict) else None
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise not_ours
    if not all(isinstance(value, str) for value in metadata.values()):
        raise not_ours
    if len(header) > MAX_TENSORS:
        raise CheckpointError(f"The checkpoint declares more than {MAX_TENSORS} tensors.")
    return header, metadata


def _check_declared(header: dict[str, Any], config: ModelConfig) -> None:
    """Names, types and shapes must be exactly those of the configuration."""
    try:
        count = header["latents.labels"]["shape"][0]
        declared = {name: (entry["dtype"], entry["shape"]) for name, entry in header.items()}
    except (KeyError, IndexError, TypeError) as error:
        raise CheckpointError("The checkpoint has no latents, so there is no map.") from error
    if not isinstance(count, int) or not 0 < count <= MAX_LATENTS:
        raise CheckpointError(f"The checkpoint must have 1 to {MAX_LATENTS:,} latents.")
    weights = config.tensor_shapes()
    precision = "F16" if declared.get(next(iter(weights)), ("",))[0] == "F16" else "F32"
    expected = {name: (precision, list(shape)) for name, shape in weights.items()}
    expected["latents.mu"] = expected["latents.log_var"] = ("F32", [count, config.latent_dim])
    expected["latents.labels"] = ("U8", [count])
    for name in sorted(expected.keys() | declared.keys()):
        if expected.get(name) != declared.get(name):
            raise CheckpointError(
                f"The checkpoint's tensor {name[:80]!r} is {declared.get(name, 'missing')!s:.80}; "
                f"its configuration asks for {expected.get(name, 'no such tensor')!s}."
            )


def digest(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> str:
    """SHA-256 over every tensor (name, type, shape, bytes) and every metadata entry but itself."""
    sha = hashlib.sha256()
    for key in sorted(metadata.keys() - {"sha256"}):
        sha.update(json.dumps([key, metadata[key]]).encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        sha.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        sha.update(array.data)
    return sha.hexdigest()
