"""Files that are whole: written so that a crash at any moment leaves the old one or the new one."""

from __future__ import annotations

import os
import tempfile
import urllib.error
from pathlib import Path


def write_atomically(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Give `path` the content `data`, or leave it as it was, whatever happens meanwhile.

    The bytes go to a temporary file in the same folder, are synced and read back, and only then
    take the name; the folder is created, and synced after.

    Raises:
        OSError: the file could not be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if Path(temporary).read_bytes() != data:
            raise OSError("what was read back differs from what was written")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def check_writable(folder: Path) -> None:
    """Raise OSError unless a file can be written in `folder`, which is created."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def short_reason(error: Exception) -> str:
    """The part of an error's text that is for people: 'Connection refused', not '[Errno 111] …'."""
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        return short_reason(error.reason)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
