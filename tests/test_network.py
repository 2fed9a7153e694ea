"""What a server that is open to the network says of itself, and the codes that lead to it."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from urllib.parse import quote

import pytest
import segno
from starlette.applications import Starlette

from pages._ui.server import network, qr
from pages._ui.server.routes import routes
from tests.conftest import PROJECT
from tests.test_assets import get

APP = Starlette(routes=routes())
LINK = "http://192.168.0.7:8501/label_grid?lecture=vae&scene=9&columns=10"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.5", "localhost", "::1"])
def test_a_server_for_this_machine_alone_exposes_nothing(address: str) -> None:
    assert network.exposed(address, 8501) == []


def test_a_server_on_one_address_is_reached_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert network.exposed("192.168.0.7", 8501) == ["http://192.168.0.7:8501/"]
    assert network.exposed("fd00::7", 80, "/vae/") == ["http://[fd00::7]:80/vae/"]
    monkeypatch.setattr(network, "_own_addresses", lambda: ["10.0.0.3", "192.168.0.7"])
    everywhere = ["http://10.0.0.3:8501/", "http://192.168.0.7:8501/"]
    assert network.exposed("0.0.0.0", 8501) == network.exposed("::", 8501) == everywhere
    assert network.exposed(None, 8501) == everywhere


def test_this_machines_own_addresses_are_addresses_of_others() -> None:
    found = network._own_addresses()
    assert all(re.fullmatch(r"\d+(\.\d+){3}", each) for each in found)
    assert not any(each.startswith("127.") for each in found)


def test_the_announcement_names_every_address_and_what_one_can_do_there() -> None:
    said = network.announcement(["http://10.0.0.3:8501/", "http://192.168.0.7:8501/"])
    assert "http://10.0.0.3:8501/\n" in said and "http://192.168.0.7:8501/\n" in said
    assert "start, steer and stop trainings" in said


@pytest.mark.parametrize(("address", "says"), [("192.0.2.7", True), ("127.0.0.1", False)])
def test_the_app_says_at_its_start_what_it_exposes(address: str, says: bool) -> None:
    """The script as `streamlit run` executes it, without a server that listens."""
    code = (
        "from streamlit import config; import runpy\n"
        f"config.set_option('server.address', {address!r})\n"
        "config.set_option('server.port', 8599)\n"
        "runpy.run_path('app.py')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert (f"http://{address}:8599/" in done.stdout) is says


def modules(svg: bytes) -> set[tuple[int, int]]:
    """The dark squares (row, column) of a code that is drawn as strokes one unit high."""
    root = ET.fromstring(svg)
    path = root.find("{*}path[@stroke]")
    assert path is not None
    dark, x, y = set(), 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path.attrib["d"]):
        values = [float(each) for each in numbers.split()]
        if command == "h":
            dark |= {(int(y), int(x) + i) for i in range(int(values[0]))}
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return dark


def test_the_code_is_that_of_the_address_with_a_quiet_zone_dark_on_light() -> None:
    answer = get("/assets/qr.svg", f"text={quote(LINK, safe='')}", app=APP)
    assert answer.status == 200 and answer.headers["content-type"] == "image/svg+xml"
    matrix = segno.make(LINK, error="l", micro=False).matrix
    expected = {
        (r + 4, c + 4) for r, row in enumerate(matrix) for c, dark in enumerate(row) if dark
    }
    assert modules(answer.body) == expected


@pytest.mark.parametrize(
    "query", ["", "text=", "text=" + "x" * (qr.MOST_CHARACTERS + 1), "text=a&b=1"]
)
def test_a_code_of_nothing_or_of_too_much_is_refused(query: str) -> None:
    assert get("/assets/qr.svg", query, app=APP).status == 400
