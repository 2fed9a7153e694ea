"""What a model and a training run are, in frozen dataclasses that validate once, on construction.

Nothing here imports PyTorch: the first map of the app needs a checkpoint's description, not its
arithmetic. `ModelConfig.tensor_shapes` is therefore the contract between a file and a network, and
a test holds the real `state_dict` to it.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from vae_core.errors import ConfigError

IMAGE_SIDE = 28
PIXELS = IMAGE_SIDE * IMAGE_SIDE

Activation = Literal["relu", "silu", "gelu", "tanh"]
LikelihoodName = Literal["bernoulli", "gaussian", "laplace"]
Prior = Literal["standard", "learned"]
BetaOn = Literal["kl", "reconstruction"]
DatasetName = Literal["MNIST", "FashionMNIST", "KMNIST"]


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


class _Record:
    """JSON round trip and type checks shared by the dataclasses below."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):  # type: ignore[arg-type]
            self._check_type(field.name, hints[field.name], getattr(self, field.name))
        self._validate()

    def _check_type(self, name: str, hint: Any, value: Any) -> None:
        if get_origin(hint) is Literal:
            _require(
                isinstance(value, str) and value in get_args(hint),
                f"{name} must be one of {', '.join(map(str, get_args(hint)))}, not {value!r}.",
            )
        elif hint is bool:
            _require(isinstance(value, bool), f"{name} must be true or false, not {value!r}.")
        elif hint is int:
            whole = isinstance(value, int) and not isinstance(value, bool)
            _require(whole, f"{name} must be a whole number, not {value!r}.")
        elif hint is float:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            _require(
                number and math.isfinite(value), f"{name} must be a finite number, not {value!r}."
            )
            object.__setattr__(self, name, float(value))
        elif hint is str:
            _require(isinstance(value, str), f"{name} must be text, not {value!r}.")

    def _validate(self) -> None:
        """Range checks; raises ConfigError."""

    def to_json(self) -> str:
        """One line of JSON; `from_json` gives the same record back."""
        return json.dumps(asdict(self), sort_keys=True)  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`. Unknown keys are refused, missing ones take their default.

        Raises:
            ConfigError: not JSON, not an object, or a value that validation refuses.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{cls.__name__} is not valid JSON.") from error
        _require(isinstance(values, dict), f"{cls.__name__} must be a JSON object.")
        unknown = sorted(set(values) - {field.name for field in fields(cls)})  # type: ignore[arg-type]
        _require(not unknown, f"{cls.__name__} has unknown settings: {', '.join(unknown)[:200]}.")
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigError(f"{cls.__name__} lacks settings: {error}.") from error


@dataclass(frozen=True)
class ModelConfig(_Record):
    """The architecture of a VAE or CVAE: two multilayer perceptrons around a latent plane.

    Attributes:
        latent_dim: dimensions of z.
        encoder_width, encoder_depth: units in, and number of, hidden layers of q(z|x).
        decoder_width, decoder_depth: the same for p(x|z).
        activation: the nonlinearity after each hidden layer.
        likelihood: the family of p(x|z).
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
    likelihood: LikelihoodName = "bernoulli"
    classes: int = 10
    conditional: bool = False
    prior: Prior = "standard"

    def _validate(self) -> None:
        _require(1 <= self.latent_dim <= 64, "latent_dim must be between 1 and 64.")
        for name in ("encoder_width", "decoder_width"):
            _require(1 <= getattr(self, name) <= 2048, f"{name} must be between 1 and 2048.")
        for name in ("encoder_depth", "decoder_depth"):
            _require(1 <= getattr(self, name) <= 8, f"{name} must be between 1 and 8.")
        _require(2 <= self.classes <= 100, "classes must be between 2 and 100.")
        _require(
            self.conditional or self.prior == "standard",
            "A learned prior p(z|y) needs a conditional model.",
        )

    @property
    def encoder_sizes(self) -> tuple[int, ...]:
        """Layer widths of q(z|x) or q(z|x,y), input first; it ends in μ and log σ² side by side."""
        hidden = (self.encoder_width,) * self.encoder_depth
        return (PIXELS + self.label_inputs, *hidden, 2 * self.latent_dim)

    @property
    def decoder_sizes(self) -> tuple[int, ...]:
        """Layer widths of p(x|z) or p(x|z,y), input first; it ends in one logit per pixel."""
        hidden = (self.decoder_width,) * self.decoder_depth
        return (self.latent_dim + self.label_inputs, *hidden, PIXELS)

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
        return shapes


@dataclass(frozen=True)
class Evaluation(_Record):
    """Figures of a model on a test set, nats per image (see `objective.evaluate`).

    Attributes:
        elbo: log_likelihood - kl (β is 1 here, whatever β the model was trained with).
        log_likelihood: E_q[log p(x|z)], summed over pixels, averaged over images.
        kl: KL(q(z|x) ‖ p(z)), summed over latent dimensions, averaged over images.
        images: how many images were averaged over.
        dataset: their name and split, "MNIST test" for example.
    """

    elbo: float
    log_likelihood: float
    kl: float
    images: int
    dataset: str

    def _validate(self) -> None:
        _require(self.images > 0, "images must be positive.")
        _require(len(self.dataset) <= 100, "dataset must be a short name.")


@dataclass(frozen=True)
class TrainConfig(_Record):
    """How a model is trained.

    Attributes:
        dataset: which images.
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: of Adam; the peak of the one-cycle schedule, or the constant value.
        schedule: "one-cycle" rises and then falls to nothing over all epochs (Smith & Topin 2018),
            which reaches the best figures; "constant" can be stopped, or go on, at any time.
        beta: the weight β between the two terms of the objective, at least 0.
        beta_on: which term β weighs, "kl" (Higgins et al. 2017) or "reconstruction".
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
    epochs: int = 20
    batch_size: int = 256
    learning_rate: float = 2e-3
    schedule: Literal["one-cycle", "constant"] = "one-cycle"
    beta: float = 1.0
    beta_on: BetaOn = "kl"
    input_dropout: float = 0.0
    gradient_clip: float = 50.0
    seed: int = 0
    validation: int = 5000
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    device: str = "auto"

    def _validate(self) -> None:
        _require(1 <= self.epochs <= 10_000, "epochs must be between 1 and 10,000.")
        _require(1 <= self.batch_size <= 60_000, "batch_size must be between 1 and 60,000.")
        _require(0 < self.learning_rate <= 1, "learning_rate must be greater than 0 and at most 1.")
        _require(0 <= self.beta <= 1000, "β must be between 0 and 1,000.")
        _require(0 <= self.input_dropout < 1, "input_dropout must be at least 0 and less than 1.")
        _require(self.gradient_clip > 0, "gradient_clip must be greater than 0.")
        _require(0 <= self.seed < 2**63, "seed must be between 0 and 2^63 - 1.")
        _require(0 <= self.validation < 60_000, "validation must be between 0 and 59,999.")
        known = self.device == "auto" or self.device.split(":")[0] in ("cpu", "cuda", "mps", "xpu")
        _require(known, f"device must be auto, cpu, cuda, mps or xpu, not {self.device!r:.40}.")
