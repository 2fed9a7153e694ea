"""Checks of what NumPy functions are given: each returns the value as it is used, or raises."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vae_core.errors import ConfigError

Floats = NDArray[np.float64]


def floats(values: ArrayLike, name: str, shape: tuple[int | None, ...] | None = None) -> Floats:
    """A finite float64 array of that shape (None: any positive size), or ConfigError."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ConfigError("{name} must be numbers.", key="value.numbers", name=name) from error
    if shape is not None:
        fits = array.ndim == len(shape) and all(
            size > 0 if wanted is None else size == wanted
            for size, wanted in zip(array.shape, shape, strict=True)
        )
        if not fits:
            wanted_text = ", ".join("any" if n is None else str(n) for n in shape)
            raise ConfigError(
                "{name} must have shape ({wanted}), not {found}.",
                key="value.shape",
                name=name,
                wanted=wanted_text,
                found=array.shape,
            )
    if not np.isfinite(array).all():
        raise ConfigError("{name} must be finite numbers.", key="value.finite", name=name)
    return array


def positive(value: float, name: str) -> float:
    """A finite number above 0, or ConfigError."""
    number = float(floats(value, name, ()))
    if number <= 0:
        raise ConfigError(
            "{name} must be positive, not {value!r}.", key="value.positive", name=name, value=value
        )
    return number


def count(value: int, name: str) -> int:
    """A whole number above 0, or ConfigError."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < 1:
        raise ConfigError(
            "{name} must be a positive whole number, not {value!r}.",
            key="value.count",
            name=name,
            value=value,
        )
    return int(value)
