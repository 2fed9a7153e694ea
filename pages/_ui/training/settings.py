"""The settings of a training: what widgets and address say, the configurations they make."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, get_args

import streamlit as st

from pages._ui.training import data_sets
from vae_core.config import BetaOn, DatasetName, ModelConfig, TrainConfig, settings_of
from vae_core.errors import ConfigError, DatasetError
from vae_core.likelihoods import LIKELIHOODS, SIGMAS
from vae_core.runs.commands import Part
from vae_core.runs.overview import RunInfo

RATES = (1e-5, 3e-5, 1e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 3e-2, 1e-1)
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
DEPTHS = (1, 2, 3, 4, 5)
PARTS = get_args(Part)
_CHANGES = "live_changes"
LEVELS, COMPONENTS, SAMPLES = (2, 256), (1, 10), (1, 100)
MOST_EPOCHS, MOST_IN_A_BATCH, LARGEST_SEED = 10_000, 60_000, 2**31


@dataclass(frozen=True)
class Kind:
    """A kind of model: how it is trained, and what its network is besides its size."""

    objective: Literal["elbo", "autoencoder"] = "elbo"
    conditional: bool = False
    prior: str = "standard"

    def network(self) -> dict[str, Any]:
        """Of the configuration of a model."""
        return {"conditional": self.conditional, "prior": self.prior}


KINDS = {
    "vae": Kind(),
    "cvae": Kind(conditional=True, prior="learned"),
    "cvae-standard-prior": Kind(conditional=True),
    "autoencoder": Kind(objective="autoencoder"),
}


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        default: its value where nobody has chosen.
        read: its value from a text of the address, or ValueError.
    """

    default: Any
    read: Callable[[str], Any]


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def read(given: str) -> str:
        return names[names.index(given)]

    return read


def _number(number: type[int] | type[float], least: float, most: float) -> Callable[[str], Any]:
    def read(given: str) -> int | float:
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10})?(e-?[0-9]{1,2})?", given):
            raise ValueError
        value = number(given)
        if not least <= value <= most:
            raise ValueError
        return value

    return read


# Three layers of 256 and small batches: 70 % of the digits are told apart after some seconds even
# with the 5,000 that are always there.
SETTINGS = {
    "kind": Setting("vae", _one_of(tuple(KINDS))),
    "data": Setting("MNIST", _one_of(get_args(DatasetName))),
    "width": Setting(256, _number(int, 1, 2048)),
    "depth": Setting(3, _number(int, 1, 8)),
    "likelihood": Setting(ModelConfig.likelihood, _one_of(tuple(LIKELIHOODS))),
    "sigma": Setting(ModelConfig.sigma, _one_of(SIGMAS)),
    "levels": Setting(ModelConfig.levels, _number(int, *LEVELS)),
    "components": Setting(ModelConfig.components, _number(int, *COMPONENTS)),
    "samples": Setting(TrainConfig.samples, _number(int, *SAMPLES)),
    "batch": Setting(64, _number(int, 1, MOST_IN_A_BATCH)),
    "epochs": Setting(0, _number(int, 0, MOST_EPOCHS)),  # 0: until it is stopped
    "seed": Setting(0, _number(int, 0, LARGEST_SEED)),
    "beta": Setting(1.0, _number(float, 0, 1000)),
    "beta_on": Setting("kl", _one_of(get_args(BetaOn))),
    "rate": Setting(2e-3, _number(float, 1e-9, 1)),
    "part": Setting("both", _one_of(PARTS)),
}
Values = dict[str, Any]
"""Setting -> value."""


# --- what the widgets say -----------------------------------------------------------------------


def key(name: str) -> str:
    """The widget's key, and so its name in the session's state.

    It is another one each time that Python changes the value: what is behind a button is not in the
    page until it is opened, and a browser would show there, and send, the value that it remembers.
    """
    return f"live_{name}_{_changes().get(name, 0)}"


def _changes() -> dict[str, int]:
    """How often Python has changed what each widget shows."""
    return st.session_state.setdefault(_CHANGES, {})  # type: ignore[no-any-return]


def value(name: str) -> Any:
    """What the widget says; its default before it was drawn."""
    found = st.session_state.get(key(name))
    return SETTINGS[name].default if found is None else found


