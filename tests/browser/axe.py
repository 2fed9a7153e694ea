"""axe-core, from npm, run inside a page: which rules of accessibility its DOM breaks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
# What in Streamlit's own DOM breaks a rule, which nobody but Streamlit can mend: rule -> a part of
# the element's text. Its dropzone is a labelled section without a role; its lists of options hang
# below the body, beside the landmarks.
OF_STREAMLIT = {
    "presentation-role-conflict": 'data-testid="stFileUploaderDropzone"',
    "region": 'id="react-aria',
}


def violations(page: Page) -> list[str]:
    """A line for each element that breaks a rule, of the whole page as it is now."""
    return [line for line, is_streamlits in _broken(page) if not is_streamlits]


def of_streamlit(page: Page) -> set[str]:
    """The rules that Streamlit's own elements break now."""
    return {line.partition(":")[0] for line, is_streamlits in _broken(page) if is_streamlits}


def _broken(page: Page) -> list[tuple[str, bool]]:
    if not SCRIPT.exists():
        reason = "no axe-core: `npm ci` installs it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        (f"{rule['id']}: {node['html']}: {node['failureSummary']}", _is_streamlits(rule, node))
        for rule in found
        for node in rule["nodes"]
    ]


def _is_streamlits(rule: dict[str, Any], node: dict[str, Any]) -> bool:
    """Ours is in a component's shadow root, to which axe gives a path of several selectors."""
    outside = all(isinstance(part, str) for part in node["target"])
    return outside and OF_STREAMLIT.get(rule["id"], "\0") in node["html"]
