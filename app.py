"""The app: `streamlit run app.py`. Pages come from `pages/_router.py`, data from asset routes."""

from pathlib import Path

import streamlit as st

from pages._ui import assets, errors, warmup

app = st.App(
    Path(__file__).parent / "pages/_router.py",
    routes=assets.routes(st.get_option("server.baseUrlPath")),
    lifespan=warmup.lifespan,
    on_script_error=errors.on_script_error,
)
