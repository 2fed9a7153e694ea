"""Background trainings: the run's folder, a session step by step, the manager, real processes."""

from __future__ import annotations

import errno
import functools
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from vae_core import worker
from vae_core.checkpoints import load_checkpoint, read_checkpoint
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import Dataset, Split
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.jobs import Jobs
from vae_core.processes import ProcessWorker
from vae_core.runs import Event, FrameLayout, RunFolder, run_folders, valid_events
from vae_core.worker import Inbox, Session

TINY = ModelConfig(encoder_width=16, encoder_depth=1, decoder_width=16, decoder_depth=1)
QUICK = TrainConfig(
    epochs=4,
    batch_size=20,
    learning_rate=3e-3,
    schedule="constant",
    validation=0,
    precision="fp32",
    device="cpu",
)
PROJECT = Path(__file__).parent.parent


def eventually(claim: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until the claim holds; its value."""
    deadline = time.monotonic() + seconds
    while not (value := claim()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
    return value


# --- the run's folder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, TINY, QUICK, "a title")


def test_a_job_is_read_as_it_was_written(folder: RunFolder) -> None:
    job = folder.job()
    assert (job.id, job.model, job.training, job.title) == (folder.id, TINY, QUICK, "a title")


def test_a_line_that_is_not_complete_yet_is_left_for_later(folder: RunFolder) -> None:
    folder.append(type="kept", name="a")
    with folder.events_file.open("ab") as file:
        file.write(b'{"type": "kept", "na')
        file.flush()
        events, after = folder.events(0)
        assert [e["name"] for e in events] == ["a"]
        file.write(b'me": "b"}\n')
    assert [e["name"] for e in folder.events(after)[0]] == ["b"]


def test_a_line_that_a_crash_cut_off_is_skipped(folder: RunFolder) -> None:
    with folder.events_file.open("ab") as file:
        file.write(b'{"type": "kept", "na')
    folder.append(type="kept", name="b")
    assert [e["name"] for e in folder.events(0)[0]] == ["b"]


@pytest.mark.parametrize("line", [b"[]", b"3", b"\xff\xfe", b"{}", b'{"type":"status"}'])
def test_a_line_that_is_no_event_is_skipped(folder: RunFolder, line: bytes) -> None:
    folder.events_file.write_bytes(line + b'\n{"type": "kept", "name": "b"}\n')
    assert [e["name"] for e in folder.events(0)[0]] == ["b"]


@pytest.mark.parametrize("after", [-5, 10**12])
def test_asking_beyond_the_events_answers_with_a_place_within_them(
    folder: RunFolder, after: int
) -> None:
    folder.append(type="kept", name="a")
    assert 0 <= folder.events(after)[1] <= folder.events_file.stat().st_size


def test_many_events_are_read_in_several_parts(folder: RunFolder) -> None:
    folder.events_file.write_bytes(b'{"type": "kept", "name": "a"}\n' * 100_000)
    assert len(folder.events(0)[0]) < 100_000
    assert sum(1 for _ in folder.all_events()) == 100_000


def layout(digits: int = 3) -> FrameLayout:
    names = tuple("0123456789")
    return FrameLayout(tuple(range(digits)), 1, 1, "MNIST test", names, "a note")


def test_what_is_left_of_an_incomplete_frame_is_overwritten(folder: RunFolder) -> None:
    folder.layout_file.write_text(layout().to_json())
    size = layout().record_bytes
    folder.append_frame(b"a" * size)
    with folder.frames_file.open("ab") as file:
        file.write(b"half a frame")
    assert folder.append_frame(b"b" * size) == 1
    assert [folder.frame(0), folder.frame(1)] == [b"a" * size, b"b" * size]


def test_a_frame_that_does_not_fit_on_the_disk_leaves_no_part_of_it(folder: RunFolder) -> None:
    folder.layout_file.write_text(layout().to_json())
    size = layout().record_bytes
    code = f"""
import resource, sys
from pathlib import Path
from vae_core.runs import RunFolder
folder = RunFolder(Path(sys.argv[1]))
folder.append_frame(bytes({size}))
resource.setrlimit(resource.RLIMIT_FSIZE, ({size} * 3 // 2,) * 2)
folder.append_frame(bytes({size}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder.path)], stderr=subprocess.PIPE, cwd=PROJECT
    )
    assert b"OSError" in done.stderr
    assert folder.frames_file.stat().st_size == size


@pytest.mark.parametrize("index", [-1, 1, 10**30])
def test_a_frame_that_is_not_there_is_refused(folder: RunFolder, index: int) -> None:
    folder.layout_file.write_text(layout().to_json())
    folder.append_frame(b"a" * layout().record_bytes)
    with pytest.raises(VaeCoreError, match="no such frame"):
        folder.frame(index)


def test_going_back_makes_what_came_after_void() -> None:
    steps = [{"type": "snapshot", "step": n} for n in (5, 10, 15)]
    back = {"type": "status", "status": "running", "step": 10}
    again = {"type": "snapshot", "step": 12}
    assert valid_events([*steps, back, again]) == [*steps[:2], back, again]


def test_the_manager_does_not_need_torch() -> None:
    code = "import sys, vae_core.jobs; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


# --- a session, in this process


def digits(n: int, seed: int) -> Split:
    """Bright squares at one of ten places, with noise."""
    labels = torch.arange(n) % 10
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 40, (n, 28, 28), generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[14 * (label // 5) :, 5 * (label % 5) :][:10, :5] = 255
    return Split(images.byte(), labels)


DATA = Dataset(
    "MNIST", "disk", digits(200, 0), digits(40, 1), digits(60, 2), tuple("0123456789"), "squares"
)


class Script(Inbox):
    """Commands given beforehand, each when the run has reached a step."""

    def __init__(self, *commands: tuple[int, Event]) -> None:
        self.controls = None
        self.commands = list(commands)
        self.session: Session | None = None

    def get(self, timeout: float) -> Event | None:
        assert self.session is not None
        self.session.every = 1  # look after every batch
        self.session.controls.every = 1
        if self.commands and self.session.run.step >= self.commands[0][0]:
            return self.commands.pop(0)[1]
        return None


@pytest.fixture
def train(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[Event]]]:
    """Train with a script of commands, until the run ends; its events."""
    monkeypatch.setattr(worker, "load_dataset", lambda *_, **__: DATA)
    monkeypatch.setattr(worker, "FRAME_SECONDS", 0.0)
    monkeypatch.setattr(worker, "FRAME_PATIENCE", 0.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a worker does

    def train(*commands: tuple[int, Event], resume: bool = False, **training: Any) -> list[Event]:
        job = replace(folder.job(), training=replace(QUICK, **training))
        folder.job_file.write_text(job.to_json())
        script = Script(*commands)
        script.session = Session(folder, script, resume=resume, patience=0.0)
        script.session.train()
        return list(folder.all_events())

    yield train
    torch.set_num_threads(threads)


def statuses(events: list[Event]) -> list[str]:
    return [e["status"] for e in events if e["type"] == "status"]


def steps(events: list[Event], kind: str = "snapshot") -> list[int]:
    return [e["step"] for e in events if e["type"] == kind]


def weights(folder: RunFolder) -> np.ndarray[Any, Any]:
    file = read_checkpoint(folder.model_file)
    return np.concatenate([file.weights[name].ravel() for name in sorted(file.weights)])


def test_a_run_shows_its_first_frame_before_its_first_step_and_its_last_after_its_last(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    events = train()
    assert statuses(events) == ["running", "finished"]
    assert events[0]["type"] == "frame"
    frames = steps(events, "frame")
    assert (frames[0], frames[-1]) == (0, 40)
    assert frames == sorted(set(frames))
    assert events[-1]["status"] == "finished"


def test_a_frame_holds_latent_means_manifold_and_reconstructions(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    train()
    shape = folder.layout()
    assert shape is not None
    assert (shape.digits, shape.grid, shape.reconstructions) == (60, 12, 8)
    assert len(folder.frame(0)) == shape.record_bytes == 60 * 8 + (144 + 8) * 784
    originals = np.frombuffer(folder.originals_file.read_bytes(), np.uint8).reshape(8, 28, 28)
    assert np.array_equal(originals, DATA.test.images[:8].numpy())

    checkpoint = load_checkpoint(folder.model_file)
    record = folder.frame(folder.frame_count() - 1)
    mu = np.frombuffer(record, "<f4", 120).reshape(60, 2)
    np.testing.assert_allclose(mu, checkpoint.file.latents.mu, atol=1e-5)
    shown = np.frombuffer(record, np.uint8, offset=480 + 144 * 784).reshape(8, 784) / 255.0
    with torch.no_grad():
        means = checkpoint.model.decode(torch.from_numpy(mu[:8].copy())).mean.numpy()
    np.testing.assert_allclose(shown, means, atol=0.51 / 255)


def test_a_conditional_run_records_the_prior_means_and_a_row_for_each_label(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    conditional = replace(TINY, conditional=True, prior="learned")
    folder.job_file.write_text(replace(folder.job(), model=conditional).to_json())
    last = [e for e in train() if e["type"] == "snapshot"][-1]
    shape, checkpoint = folder.layout(), load_checkpoint(folder.model_file)
    assert shape is not None
    assert (shape.conditional, shape.prior_means, shape.grid) == (True, 10, 10)
    record = folder.frame(folder.frame_count() - 1)
    assert len(record) == shape.record_bytes
    prior_mu = checkpoint.model.prior_mu.detach()
    recorded = np.frombuffer(record, "<f4", 20, offset=60 * 8).reshape(10, 2)
    np.testing.assert_allclose(recorded, prior_mu.numpy(), atol=1e-6)
    assert np.abs(recorded).max() > 0
    assert sum(last["kl_per_dim"]) == pytest.approx(checkpoint.file.evaluation.kl, rel=1e-3)

    rows = np.frombuffer(record, np.uint8, 100 * 784, offset=70 * 8).reshape(10, 10, 784) / 255.0
    styles = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        sixes = checkpoint.model.decode(prior_mu[6] + styles, torch.full((10,), 6)).mean.numpy()
    np.testing.assert_allclose(rows[6], sixes, atol=0.51 / 255)


def test_the_kl_per_dimension_adds_up_to_the_kl_and_active_units_vary(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    last = [e for e in train(epochs=10) if e["type"] == "snapshot"][-1]
    file = read_checkpoint(folder.model_file)
    assert sum(last["kl_per_dim"]) == pytest.approx(file.evaluation.kl, rel=1e-3)
    variances = file.latents.mu.var(axis=0, ddof=1)
    assert last["active_units"] == (variances > 0.01).sum() > 0


def test_a_collapsed_posterior_has_no_active_units(train: Callable[..., list[Event]]) -> None:
    last = [e for e in train(epochs=20, beta=100.0) if e["type"] == "snapshot"][-1]
    assert last["active_units"] == 0
    assert max(last["kl_per_dim"]) < 0.01


def test_a_change_of_beta_takes_effect_at_the_next_batch(train: Callable[..., list[Event]]) -> None:
    change = {"type": "controls", "beta": 7.0, "part": "encoder"}
    events = train((3, change), (5, {"type": "pause"}), (5, {"type": "step", "steps": 40}))
    (control,) = (e for e in events if e["type"] == "control")
    assert (control["step"], control["beta"], control["part"]) == (3, 7.0, "encoder")
    assert control["learning_rate"] == QUICK.learning_rate
    beta = {e["step"]: e["beta"] for e in events if e["type"] == "snapshot"}
    assert beta[max(n for n in beta if n <= 3)] == 1.0
    assert beta[6] == 7.0


def test_pause_step_epoch_and_resume_stop_exactly_where_they_say(
    train: Callable[..., list[Event]],
) -> None:
    events = train(
        (0, {"type": "pause"}),
        (0, {"type": "step", "steps": 3}),
        (3, {"type": "epoch"}),
        (10, {"type": "epoch"}),
        (20, {"type": "touch"}),
        (20, {"type": "resume"}),
        (25, {"type": "stop"}),
    )
    running = ["running", "paused"]
    assert statuses(events) == [*running * 4, "running", "stopped"]
    paused_at = [
        [0, *steps(events[:i], "frame")][-1]
        for i, e in enumerate(events)
        if e.get("status") == "paused"
    ]
    assert paused_at == [0, 3, 10, 20]
    assert steps(events, "frame")[-1] == 25


def test_a_step_beyond_the_end_finishes_the_run(train: Callable[..., list[Event]]) -> None:
    events = train((0, {"type": "step", "steps": 1000}))
    assert statuses(events) == ["running", "finished"]


def test_a_paused_run_that_nobody_watches_is_stopped_with_its_state(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    events = train((5, {"type": "pause"}))
    assert statuses(events) == ["running", "paused", "stopped"]
    assert "Nobody" in events[-1]["message"]
    assert folder.state_file.exists() and folder.model_file.exists()


def test_an_interrupted_and_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    train()
    whole = weights(folder)
    folder.events_file.unlink()
    train((13, {"type": "close"}))
    events = train(resume=True)
    assert statuses(events) == ["running", "interrupted", "running", "finished"]
    history = valid_events(events)
    assert steps(history) == sorted(set(steps(history)))
    assert np.array_equal(weights(folder), whole)


def test_a_resumed_run_keeps_the_controls_it_was_interrupted_with(
    train: Callable[..., list[Event]],
) -> None:
    train((3, {"type": "controls", "beta": 7.0}), (13, {"type": "close"}))
    events = train(resume=True)
    assert [e["beta"] for e in events if e["type"] == "snapshot"][-1] == 7.0


def test_a_damaged_state_is_refused_with_a_sentence(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    train((13, {"type": "close"}))
    folder.state_file.write_bytes(folder.state_file.read_bytes()[:-100])
    with pytest.raises(ConfigError, match="damaged"):
        train(resume=True)


def test_divergence_ends_the_run_with_good_weights_and_advice(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    events = train(learning_rate=1.0, beta=1000.0, gradient_clip=1e9, epochs=50)
    assert statuses(events) == ["running", "diverged"]
    assert "learning rate" in events[-1]["message"]
    assert np.isfinite(weights(folder)).all()
    assert read_checkpoint(folder.model_file).training.beta == 1000.0


def test_the_saved_model_says_what_it_was_trained_with(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    train((10, {"type": "controls", "beta": 7.0}), (21, {"type": "stop"}))
    file = read_checkpoint(folder.model_file)
    assert (file.training.beta, file.training.epochs) == (7.0, 2)
    assert file.evaluation.dataset == "MNIST test"


def test_frames_take_a_small_share_of_the_time(
    folder: RunFolder, train: Callable[..., list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = worker.Observer.look

    def slow_look(self: worker.Observer) -> Any:
        time.sleep(0.05)
        return look(self)

    monkeypatch.setattr(worker.Observer, "look", slow_look)
    monkeypatch.setattr(worker, "FRAME_PATIENCE", 20.0)
    # Two at the beginning, one at the end, and no other within 0.05 s * FRAME_PATIENCE.
    assert len(steps(train(), "frame")) == 3


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "free some space"),
        (MemoryError(), "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
        (ConfigError("This is the sentence."), "^This is the sentence.$"),
        (ZeroDivisionError("division by zero"), "unexpectedly .ZeroDivisionError"),
    ],
)
def test_every_failure_is_told_in_a_sentence(error: Exception, words: str) -> None:
    assert re.search(words, worker.describe(error))


# --- the manager, with workers that only pretend


class FakeWorker:
    """Follows commands at once, and trains nothing."""

    def __init__(self) -> None:
        self.folder: RunFolder | None = None
        self.commands: list[Event] = []
        self._code = 0
        self._over = threading.Event()

    def send(self, command: Event) -> None:
        if self._over.is_set():
            return
        self.commands.append(command)
        kind = command["type"]
        if kind == "start":
            self.folder = RunFolder(Path(command["run"]))
        assert self.folder is not None
        if kind == "start":
            self.folder.append_status("running")
        elif kind in ("pause", "step", "epoch"):
            self.folder.append_status("paused")
        elif kind == "resume":
            self.folder.append_status("running")
        elif kind == "checkpoint":
            self.save_model()
            self.folder.append(type="checkpoint", step=0, ticket=command["ticket"])
        elif kind == "stop":
            self.end("stopped")

    def save_model(self) -> None:
        from tests.conftest import write_checkpoint

        assert self.folder is not None
        write_checkpoint(self.folder.model_file, points=20)

    def end(self, status: Any) -> None:
        assert self.folder is not None
        self.folder.append_status(status)
        self._over.set()

    def die(self, code: int) -> None:
        self._code = code
        self._over.set()

    def close(self) -> None:
        if self.folder is not None and not self._over.is_set():
            self.folder.append_status("interrupted")
        self._over.set()

    def wait(self, timeout: float | None = None) -> int:
        if not self._over.wait(timeout):
            raise subprocess.TimeoutExpired("fake", timeout or 0)
        return self._code

    kill = close


class Fakes:
    """A manager whose workers pretend, and those workers."""

    def __init__(self, root: Path, capacity: int = 2) -> None:
        self.workers: list[FakeWorker] = []
        self.jobs = Jobs(root / "runs", root / "mine", capacity=capacity, spawn=self._spawn)

    def _spawn(self) -> FakeWorker:
        self.workers.append(FakeWorker())
        return self.workers[-1]

    def of(self, run: str) -> FakeWorker:
        return next(w for w in reversed(self.workers) if w.folder and w.folder.id == run)


@pytest.fixture
def fakes(tmp_path: Path) -> Iterator[Fakes]:
    fakes = Fakes(tmp_path)
    yield fakes
    fakes.jobs.shutdown()


def test_further_runs_wait_in_a_queue_and_know_their_place(fakes: Fakes) -> None:
    jobs = fakes.jobs
    runs = [jobs.start(TINY, QUICK) for _ in range(4)]
    assert [jobs.info(r).status for r in runs] == ["running", "running", "queued", "queued"]
    assert [jobs.place(r) for r in runs] == [None, None, 1, 2]
    jobs.stop(runs[0])
    eventually(lambda: jobs.info(runs[2]).status == "running")
    assert jobs.place(runs[3]) == 1


@pytest.mark.parametrize(
    ("asked", "capacity"),
    [("3", 3), ("", os.cpu_count()), ("0", os.cpu_count()), ("many", os.cpu_count())],
)
def test_the_environment_says_how_many_train_at_once(
    asked: str, capacity: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAE_TRAININGS", asked)
    assert Jobs(tmp_path, spawn=FakeWorker).capacity == capacity


def test_what_is_asked_of_a_waiting_run_is_done_when_its_turn_comes(fakes: Fakes) -> None:
    jobs = fakes.jobs
    runs = [jobs.start(TINY, QUICK) for _ in range(3)]
    jobs.pause(runs[2])
    jobs.control(runs[2], beta=4.0)
    jobs.stop(runs[0])
    eventually(lambda: jobs.info(runs[2]).status == "paused")
    kinds = [command["type"] for command in fakes.of(runs[2]).commands]
    assert kinds == ["start", "pause", "controls"]


def test_a_worker_that_dies_fails_its_run_and_makes_room(fakes: Fakes) -> None:
    jobs = fakes.jobs
    runs = [jobs.start(TINY, QUICK) for _ in range(3)]
    fakes.of(runs[0]).die(-9)
    eventually(lambda: jobs.info(runs[2]).status == "running")
    info = jobs.info(runs[0])
    assert info.status == "failed" and "memory" in (info.message or "") and info.resumable


def test_an_end_that_cannot_be_recorded_is_known_all_the_same(fakes: Fakes) -> None:
    run = fakes.jobs.start(TINY, QUICK)
    events_file = fakes.jobs.folder(run).events_file
    fakes.jobs.info(run)
    events_file.unlink()
    events_file.symlink_to("/dev/full")
    fakes.of(run).die(74)
    eventually(lambda: fakes.jobs.info(run).status == "failed")
    assert "disk is full" in (fakes.jobs.info(run).message or "")
    assert fakes.jobs.events(run, 10**6)[0][-1]["status"] == "failed"


def test_the_spare_is_used_for_the_next_start(fakes: Fakes) -> None:
    fakes.jobs.warm_up()
    fakes.jobs.warm_up()
    assert len(fakes.workers) == 1
    fakes.jobs.start(TINY, QUICK)
    assert len(fakes.workers) == 1


def test_a_spare_that_ends_as_it_is_given_a_run_is_replaced(fakes: Fakes) -> None:
    fakes.jobs.warm_up()
    fakes.workers[0].send = lambda command: None  # type: ignore[method-assign]
    run = fakes.jobs.start(TINY, QUICK)
    fakes.workers[0].die(0)
    eventually(lambda: fakes.jobs.info(run).status == "running")


def test_runs_that_nobody_holds_are_interrupted_and_can_be_resumed(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "runs", TINY, QUICK)
    folder.append_status("running")
    jobs = Fakes(tmp_path).jobs
    (info,) = jobs.list()
    assert info.status == "interrupted" and info.resumable
    jobs.resume(folder.id)
    assert jobs.info(folder.id).status == "running"
    jobs.shutdown()


def test_a_run_of_another_server_is_shown_and_left_alone(tmp_path: Path) -> None:
    one, other = Fakes(tmp_path), Fakes(tmp_path)
    run = one.jobs.start(TINY, QUICK)
    assert [info.status for info in other.jobs.list()] == ["running"]
    with pytest.raises(VaeCoreError, match="another server"):
        other.jobs.pause(run)
    one.jobs.shutdown()


@pytest.mark.parametrize(
    "run", ["", "..", "../../etc", "0" * 12, "A" * 12, "0123456789a/", "\0" * 12, None, "é" * 12]
)
def test_an_id_that_is_not_a_run_is_refused(fakes: Fakes, run: Any) -> None:
    (fakes.jobs.runs / "..").mkdir(parents=True, exist_ok=True)
    for ask in (
        fakes.jobs.info,
        fakes.jobs.pause,
        fakes.jobs.resume,
        fakes.jobs.stop,
        fakes.jobs.events,
        fakes.jobs.epoch,
        lambda run: fakes.jobs.frame(run, 0),
        lambda run: fakes.jobs.keep(run, "name"),
    ):
        with pytest.raises(VaeCoreError, match="no such training run"):
            ask(run)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beta": -1.0}, "β"),
        ({"beta": float("nan")}, "finite"),
        ({"beta": float("inf")}, "finite"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"part": "neither"}, "part"),
    ],
)
def test_a_control_out_of_range_is_refused(
    fakes: Fakes, changes: dict[str, Any], words: str
) -> None:
    run = fakes.jobs.start(TINY, QUICK)
    with pytest.raises(ConfigError, match=words):
        fakes.jobs.control(run, **changes)


def test_a_network_that_could_not_be_saved_is_refused_at_the_start(fakes: Fakes) -> None:
    huge = ModelConfig(encoder_width=2048, decoder_width=2048)
    with pytest.raises(ConfigError, match="smaller width"):
        fakes.jobs.start(huge, QUICK)


@pytest.mark.parametrize("name", ["", "../up", "Upper", "a/b", ".hidden", "é", "a" * 65, None])
def test_a_model_is_not_kept_under_a_name_that_is_no_name(fakes: Fakes, name: Any) -> None:
    run = fakes.jobs.start(TINY, QUICK)
    with pytest.raises(VaeCoreError, match="small letters"):
        fakes.jobs.keep(run, name)


def test_a_kept_model_is_a_checkpoint_and_is_not_overwritten_by_chance(fakes: Fakes) -> None:
    run = fakes.jobs.start(TINY, QUICK)
    path = fakes.jobs.keep(run, "mine")
    assert read_checkpoint(path).config is not None
    assert fakes.jobs.events(run)[0][-1] == {"type": "kept", "name": "mine"}
    with pytest.raises(VaeCoreError, match="another name"):
        fakes.jobs.keep(run, "mine")
    assert fakes.jobs.keep(run, "mine", overwrite=True) == path


def test_only_so_many_runs_are_kept(fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.jobs.MOST_RUNS", 3)
    runs = []
    for _ in range(5):
        runs.append(fakes.jobs.start(TINY, QUICK))
        fakes.of(runs[-1]).end("finished")
        eventually(lambda: fakes.jobs._busy() == 0)
    assert {folder.id for folder in run_folders(fakes.jobs.runs)} == set(runs[2:])


class Pressing(RuleBasedStateMachine):
    """Anybody presses anything, at any time, on any run."""

    def __init__(self) -> None:
        super().__init__()
        self.root = tempfile.TemporaryDirectory()
        self.fakes = Fakes(Path(self.root.name))
        self.jobs = self.fakes.jobs
        self.runs: list[str] = []

    def teardown(self) -> None:
        self.jobs.shutdown()
        assert not any(info.live for info in self.jobs.list())
        self.root.cleanup()

    def settle(self) -> None:
        """Wait until the manager has noticed every end."""

        def noticed() -> bool:
            return not any(
                isinstance(live.worker, FakeWorker) and live.worker._over.is_set()
                for live in list(self.jobs._live.values())
            )

        eventually(noticed)

    @rule()
    def start(self) -> None:
        self.runs.append(self.jobs.start(TINY, QUICK))

    @rule()
    def warm_up(self) -> None:
        self.jobs.warm_up()

    @precondition(lambda self: self.runs)
    @rule(
        data=st.data(), press=st.sampled_from(["pause", "resume", "step", "epoch", "stop", "beta"])
    )
    def press(self, data: st.DataObject, press: str) -> None:
        run = data.draw(st.sampled_from(self.runs))
        before = self.jobs.info(run)
        try:
            if press == "beta":
                self.jobs.control(run, beta=2.0)
            else:
                getattr(self.jobs, press)(run)
        except VaeCoreError as error:
            assert not before.live and str(error).endswith(".")
        else:
            assert before.live or press == "stop" or (press == "resume" and before.resumable)
        self.settle()

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), end=st.sampled_from(["finished", "diverged", "failed", -9, 1, 74]))
    def end(self, data: st.DataObject, end: str | int) -> None:
        run = data.draw(st.sampled_from(self.runs))
        if self.jobs.info(run).status in ("running", "paused"):
            worker = self.fakes.of(run)
            worker.die(end) if isinstance(end, int) else worker.end(end)
            self.settle()
            assert self.jobs.info(run).status == (end if isinstance(end, str) else "failed")

    @invariant()
    def the_queue_and_the_workers_agree_with_what_is_shown(self) -> None:
        infos = self.jobs.list()
        assert {info.id for info in infos} == set(self.runs)
        busy = [i for i in infos if i.status in ("running", "paused")]
        queued = sorted(i.place or 0 for i in infos if i.status == "queued")
        assert len(busy) == min(self.jobs.capacity, len(busy) + len(queued))
        assert queued == list(range(1, len(queued) + 1))
        assert set(self.jobs._live) == {i.id for i in infos if i.live}


Pressing.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestPressing = Pressing.TestCase


# --- real processes

SMALL = ModelConfig(encoder_width=32, encoder_depth=1, decoder_width=32, decoder_depth=1)
LONGER = TrainConfig(
    epochs=10, batch_size=100, learning_rate=3e-3, schedule="constant", device="cpu", validation=100
)
SERVER = """
import sys, time
from pathlib import Path
from vae_core.config import ModelConfig, TrainConfig
from vae_core.jobs import Jobs
from vae_core.processes import ProcessWorker
runs = Path(sys.argv[1])
jobs = Jobs(runs, runs / "mine", spawn=lambda: ProcessWorker(nice=0))
model, training = ModelConfig.from_json(sys.argv[2]), TrainConfig.from_json(sys.argv[3])
print(jobs.start(model, training), flush=True)
time.sleep(100)
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jobs]:
    """A manager with real workers; they train on the embedded digits."""
    root = tmp_path_factory.mktemp("jobs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_DATA_DIR", str(root / "no-data"))
        spawn = functools.partial(ProcessWorker, nice=0)
        jobs = Jobs(root / "runs", root / "mine", capacity=3, spawn=spawn)
        yield jobs
        jobs.shutdown()
    workers = [live.worker for live in jobs._live.values()]
    assert all(not isinstance(w, ProcessWorker) or w.process.poll() is not None for w in workers)


@pytest.fixture(scope="module")
def alone(real: Jobs) -> np.ndarray[Any, Any]:
    """Weights of a run that nothing disturbed."""
    run = real.start(SMALL, LONGER)
    eventually(lambda: not real.info(run).live, 60)
    assert real.info(run).status == "finished", real.info(run).message
    return weights(real.folder(run))


def test_two_runs_with_the_same_seed_give_the_same_weights_as_each_alone(
    real: Jobs, alone: np.ndarray[Any, Any]
) -> None:
    runs = [real.start(SMALL, LONGER) for _ in range(2)]
    for run in runs:
        eventually(lambda run=run: real.info(run).status == "finished", 60)
        assert np.array_equal(weights(real.folder(run)), alone)


def test_a_run_survives_the_end_of_its_worker_and_of_its_server(
    real: Jobs, alone: np.ndarray[Any, Any]
) -> None:
    """Both are killed with -9; resumed, both runs end as if nothing had happened."""
    arguments = [str(real.runs), SMALL.to_json(), LONGER.to_json()]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert server.stdout is not None
    orphan = server.stdout.readline().strip()
    server.stdout.close()
    killed = real.start(SMALL, LONGER)

    eventually(real.folder(killed).state_file.exists)
    worker = real._live[killed].worker
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


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux limits another process's files")
def test_a_full_disk_ends_the_run_with_a_sentence_and_the_server_goes_on(real: Jobs) -> None:
    run = real.start(SMALL, replace(LONGER, epochs=1000))
    eventually(lambda: real.info(run).status == "running")
    worker = real._live[run].worker
    assert isinstance(worker, ProcessWorker)
    resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (10, 10))  # type: ignore[attr-defined]
    eventually(lambda: real.info(run).status == "failed")
    assert "disk is full" in (real.info(run).message or "")
    assert real.list()


def test_a_process_is_not_left_behind_when_nobody_needs_it(tmp_path: Path) -> None:
    spare = ProcessWorker(patience=0.1)
    assert spare.wait(30) == 0
    spare.close()
