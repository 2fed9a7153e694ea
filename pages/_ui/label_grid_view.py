"""What the label grid page shows, as one value that fits into the URL.

    ?part=write&number=2026&styles=several&seed=3&spread=0.8

`GridView.from_query` takes whatever a link holds: it returns the view it could read and one
sentence for each thing it had to leave out. Noise and the arrangement of a number are functions of
the view alone, and the browser computes the same ones (`label_noise.js`, `label_number.js`), so
that an export holds what is on screen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

PARTS = ("grid", "write", "hand", "why")
STYLES = ("one", "several", "wall")
MAX_COLUMNS = 20
MAX_SPREAD = 3.0
MAX_SEED = 999_999
MAX_NUMBER = 64  # digits
MAX_DRAWN = 200  # of a number in several styles
MAX_LABEL = 99  # ModelConfig allows 100 classes
MAX_IMAGE = 99_999
LINE = 16  # digits of one line of a number
WALL = (16, 7)  # digits across and down
PAPER = (23, 10)  # the shape that several words fill
_MAX_LENGTH = 1000  # of a query value that is a number or a name
_SEPARATORS = re.compile(r"[\s().,:;/+-]")
_WHOLE = re.compile(r"[0-9]{1,6}")

Row = list[tuple[int, int] | None]
"""One line of a picture: (label, style) of each digit, None for a gap."""


@dataclass(frozen=True)
class GridView:
    """One state of the page. Labels and test images count from 0, styles from 1.

    Attributes:
        part: which of `PARTS` is open.
        columns: styles in the grid, and of a number in several styles.
        spread: the temperature t of z = μ(y) + t·ε.
        seed: of the noise ε.
        cell: the opened digit, (label, style).
        number: what to write, digits only.
        styles: how to write it, one of `STYLES`.
        image: index of the real digit whose hand is copied.
        label: whose samples are compared.
    """

    part: str = "grid"
    columns: int = 10
    spread: float = 1.0
    seed: int = 27  # whose first styles differ well, and none is extreme
    cell: tuple[int, int] = (0, 1)
    number: str = "2026"
    styles: str = "one"
    image: int = 0
    label: int = 6

    def to_query(self) -> dict[str, str]:
        """The query parameters that `from_query` reads this view from; defaults are left out."""
        changed = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }
        return {name: _text(value) for name, value in changed.items()}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Self, list[str]]:
        """The view that query parameters ask for, and a sentence for each thing left out."""
        view, ignored = cls(), []
        for name, (read, wanted) in _READERS.items():
            text = query.get(name)
            if text is None:
                continue
            try:
                if name != "number" and len(text) > _MAX_LENGTH:
                    raise ValueError
                view = replace(view, **{name: read(text)})
            except ValueError:
                ignored.append(f"The link's {name} must be {wanted}; it was ignored.")
        if (dropped := digits_of(query.get("number", ""))[1]) is not None:
            ignored.append(dropped)
        return view, ignored

    @property
    def rows(self) -> list[Row]:
        """How the number is arranged: lines of digits."""
        labels = [int(digit) for digit in self.number]
        if not labels:
            return []
        if self.arrangement == "wall":
            across, down = WALL
            cells = range(across * down)
            return _lines([(labels[i % len(labels)], i + 1) for i in cells], across)
        count = 1
        if self.arrangement == "several":
            count = max(1, min(self.columns, MAX_DRAWN // len(labels)))
        words: list[Row] = [[(label, style) for label in labels] for style in range(1, count + 1)]
        if len(labels) > LINE:
            return [line for word in words for line in _lines(word, LINE)]
        beside = max(range(1, count + 1), key=lambda n: _digit_size(n, count, len(labels)))
        rows: list[Row] = []
        for i in range(0, count, beside):
            line: Row = []
            for word in words[i : i + beside]:
                line += [None, *word] if line else [*word]
            rows.append(line)
        return rows

    @property
    def arrangement(self) -> str:
        """The number's `styles`; a single digit always fills a wall."""
        return "wall" if len(self.number) == 1 else self.styles


