"""How long until −ELBO 145 nats on full MNIST, against the loop that tutorials show.

    python tests/benchmarks/bench_training.py --data data

The tutorial loop is the usual one: torchvision's MNIST with ToTensor in a DataLoader, a
784-400-400-2 ReLU network, Adam at 1e-3, batches of 128, float32. Both are measured on the 10,000
test images after each epoch (the measurement is not timed) and both count from the first batch. A
time is the number of epochs times the median epoch, since shared machines stall at times; ours,
which is short, is run three times. It is a one-cycle run of two epochs at a high rate, as
`train --epochs 2 --learning-rate 6e-3` does it. Also printed: the share of this machine's
matrix-product peak, measured here and now, that our training step reaches.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from vae_core.config import ModelConfig, TrainConfig  # noqa: E402
from vae_core.data.datasets import DEFAULT_DATA_DIR, Dataset, load_dataset  # noqa: E402
from vae_core.device import choose_device, mixed_precision  # noqa: E402
from vae_core.models import VAE  # noqa: E402
from vae_core.objective import Elbo, evaluate  # noqa: E402
from vae_core.training import Controls, fit  # noqa: E402

TARGET = 145.0


class TutorialVAE(nn.Module):
    """The network of the common tutorial, with a 2-D latent space."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 4)
        )
        self.decoder = nn.Sequential(
            nn.Linear(2, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 784)
        )

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        """−ELBO summed over the batch (B, 784), nats."""
        mu, log_var = self.encoder(x).chunk(2, -1)
        z = mu + torch.randn_like(mu) * torch.exp(0.5 * log_var)
        reconstruction = functional.binary_cross_entropy(
            torch.sigmoid(self.decoder(z)), x, reduction="sum"
        )
        return reconstruction - 0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp())


def tutorial(folder: Path, test: torch.Tensor) -> Iterator[tuple[int, float, float]]:
    """Epoch, its seconds of training, test −ELBO."""
    data = datasets.MNIST(folder, train=True, transform=transforms.ToTensor())
    loader = DataLoader(data, batch_size=128, shuffle=True)
    model = TutorialVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    pixels = test.flatten(1).float() / 255
    for epoch in range(1, 41):
        start = time.perf_counter()
        for x, _ in loader:
            optimizer.zero_grad()
            loss = model.loss(x.view(len(x), -1)) / len(x)
            loss.backward()
            optimizer.step()
        seconds = time.perf_counter() - start
        with torch.no_grad():
            yield epoch, seconds, model.loss(pixels).item() / len(pixels)


def ours(dataset: Dataset) -> Iterator[tuple[int, float, float]]:
    """The same for `vae_core.training.fit`, as the app runs it."""
    config = TrainConfig(epochs=2, learning_rate=6e-3, validation=0)
    model = VAE(ModelConfig())
    before = 0.0
    for snapshot in fit(model, dataset, Elbo(), config, once_an_epoch(config)):
        test = dataset.test
        figures = evaluate(model, test.images, test.labels, dataset="MNIST test")
        assert figures.elbo is not None
        yield round(snapshot.epoch), snapshot.seconds - before, -figures.elbo
        before = snapshot.seconds


def once_an_epoch(config: TrainConfig) -> Controls:
    """No snapshots within an epoch."""
    return Controls(config.beta, config.learning_rate, every=10**6)


def time_to_target(name: str, *runs: Iterator[tuple[int, float, float]]) -> float:
    """Epochs until the target times the median epoch of all runs, seconds."""
    times, epochs = [], []
    for run in runs:
        for epoch, seconds, loss in run:
            times.append(seconds)
            print(f"  {name:9} epoch {epoch:2}  {seconds:7.1f} s  −ELBO {loss:.2f}", flush=True)
            if loss <= TARGET:
                epochs.append(epoch)
                break
        else:
            raise SystemExit(f"{name} did not reach {TARGET} nats")
    return median(epochs) * median(times)


def step_share(dataset: Dataset, epochs: int = 3) -> tuple[float, float]:
    """(FLOP/s of our step, FLOP/s of a large matrix product) in the precision that `fit` picks."""
    config = TrainConfig(epochs=epochs, validation=0)
    model = VAE(ModelConfig())
    run = fit(model, dataset, Elbo(), config, once_an_epoch(config))
    ends = [(s.images, s.seconds) for s in run]
    epoch_seconds = min(b[1] - a[1] for a, b in pairwise([(0, 0.0), *ends]))
    macs = sum(layer.weight.numel() for layer in model.modules() if isinstance(layer, nn.Linear))
    # Forward, gradient of the weights, gradient of the inputs (not for the pixels themselves).
    per_image = 6 * macs - 2 * model.encoder.layers[0].weight.numel()
    achieved = per_image * ends[0][0] / epoch_seconds

    device = choose_device("auto")
    with mixed_precision("auto", device):
        bf16 = torch.is_autocast_enabled(device.type)
    a = torch.randn(2048, 2048, device=device, dtype=torch.bfloat16 if bf16 else torch.float32)
    (a @ a).sum().item()
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        (a @ a)[0, 0].item()
        best = min(best, time.perf_counter() - start)
    return achieved, 2 * 2048**3 / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA_DIR)
    arguments = parser.parse_args()
    dataset = load_dataset("MNIST", arguments.data, validation=0)
    if dataset.source == "embedded":
        raise SystemExit(dataset.note)
    torch.manual_seed(0)
    fast = time_to_target("ours", *(ours(dataset) for _ in range(3)))
    slow = time_to_target("tutorial", tutorial(arguments.data, dataset.test.images))
    print(f"time to −ELBO {TARGET:g}: ratio ours / tutorial = {fast / slow:.3f} (target 0.100)")
    achieved, peak = step_share(dataset)
    print(
        f"training step: {achieved / 1e9:.0f} GFLOP/s of {peak / 1e9:.0f} GFLOP/s measured peak "
        f"= {achieved / peak:.0%}"
    )


if __name__ == "__main__":
    main()
