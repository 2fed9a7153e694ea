"""The bytes of a checkpoint: what they must be, and what they hold.

A checkpoint is a standard `.safetensors` file. Its tensors are the network's `state_dict`
(float32, or float16 to halve the file) and, for the map, the posterior of every test image:
`latents.mu`, `latents.log_var` (N, latent_dim) and `latents.labels` (N). Its metadata holds the
configurations and figures as JSON, and a SHA-256 over all of it, because the format itself has no
checksum. Files may come from strangers: nothing is allocated before sizes, names, types and shapes
agree with the configuration, and nothing in a file is ever executed.

Nothing here imports PyTorch.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from vae_core.config import Evaluation, Latents, ModelConfig, TrainConfig
from vae_core.errors import CheckpointError, ConfigError

FORMAT = "vae_core/1"
MAX_FILE_BYTES = 16 * 2**20
MAX_HEADER_BYTES = 2**20
MAX_TENSORS = 64
MAX_LATENTS = 100_000
_LATENTS = ("latents.mu", "latents.log_var", "latents.labels")


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


def parse(data: bytes) -> CheckpointFile:
    """Verify the bytes of a checkpoint.

    Raises:
        CheckpointError: whatever is wrong with them, in a sentence for people.
    """
    header, metadata = _checked_header(data)
    try:
        config = ModelConfig.from_json(metadata.get("model", ""))
        training = TrainConfig.from_json(metadata.get("training", ""))
        evaluation = Evaluation.from_json(metadata.get("evaluation", ""))
    except ConfigError as error:
        raise CheckpointError(
            "The checkpoint's description is not valid: {error}",
            key="storage.description",
            error=error,
        ) from error
    _check_declared(header, config)
    try:
        tensors = safetensors.numpy.load(data)
    except Exception as error:  # the parser raises several unrelated types on hostile input
        raise CheckpointError(
            "The checkpoint is damaged: its tensors cannot be read.", key="storage.damaged"
        ) from error
    if digest(tensors, metadata) != metadata.get("sha256"):
        raise CheckpointError(
            "The checkpoint is damaged: its checksum does not match. Copy or download it again.",
            key="storage.checksum",
        )
    if not all(np.isfinite(array).all() for array in tensors.values()):
        raise CheckpointError(
            "The checkpoint holds weights that are not finite numbers.", key="storage.not_finite"
        )
    latents = Latents(*(tensors.pop(name) for name in _LATENTS))
    if latents.labels.size and int(latents.labels.max()) >= config.classes:
        raise CheckpointError(
            "The checkpoint has labels beyond its {classes} classes.",
            key="storage.labels",
            classes=config.classes,
        )
    return CheckpointFile(config, training, evaluation, tensors, latents, metadata["sha256"])


def _checked_header(data: bytes) -> tuple[dict[str, Any], dict[str, str]]:
    """The header's tensor declarations and metadata, once their sizes are known to be sane."""
    if len(data) > MAX_FILE_BYTES:
        raise CheckpointError(
            "The file is larger than {megabytes} MB.",
            key="storage.too_large",
            megabytes=MAX_FILE_BYTES // 2**20,
        )
    not_ours = CheckpointError(
        "This is not a checkpoint of this app (a .safetensors file written by its training "
        "command or its save button).",
        key="storage.foreign",
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
        raise CheckpointError(
            "The checkpoint declares more than {most} tensors.",
            key="storage.tensors",
            most=MAX_TENSORS,
        )
    return header, metadata


def _check_declared(header: dict[str, Any], config: ModelConfig) -> None:
    """Names, types and shapes must be exactly those of the configuration."""
    try:
        count = header["latents.labels"]["shape"][0]
        declared = {name: (entry["dtype"], entry["shape"]) for name, entry in header.items()}
    except (KeyError, IndexError, TypeError) as error:
        raise CheckpointError(
            "The checkpoint has no latents, so there is no map.", key="storage.no_latents"
        ) from error
    if not isinstance(count, int) or not 0 < count <= MAX_LATENTS:
        raise CheckpointError(
            "The checkpoint must have 1 to {most:,} latents.",
            key="storage.latents",
            most=MAX_LATENTS,
        )
    weights = config.tensor_shapes()
    precision = "F16" if declared.get(next(iter(weights)), ("",))[0] == "F16" else "F32"
    expected = {name: (precision, list(shape)) for name, shape in weights.items()}
    expected["latents.mu"] = expected["latents.log_var"] = ("F32", [count, config.latent_dim])
    expected["latents.labels"] = ("U8", [count])
    for name in sorted(expected.keys() | declared.keys()):
        if name not in declared:
            raise CheckpointError(
                "The checkpoint lacks the tensor {name!r}.", key="storage.tensor_missing", name=name
            )
        if name not in expected:
            raise CheckpointError(
                "The checkpoint has a tensor {name!r}, for which its configuration does not ask.",
                key="storage.tensor_unknown",
                name=name[:80],
            )
        if expected[name] != declared[name]:
            raise CheckpointError(
                "The checkpoint's tensor {name!r} is {declared:.80}; its configuration asks for "
                "{expected}.",
                key="storage.tensor",
                name=name,
                declared=str(declared[name]),
                expected=str(expected[name]),
            )


def ordered(data: bytes) -> bytes:
    """The same file with its metadata sorted by name: `safetensors` writes them in any order."""
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors start at a multiple of 8
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


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
