"""Chinese glyphs are cut from a whole font: those that a text needs, thin strokes and bold ones."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from pages._ui.server import static_files
from pages._ui.texts import translations
from vae_core.export import fonts


def test_the_characters_of_a_text_are_those_that_a_latin_font_lacks() -> None:
    assert fonts.chinese_in("隐空间 z，KL（nats）β 空") == "空间隐（），"
    assert fonts.chinese_in("latent space, “quoted”, β ≥ 0 · 1") == ""


def test_the_file_has_the_characters_in_all_weights() -> None:
    font = TTFont(io.BytesIO(fonts.glyphs("空间隐，") or b""))
    assert {ord(character) for character in "空间隐，"} <= font.getBestCmap().keys()
    assert len(font.getBestCmap()) < 10
    (weight,) = font["fvar"].axes
    assert (weight.axisTag, weight.minValue, weight.maxValue) == ("wght", 100, 900)
    assert font.flavor == "woff"


def test_every_character_of_the_texts_is_served() -> None:
    served = set(static_files._chinese())
    assert served >= set(fonts.chinese_in("".join(translations("zh").values()) + "中文"))
    assert len(served) > 300


def test_characters_of_a_lecturers_own_scenes_are_served_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "龘" not in static_files._chinese.__wrapped__()
    (tmp_path / "mine/zh").mkdir(parents=True)
    (tmp_path / "mine/zh/01.md").write_text("龘", encoding="utf-8")
    (tmp_path / "mine/zh/02.md").write_bytes(b"\xff")
    monkeypatch.setenv("VAE_LECTURES_DIR", str(tmp_path))
    assert "龘" in static_files._chinese.__wrapped__()


def test_without_the_package_there_is_no_address_and_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fonts, "_PACKAGE", "no_such_package")
    assert fonts.chinese_font() is None
    assert fonts.glyphs.__wrapped__("空") is None
    assert static_files.chinese_url.__wrapped__() is None
