"""Background trainings: what watching costs, how soon things show, how fast clusters form.

    python tests/benchmarks/bench_runs.py --data data

Without the data set on disk the embedded digits are used, as in the app. All runs have one thread.
The cost of a step is a ratio: a run of the command line, at the same priority, trains the same
network at the same time as the background run does, so whatever else the machine is doing slows
both; it is given in wall-clock time and in processor time. The target is at most 1.1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from vae_core.config import ModelConfig, TrainConfig  # noqa: E402
from vae_core.runs.manager import Runs  # noqa: E402
from vae_core.runs.process import ProcessWorker  # noqa: E402
from vae_core.storage.folders import ModelFolders  # noqa: E402

MODEL = ModelConfig(encoder_width=256, decoder_width=256)
TRAINING = TrainConfig(epochs=30, batch_size=64, learning_rate=2e-3, schedule="constant")
ACCURACY = 0.7
POLL_SECONDS = 0.25  # as often as a browser asks
TICKS = os.sysconf("SC_CLK_TCK")


def watch(runs: Runs, run: str, seconds: float, poll: float = 0.01) -> Iterator[dict[str, Any]]:
    """Events as they come, with "at", the seconds since now; until the end of the run."""
    start, after = time.monotonic(), 0
    while time.monotonic() - start < seconds:
        live = runs.info(run).live
        events, after = runs.events(run, after)
        for event in events:
            yield {**event, "at": time.monotonic() - start}
        if not live and not events:
            return
        time.sleep(poll)


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def process_id(runs: Runs, run: str) -> int:
    worker = runs.scheduler.live[run].worker
    assert isinstance(worker, ProcessWorker)
    return worker.process.pid


def warm_up(runs: Runs) -> None:
    """A spare, when it has come to rest."""
    runs.warm_up()
    while runs.scheduler.spare is None:
        time.sleep(0.1)
    assert isinstance(runs.scheduler.spare, ProcessWorker)
    used = -1.0
    while (now := processor_seconds(runs.scheduler.spare.process.pid)) > used:
        used = now
        time.sleep(2)


def first_signs(runs: Runs, warm: bool) -> None:
    """From the start to the first frame, to points that have moved, and from β to its effect."""
    if warm:
        warm_up(runs)
    run = runs.start(MODEL, TRAINING)
    asked = effect = None
    name = "with a spare" if warm else "without a spare"
    for event in watch(runs, run, 60):
        if event["type"] == "frame" and event["step"] == 0:
            print(f"start to the first frame, {name}: {event['at']:.2f} s")
        elif event["type"] == "frame" and asked is None:
            print(f"start to the first moving points, {name}: {event['at']:.2f} s (target 2)")
            if not warm:
                break
            asked = event["at"]
            time.sleep(2)
            asked += 2
            runs.control(run, beta=4.0)
        elif event["type"] == "control":
            effect = event["at"] - asked
        elif event["type"] == "snapshot" and event["beta"] == 4.0:
            shown = event["at"] - asked
            print(f"β changed to in force: {effect:.2f} s; to a point on the chart: {shown:.2f} s")
            print("  (target 1)")
            break
    runs.stop(run)


def step_cost(runs: Runs, data: Path, folder: Path, seconds: float) -> None:
    """Steps of the command line over those of a background run that is watched."""
    endless = replace(TRAINING, epochs=10_000)
    options = {**asdict(MODEL), **asdict(endless)}
    switches = [
        word
        for key, value in options.items()
        if not isinstance(value, bool)
        for word in (f"--{key.replace('_', '-')}", str(value))
    ]
    command = [sys.executable, "-m", "vae_core", "train", str(folder / "line.safetensors")]
    line = subprocess.Popen(
        [*("nice", "-n", "10"), *command, "--data", str(data), "--json", *switches],
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert line.stdout is not None
    on_line: list[tuple[float, int]] = []

    def read() -> None:
        assert line.stdout is not None
        for text in line.stdout:
            on_line.append((time.monotonic(), json.loads(text)["step"]))

    threading.Thread(target=read, daemon=True).start()
    run = runs.start(MODEL, endless)
    try:
        while len(on_line) < 3 or runs.info(run).snapshot is None:
            time.sleep(0.1)
        time.sleep(2)
        pid = process_id(runs, run)
        in_job: list[tuple[float, int]] = []
        began, processor = time.monotonic(), (processor_seconds(line.pid), processor_seconds(pid))
        after = runs.folder(run).events_file.stat().st_size
        while time.monotonic() < began + seconds:
            time.sleep(POLL_SECONDS)
            events, after = runs.events(run, after)
            steps = [event["step"] for event in events if event["type"] == "snapshot"]
            in_job += [(time.monotonic(), step) for step in steps[-1:]]
        window = [pair for pair in on_line if pair[0] > began]
        wall = [
            (pairs[-1][0] - pairs[0][0], pairs[-1][1] - pairs[0][1]) for pairs in (window, in_job)
        ]
        used = processor_seconds(line.pid) - processor[0], processor_seconds(pid) - processor[1]
    finally:
        line.kill()
        line.wait()
        runs.stop(run)
    (line_seconds, line_steps), (job_seconds, job_steps) = wall
    per_step = line_seconds / line_steps, job_seconds / job_steps
    cost = used[0] / (line_steps / line_seconds), used[1] / (job_steps / job_seconds)
    print(
        f"a step: {per_step[0] * 1e3:.2f} ms on the command line, {per_step[1] * 1e3:.2f} ms in "
        f"the background, ratio {per_step[1] / per_step[0]:.3f}; in processor time, ratio "
        f"{cost[1] / cost[0]:.3f} (target 1.1)"
    )


def accuracy(runs: Runs, seeds: int, seconds: float) -> None:
    """k-NN accuracy of the latent means over time; one line for each seed."""
    for seed in range(seeds):
        warm_up(runs)
        run = runs.start(MODEL, replace(TRAINING, seed=seed))
        shown, reached = [], None
        for event in watch(runs, run, seconds, POLL_SECONDS):
            if event["type"] != "frame":
                continue
            if reached is None and event["accuracy"] >= ACCURACY:
                reached = event["at"]
            if not shown or event["at"] - shown[-1][0] >= seconds / 15:
                shown.append((event["at"], event["accuracy"]))
        runs.stop(run)
        layout = runs.folder(run).layout()
        assert layout is not None
        when = "not reached" if reached is None else f"after {reached:.1f} s"
        print(f"accuracy {ACCURACY} on {layout.digits} digits, seed {seed}: {when} (target 15)")
        print("  " + "  ".join(f"{at:.0f} s {value:.2f}" for at, value in shown), flush=True)
        while runs.info(run).live:
            time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=None, help="default: the embedded digits")
    parser.add_argument("--seconds", type=float, default=20.0, help="for the cost of a step")
    parser.add_argument("--watch", type=float, default=30.0, help="seconds of accuracy")
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = arguments.data or folder / "no-data"
        os.environ["VAE_DATA_DIR"] = str(data.resolve())
        runs = Runs(folder / "runs", ModelFolders(folder / "models", folder / "mine"))
        try:
            first_signs(runs, warm=False)
            first_signs(runs, warm=True)
            step_cost(runs, data, folder, arguments.seconds)
            accuracy(runs, arguments.seeds, arguments.watch)
        finally:
            runs.shutdown()


if __name__ == "__main__":
    main()
