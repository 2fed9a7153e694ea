import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from vae_core.__main__ import main
from vae_core.storage.checkpoints import load_checkpoint, read_checkpoint

TINY = ["--encoder-width", "8", "--encoder-depth", "1", "--decoder-width", "8"]
SHORT = ["--decoder-depth", "1", "--epochs", "1", "--batch-size", "500", "--validation", "0"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint trained by the command itself on the embedded digits; an empty data folder."""
    folder = tmp_path_factory.mktemp("cli")
    data = folder / "data"
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr("torchvision.datasets.MNIST.mirrors", ["http://127.0.0.1:9/"])
    out = folder / "small.safetensors"
    try:
        assert main(["train", str(out), *TINY, *SHORT, "--data", str(data), "--half"]) == 0
        yield out, data  # type: ignore[misc]
    finally:
        monkeypatch.undo()


def test_training_writes_a_checkpoint_with_its_figures(trained: tuple[Path, Path]) -> None:
    file = read_checkpoint(trained[0])
    assert (file.config.encoder_width, file.training.epochs) == (8, 1)
    assert file.evaluation.dataset == "MNIST test (embedded)"
    assert len(file.latents.labels) == file.evaluation.images == 500


@pytest.mark.parametrize(
    ("out", "options", "sentence"),
    [
        ("Mine.safetensors", [], "small letters"),
        ("mine.pt", [], "small letters"),
        ("file/mine.safetensors", [], "Could not save mine.safetensors"),
        ("mine.safetensors", ["--encoder-width", "2048", "--encoder-depth", "8"], "could not be"),
    ],
)
def test_what_could_not_be_saved_is_refused_before_the_training(
    out: str,
    options: list[str],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert main(["train", str(tmp_path / out), *options]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert "training" not in said.replace(sentence, "")  # neither data nor a bar was shown


def test_evaluate_prints_the_figures_that_the_file_claims(
    trained: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = trained
    capsys.readouterr()
    assert main(["evaluate", str(path), "--data", str(data), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {"elbo", "log_likelihood", "kl", "images", "dataset", "bits"}
    claimed = read_checkpoint(path).evaluation
    assert printed["elbo"] == pytest.approx(claimed.elbo, abs=1e-3)


def test_an_autoencoder_is_trained_measured_and_listed_without_a_bound(
    trained: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, data = tmp_path / "plain.safetensors", ["--data", str(trained[1])]
    assert main(["train", str(out), *TINY, *SHORT, *data, "--objective", "autoencoder"]) == 0
    printed = capsys.readouterr().out
    assert "log_likelihood" in printed
    assert "elbo" not in printed
    assert "kl" not in printed
    assert main(["evaluate", str(out), *data, "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["elbo"], figures["kl"]) == (None, None)
    claimed = read_checkpoint(out).evaluation
    assert figures["log_likelihood"] == pytest.approx(claimed.log_likelihood, abs=1e-3)
    assert main(["list", "--folder", str(tmp_path)]) == 0
    table = capsys.readouterr().out
    assert f"{-claimed.log_likelihood:.2f}" in table
    assert "nan" not in table.lower()


def test_decode_draws_the_pixel_means(trained: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "digit.png"
    assert main(["decode", str(trained[0]), "--z", "0.5", "-1.2", "--out", str(out)]) == 0
    with torch.no_grad():
        mean = load_checkpoint(trained[0]).model.decode(torch.tensor([[0.5, -1.2]])).mean
    with Image.open(out) as image:
        assert np.abs(np.asarray(image) / 255 - mean.view(28, 28).numpy()).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("z", [["1"], ["1", "2", "3"], ["nan", "0"]])
def test_decode_refuses_a_point_that_is_not_in_the_space(
    trained: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    z: list[str],
) -> None:
    assert main(["decode", str(trained[0]), "--z", *z, "--out", str(tmp_path / "x.png")]) == 1
    assert "2 finite numbers" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_list_shows_good_files_and_names_bad_ones(
    trained: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = trained[0].parent
    (folder / "broken.safetensors").write_bytes(b"nonsense")
    assert main(["list", "--folder", str(folder), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["name"] == "small"
    assert "broken.safetensors" in printed.err


def test_an_error_is_one_sentence_on_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path / "missing.safetensors")]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no checkpoint file" in printed.err
    assert "Traceback" not in printed.err
