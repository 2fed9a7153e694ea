"""The asset routes: right bytes for right addresses, one sentence for all others."""

from __future__ import annotations

import asyncio
import base64
import gzip
import io
import json
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

from pages._ui import assets, digits, models
from pages._ui.once import Once
from tests.conftest import write_checkpoint
from vae_core import checkpoints, data, geometry
from vae_core.errors import DatasetError

ROUTES = Starlette(routes=assets.routes())


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, query: str = "", app: Any = ROUTES, **headers: str) -> Answer:
    """One GET of a raw path, which no client has tidied up on its way to the server."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"test")]
        + [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    # In a thread of its own: Playwright leaves an event loop running in the one of the tests.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(scope, receive, send)).result()
    body = b"".join(message.get("body", b"") for message in sent)
    return Answer(sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, body)


@pytest.fixture(autouse=True)
def registry(checkpoints_folder: Path, monkeypatch: pytest.MonkeyPatch) -> models.Registry:
    """The routes serve the small test checkpoints; no test set is on disk."""
    monkeypatch.setattr(models.REGISTRY, "_folder", checkpoints_folder)
    monkeypatch.setattr(data, "read_test_images", lambda *_: None)
    return models.REGISTRY


@pytest.fixture
def entry(registry: models.Registry) -> models.Entry:
    return registry.refresh()[0]["vae"]


# --- what is there ------------------------------------------------------------------------------


def test_plotly_is_the_installed_one_compressed_and_kept_for_ever() -> None:
    plain = get(f"/{assets.plotly_url()}")
    zipped = get(f"/{assets.plotly_url()}", accept_encoding="gzip")

    assert plain.status == zipped.status == 200
    assert b"plotly.js v" in plain.body[:100]
    assert gzip.decompress(zipped.body) == plain.body
    assert zipped.headers["content-encoding"] == "gzip"
    assert "immutable" in zipped.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")


def test_every_frontend_file_is_served_with_its_type() -> None:
    for name, asset in assets.frontend().items():
        answer = get(f"/{assets.frontend_url()}/{name}")
        assert (answer.status, answer.body) == (200, asset.body)
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_known_answer_is_not_sent_again() -> None:
    tag = get(f"/{assets.plotly_url()}").headers["etag"]
    again = get(f"/{assets.plotly_url()}", if_none_match=tag)

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
    answer = get(f"/assets/models/{entry.sha256}/map.json")
    figure = json.loads(answer.body)

    assert answer.status == 200
    assert set(figure) >= {"data", "layout", "templates"}
    assert set(figure["templates"]) == {"light", "dark"}
    points = [trace["x"] for trace in figure["data"] if "x" in trace]
    sizes = [np.frombuffer(base64.b64decode(x["bdata"]), x["dtype"]).size for x in points]
    assert sum(sizes) == len(entry.file.latents.labels)


def test_embedded_digits_stand_where_the_model_puts_them(entry: models.Entry) -> None:
    answer = get(f"/assets/models/{entry.sha256}/digits.safetensors")
    tensors = safetensors.numpy.load(answer.body)

    assert answer.status == 200
    assert b'"source":"embedded"' in answer.body[:500]
    assert tensors["images"].shape == (5000, 28, 28)
    assert tensors["images"].dtype == tensors["labels"].dtype == np.uint8
    model = checkpoints.load_checkpoint(entry.data).model
    x = torch.from_numpy(tensors["images"][:50].reshape(50, -1)).float() / 255
    np.testing.assert_allclose(tensors["mu"][:50], model.encode(x).mean.detach(), atol=1e-4)


@pytest.mark.parametrize("shift", [0, 1], ids=["same labels", "other labels"])
def test_test_images_on_disk_are_used_only_if_their_labels_are_the_maps(
    shift: int, entry: models.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = entry.file.latents.labels
    images = data.ImageArrays(np.zeros((len(labels), 28, 28), np.uint8), (labels + shift) % 10)
    monkeypatch.setattr(digits, "_TEST_SETS", Once(1))
    monkeypatch.setattr(data, "read_test_images", lambda *_: images)

    assert digits._find(entry).source == ("embedded" if shift else "test")
    assert ("embedded in the app" in digits.note(entry)) == bool(shift)


def test_a_broken_test_set_is_named_and_embedded_digits_stand_in(
    entry: models.Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise DatasetError("t10k-images-idx3-ubyte is cut short: delete it.")

    monkeypatch.setattr(digits, "_TEST_SETS", Once(1))
    monkeypatch.setattr(data, "read_test_images", broken)

    assert digits._find(entry).source == "embedded"
    assert "is cut short" in digits.note(entry)


# --- exports ------------------------------------------------------------------------------------


def export_query(entry: models.Entry, steps: int = 9) -> str:
    return f"model={entry.sha256}&z=-1,0&z=1,0.5&steps={steps}"


def test_the_exported_strip_is_what_pytorch_decodes(entry: models.Entry) -> None:
    answer = get("/assets/export/path.png", export_query(entry))
    strip = np.asarray(Image.open(io.BytesIO(answer.body)))

    model = checkpoints.load_checkpoint(entry.data).model
    walk = torch.tensor(geometry.straight_path([(-1, 0), (1, 0.5)], 9), dtype=torch.float32)
    means = model.decode(walk).mean.detach().numpy().reshape(9, 28, 28)
    assert strip.shape == (4 * 28, 9 * 4 * 28)
    for i, mean in enumerate(means):
        tile = strip[2::4, i * 112 + 2 : (i + 1) * 112 : 4]
        assert np.abs(tile - mean * 255).max() <= 0.51


def test_the_exported_animation_goes_there_and_back(entry: models.Entry) -> None:
    answer = get("/assets/export/path.gif", export_query(entry))
    animation = Image.open(io.BytesIO(answer.body))
    frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(animation)]

    assert answer.headers["content-type"] == "image/gif"
    assert 'filename="path.gif"' in answer.headers["content-disposition"]
    assert animation.info["loop"] == 0
    assert len(frames) == 9 + 7
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
    answer = get(f"/assets/models/{cvae.sha256}/digits.safetensors")
    tensors = safetensors.numpy.load(answer.body)

    model = checkpoints.load_checkpoint(cvae.data).model
    x = torch.from_numpy(tensors["images"][::100].reshape(50, -1)).float() / 255
    y = torch.from_numpy(tensors["labels"][::100].astype(np.int64))
    np.testing.assert_allclose(tensors["mu"][::100], model.encode(x, y).mean.detach(), atol=1e-4)
    assert np.abs(tensors["mu"][::100] - model.encode(x, y * 0).mean.detach().numpy()).max() > 0.01


def test_an_exported_walk_between_labels_mixes_them(cvae: models.Entry) -> None:
    answer = get("/assets/export/path.png", f"model={cvae.sha256}&z=1,0,3&z=1,0,8&steps=5")
    strip = np.asarray(Image.open(io.BytesIO(answer.body)))

    decoder = checkpoints.load_checkpoint(cvae.data).model.decoder
    inputs = torch.zeros(5, 12)
    inputs[:, 0] = 1
    inputs[:, 2 + 3], inputs[:, 2 + 8] = torch.linspace(1, 0, 5), torch.linspace(0, 1, 5)
    means = decoder(inputs).sigmoid().detach().numpy().reshape(5, 28, 28)
    for i, mean in enumerate(means):
        tile = strip[2::4, i * 112 + 2 : (i + 1) * 112 : 4]
        assert np.abs(tile - mean * 255).max() <= 0.51


@pytest.mark.parametrize("stops", ["z=1,0&z=0,1", "z=1,0,3&z=0,1", "z=1,0,3&z=0,1,10"])
def test_a_conditional_models_export_needs_labels_that_it_has(
    stops: str, cvae: models.Entry
) -> None:
    answer = get("/assets/export/path.png", f"model={cvae.sha256}&{stops}&steps=5")

    assert answer.status == 400
    assert "label from 0 to 9" in answer.body.decode()


# --- what is not there --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/assets/frontend/../../../../etc/passwd",
        "/assets/frontend/{version}/../latent_map.py",
        "/assets/frontend/{version}/..%2f..%2fapp.py",
        "/assets/frontend/{version}/latent_map.py",
        "/assets/frontend/{version}//etc/passwd",
        "/assets/frontend/0000000000000000/latent_map.js",
        "/assets/plotly-0.0.0.min.js",
        "/assets/plotly-../../app.py.min.js",
        "/assets/models/../../checkpoints/vae.safetensors",
        "/assets/models/vae.safetensors",
        "/assets/models/" + "0" * 64 + ".safetensors",
        "/assets/models/" + "0" * 64 + "/map.json",
        "/assets/models/" + "0" * 64 + "/digits.safetensors",
        "/assets/models/" + "a" * 100_000 + ".safetensors",
        "/assets/export/path.exe",
        "/assets/",
        "/assets/nothing/here",
    ],
    ids=lambda path: path[:60],
)
def test_an_unknown_address_is_a_404_with_a_sentence(path: str) -> None:
    answer = get(path.replace("{version}", assets.frontend_url().rpartition("/")[2]))

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
    app = Starlette(routes=assets.routes("/course/vae/"))

    assert get(f"/course/vae/{assets.plotly_url()}", app=app).status == 200
    assert get(f"/{assets.plotly_url()}", app=app).status == 404
