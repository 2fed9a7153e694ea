import re
from dataclasses import asdict
from pathlib import Path

import pytest

from vae_core.storage.checkpoints import read_checkpoint

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


MODELS = re.findall(
    r"\| `(checkpoints/\w+\.safetensors)` \| \*\*([\d.]+)\*\* \| ([\d.]+) \| ([\d.]+) \| `(.+)` \|",
    README,
)


def test_the_readme_speaks_of_every_model_that_ships() -> None:
    shipped = {f"checkpoints/{path.name}" for path in (ROOT / "checkpoints").glob("*.safetensors")}
    assert {row[0] for row in MODELS} == shipped


@pytest.mark.parametrize(("name", "loss", "reconstruction", "kl", "options"), MODELS)
def test_the_readme_has_the_figures_and_options_of_the_file(
    name: str, loss: str, reconstruction: str, kl: str, options: str
) -> None:
    file = read_checkpoint(ROOT / name)
    figures = file.evaluation
    assert (figures.images, figures.dataset) == (10_000, "MNIST test")
    shown = tuple(f"{value:.2f}" for value in (-figures.elbo, -figures.log_likelihood, figures.kl))
    assert shown == (loss, reconstruction, kl)
    used = {**asdict(file.config), **asdict(file.training)}
    for option, value in re.findall(r"--([\w-]+)(?: ([^-]\S*))?", options):
        if option != "half":
            setting = used[option.replace("-", "_")]
            expected = True if not value else type(setting)(value)
            assert setting == expected, option
