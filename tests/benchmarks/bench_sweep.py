"""What a sweep costs beside its trainings: seven β in two processes, and on two Dask workers.

    python tests/benchmarks/bench_sweep.py

Networks of 256 units on the embedded digits, a minute each. The ratio is the sweep's wall-clock
time over the sum of its trainings (the table's seconds) divided by the processes; the target is at
most 1.1. The sweep's time counts from the data in memory to the last file and table, with the start
of its processes (some 3 s, so that shorter trainings give a larger ratio); those of the Dask
cluster run already, but import PyTorch. A process's first training takes a second longer than the
others, since PyTorch prepares itself: that is in both.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.test_sweep import cluster  # noqa: E402
from vae_core.config import ModelConfig, TrainConfig  # noqa: E402
from vae_core.data.datasets import Dataset, load_dataset  # noqa: E402
from vae_core.sweeps.grid import grid  # noqa: E402
from vae_core.sweeps.pools import Cluster, Pool, Processes  # noqa: E402
from vae_core.sweeps.sweep import Sweep  # noqa: E402

LADDER = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
PROCESSES = 2


def measure(name: str, folder: Path, dataset: Dataset, pool: Pool, epochs: int) -> None:
    """Sweep once; print the ratio."""
    model = ModelConfig(encoder_width=256, decoder_width=256)
    training = TrainConfig(epochs=epochs, batch_size=100)
    cells = grid(asdict(model), asdict(training), betas=LADDER, seeds=1, likelihoods=["bernoulli"])
    sweep = Sweep(folder, cells)
    sweep.check_folder()
    began = time.perf_counter()
    with pool:
        for row in sweep.run(dataset, pool):
            assert not row.error, row.error
        wall = time.perf_counter() - began
    trainings = sum(row.seconds or 0 for row in sweep.finished)
    assert len(sweep.finished) == len(LADDER)
    print(
        f"{name}: {wall:.1f} s for trainings of {trainings:.1f} s in {PROCESSES} processes, "
        f"ratio {wall / (trainings / PROCESSES):.3f} (target 1.1)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    epochs = parser.parse_args().epochs
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        dataset = load_dataset("MNIST", folder / "no-data", download=False)
        measure("processes", folder / "processes", dataset, Processes(PROCESSES), epochs)
        (folder / "cluster").mkdir()
        address, _ = stack.enter_context(cluster(folder / "cluster", PROCESSES))
        pool = Cluster(address)
        while pool.places < PROCESSES:
            time.sleep(0.1)
        measure("Dask workers", folder / "dask", dataset, pool, epochs)


if __name__ == "__main__":
    main()
