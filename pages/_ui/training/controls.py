"""The widgets of a training: buttons, objective, what a run is made of, other runs, messages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, get_args

import streamlit as st

from pages._ui.texts import text
from pages._ui.training import actions, materials, settings, shown_run
from pages._ui.training.settings import PARTS, RATES, ensure
from vae_core.config import BetaOn
from vae_core.runs import manager as runs
from vae_core.runs.overview import RunInfo

_MOST_LISTED = 8


def draw(info: RunInfo | None) -> None:
    """All of them, for the run on screen: one row, and what there is to say below."""
    fixed = bool(info and info.live and (info.snapshot or info.status != "paused"))
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="live_row"):
        _buttons(info)
        _settings(fixed)
        with st.popover(text("live_training.popovers.runs")):
            _runs(info)
        with st.popover(text("live_training.popovers.keep"), disabled=info is None):
            _keep()
    _messages(info)


def _button(
    name: str, action: Callable[[], Any], *, disabled: bool = False, primary: bool = False
) -> None:
    st.button(
        text(f"live_training.buttons.{name}"),
        on_click=actions.press,
        args=(action,),
        disabled=disabled,
        type="primary" if primary else "secondary",
    )


def _buttons(info: RunInfo | None) -> None:
    going = bool(info and info.status in ("queued", "starting", "running"))
    _button("train", actions.train, disabled=going, primary=True)
    _button("pause", actions.pause, disabled=not going)
    _button("stop", actions.stop, disabled=not (info and info.live))
    _button("step", actions.step, disabled=going)
    st.segmented_control(
        text("live_training.buttons.one"),
        ["batch", "epoch"],
        format_func=lambda unit: text(f"live_training.buttons.{unit}"),
        default="batch",
        required=True,
        key=actions.UNIT,
        label_visibility="collapsed",
        persist_state="session",
    )
    _button("reset", actions.reset, disabled=info is None)
    if info and info.status in ("interrupted", "failed"):
        _button("resume", actions.resume)


def _settings(fixed: bool) -> None:
    with st.popover(text("live_training.popovers.materials")):
        materials.draw(disabled=fixed)
        st.caption(materials.summary())
    with st.popover(text("live_training.popovers.objective")):
        _objective(fixed)


# --- what is minimised --------------------------------------------------------------------------


def _objective(fixed: bool) -> None:
    st.latex(formula())
    if settings.kind().objective == "elbo":
        _segments("beta_on", get_args(BetaOn), disabled=fixed)
    _slider("rate", RATES)
    _segments("part", PARTS)
    st.caption(_what_learns())


def formula() -> str:
    """What is being minimised, in TeX."""
    kind = settings.kind()
    y = ",y" if kind.conditional else ""
    if kind.objective == "autoencoder":
        return rf"-\log p(x|\mu(x{y}){y})"
    beta_on = settings.value("beta_on")
    on_reconstruction = r"\boldsymbol{\beta}\," if beta_on == "reconstruction" else ""
    on_kl = r"\boldsymbol{\beta}\," if beta_on == "kl" else ""
    prior = "p(z|y)" if kind.prior == "learned" else "p(z)"
    return (
        rf"-{on_reconstruction}\mathbb{{E}}_q\log p(x|z{y})\,+\,"
        rf"{on_kl}\mathrm{{KL}}\big(q(z|x{y})\,\|\,{prior}\big)"
    )


def _what_learns() -> str:
    """Which half moves, and where to: the E-step is exact only at the bound itself."""
    part, kind = settings.value("part"), settings.kind()
    if kind.objective == "autoencoder":
        return text(f"live_training.parts.autoencoder_{part}")
    if part == "encoder" and settings.value("beta") != 1:
        return text("live_training.parts.encoder_weighted")
    return text(f"live_training.parts.{part}")


def _slider(name: str, values: Sequence[float]) -> None:
    """Of what may change while a run goes on."""
    st.select_slider(
        text(f"live_training.settings.{name}"),
        settings.choices(name, values),
        key=ensure(name),
        format_func=lambda value: f"{value:g}",
        on_change=actions.change,
        args=(False,),
        persist_state="session",
    )


def _segments(name: str, options: Sequence[str], *, disabled: bool = False) -> None:
    st.segmented_control(
        text(f"live_training.settings.{name}"),
        list(options),
        key=ensure(name),
        format_func=lambda option: text(f"live_training.settings.{name}_{option}"),
        required=True,
        disabled=disabled,
        on_change=actions.change,
        persist_state="session",
    )


# --- models and other runs ----------------------------------------------------------------------


def _keep() -> None:
    st.text_input(
        text("live_training.keep.name"),
        key=actions.NAME,
        placeholder=text("live_training.keep.example"),
        max_chars=64,
        label_visibility="collapsed",
    )
    st.caption(text("live_training.keep.figures"))
    _button("keep", actions.keep_model, primary=True)
    if name := st.session_state.get(actions.KEPT):
        st.caption(text("live_training.keep.done", name=name))
        st.page_link(
            "latent_map.py", label=text("live_training.keep.open"), query_params={"model": name}
        )


def _runs(current: RunInfo | None) -> None:
    """The runs of this server, those under way first."""
    others = [info for info in runs.manager().list() if not current or info.id != current.id]
    infos = [info for info in others if info.live or info.snapshot]  # the others have not begun
    if not infos:
        st.caption(text("live_training.runs.none"))
    for info in infos[:_MOST_LISTED]:
        training = info.training
        st.button(
            text(
                f"live_training.runs.{training.objective}",
                status=text(f"live_training.runs.{info.status}"),
                time=time.strftime("%H:%M", time.localtime(info.created)),
                data=training.dataset,
                beta=f"{training.beta:g}",
            ),
            key=f"open_{info.id}",
            on_click=actions.press,
            args=(shown_run.open_run, info.id),
            width="stretch",
        )


def _messages(info: RunInfo | None) -> None:
    if problem := shown_run.problem():
        st.error(problem)
    left = st.session_state.get(actions.LEFT)
    others = runs.manager().list() if info is None else ()
    if going := sum(other.live and other.id != left for other in others):
        st.caption(text(f"live_training.runs.{'one' if going == 1 else 'many'}_going", count=going))
