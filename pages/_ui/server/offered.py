"""The models that visitors can choose: checkpoints in a folder, and files they uploaded.

Entries are verified bytes, named by their content. Everything here is shared by all sessions and
by the HTTP routes, and only read.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pages._ui.server.cache import SharedCache
from pages._ui.texts import say, text
from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import CheckpointError
from vae_core.storage import checkpoints
from vae_core.storage.folders import ModelFolders
from vae_core.storage.format import MAX_FILE_BYTES, CheckpointFile

if TYPE_CHECKING:
    from vae_core.models import VAE

MAX_UPLOADS = 16
DEFAULT_NAME = "vae"
TRAIN_COMMAND = "python -m vae_core train checkpoints/vae.safetensors"
TRAIN_LABELLED_COMMAND = (
    "python -m vae_core train checkpoints/cvae.safetensors --conditional --prior learned"
)


@dataclass(frozen=True, eq=False)
class Entry:
    """A verified checkpoint: its name in links, its bytes, what they hold, who put it there.

    Attributes:
        kept: whether a visitor did, and gave it its name.
    """

    name: str
    data: bytes = field(repr=False)
    file: CheckpointFile = field(repr=False)
    kept: bool = False

    @property
    def sha256(self) -> str:
        """Hex digest that names the content."""
        return self.file.sha256

    @property
    def has_map(self) -> bool:
        """Whether a plane shows all of its latent space."""
        return self.file.config.latent_dim == 2

    @property
    def title(self) -> str:
        """What the model is and what it reaches, for people: "VAE, β 1, −ELBO 129.8 nats".

        Who kept a model has given it a name, which comes first. Figures that do not come from the
        test set say which images they are of, since they do not compare.
        """
        figures, config, training = self.file.evaluation, self.file.config, self.file.training
        kind = "autoencoder" if figures.elbo is None else "vae"
        parts = [text(f"server.title.{'conditional_' * config.conditional}{kind}")]
        if training.dataset != TrainConfig.dataset:
            parts.append(training.dataset)
        if config.likelihood != ModelConfig.likelihood:
            name = text(f"likelihoods.{config.likelihood}")
            parts.append(text("server.title.likelihood", name=name))
        if figures.elbo is None:
            nats = _signed(-figures.log_likelihood)
            parts.append(text("server.title.reconstruction", nats=nats))
        else:
            parts.append(text("server.title.beta", beta=f"{training.beta:g}"))
            parts.append(text("server.title.elbo", nats=_signed(-figures.elbo)))
        title = ", ".join(parts)
        if figures.dataset != f"{training.dataset} test":
            count = f"{figures.images:,}"
            title = text("server.title.on", title=title, count=count, images=figures.dataset)
        return text("server.title.kept", name=self.name, title=title) if self.kept else title


class Registry:
    """The checkpoints of a folder, checked again whenever a file changes, and recent uploads.

    Args:
        folder: where checkpoints lie; None for the environment's VAE_CHECKPOINTS_DIR, and without
            it the project's own folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._checked: dict[str, tuple[tuple[int, int], Entry | CheckpointError]] = {}
        self._uploads: OrderedDict[str, Entry] = OrderedDict()
        self._models: SharedCache[VAE] = SharedCache(256 * 2**20, weigh=_bytes_of)

    @property
    def folders(self) -> ModelFolders:
        """Where the models that ship lie, and those that visitors kept."""
        return ModelFolders.chosen(self._folder)

    def refresh(self) -> tuple[dict[str, Entry], list[str]]:
        """Look at the folder again.

        Returns:
            name -> entry of the checkpoints with a map, sorted by name, the default first; and a
            sentence for each file that is not usable at all.
        """
        folders = self.folders
        paths = folders.paths()
        with self._lock:
            self._checked = {
                name: self._check(name, path, kept=path.parent == folders.kept)
                for name, path in sorted(paths.items())
            }
            results = {name: result for name, (_, result) in self._checked.items()}
        entries = {name: entry for name, entry in results.items() if isinstance(entry, Entry)}
        entries = {name: entry for name, entry in entries.items() if entry.has_map}
        if DEFAULT_NAME in entries:
            entries = {DEFAULT_NAME: entries.pop(DEFAULT_NAME), **entries}
        return entries, [
            text("server.left_out", file=paths[name].name, why=say(error))
            for name, error in results.items()
            if isinstance(error, CheckpointError)
        ]

    def add_upload(self, data: bytes) -> Entry:
        """Check the bytes of a visitor's file and remember it; the oldest upload makes room.

        Raises:
            CheckpointError: it is not a usable checkpoint, or has no map.
        """
        file = checkpoints.read_checkpoint(data)
        entry = Entry(f"upload-{file.sha256[:16]}", data, file)
        if not entry.has_map:
            raise CheckpointError(
                "This model has no map: that needs two latent dimensions.", key="server.no_map"
            )
        with self._lock:
            self._uploads[entry.name] = entry
            self._uploads.move_to_end(entry.name)
            while len(self._uploads) > MAX_UPLOADS:
                self._uploads.popitem(last=False)
        return entry

    def upload(self, name: str) -> Entry | None:
        """The upload of this name, if it is still remembered."""
        with self._lock:
            return self._uploads.get(name)

    def by_digest(self, sha256: str) -> Entry | None:
        """The entry with this content, shipped or uploaded."""
        return self._known(sha256) or (self.refresh() and self._known(sha256)) or None

    def model(self, entry: Entry) -> VAE:
        """The entry's network, loaded once for everybody. Imports PyTorch."""
        return self._models.get(
            entry.sha256,
            lambda: checkpoints.load_checkpoint(entry.data).model.requires_grad_(False),
        )

    def _known(self, sha256: str) -> Entry | None:
        with self._lock:
            checked = [result for _, result in self._checked.values()]
            for entry in (*checked, *self._uploads.values()):
                if isinstance(entry, Entry) and entry.sha256 == sha256:
                    return entry
        return None

    def _check(
        self, name: str, path: Path, *, kept: bool
    ) -> tuple[tuple[int, int], Entry | CheckpointError]:
        """The verified file, from memory if time stamp and size are those of the last look."""
        try:
            stat = path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if name in self._checked and self._checked[name][0] == stamp:
                return self._checked[name]
            with path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
            return stamp, Entry(name, data, checkpoints.read_checkpoint(data), kept)
        except OSError as error:
            return (0, 0), CheckpointError(
                "It cannot be read: {why}.",
                key="server.unreadable",
                why=error.strerror or str(error),
            )
        except CheckpointError as error:
            return stamp, error


def _signed(nats: float) -> str:
    return f"{nats:.1f}".replace("-", "\N{MINUS SIGN}")


def _bytes_of(model: VAE) -> int:
    return sum(tensor.nbytes for tensor in model.parameters())


REGISTRY = Registry()
