"""The manager of the runs, with workers that only pretend."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.running import QUICK, TINY, Fakes, FakeWorker, eventually
from vae_core.config import ModelConfig
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.runs.manager import Runs
from vae_core.runs.record import RunFolder, run_folders
from vae_core.runs.scheduler import MOST_PAUSED
from vae_core.storage.checkpoints import read_checkpoint


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    fakes = Fakes(tmp_path)
    yield fakes
    fakes.manager.shutdown()


def test_further_runs_wait_in_a_queue_and_know_their_place(fakes: Fakes) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(4)]
    assert [manager.info(r).status for r in runs] == ["running", "running", "queued", "queued"]
    assert [manager.scheduler.turns.place(r) for r in runs] == [None, None, 1, 2]
    manager.stop(runs[0])
    eventually(lambda: manager.info(runs[2]).status == "running")
    assert manager.scheduler.turns.place(runs[3]) == 1


@pytest.mark.parametrize(
    ("asked", "capacity"),
    [("3", 3), ("", os.cpu_count()), ("0", os.cpu_count()), ("many", os.cpu_count())],
)
def test_the_environment_says_how_many_train_at_once(
    asked: str, capacity: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAE_TRAININGS", asked)
    assert Runs(tmp_path, spawn=FakeWorker).scheduler.turns.capacity == capacity


def test_what_is_asked_of_a_waiting_run_is_done_when_its_turn_comes(fakes: Fakes) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(3)]
    manager.pause(runs[2])
    manager.control(runs[2], beta=4.0)
    manager.stop(runs[0])
    eventually(lambda: manager.info(runs[2]).status == "paused")
    kinds = [command["type"] for command in fakes.of(runs[2]).commands]
    assert kinds == ["start", "pause", "controls"]


def test_a_worker_that_dies_fails_its_run_and_makes_room(fakes: Fakes) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(3)]
    fakes.of(runs[0]).die(-9)
    eventually(lambda: manager.info(runs[2]).status == "running")
    info = manager.info(runs[0])
    assert info.status == "failed" and "memory" in (info.message or "") and info.resumable


def test_an_end_that_cannot_be_recorded_is_known_all_the_same(fakes: Fakes) -> None:
    run = fakes.manager.start(TINY, QUICK)
    events_file = fakes.manager.folder(run).events_file
    fakes.manager.info(run)
    events_file.unlink()
    events_file.symlink_to("/dev/full")
    fakes.of(run).die(74)
    eventually(lambda: fakes.manager.info(run).status == "failed")
    assert "disk is full" in (fakes.manager.info(run).message or "")
    assert fakes.manager.events(run, 10**6)[0][-1]["status"] == "failed"


def test_the_spare_is_used_for_the_next_start(fakes: Fakes) -> None:
    fakes.manager.warm_up()
    fakes.manager.warm_up()
    assert len(fakes.workers) == 1
    fakes.manager.start(TINY, QUICK)
    assert len(fakes.workers) == 1


def test_a_spare_that_ends_as_it_is_given_a_run_is_replaced(fakes: Fakes) -> None:
    fakes.manager.warm_up()
    fakes.workers[0].send = lambda command: None  # type: ignore[method-assign]
    run = fakes.manager.start(TINY, QUICK)
    fakes.workers[0].die(0)
    eventually(lambda: fakes.manager.info(run).status == "running")


def test_runs_that_nobody_holds_are_interrupted_and_can_be_resumed(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "runs", TINY, QUICK)
    folder.append_status("running")
    manager = Fakes(tmp_path).manager
    (info,) = manager.list()
    assert info.status == "interrupted" and info.resumable
    manager.resume(folder.id)
    assert manager.info(folder.id).status == "running"
    manager.shutdown()


def test_a_run_that_is_over_can_go_on_unless_it_diverged_or_its_rate_is_at_its_end(
    fakes: Fakes,
) -> None:
    for training, status, resumable in (
        (QUICK, "finished", True),
        (QUICK, "diverged", False),
        (replace(QUICK, schedule="one-cycle"), "finished", False),
    ):
        run = fakes.manager.start(TINY, training)
        eventually(lambda run=run: fakes.manager.info(run).status == "running")
        fakes.of(run).end(status)
        eventually(lambda run=run: not fakes.manager.info(run).live)
        assert fakes.manager.info(run).resumable is resumable
        if resumable:
            fakes.manager.resume(run)
            fakes.manager.control(run, beta=4.0)
            # At once, or as soon as the process that has recorded its end is over.
            eventually(lambda run=run: fakes.of(run).computing)
            told = fakes.of(run).commands
            assert told[0]["resume"]
            eventually(lambda told=told: told[-1] == {"type": "controls", "beta": 4.0})
            fakes.manager.stop(run)


def test_a_run_of_another_server_is_shown_and_left_alone(tmp_path: Path) -> None:
    one, other = Fakes(tmp_path), Fakes(tmp_path)
    run = one.manager.start(TINY, QUICK)
    assert [info.status for info in other.manager.list()] == ["running"]
    with pytest.raises(VaeCoreError, match="another server"):
        other.manager.pause(run)
    one.manager.shutdown()


@pytest.mark.parametrize(
    "run", ["", "..", "../../etc", "0" * 12, "A" * 12, "0123456789a/", "\0" * 12, None, "é" * 12]
)
def test_an_id_that_is_not_a_run_is_refused(fakes: Fakes, run: Any) -> None:
    (fakes.manager.root / "..").mkdir(parents=True, exist_ok=True)
    for ask in (
        fakes.manager.info,
        fakes.manager.pause,
        fakes.manager.resume,
        fakes.manager.stop,
        fakes.manager.events,
        fakes.manager.epoch,
        fakes.manager.epoch,
        lambda run: fakes.manager.keep(run, "name"),
    ):
        with pytest.raises(VaeCoreError, match="no such training run"):
            ask(run)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beta": -1.0}, "beta"),
        ({"beta": float("nan")}, "finite"),
        ({"beta": float("inf")}, "finite"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"part": "neither"}, "part"),
    ],
)
def test_a_control_out_of_range_is_refused(
    fakes: Fakes, changes: dict[str, Any], words: str
) -> None:
    run = fakes.manager.start(TINY, QUICK)
    with pytest.raises(ConfigError, match=words):
        fakes.manager.control(run, **changes)


def test_a_network_that_could_not_be_saved_is_refused_at_the_start(fakes: Fakes) -> None:
    huge = ModelConfig(encoder_width=2048, decoder_width=2048)
    with pytest.raises(ConfigError, match="smaller width"):
        fakes.manager.start(huge, QUICK)


@pytest.mark.parametrize("name", ["", "../up", "Upper", "a/b", ".hidden", "é", "a" * 65, None])
def test_a_model_is_not_kept_under_a_name_that_is_no_name(fakes: Fakes, name: Any) -> None:
    run = fakes.manager.start(TINY, QUICK)
    with pytest.raises(VaeCoreError, match="small letters"):
        fakes.manager.keep(run, name)


def test_a_kept_model_is_a_checkpoint_and_is_not_overwritten_by_chance(fakes: Fakes) -> None:
    run = fakes.manager.start(TINY, QUICK)
    path = fakes.manager.keep(run, "mine")
    assert read_checkpoint(path).config is not None
    assert fakes.manager.events(run)[0][-1] == {"type": "kept", "name": "mine"}
    with pytest.raises(VaeCoreError, match="another name"):
        fakes.manager.keep(run, "mine")
    assert fakes.manager.keep(run, "mine", overwrite=True) == path


def test_only_so_many_runs_are_kept(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.runs.manager.MOST_RUNS", 3)
    runs = []
    for _ in range(5):
        runs.append(fakes.manager.start(TINY, QUICK))
        fakes.of(runs[-1]).end("finished")
        eventually(lambda: not fakes.manager.scheduler.live)
    assert {folder.id for folder in run_folders(fakes.manager.root)} == set(runs[2:])


def test_folders_that_cannot_be_read_are_not_listed_and_go_when_they_are_old(
    fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of an earlier version, whose description had another name."""
    monkeypatch.setattr("vae_core.runs.manager.MOST_RUNS", 3)
    days_old = {}
    for days in (0, 2, 5):
        folder = RunFolder.create(fakes.manager.root, TINY, QUICK)
        folder.append_status("finished")
        folder.description_file.rename(folder.path / "job.json")
        written = time.time() - 86_400 * days
        os.utime(folder.path, (written, written))
        days_old[days] = folder
    held = RunFolder(fakes.manager.root / ("0" * 12))
    held.path.mkdir()
    with held.hold():
        os.utime(held.path, (0, 0))
        assert fakes.manager.list() == []
        run = fakes.manager.start(TINY, QUICK)
    assert [info.id for info in fakes.manager.list()] == [run]
    assert {folder.id for folder in run_folders(fakes.manager.root)} == {
        *(run, held.id),
        *(days_old[0].id, days_old[2].id),
    }


