"""Live training: the controls of a run, and the component that shows it.

The page holds no training: a run lives in its folder and its own process (`vae_core.jobs`), and is
found again by its id in the URL. The browser reads the run's record from the routes by itself, so
a rerun of this script never touches a chart.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

import streamlit as st

from pages._ui import assets, live_settings
from pages._ui.live_settings import BETAS, PART_NAMES, PART_SENTENCES, RATES, keep
from vae_core import jobs
from vae_core.config import BetaOn
from vae_core.errors import VaeCoreError
from vae_core.jobs import RunInfo

KEY = "live_training"
_RUN, _PROBLEM, _KEPT, _NAME, _UNIT = (
    "live_run",
    "live_problem",
    "live_kept",
    "live_name",
    "live_unit",
)
_MOST_LISTED = 8
_WORDS = {
    "queued": "waiting",
    "starting": "starting",
    "running": "training",
    "paused": "paused",
}

_LOADER = """
export default (component) => {
  const url = new URL(component.data.frontend + "/live_training.js", document.baseURI).href;
  const mounted = import(url).then((module) => module.mount(component));
  mounted.catch((error) => {
    console.error(error);
    component.parentElement.textContent = "The charts could not be loaded. Reload the page.";
  });
  return () => void mounted.then((cleanup) => cleanup?.(), () => {});
};
"""

_css = assets.frontend().get("live_training.css")
# Plotly drags and hovers with styles of its own that do not reach into a shadow root.
_component = st.components.v2.component(
    "live_training", js=_LOADER, css=_css.body.decode() if _css else None, isolate_styles=False
)


@st.fragment
def show() -> None:
    """The page. A click reruns only this."""
    jobs.warm_up()
    info = _current()
    st.html(Path(__file__).parent / "live.css")
    controls, screen = st.columns([0.285, 1])
    with controls, st.container(key="live_controls", gap="small"):
        _buttons(info)
        _objective(info)
        _more(info)
        _messages(info)
    with screen:
        _component(key=KEY, data=component_data(info), on_status_change=lambda: None)


# --- the run on screen --------------------------------------------------------------------------


def _current() -> RunInfo | None:
    """The run that the URL or this session names, if there is one."""
    wanted = st.query_params.get("run")
    known = st.session_state.get(_RUN)
    if wanted and wanted != known:
        _open(wanted)
    run = st.session_state.get(_RUN)
    if run is None:
        return None
    try:
        info = jobs.manager().info(run)
    except VaeCoreError as error:
        _show(None)
        st.session_state[_PROBLEM] = str(error)
        return None
    _show(run)  # a page switch has cleared the URL
    return info


def _show(run: str | None) -> None:
    st.session_state[_RUN] = run
    if run:
        st.query_params["run"] = run
    elif "run" in st.query_params:
        del st.query_params["run"]


def _open(run: str) -> None:
    """Show another run, and its settings in the widgets."""
    st.session_state[_KEPT] = st.session_state[_PROBLEM] = None
    try:
        manager = jobs.manager()
        info = manager.info(run)
        changes = [e for e in manager.folder(run).all_events() if e["type"] == "control"]
    except VaeCoreError as error:
        _show(None)
        st.session_state[_PROBLEM] = str(error)
        return
    live_settings.adopt(info, changes[-1] if changes else None)
    _show(run)


def component_data(info: RunInfo | None) -> dict[str, Any]:
    """What the browser needs to know: where things are, and how the run began."""
    return {
        "frontend": assets.frontend_url(),
        "plotly": assets.plotly_url(),
        **_look(),
        "empty": "Ready. Press Train, and watch the digits find their places",
        "run": {
            "id": info.id,
            "url": f"assets/runs/{info.id}",
            "status": info.status,
            "epochs": info.training.epochs,
            "beta": info.training.beta,
            "beta_on": info.training.beta_on,
            "learning_rate": info.training.learning_rate,
        }
        if info
        else None,
    }


@cache
def _look() -> dict[str, Any]:
    from vae_core import figures

    return {"templates": figures.templates(), "palette": figures.PALETTE}


# --- what the buttons do ------------------------------------------------------------------------


def _do(action: Any, *arguments: Any) -> None:
    """Do what a button asks; an error becomes the sentence that the page shows."""
    st.session_state[_PROBLEM] = st.session_state[_KEPT] = None
    try:
        action(*arguments)
    except VaeCoreError as error:
        st.session_state[_PROBLEM] = str(error)


def _info() -> RunInfo | None:
    run = st.session_state.get(_RUN)
    return jobs.manager().info(run) if run else None


def train() -> None:
    """Go on with the paused run on screen, or begin a new one."""
    info = _info()
    if info and info.status == "paused" and not _is_outdated(info):
        jobs.manager().resume(info.id)
    elif info is None or not info.live or info.status == "paused":
        begin()


def begin() -> str:
    """Start a run as the widgets say, in place of the one on screen."""
    manager = jobs.manager()
    model, training = live_settings.model_config(), live_settings.train_config()
    old = _info()
    if old and old.live:
        manager.stop(old.id)
    run = manager.start(model, training)
    if (part := live_settings.value("part")) != "both":
        manager.control(run, part=part)
    _show(run)
    return run


def pause() -> None:
    """Hold the run on screen after the current batch."""
    if info := _info():
        jobs.manager().pause(info.id)


def step() -> None:
    """One batch or one epoch, then hold; without a run, the first of a new one."""
    info = _info()
    run = info.id if info and info.live and not _is_outdated(info) else begin()
    if st.session_state.get(_UNIT) == "epoch":
        jobs.manager().epoch(run)
    else:
        jobs.manager().step(run)


def stop() -> None:
    """End the run on screen; its model can still be kept."""
    if info := _info():
        jobs.manager().stop(info.id)


def reset() -> None:
    """The same settings from the same initial weights, held before the first batch."""
    jobs.manager().pause(begin())


def resume() -> None:
    """Go on with a run that was interrupted, from its last saved state."""
    if info := _info():
        jobs.manager().resume(info.id)


def keep_model() -> None:
    """Copy the model, as it is now, to where the latent map finds it."""
    info = _info()
    name = str(st.session_state.get(_NAME) or "").strip()
    if info is None:
        return
    jobs.manager().keep(info.id, name)
    st.session_state[_KEPT] = name


def change() -> None:
    """Tell the run what the widgets say of β, the rate and the part; before the next batch."""
    info = _info()
    if info and info.live:
        jobs.manager().control(
            info.id,
            beta=live_settings.value("beta"),
            learning_rate=live_settings.value("rate"),
            part=live_settings.value("part"),
        )


def _is_outdated(info: RunInfo) -> bool:
    """Whether a run that has not seen a batch yet is not what the widgets describe."""
    if info.snapshot is not None or info.status != "paused":
        return False
    same = (info.model, info.training) == (
        live_settings.model_config(),
        live_settings.train_config(),
    )
    return not same


# --- what is on screen --------------------------------------------------------------------------


def _button(label: str, action: Any, *, disabled: bool = False, primary: bool = False) -> None:
    st.button(
        label,
        on_click=_do,
        args=(action,),
        disabled=disabled,
        type="primary" if primary else "secondary",
        width="stretch",
    )


def _buttons(info: RunInfo | None) -> None:
    status = info.status if info else None
    going = status in ("queued", "starting", "running")
    with st.container(horizontal=True, gap="xsmall", key="live_main"):
        _button("Train", train, disabled=going, primary=True)
        _button("Pause", pause, disabled=not going)
        _button("Stop", stop, disabled=not (info and info.live))
        _button("Reset", reset, disabled=info is None)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="live_step"):
        _button("Step", step, disabled=going)
        st.segmented_control(
            "one",
            ["batch", "epoch"],
            default="batch",
            required=True,
            key=_UNIT,
            label_visibility="collapsed",
            persist_state="session",
        )


def _objective(info: RunInfo | None) -> None:
    fixed = bool(info and info.live and (info.snapshot or info.status != "paused"))
    st.latex(live_settings.objective())
    _slider("β", "beta", BETAS)
    st.segmented_control(
        "β weighs the",
        get_args(BetaOn),
        key=keep("beta_on"),
        format_func=lambda term: {"kl": "KL"}.get(term, term),
        required=True,
        disabled=fixed,
        persist_state="session",
    )
    _slider("Learning rate", "rate", RATES)
    st.segmented_control(
        "Train",
        list(PART_NAMES),
        key=keep("part"),
        format_func=PART_NAMES.__getitem__,
        required=True,
        on_change=_do,
        args=(change,),
        persist_state="session",
    )
    st.caption(PART_SENTENCES[live_settings.value("part")])


def _slider(label: str, setting: str, values: Sequence[float]) -> None:
    """Of what may change while a run goes on."""
    st.select_slider(
        label,
        live_settings.choices(setting, values),
        key=keep(setting),
        format_func=lambda value: f"{value:g}",
        on_change=_do,
        args=(change,),
        persist_state="session",
    )


def _more(info: RunInfo | None) -> None:
    fixed = bool(info and info.live and (info.snapshot or info.status != "paused"))
    with st.container(horizontal=True, gap="xsmall", key="live_more"):
        with st.popover("Data and network"):
            live_settings.draw(disabled=fixed)
        with st.popover("Runs"):
            _runs(info)
        with st.popover("Keep", disabled=info is None):
            st.text_input(
                "Name",
                key=_NAME,
                placeholder="a name, beta4 say",
                max_chars=64,
                label_visibility="collapsed",
            )
            _button("Keep this model", keep_model, primary=True)
            _kept()
    st.caption(live_settings.summary())


def _kept() -> None:
    if name := st.session_state.get(_KEPT):
        st.caption(f"Kept as {name}.")
        st.page_link(
            "latent_map.py", label="Open it in the latent map", query_params={"model": name}
        )


def _runs(current: RunInfo | None) -> None:
    """The runs of this server, those under way first."""
    infos = [info for info in jobs.manager().list() if not current or info.id != current.id]
    if not infos:
        st.caption("There are no other runs.")
    for info in infos[:_MOST_LISTED]:
        word = _WORDS.get(info.status, info.status)
        begun = time.strftime("%H:%M", time.localtime(info.created))
        st.button(
            f"{word}, begun {begun}: {info.training.dataset}, β {info.training.beta:g}",
            key=f"open_{info.id}",
            on_click=_do,
            args=(_open, info.id),
            width="stretch",
        )


def _messages(info: RunInfo | None) -> None:
    if problem := st.session_state.get(_PROBLEM):
        st.error(problem)
    if info and info.status in ("interrupted", "failed"):
        _button("Resume", resume)
    if info is None:
        going = sum(other.live for other in jobs.manager().list())
        if going:
            many = "A training is" if going == 1 else f"{going} trainings are"
            st.info(f"{many} under way here: open it from Runs, or press Train for your own.")
