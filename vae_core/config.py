"""What a model and a training run are, in frozen dataclasses that validate once, on construction.

Nothing here imports PyTorch: the first map of the app needs a checkpoint's description, not its
arithmetic. `ModelConfig.tensor_shapes` is therefore the contract between a file and a network, and
a test holds the real `state_dict` to it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vae_core.json_record import JsonRecord, require, require_between, require_one_of
from vae_core.likelihoods import LIKELIHOODS, Likelihood, Sigma

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE * IMAGE_SIDE

Activation = Literal["relu", "silu", "gelu", "tanh"]
Prior = Literal["standard", "learned"]
BetaOn = Literal["kl", "reconstruction"]
DatasetName = Literal["MNIST", "FashionMNIST", "KMNIST"]


def settings_of(likelihood: str) -> set[str]:
    """Names of the settings of `ModelConfig` that only this family has."""
    return {field.name for field in fields(LIKELIHOODS[likelihood])}


_FAMILY_SETTINGS = {name for likelihood in LIKELIHOODS for name in settings_of(likelihood)}


@dataclass(frozen=True)
class ModelConfig(JsonRecord):
    """The architecture of a VAE or CVAE: two multilayer perceptrons around a latent plane.

    Attributes:
        latent_dim: dimensions of z.
        encoder_width, encoder_depth: units in, and number of, hidden layers of q(z|x).
        decoder_width, decoder_depth: the same for p(x|z).
        activation: the nonlinearity after each hidden layer.
        likelihood: the family of p(x|z), a name in `likelihoods.LIKELIHOODS`.
        sigma: of the Gaussian family: "fixed", "learned" (one number), or "per-pixel" (σ(z)).
        levels: of the categorical family: grey levels that a pixel may have.
        components: of the mixture family: Gaussians per pixel.
        classes: labels that the data has, 0 to classes - 1.
        conditional: whether the label y enters encoder and decoder, which makes it a CVAE (Sohn
            et al. 2015).
        prior: "standard" is N(0, I); "learned", for a conditional model, is p(z|y) = N(μ(y), I).
    """

    latent_dim: int = 2
    encoder_width: int = 512
    encoder_depth: int = 3
    decoder_width: int = 512
    decoder_depth: int = 3
    activation: Activation = "silu"
    likelihood: str = "bernoulli"
    sigma: Sigma = "fixed"
    levels: int = 16
    components: int = 3
    classes: int = 10
    conditional: bool = False
    prior: Prior = "standard"

    def _validate(self) -> None:
        require_between(self, 1, 64, "latent_dim")
        require_between(self, 1, 2048, "encoder_width", "decoder_width")
        require_between(self, 1, 8, "encoder_depth", "decoder_depth")
        require_one_of("likelihood", self.likelihood, LIKELIHOODS)
        require_between(self, 2, 256, "levels")
        require_between(self, 1, 10, "components")
        for setting in sorted(_FAMILY_SETTINGS - settings_of(self.likelihood)):
            require(
                getattr(self, setting) == getattr(type(self), setting),
                "{setting} is not a setting of the likelihood {likelihood}.",
                "config.likelihood_setting",
                setting=setting,
                likelihood=self.likelihood,
            )
        require_between(self, 2, 100, "classes")
        require(
            self.conditional or self.prior == "standard",
            "A learned prior p(z|y) needs a conditional model.",
            "config.learned_prior",
        )

    @cached_property
    def family(self) -> Likelihood:
        """The family of p(x|z), as it is set here."""
        settings = {name: getattr(self, name) for name in settings_of(self.likelihood)}
        return LIKELIHOODS[self.likelihood](**settings)

    @property
    def encoder_sizes(self) -> tuple[int, ...]:
        """Layer widths of q(z|x) or q(z|x,y), input first; it ends in μ and log σ² side by side."""
        hidden = (self.encoder_width,) * self.encoder_depth
        return (PIXELS + self.label_inputs, *hidden, 2 * self.latent_dim)

    @property
    def decoder_sizes(self) -> tuple[int, ...]:
        """Layer widths of p(x|z) or p(x|z,y), input first; it ends in the likelihood's outputs."""
        hidden = (self.decoder_width,) * self.decoder_depth
        return (self.latent_dim + self.label_inputs, *hidden, PIXELS * self.family.outputs)

    @property
    def label_inputs(self) -> int:
        """Inputs that carry y, one-hot, after the others."""
        return self.classes if self.conditional else 0

    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape of every tensor in the network's `state_dict`, without building it."""
        shapes: dict[str, tuple[int, ...]] = {}
        for network, sizes in (("encoder", self.encoder_sizes), ("decoder", self.decoder_sizes)):
            for i, (inputs, outputs) in enumerate(pairwise(sizes)):
                shapes[f"{network}.layers.{i}.weight"] = (outputs, inputs)
                shapes[f"{network}.layers.{i}.bias"] = (outputs,)
        if self.prior == "learned":
            shapes["prior_mu"] = (self.classes, self.latent_dim)
        if self.family.shared:
            shapes["likelihood_shared"] = (self.family.shared,)
        return shapes


