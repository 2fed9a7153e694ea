"""What the server prepares once it is up, while the first browser is still loading the page."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pages._ui import assets, digits
from pages._ui.models import REGISTRY

SECONDS_TO_FIRST_PAGE = 4.0
_LOGGER = logging.getLogger(__name__)
_loaded = threading.Event()


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Prepare in a thread, so that the server answers at once."""
    threading.Thread(target=_prepare, name="warm-up", daemon=True).start()
    yield


def wait() -> None:
    """Return once PyTorch is loaded, whoever loads it."""
    import vae_core.models  # noqa: F401

    _loaded.set()


def torch_is_loaded() -> bool:
    """Whether a pin can be decoded without the wait for PyTorch's import."""
    return _loaded.is_set()


def _prepare() -> None:
    try:
        assets.plotly()
        entries, _ = REGISTRY.refresh()
        for entry in list(entries.values())[:1]:
            assets.map_figure(entry)
        # PyTorch's import takes two cores for seconds, and the first page does not need it: let
        # that page come first, if there is one. Its browser asks for digits once it has nothing
        # better to do.
        if assets.map_asked_for.wait(SECONDS_TO_FIRST_PAGE):
            assets.digits_asked_for.wait(SECONDS_TO_FIRST_PAGE)
        started = time.perf_counter()
        wait()
        import PIL.Image  # noqa: F401

        for entry in list(entries.values())[:1]:
            digits.file_of(entry)
        # Streamlit collects garbage after every run of a page; with PyTorch's objects in the heap
        # that holds the interpreter for 110 ms. They live as long as the server: leave them out.
        gc.collect()
        gc.freeze()
        _LOGGER.info("Ready to decode after %.1f s.", time.perf_counter() - started)
    except Exception:
        _LOGGER.exception("The warm-up failed; pages will do its work themselves.")
