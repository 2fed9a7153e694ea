"""The pages, run by Streamlit's own test harness: what is on screen, and what survives nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from pages._ui import errors, models
from pages._ui.view import DEFAULT_LAYERS, MAX_PINS, View, pin_key
from tests.conftest import write_checkpoint

ROUTER = str(Path(__file__).resolve().parents[1] / "pages/_router.py")
PNG = "data:image/png;base64,"


@pytest.fixture(autouse=True)
def folder(checkpoints_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder of the test's own, the two small checkpoints in it."""
    for path in checkpoints_folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(models.REGISTRY, "_folder", tmp_path)
    return tmp_path


def open_app(**query: str) -> AppTest:
    app = AppTest.from_file(ROUTER, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def map_data(app: AppTest) -> dict[str, Any]:
    """What the page told the map's JavaScript."""
    (component,) = app.get("bidi_component")
    (data,) = json.loads(component.proto.json)
    return data  # type: ignore[no-any-return]


# --- a first visit ------------------------------------------------------------------------------


def test_the_page_opens_on_the_default_model_with_an_empty_strip() -> None:
    app = open_app()
    data = map_data(app)

    assert not app.exception
    assert not app.error
    assert app.selectbox[0].label == "Model"
    assert app.selectbox[0].value == "vae"
    assert data["model"]["id"] == "vae"
    assert data["layers"] == list(DEFAULT_LAYERS)
    assert data["pins"] == []
    assert data["export"] is None
    assert data["message"] is None


def test_the_picker_names_models_by_their_figures() -> None:
    assert open_app().selectbox[0].options == [
        "VAE, β 1, −ELBO 210.5 nats",
        "VAE, β 4, −ELBO 211.5 nats",
    ]


def test_choosing_a_model_keeps_the_pins_and_decodes_them_with_it() -> None:
    app = open_app(pins="0.5,1")
    before = map_data(app)
    app.selectbox[0].select("vae-beta4").run()
    after = map_data(app)

    assert after["model"]["id"] == "vae-beta4"
    assert after["model"]["sha256"] != before["model"]["sha256"]
    assert [pin["z"] for pin in after["pins"]] == [[0.5, 1.0]]
    assert after["pins"][0]["mean"] != before["pins"][0]["mean"]
    assert app.query_params["model"] == "vae-beta4"


# --- links --------------------------------------------------------------------------------------


def test_a_link_shows_its_model_layers_and_pins() -> None:
    app = open_app(model="vae-beta4", layers="points,posterior", pins="0.42,-1.13;1,2")
    data = map_data(app)

    assert app.selectbox[0].value == "vae-beta4"
    assert data["model"]["id"] == "vae-beta4"
    assert data["layers"] == ["points", "posterior"]
    assert [pin["z"] for pin in data["pins"]] == [[0.42, -1.13], [1.0, 2.0]]
    assert data["export"]["gif"].startswith("assets/export/path.gif?model=")


def test_a_pin_has_three_pictures_and_its_log_density() -> None:
    (pin,) = map_data(open_app(pins="0.6,0.8"))["pins"]

    assert pin["mean"].startswith(PNG)
    assert pin["sample"].startswith(PNG)
    assert pin["mean"] != pin["sample"]
    assert pin["log_prior"] == pytest.approx(-1.8379 - 0.5, abs=1e-3)
    assert 0 <= pin["nearest"]["label"] <= 9
    assert pin["nearest"]["distance"] >= 0


def test_two_people_with_one_link_see_the_same_sample() -> None:
    first, second = (map_data(open_app(pins="0.6,0.8"))["pins"][0] for _ in range(2))

    assert first["sample"] == second["sample"]


@pytest.mark.parametrize(
    "query",
    [
        {"model": "../../etc/passwd"},
        {"model": "no-such-model"},
        {"model": "upload-0123456789abcdef"},
        {"pins": "NaN,0"},
        {"layers": "x" * 100_000},
    ],
    ids=lambda query: str(query)[:40],
)
def test_nonsense_in_a_link_is_a_sentence_and_the_default_view(query: dict[str, str]) -> None:
    app = open_app(**query)
    data = map_data(app)

    assert not app.exception
    assert data["message"].endswith(".")
    assert (data["model"]["id"], data["pins"]) == ("vae", [])


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["model", "layers", "pins", "label", "embed_options", "x"]),
        st.text(st.characters(codec="utf-8"), max_size=30),
    )
)
def test_no_link_breaks_the_page(query: dict[str, str]) -> None:
    app = open_app(**query)

    assert not app.exception
    assert app.get("bidi_component")


