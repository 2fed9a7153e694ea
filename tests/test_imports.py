"""The arrows of the house: who may import whom, read from the sources of both languages.

Each line below may import those before it. What main does not hold yet stands in NOT_YET, with its
reason; an entry that is not needed any more fails, too.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "pages/_ui/frontend"

LIBRARY = [
    {"errors", "distributions"},
    {"storage.files"},
    {"likelihoods", "checks", "device", "json_record", "schedule"},
    {"config", "geometry", "neighbours"},
    {"figures", "networks", "data"},
    {"models"},
    {"storage", "objective", "evidence"},
    {"training"},
    {"classifier", "console", "export", "runs", "sweeps"},
    {"__main__"},
]
APP = [
    {"vae_core"},
    {"pages._ui.server", "pages._ui.texts"},
    {"pages._ui.shell", "pages._ui.training"},
    {"pages"},
    {"app"},
]
JAVASCRIPT = [{"core"}, {"plane", "parts", "state"}, {"pages", "lecture"}, {"host"}]
NOT_YET: dict[tuple[str, str], str] = {}

# Modules that may import PyTorch when they are imported; the others start without it.
COMPUTES = {
    *("distributions", "likelihoods", "device", "networks", "models", "objective", "evidence"),
    *("training", "classifier"),
    *("runs.frames", "runs.recorder", "runs.saver", "runs.driver", "runs.worker"),
}


def module_name(path: Path) -> str:
    """Dotted name of a Python file; of a package, the package's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PYTHON = {
    module_name(path): path
    for path in (*ROOT.glob("vae_core/**/*.py"), *ROOT.glob("pages/**/*.py"), ROOT / "app.py")
}
SCRIPTS = sorted(FRONTEND.rglob("*.js"))


def imported(path: Path, *, at_start_only: bool = False) -> set[str]:
    """Dotted names that a Python file imports: at its start only, or anywhere."""
    tree = ast.parse(path.read_text())
    for_types = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    names: set[str] = set()
    for node in tree.body if at_start_only else ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def own(path: Path) -> set[str]:
    """Modules of this project, by dotted name, that a Python file imports."""
    return {name for name in imported(path) if name in PYTHON} - {"pages", "pages._ui"}


def without_comments(script: Path) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", script.read_text(), flags=re.DOTALL)


def imported_scripts(script: Path) -> set[Path]:
    """Files that a module of the browser imports, or starts as a worker."""
    text = without_comments(script)
    asked = re.findall(r'(?:\bfrom|\bimport|\bimport\(|new URL\()\s*"(\.[^"]+\.js)"', text)
    return {(script.parent / name).resolve() for name in asked}


def level(name: str, order: list[set[str]]) -> int:
    """The line of `order` with the longest name that this one is or lies in."""
    found = [
        (len(room), line)
        for line, rooms in enumerate(order)
        for room in rooms
        if name == room or name.startswith(f"{room}.")
    ]
    assert found, f"{name} has no place in the house"
    return max(found)[1]


def backwards(arrows: Iterable[tuple[str, str]], order: list[set[str]]) -> set[tuple[str, str]]:
    """Of the arrows (from who imports to who is imported), those that point the wrong way."""
    return {(a, b) for a, b in arrows if level(b, order) > level(a, order)}


LIBRARY_ARROWS = {
    (name.removeprefix("vae_core."), other.removeprefix("vae_core."))
    for name, path in PYTHON.items()
    if name.startswith("vae_core.")
    for other in own(path) - {"vae_core"}
}
APP_ARROWS = {(name, other) for name, path in PYTHON.items() for other in own(path)}
SCRIPT_ARROWS = {
    (str(script.relative_to(FRONTEND)), str(other.relative_to(FRONTEND)))
    for script in SCRIPTS
    for other in imported_scripts(script)
}


def test_every_arrow_points_one_way() -> None:
    scripts = {(a.replace("/", "."), b.replace("/", ".")) for a, b in SCRIPT_ARROWS}
    wrong = (
        backwards(LIBRARY_ARROWS, LIBRARY)
        | backwards(APP_ARROWS, APP)
        | backwards(scripts, JAVASCRIPT)
    )
    assert wrong == NOT_YET.keys()


