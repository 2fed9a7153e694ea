"""Chinese glyphs for a browser that has none, as on a bare Debian.

They are cut from Noto Sans SC, which the package `justmytype-intl-cjk` brings along under the SIL
Open Font License: of its 17 MB, texts need some hundred glyphs. Without the package, a browser that
has no Chinese font of its own draws boxes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
from functools import lru_cache
from pathlib import Path

FAMILY = "Noto Sans SC Subset"
"""What stylesheets call the glyphs, behind the fonts of the system."""
_PACKAGE = "justmytype_intl_cjk"
_FILE = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
_WEIGHTS = (100, 900)  # from thin strokes to bold ones, in the one file
# Chinese characters, their punctuation and the wide forms of ours: what a Latin font lacks.
_RANGES = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF))


def chinese_in(text: str) -> str:
    """The characters of a text that need a Chinese font: each once, sorted."""
    return "".join(sorted({c for c in text if any(low <= ord(c) <= high for low, high in _RANGES)}))


def chinese_font() -> Path | None:
    """The whole font, of variable weight; None where the package is not installed."""
    found = importlib.util.find_spec(_PACKAGE)  # not imported: only its file is wanted
    folders = found.submodule_search_locations if found else None
    path = Path(folders[0]) / _FILE if folders else None
    return path if path and path.is_file() else None


def font_version() -> str:
    """Another text for other glyphs."""
    return importlib.metadata.version(_PACKAGE)


@lru_cache(4)
def glyphs(characters: str) -> bytes | None:
    """A WOFF file of these characters in all weights; None without the package. Takes 1 s."""
    path = chinese_font()
    if path is None:
        return None
    from fontTools import subset

    options = subset.Options()
    options.flavor, options.hinting = "woff", False
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE"]  # Chinese needs no ligatures
    buffer = io.BytesIO()
    with subset.load_font(str(path), options, dontLoadGlyphNames=True) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        subset.save_font(font, buffer, options)
    return buffer.getvalue()


def font_face(address: str) -> str:
    """The rule of a stylesheet: a browser fetches the file when its own fonts lack a character."""
    lightest, boldest = _WEIGHTS
    ranges = ", ".join(f"U+{low:X}-{high:X}" for low, high in _RANGES)
    return (
        f'@font-face {{ font-family: "{FAMILY}"; src: url("{address}") format("woff"); '
        f"font-weight: {lightest} {boldest}; font-display: swap; "
        f"unicode-range: {ranges}; }}\n"
    )
