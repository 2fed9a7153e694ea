"""What the buttons of a training do: to the run on screen, or by starting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages._ui.shell import session
from pages._ui.texts import say
from pages._ui.training import settings, shown_run
from vae_core.errors import VaeCoreError
from vae_core.runs import manager as runs
from vae_core.runs.overview import RunInfo

KEPT, NAME, UNIT, LEFT = "live_kept", "live_name", "live_unit", "live_left"
COMPONENT = "live_training"
GO_ON = "go_on"
"""The component's event: to go on with a run that has ended, with this β (the address's text)."""


@session.uninterrupted()
def press(action: Callable[..., Any], *arguments: Any) -> None:
    """Do what a button asks; an error becomes the sentence that the page shows."""
    st.session_state[KEPT] = None
    shown_run.set_problem(None)
    try:
        action(*arguments)
    except VaeCoreError as error:
        shown_run.set_problem(say(error))


def train() -> None:
    """Go on with the paused run on screen, or begin a new one."""
    info = shown_run.current()
    if info and info.status == "paused" and not _is_outdated(info):
        runs.manager().resume(info.id)
    elif info is None or not info.live or info.status == "paused":
        begin()


def begin() -> str:
    """Start a run as the settings say, in place of the one on screen."""
    manager = runs.manager()
    model, training = settings.model_config(), settings.train_config()
    old = shown_run.current()
    if old and old.live:
        manager.stop(old.id)
    run = manager.start(model, training)
    if (part := settings.value("part")) != "both":
        manager.control(run, part=part)
    shown_run.choose(run)
    return run


def pause() -> None:
    """Hold the run on screen after the current batch."""
    if info := shown_run.current():
        runs.manager().pause(info.id)


def step() -> None:
    """One batch or one epoch, then hold; without a run, the first of a new one."""
    info = shown_run.current()
    run = info.id if info and info.live and not _is_outdated(info) else begin()
    if st.session_state.get(UNIT) == "epoch":
        runs.manager().epoch(run)
    else:
        runs.manager().step(run)


def stop() -> None:
    """End the run on screen; it can be continued, and its model kept."""
    if info := shown_run.current():
        runs.manager().stop(info.id)


def reset() -> None:
    """As before the first Train: no run on screen, the settings as they are."""
    if info := shown_run.current():
        st.session_state[LEFT] = info.id  # it ends in a moment, and is none that is under way
    stop()
    shown_run.choose(None)


def resume() -> None:
    """Go on with a run that was interrupted, from its last saved state."""
    if info := shown_run.current():
        runs.manager().resume(info.id)


@session.uninterrupted()
def go_on() -> None:
    """Continue a run that has ended, from where it is, with what is chosen now."""
    told = (st.session_state.get(COMPONENT) or {}).get(GO_ON)
    info = shown_run.current()
    if told is None or info is None:
        return
    press(_continue, info.id, str(told))


def _continue(run: str, beta: str) -> None:
    settings.take("beta", beta)
    runs.manager().resume(run)
    # Its record may still say that it has ended, until the process that said so is over.
    shown_run.tell(run, beta=settings.value("beta"))


def keep_model() -> None:
    """Copy the model, as it is now, to where the latent map finds it."""
    info = shown_run.current()
    name = str(st.session_state.get(NAME) or "").strip()
    if info is None:
        return
    runs.manager().keep(info.id, name)
    st.session_state[KEPT] = name


@session.uninterrupted()
def change(step: bool = True) -> None:
    """A setting is another: in the address, and in the run that is under way."""
    if not session.is_choice():
        shown_run.show_settings()
        return
    try:
        info = shown_run.current()
        shown_run.choose(info.id if info else None, step=step)
        shown_run.tell_run()
    except VaeCoreError as error:
        shown_run.set_problem(say(error))


def _is_outdated(info: RunInfo) -> bool:
    """Whether a run that has not seen a batch yet is not what the widgets describe."""
    if info.snapshot is not None or info.status != "paused":
        return False
    return (info.model, info.training) != (settings.model_config(), settings.train_config())
