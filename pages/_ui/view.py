"""What is on screen, as one value that fits into the URL, so that a link shows the same to others.

    ?model=vae&layers=points,prior&pins=0.42,-1.13;1,2
    ?model=cvae&label=6&pins=0.42,-1.13,6;1,2

`View.from_query` accepts whatever people, chats and crawlers make of such a link: it returns the
view it could read and one sentence for each thing it had to leave out. Which labels there are is
known once the model is: `View.for_labels` leaves out those that it does not have.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

LAYERS = ("points", "manifold", "prior", "posterior")
DEFAULT_LAYERS: tuple[str, ...] = ("points", "prior")
MAX_PINS = 12
MAX_COORDINATE = 1000.0
DECIMALS = 4  # of a pinned coordinate: finer than a pixel of any zoom that shows digits change
_NO_LAYERS = "none"
_MAX_LENGTH = 1000  # of a query value; the longest view there is takes 250 characters
_MODEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LABEL = re.compile(r"[0-9]{1,2}")  # a model has at most 100 classes

Pin = tuple[float, float] | tuple[float, float, int]  # (z1, z2) or, in a conditional model, with y


@dataclass(frozen=True)
class View:
    """One state of the latent map. Equal views look the same, wherever they are opened.

    Attributes:
        model: the name of a checkpoint; empty for the app's default.
        layers: what is drawn on the map, in the order of `LAYERS`.
        pins: places (z1, z2) or (z1, z2, y) kept by a click, oldest first, each at most once.
        label: the label y that a conditional model decodes; None for its first. It is also the
            label of pins that have none. Other models keep labels for later and ignore them.
    """

    model: str = ""
    layers: tuple[str, ...] = DEFAULT_LAYERS
    pins: tuple[Pin, ...] = ()
    label: int | None = None

    def with_layers(self, layers: object) -> Self:
        """The same view with those of `layers` that exist."""
        wanted = layers if isinstance(layers, list | tuple) else ()
        return replace(self, layers=tuple(layer for layer in LAYERS if layer in wanted))

    def with_label(self, label: object) -> Self:
        """The same view with another label; pins that had none keep the one they show.

        Raises:
            ValueError: a sentence for people: it is not a label.
        """
        chosen = _as_label(label)
        pins = tuple((pin[0], pin[1], self.label_of(pin)) for pin in self.pins)
        return replace(self, label=chosen, pins=tuple(dict.fromkeys(pins)))

    def label_of(self, pin: Pin) -> int:
        """The label that a conditional model decodes a pin with."""
        return pin[2] if len(pin) == 3 else self.label or 0

    def for_labels(self, classes: int) -> tuple[Self, list[str]]:
        """The view without labels that a model of so many labels does not have.

        Args:
            classes: 0 for a model that is not conditional, which any view suits.

        Returns:
            The view, and a sentence if a label was left out.
        """
        labels = {pin[2] for pin in self.pins if len(pin) == 3} | {self.label or 0}
        unknown = sorted(label for label in labels if label >= classes)
        if not classes or not unknown:
            return self, []
        pins = [pin[:2] if len(pin) == 3 and pin[2] in unknown else pin for pin in self.pins]
        view = replace(
            self,
            label=None if self.label in unknown else self.label,
            pins=tuple(dict.fromkeys(pins)),
        )
        return view, [
            f"This model has no label {', '.join(map(str, unknown))}: its labels are 0 to "
            f"{classes - 1}. Label {view.label or 0} is shown instead."
        ]

    def with_pin(self, z: object) -> Self:
        """The same view with one more pin.

        Raises:
            ValueError: a sentence for people: z is not a place on the map, it is pinned already,
                or the strip is full.
        """
        pin = as_pin(z)
        if pin in self.pins:
            raise ValueError("This place is pinned already.")
        if len(self.pins) >= MAX_PINS:
            raise ValueError(f"There is room for {MAX_PINS} pins. Remove one to add another.")
        return replace(self, pins=(*self.pins, pin))

    def without_pin(self, key: object) -> Self:
        """The same view without the pin that has this `pin_key`, if there is one."""
        return replace(self, pins=tuple(pin for pin in self.pins if pin_key(pin) != key))

    def with_no_pins(self) -> Self:
        """The same view with an empty strip."""
        return replace(self, pins=())

    def to_query(self) -> dict[str, str]:
        """The query parameters that `from_query` reads this view from."""
        query = {"model": self.model} if self.model else {}
        if self.layers != DEFAULT_LAYERS:
            query["layers"] = ",".join(self.layers) or _NO_LAYERS
        if self.pins:
            query["pins"] = ";".join(pin_key(pin) for pin in self.pins)
        if self.label is not None:
            query["label"] = str(self.label)
        return query

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Self, list[str]]:
        """The view that query parameters ask for, and a sentence for each thing left out."""
        ignored: list[str] = []

        def text(name: str) -> str | None:
            value = query.get(name)
            if value is not None and len(value) > _MAX_LENGTH:
                ignored.append(f"The link's {name} is too long and was ignored.")
                return None
            return value

        model = text("model") or ""
        if model and not _MODEL.fullmatch(model):
            ignored.append("The link's model is not the name of a checkpoint and was ignored.")
            model = ""

        layers = DEFAULT_LAYERS
        if (listed := text("layers")) is not None:
            wanted = set(listed.split(",")) - {"", _NO_LAYERS}
            layers = tuple(layer for layer in LAYERS if layer in wanted)
            if wanted - set(LAYERS):
                ignored.append(
                    f"The link's layers may be {', '.join(LAYERS)}; others were ignored."
                )

        label = None
        if (written := text("label")) is not None:
            try:
                label = _as_label(written)
            except ValueError:
                ignored.append("The link's label is not the number of a class and was ignored.")

        view, refused = cls(model, layers, label=label), 0
        for item in dict.fromkeys((text("pins") or "").split(";")):
            try:
                view = view.with_pin(item.split(",")) if item else view
            except ValueError:
                refused += 1
        if refused:
            count = "A pin" if refused == 1 else f"{refused} pins"
            ignored.append(
                f"{count} in the link could not be shown: at most {MAX_PINS} different places "
                f"z1,z2 or z1,z2,label with numbers between ±{MAX_COORDINATE:g} are kept."
            )
        return view, ignored


def as_pin(z: object) -> Pin:
    """Two coordinates and perhaps a label, as numbers or as text, rounded to what a link holds.

    Raises:
        ValueError: they are not two finite numbers of a sensible size, and a label.
    """
    if not isinstance(z, list | tuple) or not 2 <= len(z) <= 3:
        raise ValueError("A pin needs two coordinates, z1 and z2, and perhaps a label.")
    x, y = (_coordinate(value) for value in z[:2])
    return (x, y, _as_label(z[2])) if len(z) == 3 else (x, y)


def pin_key(pin: Pin) -> str:
    """The pin as short text, "0.42,-1.13" or "0.42,-1.13,6", which names it: each is kept once."""
    place = ",".join(f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".") for value in pin[:2])
    return f"{place},{pin[2]}" if len(pin) == 3 else place


def _as_label(value: object) -> int:
    whole = isinstance(value, int | str) and not isinstance(value, bool)
    if not whole or not _LABEL.fullmatch(str(value)):
        raise ValueError("A label must be the number of a class, 0 or more.")
    return int(str(value))


def _coordinate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("A coordinate must be a number.")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not abs(number) <= MAX_COORDINATE:  # also catches NaN
        raise ValueError(f"A coordinate must be a number between ±{MAX_COORDINATE:g}.")
    return round(number, DECIMALS) + 0.0  # -0.0 becomes 0.0
