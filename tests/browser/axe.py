"""axe-core, from npm, run inside a page: which rules of accessibility its DOM breaks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
# Where in Streamlit's own DOM a rule is broken that nobody but Streamlit can mend: rule -> what the
# selectors of its elements contain.
OF_STREAMLIT: dict[str, tuple[str, ...]] = {}


def violations(page: Page) -> list[str]:
    """A line for each element that breaks a rule, of the whole page as it is now."""
    if not SCRIPT.exists():
        reason = "no axe-core: `npm ci` installs it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{rule['id']}: {_selector(node)}: {node['html'][:120]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
        if not any(part in _selector(node) for part in OF_STREAMLIT.get(rule["id"], ()))
    ]


def _selector(node: dict[str, Any]) -> str:
    """Where an element is; inside a shadow root axe says the path in a list."""
    path = node["target"]
    return " ".join(part if isinstance(part, str) else " >> ".join(part) for part in path)
