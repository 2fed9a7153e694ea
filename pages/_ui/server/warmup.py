"""What the server prepares once it is up, while the first browser is still loading the page."""

from __future__ import annotations

import gc
import inspect
import logging
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

SECONDS_TO_FIRST_PAGE = 4.0
_LOGGER = logging.getLogger(__name__)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Prepare in a thread, so that the server answers at once."""
    threading.Thread(target=_prepare, name="warm-up", daemon=True).start()
    yield


def _prepare() -> None:
    try:
        # Here, while the first browser loads Streamlit, and not before the server answers at all.
        # `routes` only for what it imports, which the first request of an asset would wait for.
        from pages._ui.server import digits, models, routes, static_files  # noqa: F401
        from pages._ui.server.offered import REGISTRY
        from vae_core.runs.manager import manager

        static_files.script_url()
        entries, _ = REGISTRY.refresh()
        first = list(entries.values())[:1]
        for entry in first:
            models.map_of(entry)
            models.decoder_of(entry)
        # Streamlit's first run of a page asks for its stack, for which Python looks at every module
        # there is, once.
        inspect.stack()
        # Streamlit collects garbage after every run of a page, and holds the interpreter for that:
        # the first page's last messages would wait. What is imported now lives as long as the
        # server, so leave it out.
        gc.freeze()
        # PyTorch's import takes two cores for seconds, and the first page does not need it: let
        # that page come first, if there is one. Its browser asks for digits once it has nothing
        # better to do.
        if models.map_asked_for.wait(SECONDS_TO_FIRST_PAGE):
            models.digits_asked_for.wait(SECONDS_TO_FIRST_PAGE)
        manager()  # which also deletes what saves that were killed left
        started = time.perf_counter()
        import torch

        # Pictures are small: what a second thread saves, waiting for it costs.
        torch.set_num_threads(1)
        for entry in first:
            REGISTRY.model(entry)
            if digits.identity(entry):
                digits.of(entry)
        gc.collect()  # with PyTorch's objects in the heap that would take 110 ms after every run
        gc.freeze()
        _LOGGER.info("Ready to decode after %.1f s.", time.perf_counter() - started)
    except Exception:
        _LOGGER.exception("The warm-up failed; pages will do its work themselves.")
