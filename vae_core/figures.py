"""Arrays -> pictures: Plotly figures and image montages. Pure functions that know no model.

Importing this module registers two Plotly templates, "vae_light" and "vae_dark". A figure built
here takes every colour from its template, so a page changes theme by swapping the template
(`templates`) and redraws nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
from numpy.typing import ArrayLike, NDArray

from vae_core.errors import ConfigError
from vae_core.geometry import square_ranges

# Ten classes, in the colours of each theme. Found by a search over sRGB for the sets whose closest
# pair is farthest apart under normal and simulated dichromatic vision (Machado et al. 2009), given
# a contrast of 3 : 1 or more with the theme's page. Reached, in CIEDE2000, light and dark: 22.0 and
# 23.5 with normal vision, 15.9 and 16.8 with deuteranopia and protanopia, 14.9 and 15.4 with
# tritanopia (Tableau 10: 16.2, 3.3, 1.3 and 9.5). One set for both pages has little room between
# their contrasts: the best one found stays at 13.9 in all of these, with three greys among it. A
# class has about the same hue in both themes.
PALETTE = {
    "light": (
        "#0e5b43",
        "#c33464",
        "#56204b",
        "#5e67a5",
        "#06a698",
        "#710002",
        "#bc71ff",
        "#816300",
        "#cc8357",
        "#1400b6",
    ),
    "dark": (
        "#35765a",
        "#f25f8a",
        "#8d4c7d",
        "#8d91ff",
        "#19baac",
        "#b2380b",
        "#eeceff",
        "#a99700",
        "#ffb88a",
        "#5b3aff",
    ),
}

_FONT = '"Source Sans", "Source Sans 3", "Segoe UI", system-ui, sans-serif'
_CLEAR = "rgba(0,0,0,0)"  # the page's own background shows through


def _template(theme: str, ink: str, muted: str, line: str, faint: str) -> go.layout.Template:
    axis = {
        "color": muted,
        "gridcolor": faint,
        "linecolor": line,
        "zerolinecolor": line,
        "zerolinewidth": 1,
        "ticks": "",
        "tickfont": {"size": 14},
        "title": {"font": {"size": 18, "color": ink}, "standoff": 6},
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": _CLEAR,
            "plot_bgcolor": _CLEAR,
            "colorway": PALETTE[theme],
            "font": {"family": _FONT, "size": 16, "color": ink},
            "xaxis": axis,
            "yaxis": axis,
            "legend": {"bgcolor": _CLEAR, "font": {"size": 16, "color": ink}},
            "modebar": {"bgcolor": _CLEAR, "color": muted, "activecolor": ink},
            "hoverlabel": {"font": {"size": 14}},
        }
    )


pio.templates["vae_light"] = _template(
    "light", ink="#1f2430", muted="#565d6b", line="#aab0bc", faint="rgba(31,36,48,0.10)"
)
pio.templates["vae_dark"] = _template(
    "dark", ink="#f2f4f8", muted="#b3bac6", line="#5b6472", faint="rgba(242,244,248,0.11)"
)


def templates() -> dict[str, dict[str, Any]]:
    """{"light": ..., "dark": ...}: the two templates, as `layout.template` in plotly.js."""
    return {name: pio.templates[f"vae_{name}"].to_plotly_json() for name in ("light", "dark")}


def latent_map(mu: ArrayLike, labels: ArrayLike, class_names: Sequence[str]) -> go.Figure:
    """The latent plane: one coloured point per image, one trace and legend entry per class.

    A click on a legend entry shows that class alone, a second click all of them again; a double
    click switches one class. Points answer no hover: the page decodes at the pointer instead.

    Args:
        mu: (N, 2) posterior means, in prior standard deviations.
        labels: (N,) whole numbers that index `class_names`.
        class_names: one per class; from the eleventh on, colours repeat.

    Returns:
        A figure with equal axes z1 and z2, whose range holds all but the outermost 0.1 % of the
        points of each axis; 10,000 points are about 120 KB of JSON.

    Raises:
        ConfigError: shapes do not match, a coordinate is not finite or a label has no name.
    """
    points, classes = np.asarray(mu, dtype=np.float32), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or classes.shape != points.shape[:1]:
        raise ConfigError(
            "A latent map needs points (N, 2) and as many labels, not {points} and {labels}.",
            key="figures.map_shapes",
            points=points.shape,
            labels=classes.shape,
        )
    if not np.isfinite(points).all():
        raise ConfigError("Points on the latent map must be finite.", key="figures.map_finite")
    if not np.isin(classes, np.arange(len(class_names))).all():
        raise ConfigError(
            "Labels must be whole numbers from 0 to {last}.",
            key="figures.map_labels",
            last=len(class_names) - 1,
        )

    figure = go.Figure(
        [
            go.Scattergl(
                x=points[classes == index, 0],
                y=points[classes == index, 1],
                name=name,
                legendgroup=name,
                mode="markers",
                marker={"size": 4, "opacity": 0.85},
                hoverinfo="none",
            )
            for index, name in enumerate(class_names)
        ]
    )
    x_range, y_range = square_ranges(points)
    return figure.update_layout(
        template="vae_light",
        xaxis={"title": {"text": "z1"}, "range": x_range},
        yaxis={"title": {"text": "z2"}, "range": y_range, "scaleanchor": "x"},
        # Fixed, not automatic: the plane must not move when zooming makes tick labels wider.
        margin={"l": 56, "r": 12, "t": 12, "b": 48},
        dragmode="pan",
        uirevision="latent_map",
        legend={
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 1.0,
            "yanchor": "bottom",
            "itemsizing": "constant",
            "itemclick": "toggleothers",
            "itemdoubleclick": "toggle",
        },
    )


def montage(images: ArrayLike) -> NDArray[np.uint8]:
    """Rows and columns of equally sized grey images as one image.

    Args:
        images: (R, C, H, W) uint8, or numbers in [0, 1] such as pixel means.

    Returns:
        (R * H, C * W) uint8, 0 black.

    Raises:
        ConfigError: another shape, or values outside the range.
    """
    tiles = np.asarray(images)
    if tiles.ndim != 4 or tiles.size == 0:
        raise ConfigError(
            "A montage needs images of shape (R, C, H, W), not {shape}.",
            key="figures.montage_shape",
            shape=tiles.shape,
        )
    if tiles.dtype != np.uint8:
        tiles = tiles.astype(np.float64)
        if not ((tiles >= 0) & (tiles <= 1)).all():
            raise ConfigError("Pixels must be uint8, or numbers from 0 to 1.", key="figures.pixels")
        tiles = np.rint(255 * tiles).astype(np.uint8)
    rows, columns, height, width = tiles.shape
    return tiles.transpose(0, 2, 1, 3).reshape(rows * height, columns * width)
