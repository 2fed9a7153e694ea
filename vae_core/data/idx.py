"""The IDX format of MNIST and its relatives, read strictly."""

from __future__ import annotations

import math
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vae_core.errors import DatasetError
from vae_core.storage.files import short_reason

Bytes = NDArray[np.uint8]

CLASSES = 10
MAX_ARCHIVE_BYTES = 64 * 2**20  # the largest real one has 26 MB


class ImageArrays(NamedTuple):
    """Images `uint8 (N, 28, 28)` and labels `uint8 (N,)` as arrays, for uses without PyTorch."""

    images: Bytes
    labels: Bytes


def read_idx(raw: Path, file: str, shape: tuple[int, ...]) -> Bytes | None:
    """A file's checked array, from `file` or else from `file`.gz; None where there is neither."""
    path, archive = raw / file, raw / f"{file}.gz"
    try:
        # One byte more than wanted is enough to see that there are too many.
        if _is_there(path):
            data = np.fromfile(path, np.uint8, idx_bytes(shape) + 1)
        elif _is_there(archive):
            path = archive
            with archive.open("rb") as stream:
                packed = stream.read(MAX_ARCHIVE_BYTES + 1)
            data = as_array(expand(packed, limit=idx_bytes(shape) + 1))
        else:
            return None
    except (OSError, ValueError) as error:
        raise DatasetError(
            "{path} cannot be read ({reason}): check that {raw} is a folder of readable files, or "
            "delete {folder} to download the data set again.",
            key="data.unreadable",
            path=path,
            reason=short_reason(error),
            raw=raw,
            folder=raw.parent,
        ) from error
    return parse_idx(data, shape, path)


def _is_there(path: Path) -> bool:
    """Whether there is a regular file; OSError if something else is in its place."""
    try:
        path.stat()
    except FileNotFoundError:
        return False
    if not path.is_file():  # a named pipe would block for ever
        raise OSError("not a regular file")
    return True


def parse_idx(data: Bytes, shape: tuple[int, ...], path: Path) -> Bytes:
    """The array in the bytes of an IDX file, a view of `data`; it must have exactly this shape.

    The format (http://yann.lecun.com/exdb/mnist/): two zero bytes, a byte for the type (8 is
    unsigned byte), a byte for the number of dimensions, each size as a big-endian 32-bit integer,
    the values. A vector holds labels, which must be below 10.

    Raises:
        DatasetError: with what is wrong, naming `path`.
    """
    start = idx_bytes(shape) - math.prod(shape)
    if problem := _problem(data, shape, start):
        raise DatasetError(
            "{path} {problem}: delete the folder {folder} to download the data set again.",
            key="data.broken",
            path=path,
            problem=problem,
            folder=path.parent.parent,
        )
    return data[start:].reshape(shape)


def _problem(data: Bytes, shape: tuple[int, ...], start: int) -> DatasetError | None:
    """What is wrong with the bytes, said of the file; the values begin at `start`."""
    head = data[:start].tobytes()
    if len(data) == 0:
        return DatasetError("is empty", key="data.problem.empty")
    if head[:3] != b"\0\0\x08"[: len(head)]:
        return DatasetError("is not an IDX file of bytes", key="data.problem.not_idx")
    if len(head) < start:
        return DatasetError("is cut off within its header", key="data.problem.header")
    if head[3] != len(shape):
        return DatasetError(
            "has {found} dimensions where {wanted} are expected",
            key="data.problem.dimensions",
            found=head[3],
            wanted=len(shape),
        )
    if (sizes := struct.unpack_from(f">{len(shape)}I", head, 4)) != shape:
        return DatasetError(
            "says it holds {found} values where {wanted} are expected",
            key="data.problem.sizes",
            found=_by(sizes),
            wanted=_by(shape),
        )
    if len(data) > idx_bytes(shape):
        return DatasetError("is longer than it should be", key="data.problem.too_long")
    if len(data) < idx_bytes(shape):
        return DatasetError("is shorter than it should be", key="data.problem.too_short")
    if len(shape) == 1 and data[start:].max(initial=0) >= CLASSES:
        return DatasetError(
            "holds the label {label}, where labels go from 0 to {last}",
            key="data.problem.label",
            label=data[start:].max(),
            last=CLASSES - 1,
        )
    return None


def idx_bytes(shape: tuple[int, ...]) -> int:
    return 4 + 4 * len(shape) + math.prod(shape)


def _by(sizes: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in sizes)


def as_array(data: bytearray) -> Bytes:
    return np.frombuffer(data, np.uint8)  # writable, as a bytearray is: PyTorch wants that


def expand(packed: bytes | bytearray, limit: int) -> bytearray:
    """Unpack one gzip stream, checksum included, to at most `limit` bytes.

    Raises:
        ValueError: it is not gzip, is cut off, is followed by something, or holds more.
    """
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        data = bytearray(stream.decompress(packed, limit))
    except zlib.error as error:
        raise ValueError(f"broken gzip data: {error}") from error
    if not stream.eof or stream.unused_data:
        raise ValueError("the gzip data is cut off or too long")
    return data
