"""Records that are written as JSON and read strictly: dataclasses that check their own values."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from dataclasses import asdict, fields
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from vae_core.errors import ConfigError


def require(condition: bool, message: str, key: str, **parameters: Any) -> None:
    """ConfigError with this message, key and parameters, unless the condition holds."""
    if not condition:
        raise ConfigError(message, key=key, **parameters)


def require_between(record: JsonRecord, low: int, high: int, *names: str) -> None:
    """ConfigError unless each named field lies between the two, both included."""
    for name in names:
        require(
            low <= getattr(record, name) <= high,
            "{name} must be between {low:,} and {high:,}.",
            "config.between",
            name=name,
            low=low,
            high=high,
        )


def require_one_of(name: str, value: object, options: Collection[str]) -> None:
    """ConfigError unless the value is one of the texts."""
    require(
        isinstance(value, str) and value in options,
        "{name} must be one of {options}, not {value!r}.",
        "config.one_of",
        name=name,
        options=", ".join(options),
        value=value,
    )


class JsonRecord:
    """Base of frozen dataclasses with JSON round trip, type checks, and ranges of their own.

    Fields are texts, numbers, truth values, or one of some texts (`Literal`).
    """

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for field in fields(self):  # type: ignore[arg-type]
            self._check_type(field.name, hints[field.name], getattr(self, field.name))
        self._validate()

    def _check_type(self, name: str, hint: Any, value: Any) -> None:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if get_origin(hint) is Literal:
            require_one_of(name, value, get_args(hint))
        elif hint is bool:
            fits = isinstance(value, bool)
            require(fits, "{name} must be true or false.", "config.bool", name=name)
        elif hint is int:
            fits = number and isinstance(value, int)
            require(
                fits,
                "{name} must be a whole number, not {value!r}.",
                "config.int",
                name=name,
                value=value,
            )
        elif hint == float | None and value is None:
            return
        elif hint in (float, float | None):
            fits = number and math.isfinite(value)
            require(
                fits,
                "{name} must be a finite number, not {value!r}.",
                "config.float",
                name=name,
                value=value,
            )
            object.__setattr__(self, name, float(value))
        elif hint is str:
            fits = isinstance(value, str)
            require(
                fits, "{name} must be text, not {value!r}.", "config.text", name=name, value=value
            )

    def _validate(self) -> None:
        """Range checks; raises ConfigError."""

    def to_json(self) -> str:
        """One line of JSON; `from_json` gives the same record back."""
        return json.dumps(asdict(self), sort_keys=True)  # type: ignore[call-overload]

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse of `to_json`. Unknown keys are refused, missing ones take their default.

        Raises:
            ConfigError: not JSON, not an object, or a value that validation refuses.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigError(
                "{record} is not valid JSON.", key="config.json", record=cls.__name__
            ) from error
        require(
            isinstance(values, dict),
            "{record} must be a JSON object.",
            "config.object",
            record=cls.__name__,
        )
        unknown = sorted(set(values) - {field.name for field in fields(cls)})  # type: ignore[arg-type]
        require(
            not unknown,
            "{record} has unknown settings: {unknown}.",
            "config.unknown",
            record=cls.__name__,
            unknown=", ".join(unknown)[:200],
        )
        try:
            return cls(**values)
        except TypeError as error:
            raise ConfigError(
                "{record} lacks settings: {problem}.",
                key="config.lacking",
                record=cls.__name__,
                problem=error,
            ) from error