# --- turns


def test_a_paused_run_gives_its_processor_to_the_next_in_the_queue(fakes: Fakes) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(3)]
    manager.pause(runs[0])
    eventually(lambda: manager.info(runs[2]).status == "running")
    assert manager.info(runs[0]).status == "paused"
    assert fakes.computing == 2


@pytest.mark.parametrize("press", ["resume", "step", "epoch"])
def test_a_paused_run_goes_on_at_once_where_a_processor_is_free(fakes: Fakes, press: str) -> None:
    manager = fakes.manager
    run, _ = (manager.start(TINY, QUICK) for _ in range(2))
    manager.pause(run)
    eventually(lambda: not manager.scheduler.turns.full)
    getattr(manager, press)(run)
    kinds = [command["type"] for command in fakes.of(run).commands]
    assert kinds == ["start", "pause", press]


@pytest.mark.parametrize("press", ["resume", "step", "epoch"])
def test_a_paused_run_waits_for_its_turn_where_none_is_free(fakes: Fakes, press: str) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(3)]
    manager.pause(runs[0])
    eventually(lambda: manager.info(runs[2]).status == "running")
    getattr(manager, press)(runs[0])
    info = manager.info(runs[0])
    assert (info.status, info.place, fakes.computing) == ("queued", 1, 2)
    manager.control(runs[0], beta=3.0)
    assert fakes.of(runs[0]).commands[-1] == {"type": "controls", "beta": 3.0}

    manager.stop(runs[1])
    eventually(lambda: manager.info(runs[0]).place is None)
    assert fakes.of(runs[0]).commands[-1]["type"] == press
    assert fakes.computing <= 2


