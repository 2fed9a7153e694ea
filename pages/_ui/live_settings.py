"""The settings of a training as widgets: their values here, the configurations they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from pages._ui import live_data
from vae_core.config import BetaOn, DatasetName, LikelihoodName, ModelConfig, TrainConfig
from vae_core.errors import ConfigError, DatasetError
from vae_core.jobs import Part, RunInfo
from vae_core.runs import Event

# Close together around 1 and towards 0, wide apart above: equal steps feel equal.
BETAS = (
    *(0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.85),
    *(1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 14.0, 20.0),
)
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 3e-2, 1e-1)
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
DEPTHS = (1, 2, 3, 4, 5)

# Three layers of 256 and small batches: 70 % of the digits are told apart after some seconds even
# with the 5,000 that are always there.
EPOCHS = {True: 20, False: 60}  # of all images, or of the few embedded ones, before they overfit
DEFAULTS: dict[str, Any] = {
    "kind": "VAE",
    "dataset": "MNIST",
    "width": 256,
    "depth": 3,
    "likelihood": "bernoulli",
    "rate": 2e-3,
    "batch": 64,
    "seed": 0,
    "beta": 1.0,
    "beta_on": "kl",
    "part": "both",
}

PART_NAMES: dict[Part, str] = {
    "both": "both",
    "encoder": "only encoder",
    "decoder": "only decoder",
}
PART_SENTENCES: dict[Part, str] = {
    "both": "Encoder φ and decoder θ learn together: both steps of EM at once.",
    "encoder": "E-step: θ stays, and q(z|x) moves towards the true posterior p(z|x).",
    "decoder": "M-step: q(z|x) stays, and θ makes the digits more likely.",
}
KINDS: dict[str, dict[str, Any]] = {
    "VAE": {},
    "CVAE, learned prior": {"conditional": True, "prior": "learned"},
    "CVAE, standard prior": {"conditional": True},
}


def key(name: str) -> str:
    """The widget's key, and so its name in the session's state."""
    return f"live_{name}"


def value(name: str) -> Any:
    """What the widget says; its default before it was drawn."""
    found = st.session_state.get(key(name))
    if found is None and name == "epochs":
        return EPOCHS[live_data.on_disk(value("dataset"))]
    return DEFAULTS[name] if found is None else found


def keep(name: str) -> str:
    """The widget's key, its value made sure of: widgets that were never drawn have none.

    One that has a value is left alone. To set it again would have the browser go back to it, and a
    hand that moves a slider is further on by then.
    """
    if st.session_state.get(key(name)) is None:
        st.session_state[key(name)] = value(name)
    return key(name)


def choices(name: str, usual: Sequence[float]) -> list[Any]:
    """The usual choices, and whatever a run that was opened brought along."""
    return sorted({*usual, value(name)})


def model_config() -> ModelConfig:
    """The network that the widgets describe; ConfigError if there is none."""
    width, depth = value("width"), value("depth")
    return ModelConfig(
        encoder_width=width,
        encoder_depth=depth,
        decoder_width=width,
        decoder_depth=depth,
        likelihood=value("likelihood"),
        **KINDS[value("kind")],
    )


def objective() -> str:
    """What is being minimised, in TeX."""
    beta_on: BetaOn = value("beta_on")
    on_reconstruction = r"\boldsymbol{\beta}\," if beta_on == "reconstruction" else ""
    on_kl = r"\boldsymbol{\beta}\," if beta_on == "kl" else ""
    model = KINDS[value("kind")]
    y = ",y" if model.get("conditional") else ""
    prior = "p(z|y)" if model.get("prior") == "learned" else "p(z)"
    return (
        rf"-{on_reconstruction}\mathbb{{E}}_q\log p(x|z{y})\,+\,"
        rf"{on_kl}\mathrm{{KL}}\big(q(z|x{y})\,\|\,{prior}\big)"
    )


def train_config() -> TrainConfig:
    """The training that the widgets describe.

    Raises:
        ConfigError: a value is out of range, or the batch is larger than the data.
        DatasetError: the data are not at hand.
    """
    config = TrainConfig(
        dataset=value("dataset"),
        epochs=value("epochs"),
        batch_size=value("batch"),
        learning_rate=value("rate"),
        schedule="constant",  # so that a run may go on, and its rate be changed, at any time
        beta=value("beta"),
        beta_on=value("beta_on"),
        seed=value("seed"),
    )
    if not live_data.available(config.dataset):
        raise DatasetError(
            f"{live_data.TITLES[config.dataset]} is not on this machine: download it first (under "
            "Data and network)."
        )
    images = live_data.training_images(config.dataset)
    if config.batch_size > images:
        raise ConfigError(
            f"The batch ({config.batch_size:,}) is larger than the training set ({images:,} "
            "images); choose a smaller batch."
        )
    return config


def adopt(info: RunInfo, controls: Event | None) -> None:
    """Let the widgets show a run's settings, its last changes included."""
    model, training = info.model, info.training
    shown = {
        "kind": next(
            name
            for name, kind in KINDS.items()
            if ModelConfig(**kind).conditional == model.conditional
            and ModelConfig(**kind).prior == model.prior
        ),
        "dataset": training.dataset,
        "width": model.encoder_width,
        "depth": model.encoder_depth,
        "likelihood": model.likelihood,
        "rate": training.learning_rate,
        "batch": training.batch_size,
        "epochs": training.epochs,
        "seed": training.seed,
        "beta": training.beta,
        "beta_on": training.beta_on,
        "part": "both",
    }
    if controls:
        shown["rate"], shown["beta"] = controls["learning_rate"], controls["beta"]
        shown["part"] = controls["part"]
    for name, found in shown.items():
        st.session_state[key(name)] = found