def ensure(name: str) -> str:
    """The widget's key, its value made sure of: widgets that were never drawn have none.

    One that has a value is left alone. To set it again would have the browser go back to it, and a
    hand that moves a slider is further on by then.
    """
    if st.session_state.get(key(name)) is None:
        st.session_state[key(name)] = value(name)
    return key(name)


def take(name: str, given: str) -> None:
    """Let a setting be what a text of the address says; it stays where that cannot be had."""
    with suppress(ValueError):
        st.session_state[key(name)] = SETTINGS[name].read(given)


def show(values: Values) -> None:
    """Let the widgets say something else."""
    for name in SETTINGS:
        if value(name) != values[name]:
            _changes()[name] = _changes().get(name, 0) + 1
        st.session_state[key(name)] = values[name]


def choices(name: str, usual: Sequence[Any]) -> list[Any]:
    """The usual choices, and whatever a link or a run that was opened brought along."""
    return sorted({*usual, value(name)})


def kind() -> Kind:
    """What the widgets are about to train."""
    return KINDS[value("kind")]


# --- the same as texts of the address -----------------------------------------------------------


def texts() -> dict[str, str | None]:
    """What the widgets say as texts; None where it is the default."""
    return {
        name: None if value(name) == setting.default else _text(value(name))
        for name, setting in SETTINGS.items()
    }


def from_texts(given: Mapping[str, str]) -> tuple[Values, list[str]]:
    """The settings that an address asks for, and the names of those that it asks for in vain."""
    values: Values = {}
    refused = []
    for name, setting in SETTINGS.items():
        values[name] = setting.default
        try:
            values[name] = setting.read(given[name]) if name in given else values[name]
        except ValueError:
            refused.append(name)
    return values, refused


def _text(found: Any) -> str:
    return f"{found:g}" if isinstance(found, float) else str(found)


# --- configurations -----------------------------------------------------------------------------


def model_config() -> ModelConfig:
    """The network that the widgets describe; ConfigError if there is none."""
    width, depth = value("width"), value("depth")
    return ModelConfig(
        encoder_width=width,
        encoder_depth=depth,
        decoder_width=width,
        decoder_depth=depth,
        **likelihood(),
        **kind().network(),
    )


def likelihood() -> Values:
    """The family of p(x|z) that the widgets describe, and the settings that it alone has."""
    family: str = value("likelihood")
    return {"likelihood": family} | {name: value(name) for name in settings_of(family)}


def train_config() -> TrainConfig:
    """The training that the widgets describe.

    Raises:
        ConfigError: a value is out of range, or the batch is larger than the data.
        DatasetError: the data are not at hand.
    """
    config = TrainConfig(
        dataset=value("data"),
        objective=kind().objective,
        epochs=value("epochs"),
        batch_size=value("batch"),
        learning_rate=value("rate"),
        schedule="constant",  # so that a run may go on, and its rate be changed, at any time
        beta=value("beta"),
        beta_on=value("beta_on"),
        samples=value("samples"),
        seed=value("seed"),
    )
    if not data_sets.available(config.dataset):
        title = data_sets.TITLES[config.dataset]
        raise DatasetError(
            "{title} is not on this machine: download it first (under Model and data).",
            key="training.no_data",
            title=title,
        )
    images = data_sets.training_images(config.dataset)
    if config.batch_size > images:
        raise ConfigError(
            "The batch ({batch}) is larger than the training set ({images} images); choose a "
            "smaller batch.",
            key="training.batch_too_large",
            batch=f"{config.batch_size:,}",
            images=f"{images:,}",
        )
    return config


def of_run(info: RunInfo) -> Values:
    """The settings of a run, its last changes included."""
    model, training, controls = info.model, info.training, info.controls
    own = Kind(training.objective, model.conditional, model.prior)
    values = {
        "kind": next(name for name, kind in KINDS.items() if kind == own),
        "data": training.dataset,
        "width": model.encoder_width,
        "depth": model.encoder_depth,
        "likelihood": model.likelihood,
        "sigma": model.sigma,
        "levels": model.levels,
        "components": model.components,
        "samples": training.samples,
        "batch": training.batch_size,
        "epochs": training.epochs,
        "seed": training.seed,
        "beta": training.beta,
        "beta_on": training.beta_on,
        "rate": training.learning_rate,
        "part": "both",
    }
    if controls:
        values |= {"rate": controls["learning_rate"]}
        values |= {name: controls[name] for name in ("beta", "part")}
    return values