# --- clicks -------------------------------------------------------------------------------------


def click(view: View, action: object) -> AppTest:
    """The session after one action of the map."""

    def script() -> None:
        import streamlit

        from pages._ui import latent_map

        latent_map.apply(streamlit.session_state["action"])

    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["view"] = view
    app.session_state["action"] = action
    return app.run()


def test_a_click_pins_its_place_and_a_cross_removes_it() -> None:
    pinned = click(View(), {"type": "pin", "z": [0.42001, -1.13]}).session_state["view"]
    removed = click(pinned, {"type": "unpin", "id": pin_key((0.42, -1.13))}).session_state["view"]

    assert pinned.pins == ((0.42, -1.13),)
    assert removed.pins == ()


def test_clear_removes_every_pin_and_nothing_else() -> None:
    view = View("vae", ("manifold",), ((1.0, 2.0), (3.0, 4.0)))

    assert click(view, {"type": "clear"}).session_state["view"] == View("vae", ("manifold",), ())


def test_a_full_strip_says_so_and_keeps_its_pins() -> None:
    view = View(pins=tuple((float(i), 0.0) for i in range(MAX_PINS)))
    app = click(view, {"type": "pin", "z": [0, 1]})

    assert app.session_state["view"] == view
    assert "Remove one" in app.session_state["view_message"]


@pytest.mark.parametrize(
    "action",
    [
        None,
        [],
        "pin",
        {"type": "format c:"},
        {"type": "pin"},
        {"type": "pin", "z": ["NaN", 1]},
        {"type": "pin", "z": [1e300, 0]},
        {"type": "pin", "z": [1, 0], "label": "six"},
        {"type": "pin", "z": [1, 0], "label": [6]},
        {"type": "pin", "z": "10", "label": 6},
        {"type": "unpin"},
        {"type": "unpin", "id": ["x"]},
    ],
    ids=str,
)
def test_a_nonsense_action_changes_nothing(action: object) -> None:
    view = View(pins=((1.0, 2.0),))
    app = click(view, action)

    assert not app.exception
    assert app.session_state["view"] == view


# --- labels of a conditional model --------------------------------------------------------------


@pytest.fixture
def cvae(folder: Path) -> Path:
    """A conditional model with a learned prior beside the others."""
    from tests.conftest import write_checkpoint

    return write_checkpoint(folder / "cvae.safetensors", conditional=True, prior="learned")


def test_a_link_chooses_the_label_and_each_pin_keeps_its_own(cvae: Path) -> None:
    data = map_data(open_app(model="cvae", label="6", pins="0.5,1;0.5,1,2"))

    assert data["label"] == 6
    assert [pin["label"] for pin in data["pins"]] == [6, 2]
    assert data["pins"][0]["mean"] != data["pins"][1]["mean"]
    assert "z=0.5,1,6&z=0.5,1,2" in data["export"]["png"]


def test_a_pins_log_density_is_that_of_its_labels_prior(cvae: Path) -> None:
    from vae_core import checkpoints

    mu = checkpoints.read_checkpoint(cvae).weights["prior_mu"][3]
    at_the_mean, away = map_data(
        open_app(model="cvae", pins=f"{mu[0]:.4f},{mu[1]:.4f},3;{mu[0] + 1:.4f},{mu[1]:.4f},3")
    )["pins"]

    assert at_the_mean["log_prior"] == pytest.approx(-1.8379, abs=1e-3)
    assert away["log_prior"] == pytest.approx(-1.8379 - 0.5, abs=1e-3)
    assert away["nearest"]["label"] == 3


def test_other_models_ignore_labels_and_the_link_keeps_them(cvae: Path) -> None:
    plain = map_data(open_app(pins="0.5,1"))["pins"][0]
    app = open_app(model="vae", label="6", pins="0.5,1,2")
    data = map_data(app)

    assert data["label"] is None
    assert data["pins"][0]["label"] is None
    assert data["pins"][0]["mean"] == plain["mean"]
    assert app.query_params["label"] == "6"
    assert app.query_params["pins"] == "0.5,1,2"


