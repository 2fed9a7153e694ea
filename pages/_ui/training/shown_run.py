"""The run on screen, and how it and the settings agree with the address (see `shell.session`)."""

from __future__ import annotations

import streamlit as st

from pages._ui.shell import session
from pages._ui.texts import say, text
from pages._ui.training import settings
from vae_core.errors import VaeCoreError
from vae_core.runs import manager as runs
from vae_core.runs.overview import RunInfo

RUN = "run"
_FOLLOWED, _PROBLEM = "live_followed", "live_problem"


def current() -> RunInfo | None:
    """The run that is shown, if there is one and it is still there."""
    run = session.current().values.get(RUN)
    return runs.manager().info(run) if run else None


def follow_address() -> None:
    """Let the widgets show what the address asks for, if that is news."""
    asked = _asked()
    known = st.session_state.get(_FOLLOWED, {})
    if asked == known:
        return
    set_problem(None)
    run = asked.get(RUN)
    try:
        if run and run != known.get(RUN):
            _open(run, asked)
        else:
            _take_settings(asked)
            tell_run()  # not its β: the browser has told it, and may be further on by now
    except VaeCoreError as error:
        session.current().refuse(RUN, say(error))
        set_problem(say(error))
    session.current().complete(**settings.texts())
    st.session_state[_FOLLOWED] = _asked()


def show_settings() -> None:
    """Let the widgets show what holds: an old value of theirs has come back from the browser."""
    _take_settings(_asked())


def choose(run: str | None, *, step: bool = True) -> None:
    """Show a run, and put it and the settings into the address: somebody has used a widget."""
    session.current().choose(step=step, **{RUN: run}, **settings.texts())
    st.session_state[_FOLLOWED] = _asked()


def open_run(run: str) -> None:
    """Show another run with its settings: somebody has picked it."""
    _open(run, {})
    choose(run)


def tell_run(beta: float | None = None) -> None:
    """Tell the run what the widgets say of the rate and the part; before its next batch.

    Args:
        beta: its β, unless that is to stay.
    """
    info = current()
    if info and info.live:
        tell(info.id, beta)


def tell(run: str, beta: float | None = None) -> None:
    """The same for a run that is known to listen, as one that was just told to go on."""
    runs.manager().control(
        run, beta=beta, learning_rate=settings.value("rate"), part=settings.value("part")
    )


def set_problem(sentence: str | None) -> None:
    """The sentence that the page shows about what was last asked for; None takes it away."""
    st.session_state[_PROBLEM] = sentence


def problem() -> str | None:
    """The sentence to show."""
    found = st.session_state.get(_PROBLEM)
    return found if isinstance(found, str) else None


def _asked() -> dict[str, str]:
    """What holds now of this page's keys of the address."""
    keys = (RUN, *settings.SETTINGS)
    return {key: text for key, text in session.current().values.items() if key in keys}


def _open(run: str, asked: dict[str, str]) -> None:
    """Let the widgets show a run's settings; of one that has ended, those that a link adds."""
    info = runs.manager().info(run)
    if not info.live and asked.keys() & settings.SETTINGS:
        _take_settings(asked)
        return
    settings.show(settings.of_run(info))


def _take_settings(asked: dict[str, str]) -> None:
    values, refused = settings.from_texts(asked)
    settings.show(values)
    if refused:
        set_problem(text("live_training.link", names=", ".join(refused)))
