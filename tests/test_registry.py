"""Models in memory: what the folder and uploads give, and work that is done once for everybody."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pages._ui.server import offered as models
from pages._ui.server.cache import SharedCache
from tests.conftest import write_checkpoint
from vae_core.errors import DatasetError

# --- the registry -------------------------------------------------------------------------------


def test_a_broken_file_is_a_sentence_and_the_others_stay(tmp_path: Path) -> None:
    good = write_checkpoint(tmp_path / "good.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(good.read_bytes()[:-100])
    (tmp_path / "empty.safetensors").touch()
    entries, problems = models.Registry(tmp_path).refresh()

    assert list(entries) == ["good"]
    assert len(problems) == 2
    assert problems[0].startswith("cut.safetensors was left out.")


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    registry = models.Registry(tmp_path)
    write_checkpoint(tmp_path / "vae.safetensors", seed=1)
    before = registry.refresh()[0]["vae"]
    write_checkpoint(tmp_path / "vae.safetensors", seed=2)
    after = registry.refresh()[0]["vae"]
    (tmp_path / "vae.safetensors").unlink()

    assert before.sha256 != after.sha256
    assert registry.refresh() == ({}, [])
    assert registry.by_digest(after.sha256) is None


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert models.Registry(tmp_path / "nowhere").refresh() == ({}, [])


def test_the_oldest_upload_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MAX_UPLOADS", 2)
    registry = models.Registry(tmp_path)
    path = tmp_path / "x.safetensors"
    names = [
        registry.add_upload(write_checkpoint(path, seed=seed, points=20).read_bytes()).name
        for seed in range(3)
    ]

    assert [registry.upload(name) is not None for name in names] == [False, True, True]


# --- work that is done once ---------------------------------------------------------------------


def test_many_who_ask_at_once_share_one_computation() -> None:
    once: SharedCache[int] = SharedCache(4)
    computed: list[int] = []

    def slow() -> int:
        time.sleep(0.05)
        computed.append(1)
        return 7

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: once.get("key", slow), range(8)))

    assert answers == [7] * 8
    assert len(computed) == 1


def test_a_failure_is_not_remembered() -> None:
    once: SharedCache[int] = SharedCache(4)

    def fail() -> int:
        raise DatasetError("not yet")

    with pytest.raises(DatasetError):
        once.get("key", fail)
    assert once.get("key", lambda: 7) == 7


def test_only_the_last_used_values_are_kept() -> None:
    once: SharedCache[int] = SharedCache(2)
    for key in ("a", "b", "a", "c"):  # "b" was used longest ago when "c" came
        once.get(key, lambda: 1)

    assert [once.get(key, lambda: 2) for key in ("a", "c", "b")] == [1, 1, 2]
