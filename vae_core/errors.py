"""Everything that can go wrong in `vae_core`, as one small tree.

    VaeCoreError
    ├── ConfigError        a setting is outside what it may be
    ├── DatasetError       images or labels are missing, broken or not what they claim
    ├── CheckpointError    a file is not a checkpoint of this project, or could not be saved
    └── TrainingDiverged   the loss left the finite numbers; the last good weights were kept

Each message is one sentence or two for the person in front of the screen: what is wrong and what
to do about it. `str(error)` is readable English; `error.key` and `error.parameters` let a page say
the same in another language. The English text stands where the error is raised, and nowhere else.
"""

from __future__ import annotations

from typing import Any


class VaeCoreError(Exception):
    """Base class of all errors raised on purpose by this library.

        raise DatasetError("{file} holds {count:,} images.", key="data.count", file=name, count=n)

    Args:
        message: English, with `{name}` for each parameter, as `str.format` takes it.
        key: names the message in the catalogues of other languages, "storage.damaged" say.
        parameters: what fills the message; one of them may itself be an error.

    Attributes:
        key: of the message, "" for one that has no translation.
        parameters: name -> value.
    """

    def __init__(self, message: str, *, key: str = "", **parameters: Any) -> None:
        super().__init__(message.format(**parameters) if key else message)
        self.key = key
        self.parameters = parameters


class ConfigError(VaeCoreError, ValueError):
    """A setting has the wrong type, or lies outside its allowed range."""


class DatasetError(VaeCoreError):
    """A data set is missing, incomplete or inconsistent."""


class CheckpointError(VaeCoreError):
    """A checkpoint could not be read, trusted or written."""


class TrainingDiverged(VaeCoreError):
    """The loss became infinite, NaN or absurdly large.

    The model that was being trained holds the last good weights again.

    Attributes:
        step: the step (batches seen so far) at which it was noticed.
        loss: the offending loss, nats per image.
    """

    def __init__(self, step: int, loss: float) -> None:
        super().__init__(
            "Training diverged at step {step} (loss {loss:g} nats per image) and was stopped; the "
            "last good weights were kept. Try a lower learning rate or a smaller β.",
            key="training.diverged",
            step=step,
            loss=loss,
        )
        self.step = step
        self.loss = loss
