"""A run from its first command to its last status, in this process."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.running import QUICK, TINY, statuses, steps, weights
from vae_core.data.datasets import Dataset, Split
from vae_core.errors import ConfigError
from vae_core.objective import evaluate, posteriors
from vae_core.runs import driver, recorder, worker
from vae_core.runs.driver import Driver, Inbox
from vae_core.runs.frames import Observer
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import Event, valid_events
from vae_core.storage.checkpoints import load_checkpoint, read_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, TINY, QUICK, "a title")


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
HELD_OUT = (DATA.validation.images, DATA.validation.labels)


class Script(Inbox):
    """Commands given beforehand, each when the run has reached a step."""

    def __init__(self, *commands: tuple[int, Event]) -> None:
        self.controls = None
        self.commands = list(commands)
        self.driver: Driver | None = None

    def get(self, timeout: float) -> Event | None:
        assert self.driver is not None
        self.driver.recorder.every = 1  # look after every batch
        self.driver.controls.every = 1
        if self.commands and self.driver.run.step >= self.commands[0][0]:
            return self.commands.pop(0)[1]
        return None


@pytest.fixture
def train(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[Event]]]:
    """Train with a script of commands, until the run ends; its events."""
    monkeypatch.setattr(driver, "load_dataset", lambda *_, **__: DATA)
    monkeypatch.setattr(recorder, "FRAME_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "FRAME_PATIENCE", 0.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a worker does

    def train(
        *commands: tuple[int, Event],
        resume: bool = False,
        report: list[int] | None = None,
        **training: Any,
    ) -> list[Event]:
        run = replace(folder.description(), training=replace(QUICK, **training))
        folder.description_file.write_text(run.to_json())
        script = Script(*commands)
        script.driver = Driver(
            folder,
            script,
            order=1,
            resume=resume,
            patience=0.0,
            report=[].append if report is None else report.append,
        )
        script.driver.train()
        return list(folder.all_events())

    yield train
    torch.set_num_threads(threads)


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
    folder.description_file.write_text(replace(folder.description(), model=conditional).to_json())
    last = held_out(train())
    shape, checkpoint = folder.layout(), load_checkpoint(folder.model_file)
    assert shape is not None
    assert (shape.conditional, shape.prior_means, shape.grid) == (True, 10, 10)
    record = folder.frame(folder.frame_count() - 1)
    assert len(record) == shape.record_bytes
    prior_mu = checkpoint.model.prior_mu.detach()
    recorded = np.frombuffer(record, "<f4", 20, offset=60 * 8).reshape(10, 2)
    np.testing.assert_allclose(recorded, prior_mu.numpy(), atol=1e-6)
    assert np.abs(recorded).max() > 0
    figures = evaluate(checkpoint.model, *HELD_OUT, dataset="squares validation")
    assert sum(last["kl_per_dim"]) == pytest.approx(figures.kl, rel=1e-4)

    rows = np.frombuffer(record, np.uint8, 100 * 784, offset=70 * 8).reshape(10, 10, 784) / 255.0
    styles = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        sixes = checkpoint.model.decode(prior_mu[6] + styles, torch.full((10,), 6)).mean.numpy()
    np.testing.assert_allclose(rows[6], sixes, atol=0.51 / 255)


def held_out(events: list[Event]) -> dict[str, Any]:
    """The figures of the last frame."""
    figures: dict[str, Any] = [e for e in events if e["type"] == "frame"][-1]["held_out"]
    return figures


def test_each_frame_has_the_figures_of_the_validation_images_and_their_kl_split(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    last = held_out(train(epochs=10))
    model = load_checkpoint(folder.model_file).model
    figures = evaluate(model, *HELD_OUT, dataset="squares validation")
    assert last["reconstruction"] == pytest.approx(-figures.log_likelihood, rel=1e-4)
    assert last["kl"] == pytest.approx(figures.kl, rel=1e-4)
    assert sum(last["kl_per_dim"]) == pytest.approx(last["kl"], rel=1e-5)
    variances = posteriors(model, *HELD_OUT).mu.var(axis=0, ddof=1)
    assert last["active_units"] == (variances > 0.01).sum() > 0


def test_a_collapsed_posterior_has_no_active_units(train: Callable[..., list[Event]]) -> None:
    last = held_out(train(epochs=20, beta=100.0))
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


def test_a_paused_run_that_waits_for_its_turn_says_so_and_has_all_the_patience(
    train: Callable[..., list[Event]],
) -> None:
    events = train(
        (2, {"type": "pause"}),
        (2, {"type": "wait"}),
        (2, {"type": "touch"}),
        (2, {"type": "pause"}),
        (2, {"type": "wait"}),
        (2, {"type": "resume", "order": 2}),
    )
    expected = ["running", "paused", "queued", "paused", "queued", "running", "finished"]
    assert statuses(events) == expected


def test_a_pause_is_reported_with_the_order_that_it_follows(
    train: Callable[..., list[Event]],
) -> None:
    reports: list[int] = []
    step = {"type": "step", "steps": 1}
    train(
        (0, {**step, "order": 5}), (1, {**step, "order": 8}), (2, {"type": "stop"}), report=reports
    )
    assert reports == [5, 8]


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


def test_a_finished_run_goes_on_with_its_weights_and_its_optimiser_until_it_is_stopped(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    train((57, {"type": "stop"}), epochs=9)
    whole = weights(folder)
    folder.events_file.unlink()
    folder.state_file.unlink()
    train()
    events = train((57, {"type": "stop"}), resume=True)
    assert statuses(events) == ["running", "finished", "running", "stopped"]
    assert steps(valid_events(events), "frame")[-1] == 57
    assert np.array_equal(weights(folder), whole)


def test_without_a_number_of_epochs_a_run_goes_on_until_it_is_stopped(
    train: Callable[..., list[Event]],
) -> None:
    events = train((501, {"type": "stop"}), epochs=0)
    assert statuses(events) == ["running", "stopped"]
    assert steps(events, "frame")[-1] == 501


def test_changes_that_follow_each_other_within_a_second_are_one(
    train: Callable[..., list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [(3 + i, {"type": "controls", "beta": 1.0 + i}) for i in range(4)]
    (control,) = (e for e in valid_events(train(*changes)) if e["type"] == "control")
    assert (control["step"], control["beta"]) == (4, 4.0)
    monkeypatch.setattr(recorder, "ONE_CHANGE_SECONDS", 0.0)
    each = [e["beta"] for e in valid_events(train(*changes)) if e["type"] == "control"]
    assert each[-3:] == [2.0, 3.0, 4.0]


def test_a_long_run_keeps_so_many_frames_spread_over_all_of_it(
    folder: RunFolder, train: Callable[..., list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_FRAMES", 10)
    monkeypatch.setattr(recorder.Recorder, "_interval", lambda *_: 0.0)
    frames = [e for e in valid_events(train(epochs=20)) if e["type"] == "frame"]
    assert len(frames) == folder.frame_count() == 10
    assert sorted(frame["index"] for frame in frames) == list(range(10))
    at = np.array([frame["step"] for frame in frames])
    assert (at[0], at[-1]) == (0, 200)
    assert np.diff(at).max() <= 60
    last = np.frombuffer(folder.frame(frames[-1]["index"]), "<f4", 120).reshape(60, 2)
    latents = read_checkpoint(folder.model_file).latents
    np.testing.assert_allclose(last, latents.mu, atol=1e-5)


def test_a_damaged_state_is_refused_with_a_sentence(
    folder: RunFolder, train: Callable[..., list[Event]]
) -> None:
    train((13, {"type": "close"}))
    folder.state_file.write_bytes(folder.state_file.read_bytes()[:-100])
    with pytest.raises(ConfigError, match="damaged"):
        train(resume=True)


def test_a_run_does_not_go_on_with_other_images_than_it_recorded(
    folder: RunFolder, train: Callable[..., list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full MNIST has arrived where the embedded digits were: frames are of another size then."""
    train((7, {"type": "close"}))
    first, originals = folder.frame(0), folder.originals_file.read_bytes()
    arrived = replace(DATA, test=digits(50, 3))
    monkeypatch.setattr(driver, "load_dataset", lambda *_, **__: arrived)
    with pytest.raises(ConfigError, match="start it again"):
        train(resume=True)
    assert (folder.frame(0), folder.originals_file.read_bytes()) == (first, originals)


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
    look = Observer.look

    def slow_look(self: Observer) -> Any:
        time.sleep(0.05)
        return look(self)

    monkeypatch.setattr(Observer, "look", slow_look)
    monkeypatch.setattr(recorder, "FRAME_PATIENCE", 20.0)
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
    assert re.search(words, str(worker.describe(error)))
