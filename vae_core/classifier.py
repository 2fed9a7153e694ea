"""An independent reader of digits, used to measure how many samples show the label they should.

It never trains, guides or filters a VAE: it only counts. A small convolutional network, trained
once with `python -m vae_core train-classifier` and shipped with its test accuracy.
"""

from __future__ import annotations

import json
from pathlib import Path

import safetensors.numpy
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from vae_core.config import IMAGE_SIDE
from vae_core.data.datasets import Dataset, to_float
from vae_core.errors import CheckpointError
from vae_core.models import VAE
from vae_core.schedule import one_cycle
from vae_core.storage.files import write_atomically
from vae_core.storage.format import MAX_FILE_BYTES, digest

FORMAT = "vae_core/classifier/1"
SHIPPED = Path(__file__).parent.parent / "checkpoints" / "classifier" / "mnist.safetensors"
CLASSES = 10


class Classifier(nn.Module):
    """28 x 28 grey pixels -> a label: two strided convolutions and two linear layers."""

    def __init__(self) -> None:
        super().__init__()
        self.accuracy = 0.0
        self.convolve = nn.Conv2d(1, 16, 5, stride=2, padding=2)
        self.again = nn.Conv2d(16, 32, 5, stride=2, padding=2)
        self.hidden = nn.Linear(32 * 7 * 7, 128)
        self.output = nn.Linear(128, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, 784) in [0, 1] -> logits (N, 10)."""
        image = x.view(-1, 1, IMAGE_SIDE, IMAGE_SIDE)
        features = functional.relu(self.again(functional.relu(self.convolve(image))))
        output: Tensor = self.output(functional.relu(self.hidden(features.flatten(1))))
        return output

    @torch.no_grad()
    def read(self, x: Tensor) -> Tensor:
        """The label (N,) int64 that each image (N, 784) in [0, 1] most looks like."""
        chunks = [self(chunk).argmax(-1) for chunk in torch.split(x, 1000)]
        return torch.cat(chunks)


def train_classifier(dataset: Dataset, *, epochs: int = 8, seed: int = 0) -> Classifier:
    """Fit a classifier to `dataset.train`; `accuracy` is its share of right test answers.

    Images are shifted by up to two pixels, so that it reads digits wherever a decoder puts them.
    """
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from global state
        torch.manual_seed(seed)
        model = Classifier()
    generator = Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    images, labels = dataset.train.images, dataset.train.labels
    batches = torch.split(torch.arange(len(images)), 128)
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=generator)
        for step, places in enumerate(batches):
            optimizer.param_groups[0]["lr"] = 3e-3 * one_cycle(
                (epoch + step / len(batches)) / epochs
            )
            batch = order[places]
            down, right = torch.randint(-2, 3, (2,), generator=generator).tolist()
            x = to_float(torch.roll(images[batch], (down, right), (1, 2)))
            loss = functional.cross_entropy(model(x), labels[batch])
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
    model.accuracy = accuracy(model, dataset)
    return model.eval()


def accuracy(classifier: Classifier, dataset: Dataset) -> float:
    """Share of the test images whose label is read right."""
    right = classifier.read(to_float(dataset.test.images)) == dataset.test.labels
    return right.float().mean().item()


def save_classifier(path: Path, classifier: Classifier) -> None:
    """Write the weights, as float32, with the accuracy they reach.

    Raises:
        CheckpointError: the file could not be written.
    """
    tensors = {name: value.numpy() for name, value in classifier.state_dict().items()}
    metadata = {"format": FORMAT, "accuracy": json.dumps(classifier.accuracy)}
    metadata["sha256"] = digest(tensors, metadata)
    try:
        write_atomically(path, safetensors.numpy.save(tensors, metadata))
    except OSError as error:
        raise CheckpointError(
            "Could not save {file}: {problem}.",
            key="classifier.not_saved",
            file=path,
            problem=error.strerror or error,
        ) from error


def load_classifier(path: Path = SHIPPED) -> Classifier:
    """Read what `save_classifier` wrote.

    Raises:
        CheckpointError: it is missing, damaged or something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES)
        tensors = safetensors.numpy.load(data)
        length = int.from_bytes(data[:8], "little")
        metadata = json.loads(data[8 : 8 + length])["__metadata__"]
        if metadata["format"] != FORMAT or digest(tensors, metadata) != metadata["sha256"]:
            raise ValueError("its checksum does not match")
        model = Classifier()
        model.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
        model.accuracy = float(json.loads(metadata["accuracy"]))
    except Exception as error:  # whatever is wrong with it, it is not the shipped file
        raise CheckpointError(
            "The classifier {file} cannot be read ({problem}); write it again with "
            "`python -m vae_core train-classifier`.",
            key="classifier.unreadable",
            file=path.name,
            problem=error,
        ) from error
    return model.eval()


@torch.no_grad()
def shares_read_as_label(
    model: VAE, classifier: Classifier, *, per_label: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Shares of a conditional model's images that the classifier reads as their label.

    At z ~ p(z|y), `per_label` for each label: of the pixel means E[x|z,y], which look cleaner than
    any digit that the model claims to have seen, and of samples x ~ p(x|z,y).
    """
    generator = Generator().manual_seed(seed)
    y = torch.arange(model.config.classes).repeat_interleave(per_label)
    epsilon = torch.randn(len(y), model.config.latent_dim, generator=generator)
    z = model.prior(y).mean + epsilon
    right_means = right_samples = 0
    for place, label in zip(torch.split(z, 1000), torch.split(y, 1000), strict=True):
        outputs = model.outputs(place, label)
        means = model.likelihood.mean(outputs)
        samples = model.likelihood.sample(outputs, generator).clamp(0, 1)
        right_means += int((classifier.read(means) == label).sum())
        right_samples += int((classifier.read(samples) == label).sum())
    return right_means / len(y), right_samples / len(y)
