"""The asset routes: right bytes for right addresses, one sentence for all others."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
import subprocess
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence
from starlette.applications import Starlette

from pages._ui import texts
from pages._ui.server import digits, pins, static_files
from pages._ui.server import models as files
from pages._ui.server import offered as models
from pages._ui.server.cache import SharedCache
from pages._ui.server.routes import routes
from pages._ui.shell.pages import PAGES
from tests.conftest import needs_node, write_checkpoint
from vae_core import geometry
from vae_core.data import datasets as data
from vae_core.data.embedded import embedded_digits
from vae_core.data.idx import ImageArrays
from vae_core.errors import DatasetError
from vae_core.storage import checkpoints

ROUTES = Starlette(routes=routes())


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, query: str = "", app: Any = ROUTES, **headers: str) -> Answer:
    """One GET of a raw path, which no client has tidied up on its way to the server."""
    return ask("GET", path, query, b"", app, **headers)


def ask(
    method: str, path: str, query: str, body: bytes, app: Any = ROUTES, **headers: str
) -> Answer:
    """One request, as it stands."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"test")]
        + [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    # In a thread of its own: Playwright leaves an event loop running in the one of the tests.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    answered = b"".join(message.get("body", b"") for message in sent)
    of_answer = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return Answer(sent[0]["status"], of_answer, answered)


@pytest.fixture(autouse=True)
def registry(checkpoints_folder: Path, monkeypatch: pytest.MonkeyPatch) -> models.Registry:
    """The routes serve the small test checkpoints and no upload yet; no test set is on disk."""
    monkeypatch.setattr(models.REGISTRY, "_uploads", OrderedDict())
    monkeypatch.setattr(models.REGISTRY, "_folder", checkpoints_folder)
    monkeypatch.setattr(digits, "_TEST_SETS", SharedCache(1))
    monkeypatch.setattr(data, "read_test_images", lambda *_: None)
    return models.REGISTRY


@pytest.fixture
def entry(registry: models.Registry) -> models.Entry:
    return registry.refresh()[0]["vae"]


# --- what is there ------------------------------------------------------------------------------


def test_plotly_is_the_installed_one_compressed_and_kept_for_ever() -> None:
    plain = get(f"/{static_files.plotly_url()}")
    zipped = get(f"/{static_files.plotly_url()}", accept_encoding="gzip")

    assert plain.status == zipped.status == 200
    assert b"plotly.js v" in plain.body[:100]
    assert gzip.decompress(zipped.body) == plain.body
    assert zipped.headers["content-encoding"] == "gzip"
    assert "immutable" in zipped.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")


@needs_node
def test_the_script_of_all_pages_is_javascript(tmp_path: Path) -> None:
    script = tmp_path / "pages.mjs"
    script.write_bytes(get(f"/{static_files.script_url()}").body)
    subprocess.run(["node", "--check", str(script)], check=True, timeout=60)


def test_the_pages_come_as_one_script_compressed_and_kept_for_ever() -> None:
    plain = get(f"/{static_files.script_url()}")
    zipped = get(f"/{static_files.script_url()}", accept_encoding="gzip")

    assert plain.status == zipped.status == 200
    assert gzip.decompress(zipped.body) == plain.body
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")
    assert plain.headers["x-content-type-options"] == "nosniff"
    for page in PAGES:
        assert f"{page.name}: pages_{page.name}_main" in plain.body.decode().splitlines()[-1]


def test_the_texts_are_the_catalogue() -> None:
    answer = get(f"/{static_files.texts_url()}")

    assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
    assert json.loads(answer.body) == texts.catalogue()


def test_a_known_answer_is_not_sent_again() -> None:
    tag = get(f"/{static_files.plotly_url()}").headers["etag"]
    again = get(f"/{static_files.plotly_url()}", if_none_match=tag)

    assert (again.status, again.body) == (304, b"")


def test_the_checkpoint_is_the_file_itself(entry: models.Entry, tiny_checkpoint: Path) -> None:
    answer = get(f"/assets/models/{entry.sha256}.safetensors", accept_encoding="gzip")

    assert answer.status == 200
    assert answer.body == tiny_checkpoint.read_bytes()
    assert 'filename="vae.safetensors"' in answer.headers["content-disposition"]


def test_an_upload_is_served_as_soon_as_it_is_accepted(
    registry: models.Registry, tmp_path: Path
) -> None:
    uploaded = write_checkpoint(tmp_path / "mine.safetensors", seed=7).read_bytes()
    digest = checkpoints.read_checkpoint(uploaded).sha256
    before = get(f"/assets/models/{digest}.safetensors")
    registry.add_upload(uploaded)
    after = get(f"/assets/models/{digest}.safetensors")

    assert before.status == 404
    assert (after.status, after.body) == (200, uploaded)


def test_the_map_holds_every_point_of_the_checkpoint(entry: models.Entry) -> None:
    answer = get(f"/{files.addresses(entry)['map']}")
    tensors = safetensors.numpy.load(answer.body)

    assert answer.status == 200
    np.testing.assert_array_equal(tensors["mu"], entry.file.latents.mu)
    np.testing.assert_array_equal(tensors["labels"], entry.file.latents.labels)


@pytest.mark.parametrize("objective", ["elbo", "autoencoder"])
def test_a_page_is_told_what_a_model_was_trained_with(
    registry: models.Registry, tmp_path: Path, objective: str
) -> None:
    path = write_checkpoint(tmp_path / "mine.safetensors", seed=7, objective=objective)
    assert files.addresses(registry.add_upload(path.read_bytes()))["objective"] == objective


def test_the_decoder_comes_without_the_encoder_and_compressed(entry: models.Entry) -> None:
    address = f"/{files.addresses(entry)['decoder']}"
    plain, zipped = get(address), get(address, accept_encoding="gzip")
    names = safetensors.numpy.load(plain.body)

    assert plain.status == zipped.status == 200
    assert "decoder.layers.0.weight" in names
    assert not any(name.startswith("encoder") for name in names)
    assert gzip.decompress(zipped.body) == plain.body
    assert len(zipped.body) < len(plain.body)


def test_embedded_digits_stand_where_the_model_puts_them(entry: models.Entry) -> None:
    shown = files.addresses(entry)["digits"]
    answer = get(f"/{shown['places']}")
    tensors = safetensors.numpy.load(answer.body)
    images, labels = embedded_digits()

    assert answer.status == 200
    assert b'"source":"embedded"' in answer.body[:500]
    np.testing.assert_array_equal(tensors["labels"], labels)
    model = checkpoints.load_checkpoint(entry.data).model
    x = torch.from_numpy(images[:50].reshape(50, -1)).float() / 255
    np.testing.assert_allclose(tensors["mu"][:50], model.encode(x).mean.detach(), atol=1e-4)


def test_digits_come_in_the_order_they_were_asked_for(entry: models.Entry) -> None:
    answer = get(f"/{files.addresses(entry)['digits']['images']}", "i=4999,3,17")
    images, _ = embedded_digits()

    assert answer.status == 200
    assert answer.body == images[[4999, 3, 17]].tobytes()


@pytest.mark.parametrize("asked", ["", "i=", "i=5000", "i=-1", "i=1,", "i=x", "i=1;2"])
def test_digits_that_are_not_there_are_refused_in_a_sentence(
    asked: str, entry: models.Entry
) -> None:
    answer = get(f"/{files.addresses(entry)['digits']['images']}", asked)

    assert answer.status == 400
    assert answer.body.decode().endswith(".")


def test_too_many_digits_at_once_are_refused(entry: models.Entry) -> None:
    address = f"/{files.addresses(entry)['digits']['images']}"

    assert get(address, "i=" + ",".join(["7"] * 64)).status == 200
    assert get(address, "i=" + ",".join(["7"] * 65)).status == 400


def test_digits_have_another_address_once_the_test_set_has_arrived(
    entry: models.Entry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = files.addresses(entry)["digits"]
    labels = entry.file.latents.labels
    images = ImageArrays(np.zeros((len(labels), 28, 28), np.uint8), labels)
    (tmp_path / "MNIST/raw").mkdir(parents=True)
    (tmp_path / "MNIST/raw/t10k-images-idx3-ubyte").touch()
    monkeypatch.setattr(data, "DEFAULT_DATA_DIR", tmp_path)
    monkeypatch.setattr(data, "read_test_images", lambda *_: images)
    after = files.addresses(entry)["digits"]

    assert before["id"].startswith("embedded-") and after["id"].startswith("test-")
    assert get(f"/{before['places']}").status == 404
    assert b'"source":"test"' in get(f"/{after['places']}").body[:500]


def test_another_version_of_the_code_has_other_addresses(
    entry: models.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files.addresses(entry)
    monkeypatch.setattr(files, "code_version", lambda: "12345678")
    after = files.addresses(entry)

    for name in ("decoder", "map", "pin"):
        assert before[name] != after[name]
        assert get(f"/{before[name]}").status == 404
    assert get(f"/{after['map']}").status == 200


@pytest.mark.parametrize("shift", [0, 1], ids=["same labels", "other labels"])
def test_test_images_on_disk_are_used_only_if_their_labels_are_the_maps(
    shift: int, entry: models.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = entry.file.latents.labels
    images = ImageArrays(np.zeros((len(labels), 28, 28), np.uint8), (labels + shift) % 10)
    monkeypatch.setattr(digits, "_TEST_SETS", SharedCache(1))
    monkeypatch.setattr(data, "read_test_images", lambda *_: images)

    assert digits.of(entry).source == ("embedded" if shift else "test")
    assert ("embedded in the app" in digits.note(entry)) == bool(shift)


def test_a_broken_test_set_is_named_and_embedded_digits_stand_in(
    entry: models.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DatasetError("t10k-images-idx3-ubyte is cut short: delete it.")

    monkeypatch.setattr(digits, "_TEST_SETS", SharedCache(1))
    monkeypatch.setattr(data, "read_test_images", broken)

    assert digits.of(entry).source == "embedded"
    assert "is cut short" in digits.note(entry)


# --- pins ---------------------------------------------------------------------------------------


def image_of(data_uri: str) -> np.ndarray[Any, Any]:
    """The picture (28, 28) in a data URI."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data_uri.partition(",")[2]))))


def test_a_pin_is_answered_with_what_pytorch_decodes(entry: models.Entry) -> None:
    answer = get(f"/{files.addresses(entry)['pin']}", "z=0.5,-1.25")
    pin = json.loads(answer.body)

    mean = checkpoints.load_checkpoint(entry.data).model.decode(torch.tensor([[0.5, -1.25]])).mean
    assert answer.status == 200 and "immutable" in answer.headers["cache-control"]
    assert np.abs(image_of(pin["mean"]).ravel() - mean.detach().numpy()[0] * 255).max() <= 0.51
    assert set(image_of(pin["sample"]).ravel()) <= {0, 255}
    assert pin["z"] == [0.5, -1.25] and pin["label"] is pin["nearest"] is None
    assert pin["log_prior"] == pytest.approx(-np.log(2 * np.pi) - (0.5**2 + 1.25**2) / 2, abs=1e-4)


def test_a_pin_asked_for_again_shows_the_same_sample(
    entry: models.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/{files.addresses(entry)['pin']}"
    first = get(address, "z=0.5,-1.25")
    monkeypatch.setattr(pins, "_ANSWERS", SharedCache(1))  # as after a restart

    assert get(address, "z=0.5,-1.25").body == first.body
    other = json.loads(get(address, "z=0.5,-1.2501").body)["sample"]
    assert other != json.loads(first.body)["sample"]


def test_a_pins_nearest_real_digit_is_one_of_the_set_that_the_address_names(
    entry: models.Entry,
) -> None:
    shown = files.addresses(entry)["digits"]
    places = safetensors.numpy.load(get(f"/{shown['places']}").body)
    query = f"z=0.5,-1.25&digits={shown['id']}"
    nearest = json.loads(get(f"/{files.addresses(entry)['pin']}", query).body)["nearest"]

    distances = np.hypot(*(places["mu"] - [0.5, -1.25]).T)
    assert nearest["index"] == distances.argmin()
    assert nearest["distance"] == pytest.approx(distances.min(), abs=1e-4)
    assert nearest["label"] == places["labels"][nearest["index"]]
    assert nearest["set"] == "embedded"
    image = get(f"/{shown['images']}", f"i={nearest['index']}").body
    assert image_of(nearest["image"]).tobytes() == image


def test_a_pin_compared_with_digits_that_are_gone_is_not_there(entry: models.Entry) -> None:
    answer = get(f"/{files.addresses(entry)['pin']}", "z=0,0&digits=test-0123")

    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")
    assert answer.body.decode().endswith(".")


@pytest.mark.parametrize(
    "query",
    ["", "z=", "z=1", "z=1,2,3", "z=nan,0", "z=1e4,0", "z=1,2&label=3", "z=1,2&z=1,2", "z=1,2&q=1"],
)
def test_a_strange_pin_is_refused_in_a_sentence(query: str, entry: models.Entry) -> None:
    answer = get(f"/{files.addresses(entry)['pin']}", query)

    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.decode().endswith(".")


# --- exports ------------------------------------------------------------------------------------


def export_query(entry: models.Entry, steps: int = 9) -> str:
    return f"model={entry.sha256}&z=-1,0&z=1,0.5&steps={steps}"


def tiles(body: bytes, columns: int) -> Iterator[np.ndarray]:
    """The digits of a sheet, each of its pixels once."""
    sheet = np.asarray(Image.open(io.BytesIO(body)))
    side = sheet.shape[1] // columns
    scale = side // 28
    for top in range(0, sheet.shape[0], side):
        for left in range(0, sheet.shape[1], side):
            tile = sheet[top : top + side, left : left + side]
            small = tile[scale // 2 :: scale, scale // 2 :: scale]
            np.testing.assert_array_equal(tile, small.repeat(scale, 0).repeat(scale, 1))
            yield small


@pytest.mark.parametrize("theme", ["", "&theme=light", "&theme=dark"])
def test_the_exported_sheet_is_what_pytorch_decodes(theme: str, entry: models.Entry) -> None:
    answer = get("/assets/export/path.png", export_query(entry) + theme)

    model = checkpoints.load_checkpoint(entry.data).model
    walk = torch.tensor(geometry.straight_path([(-1, 0), (1, 0.5)], 9), dtype=torch.float32)
    means = model.decode(walk).mean.detach().numpy().reshape(9, 28, 28)
    assert Image.open(io.BytesIO(answer.body)).size == (4 * 28 * 13, 3 * 28 * 13)  # 1456 x 1092
    *digits, _, _, empty = tiles(answer.body, columns=4)
    paper = 255 if "light" in theme else 0
    assert (empty == paper).all()
    for tile, mean in zip([*digits], means, strict=True):
        assert np.abs(np.abs(paper - tile.astype(float)) - mean * 255).max() <= 0.51


def test_the_exported_animation_goes_there_and_back(entry: models.Entry) -> None:
    answer = get("/assets/export/path.gif", export_query(entry))
    animation = Image.open(io.BytesIO(answer.body))
    frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(animation)]

    assert answer.headers["content-type"] == "image/gif"
    assert 'filename="path.gif"' in answer.headers["content-disposition"]
    assert animation.info["loop"] == 0
    assert len(frames) == 9 + 7
    assert frames[0].shape == (39 * 28, 39 * 28)
    sheet = get("/assets/export/path.png", export_query(entry))
    for frame, digit in zip(frames[:9], tiles(sheet.body, columns=4), strict=False):
        np.testing.assert_array_equal(frame[::39, ::39], digit)
    for i in range(1, 8):
        np.testing.assert_array_equal(frames[i], frames[16 - i])


@pytest.mark.parametrize(
    "change",
    [
        ("z=-1,0", "z=NaN,0"),
        ("z=-1,0", "z=inf,0"),
        ("z=-1,0", "z=1e6,0"),
        ("z=-1,0", "z=0"),
        ("z=-1,0", "z=-1,0,3"),
        ("z=-1,0&", ""),
        ("z=-1,0", "&".join(["z=1,1"] * 12)),
        ("steps=9", "steps=1"),
        ("steps=9", "steps=121"),
        ("steps=9", "steps=1e9"),
        ("steps=9", "steps=-5"),
        ("steps=9", "steps=٩"),
        ("steps=9", "steps=9&more=1"),
        ("&steps=9", ""),
        ("z=-1,0", "z=" + "0" * 100_000),
    ],
    ids=lambda change: f"{change[0]} -> {change[1][:20]}",
)
def test_a_strange_export_is_refused_in_a_sentence(
    change: tuple[str, str], entry: models.Entry
) -> None:
    answer = get("/assets/export/path.gif", export_query(entry).replace(*change))

    assert answer.status == 400
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.body.decode().endswith(".")
    assert len(answer.body) < 200


# --- conditional models -------------------------------------------------------------------------


@pytest.fixture
def cvae(registry: models.Registry, tmp_path: Path) -> models.Entry:
    from tests.conftest import write_checkpoint

    path = write_checkpoint(
        tmp_path / "c.safetensors", conditional=True, prior="learned", half=True
    )
    return registry.add_upload(path.read_bytes())


def test_embedded_digits_are_encoded_with_their_labels(cvae: models.Entry) -> None:
    answer = get(f"/{files.addresses(cvae)['digits']['places']}")
    tensors = safetensors.numpy.load(answer.body)
    images, _ = embedded_digits()

    model = checkpoints.load_checkpoint(cvae.data).model
    x = torch.from_numpy(images[::100].reshape(50, -1)).float() / 255
    y = torch.from_numpy(tensors["labels"][::100].astype(np.int64))
    np.testing.assert_allclose(tensors["mu"][::100], model.encode(x, y).mean.detach(), atol=1e-4)
    assert np.abs(tensors["mu"][::100] - model.encode(x, y * 0).mean.detach().numpy()).max() > 0.01


def test_an_exported_walk_between_labels_mixes_them(cvae: models.Entry) -> None:
    answer = get("/assets/export/path.png", f"model={cvae.sha256}&z=1,0,3&z=1,0,8&steps=5")

    decoder = checkpoints.load_checkpoint(cvae.data).model.decoder
    inputs = torch.zeros(5, 12)
    inputs[:, 0] = 1
    inputs[:, 2 + 3], inputs[:, 2 + 8] = torch.linspace(1, 0, 5), torch.linspace(0, 1, 5)
    means = decoder(inputs).sigmoid().detach().numpy().reshape(5, 28, 28)
    for tile, mean in zip(tiles(answer.body, columns=3), means, strict=False):
        assert np.abs(tile - mean * 255).max() <= 0.51


def test_a_conditional_models_pin_is_decoded_with_its_label(cvae: models.Entry) -> None:
    shown = files.addresses(cvae)
    answer = get(f"/{shown['pin']}", f"z=1,0&label=3&digits={shown['digits']['id']}")
    pin = json.loads(answer.body)

    model = checkpoints.load_checkpoint(cvae.data).model
    mean = model.decode(torch.tensor([[1.0, 0.0]]), torch.tensor([3])).mean.detach().numpy()[0]
    from_prior = np.subtract([1, 0], model.prior_mu[3].detach().numpy())
    assert np.abs(image_of(pin["mean"]).ravel() - mean * 255).max() <= 0.51
    assert pin["label"] == pin["nearest"]["label"] == 3
    expected = -np.log(2 * np.pi) - (from_prior**2).sum() / 2
    assert pin["log_prior"] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("query", ["z=1,0", "z=1,0&label=10", "z=1,0&label=-1", "z=1,0,3"])
def test_a_conditional_models_pin_needs_a_label_that_it_has(query: str, cvae: models.Entry) -> None:
    assert get(f"/{files.addresses(cvae)['pin']}", query).status == 400


@pytest.mark.parametrize("stops", ["z=1,0&z=0,1", "z=1,0,3&z=0,1", "z=1,0,3&z=0,1,10"])
def test_a_conditional_models_export_needs_labels_that_it_has(
    stops: str, cvae: models.Entry
) -> None:
    answer = get("/assets/export/path.png", f"model={cvae.sha256}&{stops}&steps=5")

    assert answer.status == 400
    assert "from 0 to 9" in answer.body.decode()


# --- what is not there --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/assets/frontend/../../../../etc/passwd",
        "/assets/frontend/{digest}/../latent_map.py",
        "/assets/frontend/{digest}/..%2f..%2fapp.py",
        "/assets/frontend/{digest}/latent_map.py",
        "/assets/frontend/{digest}//etc/passwd",
        "/assets/frontend/0000000000000000/pages.js",
        "/assets/plotly-0.0.0.min.js",
        "/assets/plotly-../../app.py.min.js",
        "/assets/models/../../checkpoints/vae.safetensors",
        "/assets/models/vae.safetensors",
        "/assets/models/" + "0" * 64 + ".safetensors",
        "/assets/models/" + "0" * 64 + "/{code}/map.safetensors",
        "/assets/models/" + "0" * 64 + "/00000000/map.safetensors",
        "/assets/models/" + "0" * 64 + "/{code}/digits/x/places.safetensors",
        "/assets/texts/00/en.json",
        "/assets/texts/00/xx.json",
        "/assets/models/" + "a" * 100_000 + ".safetensors",
        "/assets/export/path.exe",
        "/assets/",
        "/assets/nothing/here",
    ],
    ids=lambda path: path[:60],
)
def test_an_unknown_address_is_a_404_with_a_sentence(path: str) -> None:
    digest, code = static_files.script_url().split("/")[2], files.code_version()
    answer = get(path.replace("{digest}", digest).replace("{code}", code))

    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body.decode().endswith(".")
    assert len(answer.body) < 200


@settings(max_examples=200, deadline=None)
@given(path=st.text(max_size=60), query=st.text(max_size=60))
def test_no_address_breaks_the_server(path: str, query: str) -> None:
    path = path.encode("utf-8", "ignore").decode()
    query = query.encode("ascii", "ignore").decode()

    for start in ("/assets/", "/assets/models/", "/assets/export/", "/assets/frontend/x/"):
        assert get(start + path, query).status in (400, 404)


def test_routes_stand_below_the_servers_base_path() -> None:
    app = Starlette(routes=routes("/course/vae/"))

    assert get(f"/course/vae/{static_files.plotly_url()}", app=app).status == 200
    assert get(f"/{static_files.plotly_url()}", app=app).status == 404