def test_a_run_that_waits_to_go_on_can_be_paused_and_stopped(fakes: Fakes) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(4)]
    for run in runs[:2]:
        manager.pause(run)
    eventually(lambda: manager.info(runs[3]).status == "running")
    for run in runs[:2]:
        manager.resume(run)
    manager.pause(runs[0])
    assert (manager.info(runs[0]).status, manager.info(runs[1]).place) == ("paused", 1)
    manager.stop(runs[1])
    assert (manager.info(runs[1]).status, manager.info(runs[1]).place) == ("stopped", None)
    manager.stop(runs[2])
    eventually(lambda: not manager.scheduler.turns.full)
    assert manager.info(runs[0]).status == "paused"


def test_a_pause_that_was_overtaken_by_a_resume_keeps_its_turn(fakes: Fakes) -> None:
    manager = fakes.manager
    with manager._lock:  # which the thread that hears of the pause waits for
        run = manager.start(TINY, QUICK)
        manager.pause(run)
        manager.resume(run)
    another, third = (manager.start(TINY, QUICK) for _ in range(2))
    fakes.of(run)._reports.join()
    assert [manager.info(r).status for r in (run, another, third)] == [
        *("running", "running", "queued")
    ]


def test_of_many_paused_runs_the_longest_paused_ends_and_can_be_resumed(fakes: Fakes) -> None:
    manager = fakes.manager
    runs = []
    for _ in range(MOST_PAUSED + 2):
        runs.append(manager.start(TINY, QUICK))
        manager.pause(runs[-1])
        eventually(lambda: not manager.scheduler.turns.has(runs[-1]))
    eventually(lambda: len(manager.scheduler.live) == MOST_PAUSED)
    assert [manager.info(run).status for run in runs] == [
        *["interrupted"] * 2,
        *["paused"] * MOST_PAUSED,
    ]
    manager.resume(runs[0])
    assert manager.info(runs[0]).status == "running"
    assert fakes.of(runs[0]).commands[0]["resume"]


