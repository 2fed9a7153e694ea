"""What a class watches of a model in training.

One look is one record of a run's frames.bin, and the figures on held-out images at that moment.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from vae_core.data.datasets import Dataset, to_float
from vae_core.device import mixed_precision
from vae_core.geometry import quantile_grid
from vae_core.neighbours import knn_accuracy
from vae_core.runs.schema import FrameLayout
from vae_core.training import Run

DIGITS = 2000
HELD_OUT = 1000  # validation images, at most
GRID = 12
RECONSTRUCTIONS = 8
NEIGHBOURS = 10
ACTIVE_VARIANCE = 0.01


class Observer:
    """What a class watches of a model: where fixed test digits lie, and what the plane decodes to.

    Args:
        dataset: its test images are watched, its validation images are what figures are of.
        run: its model, device and precision are used.
    """

    def __init__(self, dataset: Dataset, run: Run) -> None:
        self.run = run
        test = dataset.test
        labels = test.labels.numpy()
        of_class = [np.flatnonzero(labels == c) for c in range(len(dataset.class_names))]
        chosen = np.sort(np.concatenate([i[: DIGITS // len(of_class)] for i in of_class]))
        firsts = [i[0] for i in of_class if len(i)][:RECONSTRUCTIONS]
        model, device = run.model.config, run.device
        self.labels = labels[chosen]
        self.y = test.labels[chosen].to(device)
        self.images = test.images[chosen].to(device)
        held_out = dataset.validation
        self.held_out = to_float(held_out.images[:HELD_OUT].to(device))
        self.held_out_y = held_out.labels[:HELD_OUT].to(device)
        self.originals = test.images[firsts]
        self.originals_y = test.labels[firsts].to(device)
        side = model.classes if model.conditional else GRID
        self.grid = torch.from_numpy(quantile_grid(side)).float().flatten(0, 1).to(device)
        if model.conditional:  # a row for each label, in each column the same style
            styles = torch.randn(side, 2, generator=torch.Generator().manual_seed(0))
            self.grid = styles.repeat(side, 1).to(device)
        self.grid_y = torch.arange(side, device=device).repeat_interleave(side)
        self.layout = FrameLayout(
            labels=tuple(self.labels.tolist()),
            grid=side,
            reconstructions=len(self.originals),
            dataset=dataset.test_name,
            class_names=dataset.class_names,
            note=dataset.note,
            conditional=model.conditional,
            prior_means=model.classes if model.prior == "learned" else 0,
            held_out=len(self.held_out),
        )

    @torch.no_grad()
    def look(self) -> tuple[bytes, dict[str, Any] | None, float]:
        """A record for frames.bin; the figures on held-out images; accuracy of the map."""
        run, model = self.run, self.run.model
        with mixed_precision(run.config.precision, run.device):
            posterior = model.encode(to_float(self.images), self.y).base_dist
            originals = to_float(self.originals.to(run.device))
            shown = model.encode(originals, self.originals_y).mean
            grid = model.prior(self.grid_y).mean + self.grid
            y = torch.cat([self.grid_y, self.originals_y])
            decoded = model.decode(torch.cat([grid, shown]), y).mean
        points = posterior.mean.cpu().numpy().astype("<f4")
        pixels = decoded.clamp(0, 1).mul(255).round().byte().cpu().numpy()
        accuracy = knn_accuracy(points, self.labels, NEIGHBOURS)
        means = b""
        if self.layout.prior_means:
            means = model.prior_mu.cpu().numpy().astype("<f4").tobytes()
        return points.tobytes() + means + pixels.tobytes(), self._figures(), accuracy

    def _figures(self) -> dict[str, Any] | None:
        """The objective's terms on the held-out images, and how the KL is split; None without any.

        In nats, averaged over the images, with the same noise each time: what moves is the model. A
        unit is active if the variance of its posterior mean over images is above 0.01 (Burda et al.
        2016).
        """
        model, x, y = self.run.model, self.held_out, self.held_out_y
        if len(x) < 2:
            return None
        noise = torch.Generator(self.run.device).manual_seed(0)
        terms = self.run.objective.terms(model, x, y, generator=noise)
        figures: dict[str, Any] = {name: float(values.mean()) for name, values in terms.items()}
        if not all(map(math.isfinite, figures.values())):  # it diverges just now
            return None
        posterior = model.encode(x, y).base_dist
        mu, variance = posterior.mean, posterior.variance
        figures["active_units"] = int((mu.var(0) > ACTIVE_VARIANCE).sum())
        if "kl" in terms:  # of a plain autoencoder, σ and so the KL mean nothing
            away = mu - model.prior(y).mean
            kl = 0.5 * (away.square() + variance - 1 - variance.log()).mean(0)
            figures["kl_per_dim"] = kl.tolist()
        return figures
