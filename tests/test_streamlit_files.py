"""Streamlit's own files on their way through the app: small, whole, and nothing else touched."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from pages._ui.server.streamlit_files import CompressedFiles
from tests.test_assets import get

STATIC = Path(streamlit.__file__).parent / "static/static"
STREAMLIT = Starlette(routes=[Route("/{rest:path}", lambda _: PlainTextResponse("Streamlit"))])
APP = CompressedFiles(STREAMLIT)


@pytest.mark.parametrize("pattern", ["js/react-dom.*.js", "js/protobuf.*.js", "css/index.*.css"])
def test_a_script_or_style_is_the_installed_one_compressed(pattern: str) -> None:
    (file,) = STATIC.glob(pattern)
    address = f"/static/{file.parent.name}/{file.name}"
    plain, zipped = get(address, app=APP), get(address, app=APP, accept_encoding="gzip, br")

    assert plain.body == gzip.decompress(zipped.body) == file.read_bytes()
    assert len(zipped.body) < len(plain.body) / 2
    assert "immutable" in zipped.headers["cache-control"]
    assert zipped.headers["content-type"] == plain.headers["content-type"]


def test_a_module_has_the_type_that_browsers_ask_of_one() -> None:
    (file,) = STATIC.glob("js/react-dom.*.js")

    assert (
        get(f"/static/js/{file.name}", app=APP)
        .headers["content-type"]
        .startswith("text/javascript")
    )


@pytest.mark.parametrize(
    "address", ["/", "/static/js/nothing.js", "/static/js/../index.html", "/static/media/x.woff2"]
)
def test_everything_else_is_streamlits_to_answer(address: str) -> None:
    assert get(address, app=APP, accept_encoding="gzip").body == b"Streamlit"


def test_files_stand_below_the_servers_base_path() -> None:
    (file,) = STATIC.glob("js/react-dom.*.js")
    app = CompressedFiles(STREAMLIT, "/course/vae/")

    assert get(f"/course/vae/static/js/{file.name}", app=app).body == file.read_bytes()
    assert get(f"/static/js/{file.name}", app=app).body == b"Streamlit"
