import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
READING_ORDER = re.findall(r"\| \[`([\w./]+)`\]\([\w./]+\) \| (\d+) \|", README)


def test_the_reading_order_covers_the_library() -> None:
    listed = {name for name, _ in READING_ORDER}
    modules = {f"vae_core/{path.name}" for path in (ROOT / "vae_core").glob("*.py")}
    assert modules - listed <= {"vae_core/__init__.py"}


@pytest.mark.parametrize(("name", "lines"), READING_ORDER)
def test_line_counts_in_the_reading_order_are_about_right(name: str, lines: str) -> None:
    actual = len((ROOT / name).read_text().splitlines())
    assert actual == pytest.approx(int(lines), rel=0.15, abs=10)


def test_every_picture_and_file_that_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([\w./]+)\)", README):
        assert (ROOT / target).exists(), target
