"""All routes together: below a base path, and what a browser may keep of their answers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

import vae_core
from pages._ui.server import assets, grid_drawing, lectures, models, offered, static_files
from pages._ui.server.routes import routes
from pages._ui.server.routing import Answer, route
from pages._ui.texts import text
from tests.conftest import write_checkpoint
from tests.running import Fakes, recorded_run
from tests.test_assets import get
from vae_core.runs import manager as runs
from vae_core.runs.record import RunFolder

APP = Starlette(routes=routes())
ADDRESSES = [
    route.path
    for route in routes()
    if route.path != "/assets/{rest:path}" and "GET" in (route.methods or ())
]

KEPT = "immutable"
# Parts of an address that name what is there: a digest of it, or a version of what makes it. A run
# is recorded once, under a name that no other run gets.
NAMES_CONTENT = {"digest", "version", "sha256", "run"}

Parameters = dict[str, str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunFolder]:
    """A run with one frame."""
    manager = Fakes(tmp_path).manager
    monkeypatch.setattr(runs, "_manager", manager)
    folder = recorded_run(manager.root)
    layout = folder.layout()
    assert layout is not None
    index = folder.append_frame(bytes(layout.record_bytes))
    folder.append(type="frame", index=index, step=0, epoch=0.0, beta=1.0, accuracy=0.1)
    yield folder
    manager.shutdown()


@pytest.fixture
def parameters(run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parameters:
    """What the addresses name, and the query of each that needs one."""
    folder = tmp_path / "checkpoints"
    write_checkpoint(folder / "cvae.safetensors", conditional=True, prior="learned")
    monkeypatch.setattr(offered.REGISTRY, "_folder", folder)
    monkeypatch.setattr(grid_drawing, "_read", lambda *_: (1, 2, 3))
    entry = offered.REGISTRY.refresh()[0]["cvae"]
    shown = models.addresses(entry)["digits"]
    assert shown
    return {
        "sha256": entry.sha256,
        "digits": shown["id"],
        "run": run.id,
        "index": "0",
        "language": "en",
        "format": "png",
        "qr.svg": "text=http://127.0.0.1:8501/?label=4",
        "pin.json": "z=0,0&label=1",
        "images.bin": "i=1",
        "read.json": "label=1&seed=0",
        "path.{format}": f"model={entry.sha256}&z=0,0,1&z=1,1,2&steps=2",
    }


def example(address: str, parameters: Parameters) -> tuple[str, str]:
    """A path and a query that the address is answered for."""
    named = dict(parameters)
    if "/frontend/" in address:
        named["digest"] = static_files.script_url().split("/")[2]
    elif "/lectures/" in address:
        named["digest"] = lectures.shipped_url("en").split("/")[2]
    elif "/texts/" in address:
        named["digest"] = static_files.texts_url().split("/")[2]
    elif "/fonts/" in address:
        named["digest"] = str(static_files.chinese_url()).split("/")[2]
    elif "/plotly-" in address:
        named["version"] = static_files.plotly_url().removeprefix("assets/plotly-")[:-7]
    else:
        named["version"] = models.code_version()
    return address.format(**named), parameters.get(address.rpartition("/")[2], "")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_route_answers_below_the_servers_base_path_and_nowhere_else(
    address: str, parameters: Parameters
) -> None:
    path, query = example(address, parameters)
    app = Starlette(routes=[assets.route("vae")])

    assert get(f"/vae{path}", query, app=app).status == 200
    assert get(path, query, app=app).status == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_is_kept_only_where_its_address_names_the_content(
    address: str, parameters: Parameters
) -> None:
    """The part of the address that names it is looked at: with another one nothing is there."""
    answer = get(*example(address, parameters), app=APP)
    assert answer.status == 200
    if KEPT not in answer.headers["cache-control"]:
        assert answer.headers["cache-control"] == "no-store"
        return
    names = NAMES_CONTENT & set(re.findall(r"\{(\w+)\}", address))
    assert names
    for name in names:
        path, query = example(address.replace(f"{{{name}}}", "0" * 12), parameters)
        assert get(path, query, app=APP).status == 404, name


def test_what_our_code_makes_of_a_model_is_kept_under_the_codes_version() -> None:
    """Not the model's own file; what is asked for rarely has no version, and is not kept."""
    of_models = [route for route in routes() if "/models/" in route.path]
    unversioned = {route.path for route in of_models if "{version}" not in route.path}
    assert unversioned == {
        "/assets/models/{sha256}.safetensors",
        "/assets/models/{sha256}/read.json",
    }


def test_what_may_change_below_its_address_is_not_kept(parameters: Parameters) -> None:
    answers = {address: get(*example(address, parameters), app=APP) for address in ADDRESSES}
    never = {a for a, answer in answers.items() if answer.headers["cache-control"] == "no-store"}
    assert {address.rpartition("/")[2] for address in never} == {
        *("path.{format}", "read.json", "{language}.json", "qr.svg"),
        *("events", "frames.json", "originals.bin", "history.gif", "figures.csv"),
    }


def test_the_version_of_the_code_follows_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Path(vae_core.__file__).parent
    shutil.copytree(library, tmp_path / "vae_core", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(vae_core, "__file__", str(tmp_path / "vae_core/__init__.py"))
    compute = models.code_version.__wrapped__
    before = compute()
    with (tmp_path / "vae_core/geometry.py").open("a") as file:
        file.write("# changed\n")

    assert before == models.code_version()
    assert compute() != before


@pytest.mark.parametrize(
    ("query", "accepted", "sentence"),
    [
        ("", "", "There is nothing at this address."),
        ("lang=zh", "", "这个地址上什么也没有。"),
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "这个地址上什么也没有。"),
        ("", "de-DE,de;q=0.9,zh;q=0.8", "这个地址上什么也没有。"),
        ("lang=en", "zh-CN", "There is nothing at this address."),
        ("lang=xx", "fr", "There is nothing at this address."),
    ],
)
def test_a_sentence_is_in_the_language_of_the_address_or_else_of_the_browser(
    query: str, accepted: str, sentence: str
) -> None:
    answer = get("/assets/nothing", query, app=APP, accept_language=accepted)
    assert (answer.status, answer.body.decode()) == (404, sentence)


def test_who_refuses_and_what_the_library_raises_speak_the_readers_language(
    run: RunFolder,
) -> None:
    unknown = "/assets/runs/000000000000/events"
    assert get(unknown, "lang=zh", app=APP).body.decode() == "没有这次训练；它可能已被删除。"
    assert "may have been deleted" in get(unknown, app=APP).body.decode()
    path = "/assets/export/path.png"
    query = f"model={'0' * 64}&z=0,0&steps=2&lang=zh"
    assert get(path, query, app=APP).body.decode().startswith("这台服务器上没有这个模型")
    assert get(path, query.replace("&lang=zh", ""), app=APP).body.startswith(b"This server has no")


def test_who_meets_a_fault_of_ours_reads_a_sentence_and_the_log_has_the_rest(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def answer(_request: Request) -> Answer:
        raise ZeroDivisionError("a fault of ours")

    app = Starlette(routes=[route("/faulty", answer)])
    reply = get("/faulty", "lang=zh", app=app)
    assert (reply.status, reply.body.decode()) == (500, text("server.unexpected", "zh"))
    assert reply.headers["cache-control"] == "no-store"
    assert "a fault of ours" in caplog.text