@pytest.mark.parametrize("arrows", [LIBRARY_ARROWS | APP_ARROWS, SCRIPT_ARROWS])
def test_no_imports_go_round_in_circles(arrows: set[tuple[str, str]]) -> None:
    graph: dict[str, set[str]] = {}
    for name, other in arrows:
        graph.setdefault(name, set()).add(other)
    assert len(list(TopologicalSorter(graph).static_order())) > 10


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: str(s.relative_to(FRONTEND)))
def test_a_script_imports_files_that_are_there(script: Path) -> None:
    assert all(path.is_file() for path in imported_scripts(script))


def test_a_page_of_the_browser_imports_no_other_page() -> None:
    pages = [(Path(a).parts, Path(b).parts) for a, b in SCRIPT_ARROWS]
    between = [(a, b) for a, b in pages if a[0] == b[0] == "pages"]
    assert between and all(a[1] == b[1] for a, b in between)


@pytest.mark.parametrize("script", sorted(FRONTEND.glob("core/*.js")), ids=lambda s: s.stem)
def test_the_browsers_core_runs_without_a_page(script: Path) -> None:
    code = re.sub(r'"[^"\n]*"|`[^`]*`', "", without_comments(script))
    assert not re.search(r"\b(document|window)\b", code)


def test_only_the_app_and_its_pages_import_streamlit() -> None:
    users = {
        name
        for name, path in PYTHON.items()
        if any(other.split(".")[0] == "streamlit" for other in imported(path))
    }
    rooms = ("pages._ui.server", "pages._ui.texts", "vae_core")
    assert users and not {name for name in users if name.startswith(rooms)}


def test_a_page_imports_what_pages_share_and_no_other_page() -> None:
    for name, path in PYTHON.items():
        if name.startswith("pages."):
            assert all(other.startswith(("vae_core", "pages._ui")) for other in own(path)), name


@pytest.mark.parametrize("name", ["geometry", "neighbours", "figures"])
def test_geometry_and_figures_see_arrays_only(name: str) -> None:
    seen = {other for importer, other in LIBRARY_ARROWS if importer == name}
    assert seen <= {"errors", "config", "checks", "geometry"}
    assert not {n for n in imported(PYTHON[f"vae_core.{name}"]) if n.split(".")[0] == "torch"}


@pytest.mark.parametrize("name", sorted(n for n in PYTHON if n.startswith("vae_core.")))
def test_only_what_computes_imports_torch_at_its_start(name: str) -> None:
    heavy = {n for n in imported(PYTHON[name], at_start_only=True) if n.split(".")[0] == "torch"}
    assert not heavy or name.removeprefix("vae_core.") in COMPUTES


@pytest.mark.parametrize("name", sorted(PYTHON))
def test_every_third_party_import_is_a_declared_requirement(name: str) -> None:
    declared = {
        line.split("==")[0].strip().lower()
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if "==" in line
    }
    # What comes with a declared package, and is part of its interface here; and Dask, which `sweep
    # --dask` asks people to install.
    declared |= {"pil", "starlette", "anyio", "distributed"}
    used = {n.split(".")[0] for n in imported(PYTHON[name])} - sys.stdlib_module_names
    assert {n.lower() for n in used} - {"vae_core", "pages"} <= declared


@pytest.mark.parametrize("guard", ["app.py", "vae_core/__main__.py", "vae_core/__init__.py"])
def test_an_older_python_gets_a_sentence_and_no_syntax_error(guard: str) -> None:
    ast.parse((ROOT / guard).read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("guard", ["app.py", "vae_core/__main__.py"])
def test_the_version_of_python_is_checked_before_anything_else_is_imported(guard: str) -> None:
    after = []
    for node in ast.parse((ROOT / guard).read_text()).body:
        if isinstance(node, ast.If) and "sys.version_info < (3, 11)" in ast.unparse(node.test):
            break
        if isinstance(node, ast.Import | ast.ImportFrom):
            after.append(ast.unparse(node))
    else:
        pytest.fail("the version is not checked")
    assert set(after) <= {"import sys", "from __future__ import annotations"}
