"""A number in handwriting: how its digits are arranged.

The browser arranges them in the same way (`frontend/pages/label_grid/number.js`), so an export
holds what is on screen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ARRANGEMENTS = ("one", "several", "wall")
MAX_COLUMNS = 20
MAX_SPREAD = 3.0
MAX_SEED = 999_999
MAX_DIGITS = 64
MAX_DRAWN = 200  # digits of a number in several styles
LINE = 16  # digits of one line of a number
WALL = (16, 7)  # digits across and down
PAPER = (23, 10)  # the shape that several words fill

Row = list[tuple[int, int] | None]
"""One line of a picture: (label, style) of each digit, None for a gap."""


@dataclass(frozen=True)
class WrittenNumber:
    """What the label grid page writes. Styles count from 1.

    Attributes:
        number: its digits, up to `MAX_DIGITS`; each is a label of the model.
        styles: how it is written, one of `ARRANGEMENTS`.
        columns: how many times, in several styles.
        spread: the temperature t of z = μ(y) + t·ε.
        seed: of the noise ε.
    """

    number: str
    styles: str = "one"
    columns: int = 10
    spread: float = 1.0
    seed: int = 27

    @property
    def rows(self) -> list[Row]:
        """Lines of digits."""
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


def _digit_size(beside: int, words: int, length: int) -> float:
    """How large digits get on the paper, with so many words in a line."""
    across, down = beside * (length + 0.5) - 0.5, math.ceil(words / beside)
    return min(PAPER[0] / across, PAPER[1] / down)


def _lines(cells: Row, width: int) -> list[Row]:
    return [cells[i : i + width] for i in range(0, len(cells), width)]
