"""The design's arrows: who may import whom, read from the source with `ast`."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Each module may import those before it; modules of one line do not import each other, except as
# listed in WITHIN.
ORDER = [
    {"errors"},
    {"config", "files", "checks"},
    {"idx"},
    {"download"},
    {"likelihoods", "networks", "data", "figures"},
    {"models"},
    {"checkpoints", "geometry"},
    {"objective", "evidence"},
    {"training"},
    {"classifier"},
    {"runs"},
    {"observer", "processes"},
    {"jobs", "worker"},
    {"__main__"},
]
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
NEEDS_TORCH = {
    *("data", "likelihoods", "networks", "models", "objective", "training", "classifier"),
    *("observer", "worker"),
}
STANDARD = sys.stdlib_module_names


def imported(path: Path, *, at_start_only: bool = False) -> set[str]:
    """Dotted names that a file imports; at its start only, or anywhere."""
    tree = ast.parse(path.read_text())
    type_checking = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for child in ast.walk(node)
    }
    nodes = (
        tree.body if at_start_only else [n for n in ast.walk(tree) if id(n) not in type_checking]
    )
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module is not None
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


MODULES = sorted(p for p in (ROOT / "vae_core").glob("*.py") if p.stem != "__init__")
PAGES = sorted(p for p in (ROOT / "pages").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_in_the_library_point_one_way(path: Path) -> None:
    own = {name.split(".")[1] for name in imported(path) if name.startswith("vae_core.")}
    backwards = {name for name in own if LEVEL[name] >= LEVEL[path.stem]}
    assert not backwards, f"{path.stem} imports {backwards}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_library_knows_no_app(path: Path) -> None:
    assert not {n for n in imported(path) if n.split(".")[0] in ("streamlit", "pages", "starlette")}


def test_figures_see_arrays_and_never_models() -> None:
    own = {n for n in imported(ROOT / "vae_core/figures.py") if n.startswith("vae_core.")}
    assert {name.split(".")[1] for name in own} <= {"errors", "config"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_only_what_computes_imports_torch_at_its_start(path: Path) -> None:
    heavy = {n for n in imported(path, at_start_only=True) if n.split(".")[0] == "torch"}
    assert not heavy or path.stem in NEEDS_TORCH


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_imports_the_library_and_what_pages_share_never_another_page(path: Path) -> None:
    names = {name for name in imported(path) if name.split(".")[0] == "pages"}
    assert all(name == "pages" or name.startswith("pages._ui") for name in names), names


@pytest.mark.parametrize("path", [*MODULES, *PAGES, ROOT / "app.py"], ids=lambda path: path.stem)
def test_every_third_party_import_is_a_declared_requirement(path: Path) -> None:
    declared = {
        line.split("==")[0].strip().lower()
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if "==" in line
    }
    # What comes with a declared package, and is part of its interface here.
    declared |= {"pil", "starlette", "anyio"}
    used = {name.split(".")[0] for name in imported(path)} - STANDARD
    assert {name.lower() for name in used} - {"vae_core", "pages"} <= declared
