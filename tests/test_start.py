"""What the server imports, and when: a heavy import before the first page is a late first page."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from conftest import PROJECT

STARTED = """
import sys
import app
print(sorted(sys.modules))
"""
# The warm-up of a server that is up, until it begins to wait for the first page.
WARMED_UP = """
import sys
import app
from pages._ui.server import models, warmup

class FirstPage:
    def wait(self, seconds):
        print(sorted(sys.modules))
        raise SystemExit

models.map_asked_for = FirstPage()
warmup._prepare()
"""


def imported(script: str) -> set[str]:
    """The modules whose list the script prints, in a Python of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(ast.literal_eval(ran.stdout))


@pytest.fixture(scope="module")
def at_the_start() -> set[str]:
    return imported(STARTED)


@pytest.fixture(scope="module")
def before_the_first_page() -> set[str]:
    return imported(WARMED_UP)


# Of Plotly, Streamlit imports a part in any case: `figures` stands for what is drawn with it.
@pytest.mark.parametrize(
    "heavy", ["torch", "pandas", "numpy", "safetensors", "PIL.Image", "vae_core.figures"]
)
def test_the_server_answers_before_it_imports_what_is_heavy(
    heavy: str, at_the_start: set[str]
) -> None:
    assert "pages._ui.server.assets" in at_the_start
    assert heavy not in at_the_start


@pytest.mark.parametrize("heavy", ["torch", "pandas", "PIL.Image", "vae_core.figures"])
def test_the_first_page_comes_before_what_it_does_not_need(
    heavy: str, before_the_first_page: set[str]
) -> None:
    assert {"numpy", "pages._ui.server.routing"} <= before_the_first_page
    assert heavy not in before_the_first_page
