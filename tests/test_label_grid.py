"""The label grid page without a browser: noise, samples that are read, what Python tells it."""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages._ui.server import grid_drawing
from pages._ui.server import offered as models
from pages._ui.server.cache import SharedCache
from pages._ui.server.grid_noise import noise
from pages._ui.server.grid_routes import MAX_SEED
from pages._ui.server.offered import TRAIN_LABELLED_COMMAND
from pages._ui.shell import label_grid
from pages._ui.shell.pages import PAGES
from pages._ui.shell.session import Session
from tests.conftest import write_checkpoint
from tests.test_assets import Answer, get
from vae_core.config import ModelConfig
from vae_core.storage import checkpoints

MAP, GRID = (
    next(page for page in PAGES if page.name == name) for name in ("latent_map", "label_grid")
)
ROUTER = str(Path(__file__).resolve().parents[1] / "pages/_router.py")


def write_conditional(path: Path, *, dataset: str = "MNIST", prior: str = "learned") -> Path:
    """Save a small CVAE with random weights."""
    return write_checkpoint(path, seed=3, dataset=dataset, conditional=True, prior=prior)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a plain and a conditional model. Tests do not change it."""
    folder = tmp_path_factory.mktemp("labelled")
    write_checkpoint(folder / "vae.safetensors")
    write_conditional(folder / "cvae.safetensors")
    return folder


@pytest.fixture(autouse=True)
def folder(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models.REGISTRY, "_folder", saved)
    return saved


@pytest.fixture
def cvae() -> models.Entry:
    return models.REGISTRY.refresh()[0]["cvae"]


@pytest.fixture
def vae() -> models.Entry:
    return models.REGISTRY.refresh()[0]["vae"]


# --- noise --------------------------------------------------------------------------------------


def test_noise_is_standard_normal() -> None:
    epsilon = noise(5, range(1, 50_001))

    assert np.abs(epsilon.mean(axis=0)).max() < 0.02
    assert np.abs(np.cov(epsilon.T) - np.eye(2)).max() < 0.03
    assert np.abs((epsilon**4).mean(axis=0) - 3).max() < 0.15


@given(st.integers(0, MAX_SEED), st.integers(1, 200))
def test_a_style_does_not_depend_on_the_others(seed: int, style: int) -> None:
    assert np.array_equal(noise(seed, [style])[0], noise(seed, range(1, 201))[style - 1])


def test_seeds_give_different_noise() -> None:
    first = {tuple(noise(seed, [1])[0]) for seed in range(1000)}

    assert len(first) == 1000


# --- what the classifier reads ------------------------------------------------------------------


def read(entry: models.Entry, **query: Any) -> Answer:
    return get(f"/assets/models/{entry.sha256}/read.json", urllib.parse.urlencode(query))


class Reader:
    """Stands in for the classifier: reads the brightest column of an image, modulo 10."""

    def read(self, images: torch.Tensor) -> torch.Tensor:
        assert images.shape == (100, 784)
        assert 0 <= images.min() <= images.max() <= 1
        return images.reshape(-1, 28, 28).sum(dim=1).argmax(dim=1) % 10


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    reader = Reader()
    monkeypatch.setattr(grid_drawing, "_classifier", lambda: reader)
    monkeypatch.setattr(grid_drawing, "_READ", SharedCache(16))
    return reader


def test_labels_are_read_in_the_samples_of_the_prior_asked_for(
    cvae: models.Entry, vae: models.Entry, reader: Reader
) -> None:
    epsilon = torch.from_numpy(noise(7, range(1, 101))).float()
    six = torch.full((100,), 6)
    conditional = models.REGISTRY.model(cvae)
    with torch.no_grad():
        asked = conditional.decode(conditional.prior(six).mean + epsilon, six).mean
        plain = models.REGISTRY.model(vae).decode(epsilon).mean

    for answer, images in ((read(cvae, label=6, seed=7), asked), (read(vae, seed=7), plain)):
        assert json.loads(answer.body) == {"read": reader.read(images).tolist()}


@pytest.mark.parametrize(
    "query", [{}, {"seed": 1}, {"seed": 1, "label": 10}, {"seed": "x", "label": 1}], ids=str
)
def test_a_label_that_the_model_lacks_is_refused(
    query: dict[str, Any], cvae: models.Entry, reader: Reader
) -> None:
    answer = read(cvae, **query)

    assert answer.status == 400
    assert answer.body.endswith(b".")


def test_other_data_than_digits_is_not_read(tmp_path: Path, monkeypatch: Any) -> None:
    write_conditional(tmp_path / "fashion.safetensors", dataset="FashionMNIST")
    monkeypatch.setattr(models.REGISTRY, "_folder", tmp_path)
    entry = models.REGISTRY.refresh()[0]["fashion"]
    answer = read(entry, label=1, seed=1)

    assert (answer.status, answer.body) == (503, b"The classifier reads MNIST digits only.")


# --- the page -----------------------------------------------------------------------------------


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=30)
    app.switch_page("label_grid.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def data_of(app: AppTest) -> dict[str, Any]:
    """What the page told its JavaScript."""
    assert not app.exception
    _bar, component = app.get("bidi_component")
    (data,) = json.loads(component.proto.json)
    return data  # type: ignore[no-any-return]


def test_the_page_tells_the_browser_where_its_models_are() -> None:
    data = data_of(open_page(model="cvae"))

    assert data["model"]["id"] == "cvae"
    assert data["plain"]["id"] == "vae"
    assert data["chosen"]["problem"] is None


def test_the_page_sends_the_same_whatever_its_view_is() -> None:
    plain = data_of(open_page(model="cvae"))
    viewed = data_of(open_page(model="cvae", part="write", number="42", columns="nonsense"))

    for data in (plain, viewed):
        data.pop("chosen")  # names the session
    assert viewed == plain


def test_only_models_that_take_a_label_are_offered_by_the_names_that_people_read() -> None:
    app = open_page()

    assert data_of(app)["model"]["id"] == "cvae"
    assert app.selectbox(key="model").options == ["CVAE, β 1, −ELBO 213.5 nats"]


def test_an_address_that_names_a_model_without_labels_is_told_so() -> None:
    data = data_of(open_page(model="vae"))

    assert data["model"]["id"] == "cvae"
    assert data["chosen"]["values"] == {}
    assert data["chosen"]["problem"] == (
        "VAE, β 1, −ELBO 210.5 nats cannot be asked for a label. "
        "The models that can are in the list."
    )


def test_a_model_chosen_on_another_page_is_passed_over_without_a_word_and_holds_there() -> None:
    session = Session()
    session.open(MAP, {"model": "vae"})
    session.open(GRID, {})
    session.pass_over("model", "It cannot be asked.")
    here = session.chosen()
    assert (here["values"], here["problem"]) == ({}, None)

    message = {"session": session.name, "revision": 0, "number": 1, "seen": 0}
    session.hear({**message, "texts": {"lang": "en"}})  # of this page's address, without a model
    session.open(MAP, {})
    assert session.values["model"] == "vae"

    session.open(GRID, {})
    session.pass_over("model", "It cannot be asked.")
    session.hear({**message, "texts": {"model": "cvae"}})
    assert session.chosen()["values"] == {"model": "cvae"}
    session.choose(model="other")
    assert session.chosen()["values"] == {"model": "other"}


def test_a_plain_autoencoder_has_no_prior_to_compare_with(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "a.safetensors", objective="autoencoder")
    write_conditional(tmp_path / "cvae.safetensors")
    write_checkpoint(tmp_path / "vae.safetensors")
    offered = models.Registry(tmp_path).refresh()[0]
    plain = label_grid.plain_entry(offered["cvae"], list(offered.values()))

    assert plain is not None
    assert plain.name == "vae"


def test_without_a_conditional_model_the_page_says_how_to_train_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_checkpoint(tmp_path / "vae.safetensors")
    monkeypatch.setattr(models.REGISTRY, "_folder", tmp_path)
    app = open_page()

    assert not app.exception
    assert TRAIN_LABELLED_COMMAND in app.info[0].value


def test_the_train_command_is_one_that_the_command_line_understands() -> None:
    import tyro

    *command, file, conditional, prior, learned = TRAIN_LABELLED_COMMAND.split()
    config = tyro.cli(ModelConfig, args=[conditional, prior, learned])

    assert command == ["python", "-m", "vae_core", "train"]
    assert (Path(file).suffix, config.conditional, config.prior) == (
        checkpoints.SUFFIX,
        True,
        "learned",
    )


def test_other_labels_have_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_conditional(tmp_path / "fashion.safetensors", dataset="FashionMNIST")
    monkeypatch.setattr(models.REGISTRY, "_folder", tmp_path)
    data = data_of(open_page())

    assert data["class_names"][7] == "Sneaker"
    assert not data["readable"]
    assert data["plain"] is None
