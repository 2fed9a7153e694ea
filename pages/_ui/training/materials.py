"""What a run is made of, as widgets: model, data and where to get them, network, length, seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st

from pages._ui.shell import session
from pages._ui.texts import say, text
from pages._ui.training import actions, data_sets, settings
from pages._ui.training.settings import DEPTHS, KINDS, WIDTHS, ensure, value
from vae_core.config import DatasetName, settings_of
from vae_core.likelihoods import LIKELIHOODS, SIGMAS

_EXPLAINED = ("epochs", "samples", "levels")


def summary() -> str:
    """The settings that a run cannot change, in one line."""
    return text(
        "live_training.summary",
        kind=_kind_title(value("kind")),
        data=data_sets.describe(value("data")),
        depth=value("depth"),
        width=value("width"),
        likelihood=_likelihood_title(value("likelihood")),
        batch=value("batch"),
        seed=value("seed"),
    )


def draw(*, disabled: bool) -> None:
    """All of it."""
    left, right = st.columns(2)
    with left:
        _select("kind", list(KINDS), disabled, _kind_title)
    with right:
        _select("data", get_args(DatasetName), disabled, data_sets.describe)
    _offer_download(value("data"))
    left, middle, right = st.columns(3)
    with left:
        _select("width", settings.choices("width", WIDTHS), disabled)
        _number("epochs", 0, settings.MOST_EPOCHS, disabled)
    with middle:
        _select("depth", settings.choices("depth", DEPTHS), disabled)
        _number("batch", 1, settings.MOST_IN_A_BATCH, disabled)
        _number("samples", *settings.SAMPLES, disabled)
    with right:
        _select("likelihood", list(LIKELIHOODS), disabled, _likelihood_title)
        _likelihoods_own(disabled)
        _number("seed", 0, settings.LARGEST_SEED, disabled)
    if disabled:
        st.caption(text("live_training.settings.fixed"))


def _likelihoods_own(disabled: bool) -> None:
    """The settings that the chosen family alone has."""
    own = settings_of(value("likelihood"))
    if "sigma" in own:
        _select("sigma", SIGMAS, disabled, lambda kind: text(f"live_training.sigmas.{kind}"))
    if "levels" in own:
        _number("levels", *settings.LEVELS, disabled)
    if "components" in own:
        _number("components", *settings.COMPONENTS, disabled)


def _kind_title(kind: str) -> str:
    return text(f"live_training.kinds.{kind}")


def _likelihood_title(likelihood: str) -> str:
    return text(f"likelihoods.{likelihood}")


def _select(name: str, options: Sequence[Any], disabled: bool, title: Any = str) -> None:
    st.selectbox(
        text(f"live_training.settings.{name}"),
        options,
        key=ensure(name),
        format_func=title,
        disabled=disabled,
        on_change=actions.change,
        persist_state="session",
    )


def _number(name: str, low: int, high: int, disabled: bool) -> None:
    st.number_input(
        text(f"live_training.settings.{name}"),
        low,
        high,
        step=1,
        key=ensure(name),
        help=text(f"live_training.settings.{name}_help") if name in _EXPLAINED else None,
        disabled=disabled,
        on_change=actions.change,
        persist_state="session",
    )


@st.fragment(run_every=None)
def _offer_download(name: DatasetName) -> None:
    session.current()  # the fragment's own run speaks its language
    if data_sets.on_disk(name):
        return
    state = data_sets.state(name)
    if state and state.running:
        _progress(name)
        return
    if state and state.problem:
        st.warning(say(state.problem))
    if name == "MNIST":
        st.caption(text("live_training.data.embedded"))
    st.button(
        text("live_training.data.download", title=data_sets.TITLES[name]),
        key=f"download_{name}",
        on_click=data_sets.download,
        args=(name,),
        icon=":material/download:",
    )


@st.fragment(run_every=0.5)
def _progress(name: DatasetName) -> None:
    session.current()
    state = data_sets.state(name)
    if state is None or not state.running:
        st.rerun()
    st.progress(state.share, text("live_training.data.downloading", title=data_sets.TITLES[name]))
