"""Files that are whole: written so that a crash at any moment leaves the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import urllib.error
from pathlib import Path
from typing import IO

from vae_core.errors import VaeCoreError

try:
    import fcntl
except ImportError:  # Windows: nothing is swept there
    fcntl = None  # type: ignore[assignment]

_TEMPORARY_SUFFIX = ".part"
_TEMPORARY = re.compile(r"\..+-[a-z0-9_]{8}\.part")


def write_atomically(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Give `path` the content `data`, or leave it as it was, whatever happens meanwhile.

    The bytes go to a temporary file in the same folder, are synced and read back, and only then
    take the name; the folder is created, and synced after. A process that is killed meanwhile
    leaves the temporary file: `sweep` finds it.

    Raises:
        OSError: the file could not be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file, temporary = _open_temporary(path)
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if temporary.read_bytes() != data:
                raise OSError("what was read back differs from what was written")
            temporary.chmod(0o644)
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(folder: Path) -> None:
    """Delete the temporary files in a folder whose writers are gone.

    A writer holds a lock on its file, which ends with it, however it ends: a save under way, of
    this process or another one, is not touched. A folder that cannot be read is left as it is.
    """
    if fcntl is None:
        return
    try:
        litter = [path for path in folder.iterdir() if _TEMPORARY.fullmatch(path.name)]
    except OSError:
        return
    for path in litter:
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _open_temporary(path: Path) -> tuple[IO[bytes], Path]:
    """A new file beside `path`, locked until it is closed."""
    while True:
        descriptor, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}-", suffix=_TEMPORARY_SUFFIX
        )
        try:
            file = os.fdopen(descriptor, "wb")
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if fcntl is not None:
            with contextlib.suppress(OSError):  # no locks on this file system: nothing is swept
                fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file, Path(name)
        file.close()  # swept in the moment before it was locked


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


def write_output(path: Path, data: bytes) -> None:
    """Write what somebody asked for, whole or not at all.

    Raises:
        VaeCoreError: it could not be written, and why.
    """
    try:
        write_atomically(path, data)
    except OSError as error:
        raise VaeCoreError(
            "Could not write {file}: {reason}.",
            key="cli.not_written",
            file=path,
            reason=short_reason(error),
        ) from error
