"""The label grid page without a browser: links, numbers, routes, and what Python tells it."""

from __future__ import annotations

import io
import json
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages._ui.server import grid_drawing
from pages._ui.server import offered as models
from pages._ui.server.grid_noise import noise
from pages._ui.server.grid_number import (
    ARRANGEMENTS,
    MAX_COLUMNS,
    MAX_DIGITS,
    MAX_DRAWN,
    MAX_SEED,
    WrittenNumber,
)
from pages._ui.shell import label_grid
from tests.conftest import write_checkpoint
from tests.test_assets import Answer, get
from vae_core.config import ModelConfig
from vae_core.storage import checkpoints

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


# --- numbers ------------------------------------------------------------------------------------

numbers = st.builds(
    WrittenNumber,
    number=st.text("0123456789", max_size=MAX_DIGITS),
    styles=st.sampled_from(ARRANGEMENTS),
    columns=st.integers(1, MAX_COLUMNS),
)


@given(numbers)
def test_every_row_is_drawn_from_the_number_and_the_picture_stays_small(
    written: WrittenNumber,
) -> None:
    cells = [cell for row in written.rows for cell in row if cell]
    drawn = "".join(str(label) for label, _ in cells)

    assert len(cells) <= MAX_DRAWN
    assert bool(cells) == bool(written.number)
    assert drawn.startswith(written.number)
    assert set(drawn) == set(written.number)


def test_one_style_is_one_line_with_one_style() -> None:
    assert WrittenNumber(number="2026").rows == [[(2, 1), (0, 1), (2, 1), (6, 1)]]


def test_several_styles_write_the_number_once_in_each() -> None:
    rows = WrittenNumber(number="42", styles="several", columns=3).rows
    cells = [cell for row in rows for cell in row if cell]

    assert cells == [(4, 1), (2, 1), (4, 2), (2, 2), (4, 3), (2, 3)]


@pytest.mark.parametrize("styles", ARRANGEMENTS)
def test_a_single_digit_is_a_wall_of_it_each_in_a_style_of_its_own(styles: str) -> None:
    cells = [cell for row in WrittenNumber(number="6", styles=styles).rows for cell in row if cell]

    assert {label for label, _ in cells} == {6}
    assert len({style for _, style in cells}) == len(cells) > 100


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


# --- exports ------------------------------------------------------------------------------------

QUERY = {"number": "2026", "styles": "one", "columns": 10, "spread": 0.8, "seed": 5}


def ask(path: str, **query: Any) -> Answer:
    return get(path, urllib.parse.urlencode(query, doseq=True))


def export(kind: str, entry: models.Entry, **changes: Any) -> Answer:
    return ask(f"/assets/export/number.{kind}", **{"model": entry.sha256, **QUERY, **changes})


def read(entry: models.Entry, **query: Any) -> Answer:
    return ask(f"/assets/models/{entry.sha256}/read.json", **query)


def expected_ink(entry: models.Entry) -> np.ndarray[Any, Any]:
    """2026 in style 1 by the model itself: (28, 4 * 28) in [0, 255], black on white."""
    model = checkpoints.load_checkpoint(entry.data).model
    y = torch.tensor([2, 0, 2, 6])
    epsilon = torch.from_numpy(noise(5, [1])).float()
    with torch.no_grad():
        means = model.decode(model.prior(y).mean + 0.8 * epsilon, y).mean
    return 255 * (1 - torch.cat(list(means.reshape(-1, 28, 28)), dim=1).numpy())


def test_the_png_is_the_number_as_pytorch_draws_it(cvae: models.Entry) -> None:
    answer = export("png", cvae)
    picture = np.asarray(Image.open(io.BytesIO(answer.body)))

    assert answer.headers["content-type"] == "image/png"
    assert 'filename="number.png"' in answer.headers["content-disposition"]
    assert picture.shape == (4 * 28, 4 * 4 * 28)
    assert np.abs(picture[::4, ::4] - expected_ink(cvae)).max() <= 0.51


def test_the_svg_holds_each_digit_once_and_places_all(cvae: models.Entry) -> None:
    import xml.etree.ElementTree as ElementTree

    answer = export("svg", cvae)
    root = ElementTree.fromstring(answer.body)
    uses = root.findall("{*}use")

    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert len(root.findall("{*}defs")) == 3
    assert [use.get("x") for use in uses] == ["0", "28", "56", "84"]
    assert uses[0].get("href") == uses[2].get("href")


def test_the_largest_picture_is_small(cvae: models.Entry) -> None:
    for kind in ("png", "svg"):
        answer = export(kind, cvae, number="1234567890", styles="several", columns=20)
        assert len(answer.body) < 500_000


@pytest.mark.parametrize(
    "changes",
    [
        {"number": ""},
        {"number": "six"},
        {"number": "1" * 65},
        {"number": "1" * 10_000},
        {"styles": "all"},
        {"columns": 0},
        {"columns": 1000},
        {"spread": "nan"},
        {"spread": "-1"},
        {"spread": "1e9"},
        {"seed": -1},
        {"seed": 10**7},
        {"seed": [1, 2]},
        {"more": 1},
        {"model": "../vae"},
        {"model": "0" * 64},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_an_export_of_nonsense_is_refused_with_a_sentence(
    changes: dict[str, Any], cvae: models.Entry
) -> None:
    answer = export("png", cvae, **changes)

    assert answer.status in (400, 404)
    assert answer.body.endswith(b".")
    assert answer.headers["cache-control"] == "no-store"


def test_only_a_conditional_model_writes(vae: models.Entry) -> None:
    assert export("png", vae).status == 400


def test_a_format_that_does_not_exist_is_not_found(cvae: models.Entry) -> None:
    assert export("exe", cvae).status == 404


# --- what the classifier reads ------------------------------------------------------------------


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
    grid_drawing._read.cache_clear()
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
    assert (data["message"], data["replaced"]) == (None, False)


def test_the_page_sends_the_same_whatever_its_view_is() -> None:
    plain = data_of(open_page(model="cvae"))
    viewed = data_of(open_page(model="cvae", part="write", number="42", columns="nonsense"))

    for data in (plain, viewed):
        data.pop("chosen")  # names the session
    assert viewed == plain


def test_a_plain_model_is_replaced_by_a_conditional_one_and_the_page_says_so() -> None:
    data = data_of(open_page(model="vae"))

    assert data["model"]["id"] == "cvae"
    assert data["replaced"]
    assert data["message"] == "vae cannot be asked for a label, so this page shows cvae."


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
    assert label_grid.TRAIN_COMMAND in app.info[0].value


def test_the_train_command_is_one_that_the_command_line_understands() -> None:
    import tyro

    *command, file, conditional, prior, learned = label_grid.TRAIN_COMMAND.split()
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
