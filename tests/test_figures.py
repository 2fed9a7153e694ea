"""Figures: what is in them, that their colours can be told apart, and what they cost."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tomllib

import numpy as np
import plotly.io as pio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from vae_core import figures
from vae_core.errors import ConfigError

DIGITS = [str(digit) for digit in range(10)]
THEMES = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text())["theme"]
BACKGROUNDS = {theme: THEMES[theme]["backgroundColor"] for theme in figures.PALETTE}


@pytest.fixture(scope="module")
def points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((10_000, 2)).astype(np.float32), rng.integers(0, 10, 10_000)


# --- colour science: sRGB, Machado et al. 2009 (severity 1.0), CIE Lab (D65), CIEDE2000

DICHROMACIES = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(hex_colour: str) -> np.ndarray:
    srgb = np.array([int(hex_colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = rgb @ RGB_TO_XYZ.T / (0.95047, 1.0, 1.08883)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one: np.ndarray, two: np.ndarray) -> float:
    """Sharma, Wu & Dalal 2005."""
    mean_c = (np.hypot(*one[1:]) + np.hypot(*two[1:])) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    a1, a2 = one[1] * (1 + g), two[1] * (1 + g)
    c1, c2 = np.hypot(a1, one[2]), np.hypot(a2, two[2])
    h1, h2 = np.degrees(np.arctan2(one[2], a1)) % 360, np.degrees(np.arctan2(two[2], a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    mean_l, mean_c = (one[0] + two[0]) / 2, (c1 + c2) / 2
    mean_h = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    light = (two[0] - one[0]) / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    chroma = (c2 - c1) / (1 + 0.045 * mean_c)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * mean_c * t)
    angle = 60 * np.exp(-(((mean_h - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(angle))
    return float(np.sqrt(light**2 + chroma**2 + hue**2 + rotation * chroma * hue))


def contrast(one: str, two: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted(float(RGB_TO_XYZ[1] @ linear(colour)) for colour in (one, two))
    return (high + 0.05) / (low + 0.05)


def closest_pair(palette: tuple[str, ...], vision: str) -> float:
    seen = [lab(np.clip(np.asarray(DICHROMACIES[vision]) @ linear(c), 0, 1)) for c in palette]
    return min(ciede2000(a, b) for i, a in enumerate(seen) for b in seen[:i])


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [  # Sharma, Wu & Dalal 2005, table 1: pairs 1, 7, 13, 17 and 23
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 3.2592, 0.335), 1.0),
    ],
)
def test_ciede2000_gives_the_published_values(
    one: tuple[float, ...], two: tuple[float, ...], expected: float
) -> None:
    assert ciede2000(np.array(one), np.array(two)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("vision", "least"),
    [("normal", 21.5), ("deuteranopia", 15.5), ("protanopia", 15.5), ("tritanopia", 14.5)],
)
def test_any_two_classes_can_be_told_apart(theme: str, vision: str, least: float) -> None:
    assert len(set(figures.PALETTE[theme])) == 10
    assert closest_pair(figures.PALETTE[theme], vision) >= least


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_class_stands_out_from_the_page(theme: str) -> None:
    assert BACKGROUNDS == {"light": "#ffffff", "dark": "#10151c"}
    assert min(contrast(colour, BACKGROUNDS[theme]) for colour in figures.PALETTE[theme]) >= 3.0


def test_a_class_has_about_the_same_hue_in_both_themes() -> None:
    for pair in zip(*figures.PALETTE.values(), strict=True):
        one, two = (np.arctan2(*lab(linear(colour))[:0:-1]) for colour in pair)
        assert abs(np.angle(np.exp(1j * (one - two)), deg=True)) < 35


# --- templates


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_is_readable_from_the_back_row(mode: str) -> None:
    layout = figures.templates()[mode]["layout"]
    texts = [layout["font"], layout["legend"]["font"]]
    for axis in (layout["xaxis"], layout["yaxis"]):
        assert contrast(axis["color"], BACKGROUNDS[mode]) >= 4.5
        texts += [axis["title"]["font"], axis["tickfont"]]
    assert min(text["size"] for text in texts) >= 14
    assert all(contrast(t["color"], BACKGROUNDS[mode]) >= 7 for t in texts if "color" in t)


def test_templates_let_the_page_show_through_and_are_plain_json() -> None:
    for mode, template in json.loads(json.dumps(figures.templates())).items():
        assert template["layout"]["paper_bgcolor"] == template["layout"]["plot_bgcolor"]
        assert template["layout"]["paper_bgcolor"].replace(" ", "") == "rgba(0,0,0,0)"
        assert pio.templates[f"vae_{mode}"].to_plotly_json() == figures.templates()[mode]


def test_importing_figures_loads_neither_torch_nor_pandas() -> None:
    code = (
        "import sys, vae_core.figures, vae_core.geometry;"
        "print([m for m in ('torch', 'pandas', 'scipy', 'streamlit') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# --- the latent map


def decoded(values: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])


def test_the_map_carries_every_point_once_in_its_class(
    points: tuple[np.ndarray, np.ndarray],
) -> None:
    mu, labels = points
    figure = json.loads(figures.latent_map(mu, labels, DIGITS).to_json())
    assert [trace["name"] for trace in figure["data"]] == DIGITS
    for digit, trace in enumerate(figure["data"]):
        assert trace["type"] == "scattergl"
        assert "color" not in trace["marker"]  # but in the template, of which there are two
        drawn = np.stack([decoded(trace["x"]), decoded(trace["y"])], axis=-1)
        np.testing.assert_array_equal(drawn, mu[labels == digit])


def test_ten_thousand_points_are_a_compact_file(points: tuple[np.ndarray, np.ndarray]) -> None:
    # Two float32 in base64 are 10.7 bytes a point.
    assert len(figures.latent_map(*points, DIGITS).to_json()) < 150_000


def test_the_axes_are_equal_and_called_z1_and_z2(points: tuple[np.ndarray, np.ndarray]) -> None:
    layout = figures.latent_map(*points, DIGITS).layout
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("z1", "z2")
    assert layout.yaxis.scaleanchor == "x"
    assert np.ptp(layout.xaxis.range) == pytest.approx(np.ptp(layout.yaxis.range))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-50, 50))
def test_the_range_holds_nearly_all_points_and_ignores_one_far_outlier(
    seed: int, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    mu = rng.standard_normal((5000, 2)) * (scale, 1) + (shift, 0)
    mu[0] = 1e6
    layout = figures.latent_map(mu, np.zeros(5000, dtype=int), DIGITS).layout
    inside = np.ones(5000, dtype=bool)
    for axis, values in ((layout.xaxis, mu[:, 0]), (layout.yaxis, mu[:, 1])):
        inside &= (axis.range[0] <= values) & (values <= axis.range[1])
    assert inside.mean() >= 0.998
    assert np.ptp(layout.xaxis.range) < 12 * max(scale, 1)


@pytest.mark.parametrize("count", [0, 1])
def test_a_map_of_hardly_any_points_still_shows_a_plane(count: int) -> None:
    layout = figures.latent_map(np.full((count, 2), 2.0), [3] * count, DIGITS).layout
    assert np.ptp(layout.xaxis.range) >= 1


@pytest.mark.parametrize(
    ("mu", "labels"),
    [
        (np.zeros((3, 3)), [0, 1, 2]),
        (np.zeros(4), [0, 1]),
        (np.zeros((3, 2)), [0, 1]),
        (np.full((1, 2), np.nan), [0]),
        (np.zeros((1, 2)), [10]),
        (np.zeros((1, 2)), [0.5]),
    ],
)
def test_a_map_of_impossible_points_is_a_config_error(mu: np.ndarray, labels: list[int]) -> None:
    with pytest.raises(ConfigError):
        figures.latent_map(mu, labels, DIGITS)


# --- montage


def test_a_montage_puts_each_image_in_its_cell() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 5), dtype=np.uint8)
    sheet = figures.montage(images)
    assert sheet.shape == (8, 15)
    np.testing.assert_array_equal(sheet[4:8, 10:15], images[1, 2])
    np.testing.assert_array_equal(sheet[0:4, 5:10], images[0, 1])


def test_a_montage_of_pixel_means_is_rounded_to_grey_levels() -> None:
    sheet = figures.montage(np.array([0, 0.499 / 255, 0.501 / 255, 1]).reshape(1, 1, 2, 2))
    np.testing.assert_array_equal(sheet, [[0, 0], [1, 255]])
    assert sheet.dtype == np.uint8


@pytest.mark.parametrize(
    "images", [np.zeros((2, 3, 4)), np.full((1, 1, 2, 2), 1.5), np.full((1, 1, 2, 2), np.nan)]
)
def test_a_montage_of_impossible_images_is_a_config_error(images: np.ndarray) -> None:
    with pytest.raises(ConfigError):
        figures.montage(images)
