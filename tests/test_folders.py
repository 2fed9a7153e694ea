"""Where models lie: what is kept is offered, whatever the environment says."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages._ui.server.offered import Registry
from tests.conftest import write_checkpoint
from tests.running import QUICK, TINY, FakeWorker
from vae_core.errors import VaeCoreError
from vae_core.runs.manager import Runs
from vae_core.storage.folders import PROJECT, ModelFolders

VARIABLES = ("VAE_CHECKPOINTS_DIR", "VAE_MODELS_DIR")


@pytest.mark.parametrize("given", [(), VARIABLES[:1], VARIABLES[1:], VARIABLES])
def test_models_are_kept_where_pages_look(
    given: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name in given:
        monkeypatch.setenv(name, str(tmp_path / name))
    runs = Runs(tmp_path / "runs", spawn=FakeWorker)
    assert runs.models == Registry().folders
    shipped = tmp_path / VARIABLES[0] if VARIABLES[0] in given else PROJECT / "checkpoints"
    kept = tmp_path / VARIABLES[1] if VARIABLES[1] in given else shipped / "mine"
    assert (runs.models.shipped, runs.models.kept) == (shipped, kept)


def test_with_only_the_checkpoints_elsewhere_a_kept_model_is_offered_and_names_are_taken_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VAE_MODELS_DIR", raising=False)
    monkeypatch.setenv("VAE_CHECKPOINTS_DIR", str(tmp_path))
    write_checkpoint(tmp_path / "ours.safetensors")
    runs = Runs(tmp_path / "runs", spawn=FakeWorker)
    try:
        run = runs.start(TINY, QUICK)
        runs.keep(run, "vae")  # which ships with the project, but is not on offer here
        assert set(Registry().refresh()[0]) == {"ours", "vae"}
        for name in ("ours", "vae"):
            with pytest.raises(VaeCoreError, match="another name"):
                runs.keep(run, name)
    finally:
        runs.shutdown()


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    assert ModelFolders.chosen().shipped == PROJECT / "checkpoints"