def digits_of(text: str) -> tuple[str, str | None]:
    """The digits to write, and a sentence about what was left out, if anything was.

    Spaces and the punctuation of phone numbers and dates go without saying.
    """
    plain = _SEPARATORS.sub("", text)
    digits = re.sub("[^0-9]", "", plain)
    said = []
    if len(plain) > len(digits):
        many = len(plain) - len(digits)
        what = "1 other character was" if many == 1 else f"{many:,} other characters were"
        said.append(f"Only digits can be written; {what} left out.")
    if len(digits) > MAX_NUMBER:
        said.append(f"The first {MAX_NUMBER} digits of {len(digits):,} are written.")
    return digits[:MAX_NUMBER], " ".join(said) or None


def noise(seed: int, styles: Any) -> NDArray[np.float64]:
    """ε of styles (N,), standard normal (N, 2), a function of the seed and each style alone.

    A 32-bit hash of a counter (the "lowbias32" mixer with the constants of C. Wellons' hash
    prospector) gives two uniform numbers for each style, and Box & Muller (1958) a normal pair.
    """
    start = _hash(np.asarray([seed], np.uint32))
    counters = (start + 2 * np.asarray(styles, np.uint32))[:, None] + np.arange(2, dtype=np.uint32)
    uniform = (_hash(counters.astype(np.uint32)) + 0.5) / 2**32
    radius, angle = np.sqrt(-2 * np.log(uniform[:, 0])), 2 * np.pi * uniform[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _hash(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    for shift, factor in ((16, 0x21F0AAAD), (15, 0x735A2D97)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    return x ^ (x >> np.uint32(15))


def _digit_size(beside: int, words: int, length: int) -> float:
    """How large digits get on the paper, with so many words in a line."""
    across, down = beside * (length + 0.5) - 0.5, math.ceil(words / beside)
    return min(PAPER[0] / across, PAPER[1] / down)


def _lines(cells: Row, width: int) -> list[Row]:
    return [cells[i : i + width] for i in range(0, len(cells), width)]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def whole(text: str, least: int, most: int) -> int:
    """A whole number as text, between two others.

    Raises:
        ValueError: it is not one.
    """
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise ValueError(f"It must be a whole number from {least} to {most}.")
    return int(text)


def spread_of(text: str) -> float:
    """A temperature as text, in hundredths.

    Raises:
        ValueError: it is not between 0 and `MAX_SPREAD`.
    """
    value = float(text) if re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,6})?", text) else math.nan
    if not 0 <= value <= MAX_SPREAD:
        raise ValueError(f"It must be a number from 0 to {MAX_SPREAD:g}.")
    return round(value, 2)


def one_of(text: str, names: tuple[str, ...]) -> str:
    """The text, if it is one of the names.

    Raises:
        ValueError: it is none of them.
    """
    if text not in names:
        raise ValueError(f"It must be one of {', '.join(names)}.")
    return text


def _cell(text: str) -> tuple[int, int]:
    label, _, style = text.partition(",")
    return whole(label, 0, MAX_LABEL), whole(style, 1, MAX_COLUMNS)


_READERS: dict[str, tuple[Any, str]] = {
    "part": (lambda text: one_of(text, PARTS), f"one of {', '.join(PARTS)}"),
    "columns": (lambda text: whole(text, 1, MAX_COLUMNS), f"from 1 to {MAX_COLUMNS}"),
    "spread": (spread_of, f"a number from 0 to {MAX_SPREAD:g}"),
    "seed": (lambda text: whole(text, 0, MAX_SEED), f"a whole number from 0 to {MAX_SEED}"),
    "cell": (_cell, "a label and a style, 6,3 for example"),
    "number": (lambda text: digits_of(text)[0], "digits"),
    "styles": (lambda text: one_of(text, STYLES), f"one of {', '.join(STYLES)}"),
    "image": (lambda text: whole(text, 0, MAX_IMAGE), "the number of a test image"),
    "label": (lambda text: whole(text, 0, MAX_LABEL), "a label of the model"),
}
