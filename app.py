"""The app: `streamlit run app.py`. Pages come from `pages/_router.py`, data from asset routes."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - read by the Python that there is
    sys.exit(f"The app needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from pages._ui.server import assets, network, warmup
from pages._ui.server.no_delay import NoDelay
from pages._ui.server.streamlit_files import CompressedFiles
from pages._ui.shell import errors

# For each visitor one run of the script after the other. By default Streamlit ends one for the next
# without waiting for it: both may change the session then, and a click whose run is ended before it
# has begun is lost.
config.set_option("runner.fastReruns", False)
base_path = st.get_option("server.baseUrlPath")
address, port = st.get_option("server.address"), st.get_option("server.port")
if reachable := network.exposed(address, port, base_path):
    print(network.announcement(reachable), flush=True)
app = st.App(
    Path(__file__).parent / "pages/_router.py",
    routes=[assets.route(base_path)],
    middleware=[Middleware(NoDelay), Middleware(CompressedFiles, base_path=base_path)],
    lifespan=warmup.lifespan,
    on_script_error=errors.on_script_error,
)
