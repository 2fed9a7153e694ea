"""Runs on every visit: page settings, the shared header, then the chosen page."""

import streamlit as st

from pages._ui import header, label_grid, state

LATENT_MAP = st.Page("latent_map.py", title="Latent map", default=True)
LABEL_GRID = st.Page("label_grid.py", title="Label grid")
LIVE_TRAINING = st.Page("live_training.py", title="Live training")
PAGES = [LATENT_MAP, LABEL_GRID, LIVE_TRAINING]

st.set_page_config(
    layout="wide",
    initial_sidebar_state="collapsed",
    menu_items={"About": "A variational autoencoder's latent space, to walk through by hand."},
)
page = st.navigation(PAGES, position="hidden")
live = page is LIVE_TRAINING  # which needs no model; its URL names a run
if live:
    state.leave()
elif page is LABEL_GRID:
    label_grid.read_url()
else:
    state.read_url()
if header.show(PAGES, picker=not live) or live:
    page.run()