@dataclass(frozen=True)
class Evaluation(JsonRecord):
    """Figures of a model on a test set, nats per image (see `objective.evaluate`).

    Attributes:
        elbo: log_likelihood - kl (β is 1 here, whatever β the model was trained with); None for a
            plain autoencoder, which bounds nothing.
        log_likelihood: E_q[log p(x|z)], summed over pixels, averaged over images.
        kl: KL(q(z|x) ‖ p(z)), summed over latent dimensions, averaged over images; None without q.
        images: how many images were averaged over.
        dataset: their name and split, "MNIST test" for example.
        bits: bits per dimension of 256 grey levels, see `objective.bits_per_dimension`; None where
            the family says nothing of them.
    """

    elbo: float | None
    log_likelihood: float
    kl: float | None
    images: int
    dataset: str
    bits: float | None = None

    def _validate(self) -> None:
        require(
            (self.elbo is None) == (self.kl is None),
            "elbo and kl belong together.",
            "config.elbo_without_kl",
        )
        require(self.images > 0, "images must be positive.", "config.images")
        require(len(self.dataset) <= 100, "dataset must be a short name.", "config.dataset_name")


MOST_EPOCHS = 1_000_000
"""Weeks, of the smallest network and data."""


@dataclass(frozen=True)
class TrainConfig(JsonRecord):
    """How a model is trained.

    Attributes:
        dataset: which images.
        objective: "elbo" trains a variational autoencoder, "autoencoder" a plain one: no KL, and
            z = μ(x) without noise.
        epochs: passes over the training images; 0 with a constant rate: until somebody stops it.
        batch_size: images per step.
        learning_rate: of Adam; the peak of the one-cycle schedule, or the constant value.
        schedule: "one-cycle" rises and then falls to nothing over all epochs (Smith & Topin 2018),
            which reaches the best figures; "constant" can be stopped, or go on, at any time.
        beta: the weight β between the two terms of the objective, at least 0.
        beta_on: which term β weighs, "kl" (Higgins et al. 2017) or "reconstruction".
        samples: L, draws of z ~ q(z|x) per image and step (Kingma & Welling 2014, eq. 7).
        input_dropout: share of the pixels hidden from the encoder while it learns, which keeps it
            from memorising the training images in a long run.
        gradient_clip: largest norm of the gradient, nats per image per unit of weight.
        seed: of the run's own random generator; the same seed gives the same weights.
        validation: images of the training set held out, its last ones.
        precision: "bf16" computes matrix products in bfloat16, "fp32" in full; "auto" picks bf16
            where the hardware has it. Losses are always in float32.
        device: "cpu", "cuda", ... or "auto" for an accelerator if there is one.
    """

    dataset: DatasetName = "MNIST"
    objective: Literal["elbo", "autoencoder"] = "elbo"
    epochs: int = 20
    batch_size: int = 256
    learning_rate: float = 2e-3
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    beta: float = 1.0
    beta_on: BetaOn = "kl"
    samples: int = 1
    input_dropout: float = 0.0
    gradient_clip: float = 50.0
    seed: int = 0
    validation: int = 5000
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    device: str = "auto"

    def _validate(self) -> None:
        least = 0 if self.schedule == "constant" else 1
        require_between(self, least, MOST_EPOCHS, "epochs")
        require_between(self, 1, 60_000, "batch_size")
        require_between(self, 0, 1000, "beta")
        require_between(self, 1, 100, "samples")
        require_between(self, 0, 2**63 - 1, "seed")
        require_between(self, 0, 59_999, "validation")
        require(
            0 < self.learning_rate <= 1,
            "learning_rate must be greater than 0 and at most 1.",
            "config.learning_rate",
        )
        require(
            0 <= self.input_dropout < 1,
            "input_dropout must be at least 0 and less than 1.",
            "config.input_dropout",
        )
        require(
            self.gradient_clip > 0,
            "gradient_clip must be greater than 0.",
            "config.gradient_clip",
        )
        require(
            self.device == "auto" or self.device.split(":")[0] in ("cpu", "cuda", "mps", "xpu"),
            "device must be auto, cpu, cuda, mps or xpu, not {device!r:.40}.",
            "config.device",
            device=self.device,
        )


@dataclass(frozen=True)
class Latents:
    """Posteriors q(z|x) = N(μ, diag σ²) of a set of labelled images.

    Attributes:
        mu: (N, latent_dim) float32.
        log_var: (N, latent_dim) float32, log σ².
        labels: (N,) uint8.
    """

    mu: NDArray[np.float32]
    log_var: NDArray[np.float32]
    labels: NDArray[np.uint8]