def summary() -> str:
    """The settings that a run cannot change, in one line."""
    return (
        f"{value('kind')}; {live_data.describe(value('dataset'))}; "
        f"{value('depth')} × {value('width')} units; {value('likelihood').title()}; "
        f"batch {value('batch')}; seed {value('seed')}"
    )


def draw(*, disabled: bool) -> None:
    """What a run is made of: model, data, network, length, seed."""
    left, right = st.columns(2)
    with left:
        st.selectbox(
            "Model in training",
            list(KINDS),
            key=keep("kind"),
            disabled=disabled,
            persist_state="session",
        )
    with right:
        st.selectbox(
            "Data",
            get_args(DatasetName),
            key=keep("dataset"),
            format_func=live_data.describe,
            disabled=disabled,
            persist_state="session",
        )
    _offer_download(value("dataset"))
    left, middle, right = st.columns(3)
    with left:
        _select("Width", "width", WIDTHS, disabled)
        _number("Epochs", "epochs", 1, 10_000, disabled)
    with middle:
        _select("Hidden layers", "depth", DEPTHS, disabled)
        _number("Batch size", "batch", 1, 60_000, disabled)
    with right:
        _select("Likelihood p(x|z)", "likelihood", get_args(LikelihoodName), disabled)
        _number("Seed", "seed", 0, 2**31, disabled)
    if disabled:
        st.caption("Stop or reset the run to change these.")


def _select(label: str, name: str, usual: Sequence[Any], disabled: bool) -> None:
    options = choices(name, usual)
    title = str.title if name == "likelihood" else str
    st.selectbox(
        label,
        options,
        key=keep(name),
        format_func=title,
        disabled=disabled,
        persist_state="session",
    )


def _number(label: str, name: str, low: int, high: int, disabled: bool) -> None:
    st.number_input(
        label, low, high, step=1, key=keep(name), disabled=disabled, persist_state="session"
    )


@st.fragment(run_every=None)
def _offer_download(name: DatasetName) -> None:
    if live_data.on_disk(name):
        return
    state = live_data.state(name)
    if state and state.running:
        _progress(name)
        return
    if state and state.problem:
        st.warning(state.problem)
    if name == "MNIST":
        st.caption("The 5,000 MNIST digits that come with the app; the other 65,000 take 12 MB.")
    st.button(
        f"Download all of {live_data.TITLES[name]}",
        key=f"download_{name}",
        on_click=live_data.download,
        args=(name,),
        icon=":material/download:",
    )


@st.fragment(run_every=0.5)
def _progress(name: DatasetName) -> None:
    state = live_data.state(name)
    if state is None or not state.running:
        st.rerun()
    st.progress(state.share, f"Downloading {live_data.TITLES[name]}")
