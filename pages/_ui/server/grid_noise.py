"""The noise of a style: a function of the seed and the style's number alone.

The browser computes the same (`frontend/core/noise.js`), so what is read is what is on screen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def noise(seed: int, styles: Any) -> NDArray[np.float64]:
    """ε of styles (N,), standard normal (N, 2).

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
