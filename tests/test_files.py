"""Writing whole files: what a killed save leaves is swept, what a save under way holds is not."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import PROJECT, QUICK, TINY, FakeWorker
from vae_core.runs.manager import Runs
from vae_core.runs.record import RunFolder
from vae_core.storage import files
from vae_core.storage.files import sweep, write_atomically
from vae_core.storage.folders import ModelFolders

# Writes for ever; each write stops for a moment where its temporary file lies beside the target.
WRITER = """
import sys, time
from pathlib import Path
from vae_core.storage import files
replace = Path.replace
def slowly(self, target):
    print("about to replace", flush=True)
    time.sleep(100)
    return replace(self, target)
Path.replace = slowly
files.write_atomically(Path(sys.argv[1]), b"new")
"""


@contextlib.contextmanager
def writer(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is within a save."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_save_leaves_is_swept_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"old")
    (tmp_path / ".hidden").touch()
    with writer(path):
        assert len(names(tmp_path)) == 3
    assert len(names(tmp_path)) == 3, "the kill has left nothing to sweep"
    sweep(tmp_path)
    assert names(tmp_path) == [".hidden", "model.safetensors"]
    assert path.read_bytes() == b"old"


def test_a_save_under_way_is_not_swept(tmp_path: Path) -> None:
    with writer(tmp_path / "model.safetensors"):
        sweep(tmp_path)
        assert len(names(tmp_path)) == 1


def test_a_file_that_is_swept_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fdopen, first = files.os.fdopen, [True]  # type: ignore[attr-defined]

    def swept(descriptor: int, mode: str) -> object:
        if first.pop() if first else False:
            sweep(tmp_path)
        return fdopen(descriptor, mode)

    monkeypatch.setattr(files.os, "fdopen", swept)  # type: ignore[attr-defined]
    write_atomically(tmp_path / "a.bin", b"content")
    assert not first
    assert (tmp_path / "a.bin").read_bytes() == b"content"
    assert names(tmp_path) == ["a.bin"]


def test_saves_succeed_while_another_process_starts_and_sweeps(tmp_path: Path) -> None:
    over = threading.Event()

    def keep_sweeping() -> None:
        while not over.is_set():
            sweep(tmp_path)

    sweeper = threading.Thread(target=keep_sweeping)
    sweeper.start()
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            write_atomically(tmp_path / "a.bin", bytes(1000))
    finally:
        over.set()
        sweeper.join()
    assert names(tmp_path) == ["a.bin"]


def test_the_next_start_sweeps_models_and_runs(tmp_path: Path) -> None:
    folders = ModelFolders(tmp_path / "models", tmp_path / "mine")
    run = RunFolder.create(tmp_path / "runs", TINY, QUICK)
    targets = [folders.shipped / "a", folders.kept / "b", run.path / "c"]
    with contextlib.ExitStack() as stack:
        for target in targets:
            stack.enter_context(writer(target))
    assert all(any(".part" in name for name in names(target.parent)) for target in targets)
    Runs(tmp_path / "runs", folders, spawn=FakeWorker)
    assert not any(".part" in name for target in targets for name in names(target.parent))
