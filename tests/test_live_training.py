"""The Live training page and its routes, with runs that were recorded rather than trained."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from pages._ui.server import run_exports
from pages._ui.server import run_routes as live_routes
from pages._ui.server.static_files import FRONTEND_FOLDER
from pages._ui.shell.pages import PAGES
from pages._ui.texts import speak
from pages._ui.training import settings
from tests.running import recorded_run
from tests.test_assets import get
from vae_core.config import Evaluation, ModelConfig, TrainConfig
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


def button(app: AppTest, label: str) -> Any:
    return next(button for button in app.button if button.label == label)


def slider(app: AppTest, label: str) -> Any:
    return next(slider for slider in app.select_slider if slider.label == label)


def number(app: AppTest, label: str) -> Any:
    return next(field for field in app.number_input if field.label == label)


# --- the page -----------------------------------------------------------------------------------


def test_the_page_offers_the_controls_of_a_training(manager: Recorder) -> None:
    app = open_page()
    assert not app.exception
    assert {"Train", "Pause", "Step", "Stop", "Reset"} <= {button.label for button in app.button}
    beta = slider(app, "β")
    assert beta.value == 1.0
    assert (beta.options[0], beta.options[-1]) == ("0", "20")
    assert ("warm_up", None) in manager.asked


def test_pressing_train_at_once_starts_the_default_lesson(manager: Recorder) -> None:
    app = open_page()
    button(app, "Train").click().run()
    model, training = manager.started()
    assert not app.error
    assert (model.encoder_width, model.conditional) == (256, False)
    assert (training.beta, training.beta_on, training.schedule) == (1.0, "kl", "constant")


def test_what_the_widgets_say_is_what_is_trained(manager: Recorder) -> None:
    app = open_page()
    slider(app, "β").set_value(4.0)
    next(s for s in app.selectbox if s.label == "Model in training").set_value("cvae")
    number(app, "Seed").set_value(7)
    number(app, "Epochs").set_value(3)
    button(app, "Train").click().run()
    model, training = manager.started()
    assert (model.conditional, model.prior) == (True, "learned")
    assert (training.beta, training.seed, training.epochs) == (4.0, 7, 3)


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


def test_every_stop_of_the_beta_slider_is_a_value_that_training_accepts() -> None:
    for beta in settings.BETAS:
        TrainConfig(beta=beta)
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
    assert slider(app, "β").value == 1.0


def test_a_plain_autoencoder_has_no_beta_and_no_kl(manager: Recorder) -> None:
    app = open_page(kind="autoencoder")
    assert not [s for s in app.select_slider if s.label == "β"]
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
    terms = {"reconstruction": 145.0, "kl": 5.0}
    held = asdict(Evaluation(-152.0, -146.0, 6.0, 9, "MNIST validation"))
    shared = {"epoch": 0.5, "beta": 2.0, "terms": terms, "kl_per_dim": [2.0, 3.0]}
    run.append(type="snapshot", step=5, validation=None, **shared)
    run.append(type="snapshot", step=6, validation=held, **shared)
    first, second = table(run)
    assert (first["step"], first["beta"], first["kl_z2"]) == ("5", "2.0", "3.0")
    assert (first["reconstruction"], first["kl"], first["minus_elbo"]) == ("145.0", "5.0", "150.0")
    assert (first["validation_kl"], second["validation_kl"]) == ("", "6.0")
    assert (second["validation_reconstruction"], second["validation_minus_elbo"]) == (
        "146.0",
        "152.0",
    )


def test_the_table_of_an_autoencoder_has_no_kl_and_no_bound(run: RunFolder) -> None:
    held = asdict(Evaluation(None, -146.0, None, 9, "MNIST validation"))
    run.append(type="snapshot", step=5, terms={"reconstruction": 145.0}, validation=held)
    (row,) = table(run)
    assert (row["reconstruction"], row["validation_reconstruction"]) == ("145.0", "146.0")
    assert not [name for name in row if name.endswith(("elbo", "kl"))]


def test_a_frame_of_the_gif_says_what_it_is_of_in_the_visitors_language() -> None:
    event = {"epoch": 3.25, "beta": 4.0, "accuracy": 0.72}
    drawn = {}
    for language in ("en", "zh"):
        speak(language)
        drawn[language] = run_exports._caption(event, "MNIST test", 672)
    speak("en")
    assert all(caption.shape == (run_exports.CAPTION, 672) for caption in drawn.values())
    assert all(caption.min() < 10 and caption.max() == 127 for caption in drawn.values())
    assert (drawn["en"] != drawn["zh"]).any()
