"""The process that trains one run: `python -m vae_core.runs.worker`.

A process of its own, so that the pages stay quick, and so that running out of memory here costs
nothing there. It takes commands as lines of JSON on its standard input and writes what happens to
the run's folder (see `record`). It prints one line for each
pause: the number of the order after which it came.

The end of the input means that the server is gone: the state is saved and the process ends.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import torch

from vae_core.config import IMAGE_SIDE, ModelConfig, TrainConfig
from vae_core.data.datasets import Dataset, Split
from vae_core.errors import VaeCoreError
from vae_core.models import VAE
from vae_core.objective import Elbo
from vae_core.runs.driver import Driver, Inbox
from vae_core.runs.frames import NEIGHBOURS, Observer
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import COULD_NOT_RECORD, Message
from vae_core.training import Controls, Run


def warm_up() -> None:
    """Do now what the first step would have to wait for: one step of a tiny run on blank images."""
    labels = torch.arange(NEIGHBOURS + 1) % 10
    blank = Split(torch.zeros(len(labels), IMAGE_SIDE, IMAGE_SIDE, dtype=torch.uint8), labels)
    dataset = Dataset("MNIST", "disk", blank, blank, blank, tuple("0123456789"), "blank images")
    training = TrainConfig(epochs=1, batch_size=len(labels))
    model = VAE(ModelConfig(encoder_width=8, decoder_width=8))
    controls = Controls(training.beta, training.learning_rate)
    run = Run(model, dataset, Elbo(), training, controls)
    next(iter(run))
    Observer(dataset, run).look()


def describe(error: BaseException) -> Message | VaeCoreError:
    """An error as a sentence for the person who watches the run."""
    if isinstance(error, VaeCoreError):
        return error
    if isinstance(error, OSError):
        return Message(
            "The run could not be recorded ({reason}), so it was ended: free some space on the "
            "disk that holds the runs.",
            key="runs.unwritable",
            reason=error.strerror or error,
        )
    no_memory = isinstance(error, MemoryError | torch.OutOfMemoryError)
    if no_memory or "allocate memory" in str(error):
        return Message(
            "There was not enough memory: choose a smaller network or a smaller batch.",
            key="runs.no_memory",
        )
    return Message(
        "Training failed unexpectedly ({kind}: {error}).",
        key="runs.unexpected",
        kind=type(error).__name__,
        error=f"{error!s:.200}",
    )


def _reporter() -> Callable[[int], None]:
    """Prints orders to the standard output; what else is printed goes to the standard error."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def report(order: int) -> None:
        with contextlib.suppress(OSError):  # the server is gone: the inbox says so, too
            print(order, file=output, flush=True)

    return report


def main() -> int:
    """Wait for a run, train it, end. The exit status is 0 if the folder tells how."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for orders")
    parser.add_argument("--nice", type=int, default=10, help="how much to yield to the server")
    arguments = parser.parse_args()
    if hasattr(os, "nice"):
        os.nice(arguments.nice)
    # Two trainings with two threads each would thrash, and one thread adds in the same order.
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    inbox, report = Inbox(sys.stdin), _reporter()
    warm_up()
    command = inbox.get(arguments.patience)
    if command is None or command["type"] != "start":
        return 0
    folder = RunFolder(Path(command["run"]))
    lock = folder.hold()
    try:
        Driver(
            folder,
            inbox,
            order=command["order"],
            resume=command["resume"],
            patience=arguments.patience,
            report=report,
        ).train()
    except Exception as error:
        if not isinstance(error, VaeCoreError):
            with contextlib.suppress(OSError):  # the log may be on the same full disk
                traceback.print_exc()
        try:
            folder.append_status("failed", describe(error))
        except OSError:
            return COULD_NOT_RECORD
    finally:
        with contextlib.suppress(OSError):
            lock.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
