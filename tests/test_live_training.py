"""The Live training page and its routes, with runs that were recorded rather than trained."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageColor, ImageSequence
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from pages._ui.server import run_animation
from pages._ui.server import run_routes as live_routes
from pages._ui.server.static_files import FRONTEND_FOLDER
from pages._ui.shell.pages import PAGES
from pages._ui.training import settings
from tests.running import recorded_run
from tests.test_assets import Answer, ask, get
from vae_core.config import ModelConfig, TrainConfig
from vae_core.runs import manager as jobs
from vae_core.runs.manager import Runs
from vae_core.runs.record import RunFolder

ROUTER = str(Path(__file__).resolve().parents[1] / "pages/_router.py")
ROUTES = Starlette(routes=live_routes.routes("/assets"))


@dataclass
class Recorder(Runs):
    """A manager that starts no process, and remembers what it was asked."""

    folder_of_runs: Path
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.folder_of_runs)

    def warm_up(self) -> None:
        self.asked.append(("warm_up", None))

    def start(self, model: ModelConfig, training: TrainConfig, title: str = "") -> str:
        self.asked.append(("start", (model, training)))
        folder = RunFolder.create(self.folder_of_runs, model, training, title)
        folder.append_status("stopped")
        return folder.id

    def started(self) -> tuple[ModelConfig, TrainConfig]:
        (request,) = [value for name, value in self.asked if name == "start"]
        return request  # type: ignore[no-any-return]


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path / "runs")
    monkeypatch.setattr(jobs, "_manager", recorder)
    yield recorder
    recorder.shutdown()


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=60).run()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page("live_training.py").run()


def component_data(app: AppTest) -> dict[str, Any]:
    """What the browser is told."""
    shown = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    return next(data for (data,) in shown if data.get("page") == "live_training")  # type: ignore[no-any-return]


def button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def number(app: AppTest, label: str) -> Any:
    return next(field for field in app.number_input if field.label == label)


# --- the page -----------------------------------------------------------------------------------


def test_the_page_offers_the_controls_of_a_training(manager: Recorder) -> None:
    app = open_page()
    assert not app.exception
    assert {"Train", "Pause", "Step", "Stop", "Reset"} <= {button.label for button in app.button}
    assert ("warm_up", None) in manager.asked


def test_pressing_train_at_once_starts_the_default_lesson(manager: Recorder) -> None:
    app = open_page()
    button(app, "Train").click().run()
    model, training = manager.started()
    assert not app.error
    assert (model.encoder_width, model.conditional) == (256, False)
    assert (training.beta, training.beta_on, training.schedule) == (1.0, "kl", "constant")
    assert training.epochs == 0  # until somebody stops it


def test_what_the_widgets_say_is_what_is_trained(manager: Recorder) -> None:
    app = open_page()
    next(s for s in app.selectbox if s.label == "Model in training").set_value("cvae")
    number(app, "Seed").set_value(7)
    number(app, "Epochs").set_value(3)
    button(app, "Train").click().run()
    model, training = manager.started()
    assert (model.conditional, model.prior) == (True, "learned")
    assert (training.seed, training.epochs) == (7, 3)


def test_the_mathematics_on_the_page_follows_the_settings(manager: Recorder) -> None:
    app = open_page()
    plain = app.latex[0].value
    assert "p(z)" in plain
    assert plain.index("KL") > plain.index("beta")
    next(s for s in app.selectbox if s.label == "Model in training").set_value("cvae")
    app.run()
    assert "p(z|y)" in app.latex[0].value
    assert "q(z|x,y)" in app.latex[0].value


def test_a_batch_larger_than_the_data_is_refused_in_a_sentence(
    manager: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages._ui.training.data_sets.on_disk", lambda *_: False)
    app = open_page()
    number(app, "Batch size").set_value(5000)
    button(app, "Train").click().run()
    assert "larger than the training set (4,000" in app.error[0].value
    assert not [name for name, _ in manager.asked if name == "start"]


def test_every_stop_of_the_rate_slider_is_a_value_that_training_accepts() -> None:
    for rate in settings.RATES:
        TrainConfig(learning_rate=rate)


@pytest.mark.parametrize("run", ["../../etc/passwd", "0" * 12, "x" * 100_000, "NaN"])
def test_a_run_in_the_address_that_is_not_there_gets_a_sentence(
    manager: Recorder, run: str
) -> None:
    app = open_page(run=run)
    assert not app.exception
    assert app.error
    assert button(app, "Train")


def test_a_shared_link_opens_with_its_settings(manager: Recorder) -> None:
    app = open_page(beta="4", kind="cvae", seed="7", epochs="3")
    button(app, "Train").click().run()
    model, training = manager.started()
    assert model.prior == "learned"
    assert (training.beta, training.seed, training.epochs) == (4.0, 7, 3)


@pytest.mark.parametrize("link", [{"beta": "-1"}, {"width": "1e9"}, {"kind": "gan"}, {"seed": ""}])
def test_a_setting_that_cannot_be_had_is_named_and_left_out(
    manager: Recorder, link: dict[str, str]
) -> None:
    app = open_page(**link)
    assert not app.exception
    assert next(iter(link)) in app.error[0].value
    assert component_data(app)["chosen"]["values"].keys() <= {"lang"}


def test_a_plain_autoencoder_has_no_beta_and_no_kl(manager: Recorder) -> None:
    app = open_page(kind="autoencoder")
    assert component_data(app)["model"]["objective"] == "autoencoder"
    assert "KL" not in app.latex[0].value
    button(app, "Train").click().run()
    assert manager.started()[1].objective == "autoencoder"


def test_the_e_step_is_claimed_only_at_beta_one(manager: Recorder) -> None:
    exact, weighted = (
        " ".join(caption.value for caption in open_page(part="encoder", beta=beta).caption)
        for beta in ("1", "4")
    )
    assert "Only at β = 1" in weighted
    assert "Only at β = 1" not in exact


def test_reset_leaves_no_run_on_screen_and_no_stub_behind(manager: Recorder) -> None:
    folder = recorded_run(manager.folder_of_runs)
    app = open_page(run=folder.id, beta="4")
    button(app, "Reset").click().run()
    told = component_data(app)
    assert told["run"] is None
    assert told["chosen"]["values"] == {"beta": "4"}
    assert [info.id for info in manager.list()] == [folder.id]
    assert not [b for b in app.button if b.key == f"open_{folder.id}"]  # it has not begun


def test_python_and_the_browser_know_the_same_settings() -> None:
    page = next(page for page in PAGES if page.name == "live_training")
    script = (FRONTEND_FOLDER / "pages/live_training/settings.js").read_text()
    names = json.loads(script.split("NAMES = ")[1].split(";")[0])
    assert {"run", *settings.SETTINGS} == set(page.keys) == set(names)


# --- the routes ---------------------------------------------------------------------------------


@pytest.fixture
def run(manager: Recorder) -> RunFolder:
    return recorded_run(manager.folder_of_runs)


def test_events_are_answered_from_the_byte_that_is_asked_for(run: RunFolder) -> None:
    first = json.loads(get(f"/assets/runs/{run.id}/events", "after=0", app=ROUTES).body)
    assert [event["status"] for event in first["events"]] == ["stopped"]
    rest = json.loads(
        get(f"/assets/runs/{run.id}/events", f"after={first['next']}", app=ROUTES).body
    )
    assert rest["events"] == []
    assert rest["next"] == first["next"]


def test_the_layout_and_the_watched_digits_are_served(run: RunFolder) -> None:
    layout = json.loads(get(f"/assets/runs/{run.id}/frames.json", app=ROUTES).body)
    assert (layout["digits"], layout["prior_means"]) == (3, 0)
    assert get(f"/assets/runs/{run.id}/originals.bin", app=ROUTES).body == b"\x07" * 784


class Told(Recorder):
    """A manager that takes any β."""

    def control(self, run: str, **told: Any) -> None:
        self.info(run)
        self.asked.append(("control", told))


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    recorder = Told(tmp_path / "runs")
    monkeypatch.setattr(jobs, "_manager", recorder)
    yield recorder
    recorder.shutdown()


def control(run: str, body: str, kind: str = "application/json") -> Answer:
    path = f"/assets/runs/{run}/control"
    return ask("POST", path, "", body.encode(), app=ROUTES, content_type=kind)


def test_a_run_is_told_its_beta_by_a_request(listening: Told) -> None:
    run = recorded_run(listening.folder_of_runs)
    assert control(run.id, '{"beta": 4}').status == 204
    assert listening.asked == [("control", {"beta": 4})]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"beta": 4}', "text/plain", 400),  # as a form of another site would send it
        ('{"beta": "4"}', "application/json", 400),
        ('{"beta": true}', "application/json", 400),
        ('{"beta": 4, "part": "encoder"}', "application/json", 400),
        ("[4]", "application/json", 400),
        ("{", "application/json", 400),
        (" " * 2000, "application/json", 413),
    ],
)
def test_what_is_not_a_beta_is_refused_in_a_sentence(
    listening: Told, body: str, kind: str, status: int
) -> None:
    run = recorded_run(listening.folder_of_runs)
    answer = control(run.id, body, kind)
    assert (answer.status, answer.body[-1:]) == (status, b".")
    assert listening.asked == []


def test_a_run_that_is_over_does_not_listen(run: RunFolder) -> None:
    answer = control(run.id, '{"beta": 4}')
    assert answer.status == 409
    assert b"over" in answer.body
    assert control("0" * 12, '{"beta": 4}').status == 409


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{run}/frames/0.bin", 404),
        ("{run}/history.gif", 404),
        ("../events", 404),
        ("000000000000/events", 404),
        ("%2e%2e%2f/frames.json", 404),
        ("{run}/events?after=-1", 400),
        ("{run}/events?after=1e9", 400),
        ("{run}/frames/..%2f..%2frun.bin", 400),
    ],
)
def test_what_is_not_there_and_what_is_no_number_is_refused_in_a_sentence(
    run: RunFolder, path: str, status: int
) -> None:
    answer = get(*f"/assets/runs/{path.format(run=run.id)}?".split("?")[:2], app=ROUTES)
    assert answer.status == status
    assert (b"must be a whole number" in answer.body) == (status == 400)
    assert answer.body.endswith(b".")


def table(run: RunFolder) -> list[dict[str, str]]:
    body = get(f"/assets/runs/{run.id}/figures.csv", app=ROUTES).body.decode()
    return list(csv.DictReader(body.splitlines()))


def test_the_figures_of_a_run_are_a_table(run: RunFolder) -> None:
    held_out = {"reconstruction": 146.0, "kl": 6.0, "kl_per_dim": [2.0, 4.0], "active_units": 2}
    shared = {"beta": 2.0, "terms": {"reconstruction": 145.0, "kl": 5.0}}
    run.append(type="snapshot", step=5, epoch=0.5, **shared)
    run.append(type="frame", index=0, step=6, epoch=0.6, beta=2.0, accuracy=0.5, held_out=held_out)
    run.append(type="snapshot", step=6, epoch=0.6, **shared)
    first, second = table(run)
    assert (first["step"], first["beta"], first["kl_z2"]) == ("5", "2.0", "")
    assert (first["reconstruction"], first["kl"], first["minus_elbo"]) == ("145.0", "5.0", "150.0")
    assert (first["validation_kl"], second["validation_kl"]) == ("", "6.0")
    assert (second["validation_reconstruction"], second["validation_minus_elbo"]) == (
        "146.0",
        "152.0",
    )
    assert (second["kl_z1"], second["kl_z2"], second["accuracy"]) == ("2.0", "4.0", "0.5")


def test_the_table_of_an_autoencoder_has_no_kl_and_no_bound(run: RunFolder) -> None:
    held_out = {"reconstruction": 146.0, "active_units": 2}
    run.append(type="frame", index=0, step=5, epoch=1, beta=1.0, accuracy=0.5, held_out=held_out)
    run.append(type="snapshot", step=5, terms={"reconstruction": 145.0})
    (row,) = table(run)
    assert (row["reconstruction"], row["validation_reconstruction"]) == ("145.0", "146.0")
    assert not [name for name in row if name.endswith(("elbo", "kl"))]


def animated(manager: Recorder, steps: int) -> RunFolder:
    """A run of so many frames, a nat better each."""
    run = recorded_run(manager.folder_of_runs)
    for step in range(steps):
        points = np.array([[0, 0], [1, 1], [-1, -1]], "<f4") * step
        tiles = np.full((2, 28, 28), 255, np.uint8)
        held_out = {"reconstruction": 150.0 - step, "kl": 5.0, "kl_per_dim": [2.0, 3.0]}
        shared = {"step": step, "epoch": step / 2, "beta": 1.0, "accuracy": 0.72}
        index = run.append_frame(points.tobytes() + tiles.tobytes())
        run.append(type="frame", index=index, held_out=held_out, **shared)
    return run


def frames_of(run: RunFolder, query: str = "") -> list[Image.Image]:
    gif = Image.open(io.BytesIO(get(f"/assets/runs/{run.id}/history.gif", query, app=ROUTES).body))
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(gif)]


def test_the_animation_fits_a_slide_and_ends_with_the_whole_curve(manager: Recorder) -> None:
    run = animated(manager, 5)
    frames = frames_of(run)
    assert len(frames) == 5
    assert frames[0].height >= 1080
    blue = np.array(ImageColor.getrgb(run_animation._LINES["light"][0]))
    columns = [np.flatnonzero((np.asarray(f) == blue).all(2).any(0)) for f in frames]
    assert len(columns[0]) == 0  # one moment is no line yet
    widths = [np.ptp(column) for column in columns[1:]]
    assert widths == sorted(widths)
    assert widths[-1] == pytest.approx(run_animation.PLANE, abs=8)


def test_the_animation_is_of_the_pages_theme_and_language(manager: Recorder) -> None:
    run = animated(manager, 2)
    light, dark, chinese = (
        frames_of(run, query)[-1] for query in ("theme=light", "theme=dark", "lang=zh")
    )
    assert light.getpixel((2, 2)) == (255, 255, 255)
    assert dark.getpixel((2, 2)) == (14, 17, 23)
    caption = (0, 0, light.width, run_animation.CAPTION)
    assert light.crop(caption).tobytes() != chinese.crop(caption).tobytes()
    below = (0, run_animation.CAPTION, light.width, run_animation.CAPTION + run_animation.PLANE)
    assert light.crop(below).tobytes() == chinese.crop(below).tobytes()
