"""The lecture's bar on every page: what Python tells the browser, which does the rest."""

from __future__ import annotations

import streamlit as st

from pages._ui.server import lectures, network, qr
from pages._ui.shell import session
from pages._ui.shell.component import component

_component = component("lecture", folder="")


def show() -> None:
    """Draw the bar: its buttons stand here, the open scene on top of the page."""
    language = session.current().language
    data = {
        "lectures": lectures.shipped_url(language),
        "own": lectures.own_url(language),
        "qr": qr.PATH,
        "reachable": network.exposed(
            st.get_option("server.address"),
            st.get_option("server.port"),
            st.get_option("server.baseUrlPath"),
        ),
    }
    _component(data=data)