@pytest.mark.parametrize("query", [{"label": "10"}, {"label": "99"}, {"label": "six"}], ids=str)
def test_a_label_that_is_not_there_is_one_sentence_and_the_first_label(
    query: dict[str, str], cvae: Path
) -> None:
    app = open_app(model="cvae", pins="0.5,1", **query)
    data = map_data(app)

    assert not app.exception
    assert "label" in data["message"]
    assert data["message"].endswith(".")
    assert data["label"] == data["pins"][0]["label"] == 0
    assert "label" not in app.query_params


def test_a_pin_whose_label_is_not_there_shows_the_chosen_one(cvae: Path) -> None:
    data = map_data(open_app(model="cvae", label="6", pins="0.5,1,42"))

    assert data["message"] == (
        "This model has no label 42: its labels are 0 to 9. Label 6 is shown instead."
    )
    assert [pin["label"] for pin in data["pins"]] == [6]


def test_clothes_are_called_by_their_names(folder: Path) -> None:
    from tests.conftest import write_checkpoint

    write_checkpoint(folder / "clothes.safetensors", conditional=True, dataset="FashionMNIST")
    data = map_data(open_app(model="clothes", label="9"))

    assert data["class_names"][data["label"]] == "Ankle boot"


def test_a_click_pins_the_label_that_is_decoded() -> None:
    pinned = click(View(label=6), {"type": "pin", "z": [1, 2], "label": 4}).session_state["view"]

    assert pinned == View(pins=((1.0, 2.0, 4),), label=6)


# --- files --------------------------------------------------------------------------------------


def test_an_uploaded_checkpoint_becomes_the_model(tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "mine.safetensors", seed=5)
    data = path.read_bytes()
    path.unlink()
    app = open_app()
    app.file_uploader[0].upload("mine.safetensors", data, "application/octet-stream").run()

    assert not app.exception
    assert app.selectbox[0].value.startswith("upload-")
    assert map_data(app)["model"]["id"] == app.selectbox[0].value
    assert map_data(open_app(model=app.selectbox[0].value))["message"] is None


@pytest.mark.parametrize("kind", ["cut", "flipped", "pickle", "foreign", "empty"])
def test_a_bad_upload_is_a_sentence_and_the_model_stays(kind: str, tiny_checkpoint: Path) -> None:
    import pickle

    import numpy as np
    import safetensors.numpy

    good = tiny_checkpoint.read_bytes()
    bad = {
        "cut": good[:-100],
        "flipped": good[:-100] + bytes([good[-100] ^ 1]) + good[-99:],
        "pickle": pickle.dumps({"weights": [1.0, 2.0]}),
        "foreign": safetensors.numpy.save({"x": np.zeros(3)}),
        "empty": b"",
    }[kind]
    app = open_app(pins="1,2")
    app.file_uploader[0].upload("bad.safetensors", bad, "application/octet-stream").run()

    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.startswith("bad.safetensors: ")
    assert map_data(app)["model"]["id"] == "vae"
    assert len(map_data(app)["pins"]) == 1


def test_an_empty_folder_says_how_to_train_a_model(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    app = open_app()

    assert not app.exception
    assert models.TRAIN_COMMAND in app.info[0].value
    assert app.file_uploader  # a model can still be brought along


def test_a_broken_file_in_the_folder_is_named_and_left_out(folder: Path) -> None:
    (folder / "cut.safetensors").write_bytes((folder / "vae.safetensors").read_bytes()[:-9])
    app = open_app()

    assert not app.exception
    assert "cut.safetensors" in app.warning[0].value
    assert map_data(app)["model"]["id"] == "vae"


def test_an_unexpected_error_is_one_sentence() -> None:
    def script() -> None:
        from pages._ui import errors

        errors.on_script_error(RuntimeError("secret path /home/someone"))

    app = AppTest.from_function(script).run()

    assert [error.value for error in app.error] == [errors.UNEXPECTED]


# --- start --------------------------------------------------------------------------------------


def test_the_first_map_needs_no_pytorch() -> None:
    import subprocess
    import sys

    program = (
        "import sys; import app; from pages._ui import assets, header, latent_map;"
        "from pages._ui.models import REGISTRY; REGISTRY.refresh();"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(ROUTER).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"
