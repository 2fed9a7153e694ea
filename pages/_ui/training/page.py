"""Live training: the controls of a run, and the component that shows it.

The page holds no training: a run lives in its folder and its own process (`vae_core.runs.manager`),
and is found again by its id in the address. The browser reads the run's record from the routes by
itself, so a rerun of this script never touches a chart.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages._ui.server import static_files as assets
from pages._ui.shell.component import component
from pages._ui.training import actions, controls, data_sets, settings, shown_run
from vae_core.config import ModelConfig
from vae_core.runs import manager as runs
from vae_core.runs.overview import RunInfo

# Plotly drags and hovers with styles of its own that do not reach into a shadow root.
_component = component(actions.COMPONENT, isolate_styles=False)


@st.fragment
def show() -> None:
    """The page. A click reruns only this."""
    runs.warm_up()
    shown_run.follow_address()
    info = shown_run.current()
    st.html(Path(__file__).parent / "controls.css")
    with st.container(key="live_page", gap="xsmall"):
        controls.draw(info)
        _component(
            data=component_data(info),
            on_status_change=lambda: None,
            on_go_on_change=actions.go_on,
        )


def component_data(info: RunInfo | None) -> dict[str, Any]:
    """What the browser needs to know: where things are, and how the run began."""
    if info:
        model = _model(info.model, info.training.objective)
    else:
        kind = settings.kind()
        model = _model(ModelConfig(**settings.likelihood(), **kind.network()), kind.objective)
    run = info and {
        "id": info.id,
        "url": f"assets/runs/{info.id}",
        "status": info.status,
        "epochs": info.training.epochs,
        "fresh": info.snapshot is None,
        "beta": info.training.beta,
        "beta_on": info.training.beta_on if info.training.objective == "elbo" else None,
        "learning_rate": info.training.learning_rate,
    }
    images = data_sets.training_images(info.training.dataset if info else settings.value("data"))
    return {
        "plotly": assets.plotly_url(),
        **_look(),
        "model": model,
        "images": images,
        "run": run,
    }


def _model(config: ModelConfig, objective: str) -> dict[str, Any]:
    return {
        "objective": objective,
        "conditional": config.conditional,
        "learned_prior": config.prior == "learned",
        "density": config.family.is_density,
    }


@cache
def _look() -> dict[str, Any]:
    from vae_core import figures

    return {"templates": figures.templates()}