def test_a_paused_run_that_ends_as_it_is_told_to_go_on_goes_on_with_another_process(
    fakes: Fakes,
) -> None:
    manager = fakes.manager
    runs = [manager.start(TINY, QUICK) for _ in range(3)]
    manager.pause(runs[0])
    eventually(lambda: manager.info(runs[2]).status == "running")
    first = fakes.of(runs[0])
    manager.resume(runs[0])
    first.end("stopped")  # nobody was there, it thinks
    manager.stop(runs[1])
    eventually(lambda: fakes.of(runs[0]) is not first)
    assert manager.info(runs[0]).status == "running"
    assert [c["type"] for c in fakes.of(runs[0]).commands] == ["start", "resume"]
    assert fakes.of(runs[0]).commands[0]["resume"]


class Pressing(RuleBasedStateMachine):
    """Anybody presses anything, at any time, on any run."""

    def __init__(self) -> None:
        super().__init__()
        self.root = tempfile.TemporaryDirectory()
        self.fakes = Fakes(Path(self.root.name))
        self.manager = self.fakes.manager
        self.runs: list[str] = []

    def teardown(self) -> None:
        self.manager.shutdown()
        assert not any(info.live for info in self.manager.list())
        self.root.cleanup()

    def settle(self) -> None:
        """Wait until the manager has heard of every pause and every end."""

        def heard() -> bool:
            scheduler = self.manager.scheduler
            with self.manager._lock:
                workers = {run: live.worker for run, live in scheduler.live.items()}
                return not any(
                    worker.ended or worker.computing != scheduler.turns.has(run)
                    for run, worker in workers.items()
                    if isinstance(worker, FakeWorker)
                )

        eventually(heard)

    @rule()
    def start(self) -> None:
        self.runs.append(self.manager.start(TINY, QUICK))
        self.settle()

    @rule()
    def warm_up(self) -> None:
        self.manager.warm_up()

    @precondition(lambda self: self.runs)
    @rule(
        data=st.data(), press=st.sampled_from(["pause", "resume", "step", "epoch", "stop", "beta"])
    )
    def press(self, data: st.DataObject, press: str) -> None:
        run = data.draw(st.sampled_from(self.runs))
        before = self.manager.info(run)
        try:
            if press == "beta":
                self.manager.control(run, beta=2.0)
            else:
                getattr(self.manager, press)(run)
        except VaeCoreError as error:
            assert not before.live and str(error).endswith(".")
        else:
            assert before.live or press == "stop" or (press == "resume" and before.resumable)
        self.settle()

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), end=st.sampled_from(["finished", "diverged", "failed", -9, 1, 74]))
    def end(self, data: st.DataObject, end: str | int) -> None:
        run = data.draw(st.sampled_from(self.runs))
        if self.manager.info(run).status in ("running", "paused"):
            worker = self.fakes.of(run)
            worker.die(end) if isinstance(end, int) else worker.end(end)
            self.settle()
            assert self.manager.info(run).status == (end if isinstance(end, str) else "failed")

    @invariant()
    def the_queue_and_the_workers_agree_with_what_is_shown(self) -> None:
        infos = self.manager.list()
        assert {info.id for info in infos} == set(self.runs)
        computing = [i for i in infos if i.status == "running"]
        queued = sorted(i.place or 0 for i in infos if i.status == "queued")
        assert queued == list(range(1, len(queued) + 1))
        capacity = self.manager.scheduler.turns.capacity
        assert len(computing) == self.fakes.computing <= capacity
        assert len(computing) == capacity or not queued
        assert sum(i.status == "paused" for i in infos) <= MOST_PAUSED
        assert set(self.manager.scheduler.live) == {i.id for i in infos if i.live}


Pressing.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestPressing = Pressing.TestCase
