"""Real worker processes: the same weights whatever happens to them, and none left behind."""

from __future__ import annotations

import functools
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.running import PROJECT, eventually, steps, weights
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs.manager import Runs
from vae_core.runs.process import ProcessWorker
from vae_core.runs.schema import valid_events
from vae_core.storage.folders import ModelFolders

SMALL = ModelConfig(encoder_width=32, encoder_depth=1, decoder_width=32, decoder_depth=1)
LONGER = TrainConfig(
    epochs=10, batch_size=100, learning_rate=3e-3, schedule="constant", device="cpu", validation=100
)
SERVER = """
import sys, time
from pathlib import Path
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs.manager import Runs
from vae_core.runs.process import ProcessWorker
from vae_core.storage.folders import ModelFolders
root = Path(sys.argv[1])
models = ModelFolders(root / "models", root / "mine")
runs = Runs(root, models, spawn=lambda: ProcessWorker(nice=0))
model, training = ModelConfig.from_json(sys.argv[2]), TrainConfig.from_json(sys.argv[3])
print(runs.start(model, training), flush=True)
time.sleep(100)
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """A manager with real workers; they train on the embedded digits."""
    root = tmp_path_factory.mktemp("real")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_DATA_DIR", str(root / "no-data"))
        spawn = functools.partial(ProcessWorker, nice=0)
        models = ModelFolders(root / "models", root / "mine")
        runs = Runs(root / "runs", models, capacity=3, spawn=spawn)
        yield runs
        runs.shutdown()
    workers = [live.worker for live in runs.scheduler.live.values()]
    assert all(not isinstance(w, ProcessWorker) or w.process.poll() is not None for w in workers)


@pytest.fixture(scope="module")
def alone(real: Runs) -> np.ndarray[Any, Any]:
    """Weights of a run that nothing disturbed."""
    run = real.start(SMALL, LONGER)
    eventually(lambda: not real.info(run).live, 60)
    assert real.info(run).status == "finished", real.info(run).message
    return weights(real.folder(run))


def test_a_run_survives_the_end_of_its_worker_and_of_its_server(
    real: Runs, alone: np.ndarray[Any, Any]
) -> None:
    """Both are killed with -9; resumed beside each other, both end as if nothing had happened."""
    arguments = [str(real.root), SMALL.to_json(), LONGER.to_json()]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert server.stdout is not None
    orphan = server.stdout.readline().strip()
    server.stdout.close()
    killed = real.start(SMALL, LONGER)

    eventually(real.folder(killed).state_file.exists)
    worker = real.scheduler.live[killed].worker
    assert isinstance(worker, ProcessWorker)
    worker.process.kill()
    eventually(lambda: real.info(killed).status == "failed")
    assert "killed" in (real.info(killed).message or "")

    eventually(lambda: real.info(orphan).status == "running")
    server.kill()
    server.wait()
    eventually(lambda: not real.folder(orphan).is_held(), 5)
    assert real.info(orphan).status == "interrupted"
    assert real.folder(orphan).state_file.exists()

    for run in (killed, orphan):
        real.resume(run)
    for run in (killed, orphan):
        eventually(lambda run=run: not real.info(run).live, 60)
        assert real.info(run).status == "finished", real.info(run).message
        history = valid_events(real.folder(run).all_events())
        assert steps(history) == sorted(set(steps(history)))
        assert np.array_equal(weights(real.folder(run)), alone)


def test_two_runs_share_one_processor_by_pausing(
    real: Runs, alone: np.ndarray[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    eventually(lambda: not real.scheduler.live)
    monkeypatch.setattr(real.scheduler.turns, "capacity", 1)
    first, second = (real.start(SMALL, LONGER) for _ in range(2))
    assert real.info(second).place == 1
    real.pause(first)
    eventually(lambda: real.info(second).status == "running")
    real.resume(first)
    eventually(lambda: real.info(first).status == "queued")
    real.pause(second)
    eventually(lambda: real.info(first).status in ("running", "finished"))
    real.resume(second)
    for run in (first, second):
        eventually(lambda run=run: not real.info(run).live, 60)
        assert np.array_equal(weights(real.folder(run)), alone)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux limits another process's files")
def test_a_full_disk_ends_the_run_with_a_sentence_and_the_server_goes_on(real: Runs) -> None:
    run = real.start(SMALL, replace(LONGER, epochs=1000))
    eventually(lambda: real.info(run).status == "running")
    worker = real.scheduler.live[run].worker
    assert isinstance(worker, ProcessWorker)
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (10, 10))  # type: ignore[attr-defined]
    eventually(lambda: real.info(run).status == "failed")
    assert "disk is full" in (real.info(run).message or "")
    assert real.list()


def test_a_process_is_not_left_behind_when_nobody_needs_it(tmp_path: Path) -> None:
    spare = ProcessWorker(patience=0.1)
    assert list(spare.pauses()) == []
    assert spare.wait(30) == 0
    spare.close()
