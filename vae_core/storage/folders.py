"""Where things lie: models that ship, models that visitors kept, and the records of runs.

The environment decides, here and nowhere else:

    VAE_CHECKPOINTS_DIR   the models that ship; without it checkpoints/ in the project
    VAE_MODELS_DIR        the models that visitors trained and kept; without it mine/ in the former
    VAE_RUNS_DIR          the folders of the training runs; without it runs/ in the project
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vae_core.errors import VaeCoreError
from vae_core.storage.checkpoints import (
    SUFFIX,
    is_checkpoint_name,
    list_checkpoints,
    read_checkpoint,
)
from vae_core.storage.files import sweep, write_atomically

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class ModelFolders:
    """The folder of the models that ship, and that of the models that visitors kept."""

    shipped: Path
    kept: Path

    @classmethod
    def chosen(cls, shipped: Path | None = None) -> ModelFolders:
        """As the environment says; `shipped` goes before VAE_CHECKPOINTS_DIR."""
        folder = shipped or _from_environment("VAE_CHECKPOINTS_DIR", PROJECT / "checkpoints")
        return cls(folder, _from_environment("VAE_MODELS_DIR", folder / "mine"))

    def paths(self) -> dict[str, Path]:
        """Name -> path of all checkpoints; where both folders have a name, the shipped one's."""
        return {**list_checkpoints(self.kept), **list_checkpoints(self.shipped)}

    def sweep(self) -> None:
        """Delete what saves that were killed left in both folders (see `files.sweep`)."""
        for folder in (self.shipped, self.kept):
            sweep(folder)

    def keep(self, name: str, data: bytes, *, overwrite: bool = False) -> Path:
        """Write a model's checkpoint to the kept ones; the file's path.

        Args:
            name: under which it is offered.
            data: the bytes of the checkpoint.
            overwrite: replace a kept model of this name; one that ships is never replaced.

        Raises:
            VaeCoreError: the name is not usable or taken, `data` is not a checkpoint, or the file
                cannot be written.
        """
        self.check_name(name, overwrite=overwrite)
        read_checkpoint(data)
        path = self.kept / f"{name}{SUFFIX}"
        try:
            write_atomically(path, data)
        except OSError as error:
            raise VaeCoreError(
                "The model could not be kept in {folder}: {reason}.",
                key="storage.not_kept",
                folder=self.kept,
                reason=error.strerror or error,
            ) from error
        return path

    def check_name(self, name: str, *, overwrite: bool = False) -> None:
        """Raise VaeCoreError if no model can be kept under this name (see `keep`)."""
        if not is_checkpoint_name(name):
            raise VaeCoreError(
                "A model's name is 1 to 64 small letters, digits, - and _, beginning with a letter "
                "or a digit.",
                key="storage.kept_name",
            )
        if name in (list_checkpoints(self.shipped) if overwrite else self.paths()):
            raise VaeCoreError(
                "There is a model called {name} already; choose another name.",
                key="storage.kept_name_taken",
                name=name,
            )


def runs_folder() -> Path:
    """The folder of the runs' folders."""
    return _from_environment("VAE_RUNS_DIR", PROJECT / "runs")


def _from_environment(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().resolve()
