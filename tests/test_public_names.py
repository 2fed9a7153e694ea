"""What `import vae_core` offers: seen by completion and types, loaded when first used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import PROJECT

import vae_core

NOTEBOOK = """
from pathlib import Path
import vae_core

data = vae_core.load_dataset("MNIST", download=False)
model, settings = vae_core.VAE(vae_core.ModelConfig()), vae_core.TrainConfig(epochs=1)
for snapshot in vae_core.fit(model, data, vae_core.Elbo(), settings):
    reveal_type(snapshot.terms)
vae_core.round_to_half(model)
test = data.test
figures = vae_core.evaluate(model, test.images, test.labels, dataset="MNIST test")
latents = vae_core.posteriors(model, test.images, test.labels)
reveal_type(figures)
vae_core.save_checkpoint(Path("mine.safetensors"), model, settings, figures, latents, half=True)
vae_core.save_checkpoint(Path("mine.safetensors"), model, settings, latents, figures)
"""


def test_completion_shows_every_public_name_and_each_exists() -> None:
    assert set(vae_core.__all__) <= set(dir(vae_core))
    assert all(getattr(vae_core, name) is not None for name in vae_core.__all__)


def test_a_type_checker_knows_every_public_name(tmp_path: Path) -> None:
    """A whole notebook, whose last line is wrong on purpose; then each name."""
    (tmp_path / "notebook.py").write_text(NOTEBOOK)
    names = "\n".join(f"reveal_type(vae_core.{name})" for name in vae_core.__all__)
    (tmp_path / "names.py").write_text(f"import vae_core\n{names}\n")
    files = [str(tmp_path / "notebook.py"), str(tmp_path / "names.py")]
    found = subprocess.run(  # with the project's settings, and so its cache
        [sys.executable, "-m", "mypy", *files], cwd=PROJECT, capture_output=True, text=True
    )
    problems = [line for line in found.stdout.splitlines() if "error:" in line]
    assert len(problems) == 2, found.stdout  # the two arguments of the last line
    assert all("notebook.py" in line for line in problems)
    revealed = [line for line in found.stdout.splitlines() if "Revealed type" in line]
    assert len(revealed) == len(vae_core.__all__) + 2
    assert not any('"Any"' in line for line in revealed), found.stdout


def test_reading_a_checkpoint_does_not_load_pytorch(tiny_checkpoint: Path) -> None:
    code = (
        "import sys, vae_core;"
        f"vae_core.read_checkpoint({str(tiny_checkpoint)!r}); dir(vae_core);"
        "print('torch' in sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "False"
