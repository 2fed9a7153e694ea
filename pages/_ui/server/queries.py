"""What addresses say: models, places with their labels, whole numbers. Anything else is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Set

from starlette.datastructures import QueryParams
from starlette.requests import Request

from pages._ui.server.offered import REGISTRY, Entry
from pages._ui.server.routing import Refused

MAX_COORDINATE = 1000.0
DECIMALS = 4  # of a coordinate: finer than a pixel of any zoom that shows digits change
_MAX_QUERY = 2000  # characters

Place = tuple[float, float] | tuple[float, float, int]
"""z1, z2 and, for a conditional model, a label."""


def model_named(sha256: str) -> Entry:
    """The model with this content."""
    entry = REGISTRY.by_digest(sha256) if re.fullmatch(r"[0-9a-f]{64}", sha256) else None
    if entry is None:
        raise Refused(404, "no_model")
    return entry


def model_in_path(request: Request) -> Entry:
    """The model that the address names by `{sha256}`."""
    return model_named(request.path_params["sha256"])


def parameters(
    request: Request, needed: Set[str], optional: Set[str] = frozenset(), repeated: str = ""
) -> QueryParams:
    """The query's parameters: those that are needed, perhaps optional ones and `lang`, no other.

    Args:
        repeated: the one that may be there more than once.
    """
    if len(request.url.query) > _MAX_QUERY:
        raise Refused(400, "query_too_long")
    query = request.query_params
    names = [name for name, _ in query.multi_items()]
    twice = any(names.count(name) > 1 for name in names if name != repeated)
    if twice or not needed <= set(names) <= needed | optional | {"lang"}:
        raise Refused(400, "query", names=", ".join(sorted(needed)))
    return query


def whole_number(text: str, name: str, least: int, most: int) -> int:
    """A whole number within its range."""
    number = int(text) if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else -1
    if not least <= number <= most:
        raise Refused(400, "whole_number", name=name, least=least, most=most)
    return number


def place(text: str, entry: Entry) -> Place:
    """The place "0.42,-1.13" or, for a conditional model alone, "0.42,-1.13,6", rounded."""
    labels = entry.file.config.label_inputs
    parts = text.split(",")
    if len(parts) != (3 if labels else 2):
        raise Refused(400, "labelled_place" if labels else "place", most=labels - 1)
    x, y = (_coordinate(part) for part in parts[:2])
    return (x, y, whole_number(parts[2], "label", 0, labels - 1)) if labels else (x, y)


def _coordinate(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= MAX_COORDINATE:  # also catches NaN
        raise Refused(400, "coordinate", most=f"{MAX_COORDINATE:g}")
    return round(number, DECIMALS) + 0.0  # -0.0 becomes 0.0
