from pathlib import Path

import pytest
import torch

from vae_core.classifier import (
    Classifier,
    load_classifier,
    save_classifier,
    shares_read_as_label,
    train_classifier,
)
from vae_core.config import ModelConfig
from vae_core.data.datasets import load_dataset, to_float
from vae_core.errors import CheckpointError
from vae_core.models import VAE


def test_the_shipped_classifier_reads_real_digits() -> None:
    """The embedded digits are training images; the figure on the test set is in the file."""
    classifier = load_classifier()
    digits = load_dataset("MNIST", "nowhere", download=False).train
    right = classifier.read(to_float(digits.images)) == digits.labels
    assert right.float().mean() > 0.985
    assert classifier.accuracy >= 0.985


def test_a_saved_classifier_reads_the_same(tmp_path: Path) -> None:
    classifier = Classifier()
    classifier.accuracy = 0.25
    path = tmp_path / "classifier.safetensors"
    save_classifier(path, classifier)
    loaded = load_classifier(path)
    x = torch.rand(50, 784)
    assert torch.equal(loaded.read(x), classifier.read(x))
    assert loaded.accuracy == 0.25


def test_a_damaged_classifier_is_a_checkpoint_error(tmp_path: Path) -> None:
    path = tmp_path / "classifier.safetensors"
    save_classifier(path, Classifier())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for wrong in (path, tmp_path / "missing.safetensors"):
        with pytest.raises(CheckpointError, match="train-classifier"):
            load_classifier(wrong)


def test_training_is_reproducible_and_leaves_global_randomness_alone() -> None:
    dataset = load_dataset("MNIST", "nowhere", download=False)
    before = torch.random.get_rng_state()
    first, second = (train_classifier(dataset, epochs=1) for _ in range(2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first.output.weight, second.output.weight)
    assert first.accuracy == second.accuracy > 0.7


def test_the_shares_count_means_and_samples_read_as_their_label() -> None:
    config = ModelConfig(encoder_width=4, decoder_width=4, conditional=True)
    model = VAE(config)

    class AlwaysThree(Classifier):
        def read(self, x: torch.Tensor) -> torch.Tensor:
            return torch.full((len(x),), 3)

    assert shares_read_as_label(model, AlwaysThree(), per_label=7) == pytest.approx((0.1, 0.1))
