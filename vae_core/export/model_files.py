"""What a browser needs of a checkpoint, as small .safetensors files: decoder, encoder, the map.

The same checkpoint always gives the same bytes, so their address may name the checkpoint's content.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vae_core.data.datasets import CLASS_NAMES
from vae_core.geometry import square_ranges
from vae_core.storage.format import CheckpointFile

_TYPES = {"float32": "F32", "float16": "F16", "uint8": "U8"}


def decoder_file(file: CheckpointFile) -> bytes:
    """All tensors but `encoder.*`; the model's configuration is metadata "model"."""
    return _weights_file(file, [name for name in file.weights if not _is_encoders(name)])


def encoder_file(file: CheckpointFile) -> bytes:
    """The tensors `encoder.*`; the model's configuration is metadata "model"."""
    return _weights_file(file, [name for name in file.weights if _is_encoders(name)])


def _is_encoders(name: str) -> bool:
    return name.startswith("encoder.")


def _weights_file(file: CheckpointFile, names: Iterable[str]) -> bytes:
    """The tensors of these names.

    A float16 tensor is split into its high and its low bytes, `<name>.high` and `<name>.low`:
    signs and exponents side by side compress to 87 % of the file, mixed with the rest not at all.
    """
    tensors = {name: file.weights[name] for name in sorted(names)}
    planes: dict[str, NDArray[Any]] = {
        name: array for name, array in tensors.items() if array.dtype != np.float16
    }
    for suffix, shift in (("high", 8), ("low", 0)):
        for name, array in tensors.items():
            if array.dtype == np.float16:
                planes[f"{name}.{suffix}"] = (array.view(np.uint16) >> shift).astype(np.uint8)
    return _safetensors(planes, {"model": file.config.to_json()})


def map_file(file: CheckpointFile) -> bytes:
    """Where the test images lie: `mu` (N, 2), `log_var` (N, 2) in half precision, `labels` (N,).

    Metadata: the data set's name, the names of its classes, and the ranges of z1 and z2 that hold
    the whole map.
    """
    latents = file.latents
    x_range, y_range = square_ranges(latents.mu)
    return _safetensors(
        {
            "mu": latents.mu,
            "log_var": latents.log_var.astype(np.float16),
            "labels": latents.labels,
        },
        {
            "dataset": file.training.dataset,
            "class_names": json.dumps(class_names(file)),
            "x_range": json.dumps(x_range),
            "y_range": json.dumps(y_range),
        },
    )


def class_names(file: CheckpointFile) -> list[str]:
    """What the labels of the model's data are called."""
    names = CLASS_NAMES[file.training.dataset]
    classes = file.config.classes
    return list(names) if len(names) == classes else [str(label) for label in range(classes)]


def _safetensors(tensors: dict[str, NDArray[Any]], metadata: dict[str, str]) -> bytes:
    """A .safetensors file in which tensors and metadata keep their order, unlike the library's.

    Args:
        tensors: the widest types first, so that each lies where its type asks for.
    """
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, array in tensors.items():
        begin, end = end, end + array.itemsize * math.prod(array.shape)
        declared = {"dtype": _TYPES[array.dtype.name], "shape": array.shape}
        header[name] = {**declared, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = (np.ascontiguousarray(array).tobytes() for array in tensors.values())
    return b"".join((struct.pack("<Q", len(text)), text, *data))
