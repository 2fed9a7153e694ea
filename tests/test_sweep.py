"""Sweeps: what is trained, where, what survives, and what is said when it does not."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import PROJECT
from vae_core.__main__ import main
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import datasets
from vae_core.data.datasets import load_dataset
from vae_core.data.download import Unobtainable
from vae_core.errors import ConfigError, VaeCoreError
from vae_core.storage.checkpoints import read_checkpoint
from vae_core.sweeps import pools
from vae_core.sweeps.grid import Cell, Job, grid
from vae_core.sweeps.pools import ATTEMPTS, Call, Cluster, Pool, Processes
from vae_core.sweeps.worker import Images, parts, train_part

SMALL = ["--encoder-width", "8", "--encoder-depth", "1", "--decoder-width", "8"]
SHORT = ["--decoder-depth", "1", "--batch-size", "500", "--half", "--data", "nowhere"]
QUICK = [*SMALL, *SHORT, "--epochs", "1"]
LONGER = [*SMALL, *SHORT, "--batch-size", "20", "--epochs", "2"]  # a second or so

# The command without a network, wherever the tests run.
COMMAND = """
import sys
from vae_core.data import datasets, download
def fetch(*_):
    raise download.Unobtainable("downloading is off", key="data.reason.off")
datasets.fetch = fetch
from vae_core.__main__ import main
sys.exit(main(["sweep", *sys.argv[1:]]))
"""


class Here(Pool):
    """A pool without processes: it computes when it is asked for a result."""

    def __init__(self, places: int) -> None:
        self.calls: deque[Call] = deque()

    places = 2  # type: ignore[assignment]

    def share(self, value: Any) -> Any:
        return value

    def submit(self, call: Call) -> None:
        self.calls.append(call)

    def next(self) -> tuple[Any, Any]:
        call = self.calls.popleft()
        return call.tag, call.function(*call.arguments)

    def close(self) -> None:
        pass


def no_network(*_: object) -> None:
    raise Unobtainable("downloading is off", key="data.reason.off")


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "fetch", no_network)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "Processes", Here)


Resume = Callable[[list[Any]], dict[str, Any]]


@pytest.fixture
def here_again(here: None, capsys: pytest.CaptureFixture[str]) -> Resume:
    """The same command once more, in this process: the last line that it prints."""

    def run(arguments: list[Any]) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["sweep", *map(str, arguments), "--json"]) == 0
        last: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return last

    return run


def start(*arguments: object) -> subprocess.Popen[str]:
    """The command in a process of its own, printing JSON."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, arguments), "--json"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def flat(said: str) -> str:
    """Without the line breaks that fit it to a console, wherever a folder's name lets them fall."""
    return " ".join(said.split())


def finish(process: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]], str]:
    """Its exit status, what it still printed, and what it said."""
    out, said = process.communicate(timeout=120)
    return process.returncode, [json.loads(line) for line in out.splitlines()], flat(said)


def next_row(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    row: dict[str, Any] = json.loads(process.stdout.readline())
    return row


def table(folder: Path) -> list[dict[str, Any]]:
    """Both tables, which must say the same."""
    rows: list[dict[str, Any]] = json.loads((folder / "sweep.json").read_text())
    with (folder / "sweep.csv").open(newline="") as file:
        as_text = list(csv.DictReader(file))
    written = [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]
    assert as_text == written
    return rows


def checkpoints(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.safetensors"))}


def end(*processes: psutil.Process, within: float = 10.0) -> bool:
    """Whether they all end by themselves."""
    return not psutil.wait_procs(processes, timeout=within)[1]


# --- the grid -----------------------------------------------------------------------------------


def test_a_cell_has_a_name_of_its_own_that_tells_what_it_is() -> None:
    assert Cell("gaussian", 0.5, 3).file == "gaussian-beta0_5-seed3.safetensors"
    assert (
        Cell("continuous-bernoulli", 4.0, 0).file == "continuous-bernoulli-beta4-seed0.safetensors"
    )
    betas = [0, 1e-7, 0.1, 0.1000001, 1, 10, 100, 1000, 0.30000000000000004, 0.3]
    assert len({Cell("laplace", float(beta), 0).file for beta in betas}) == len(betas)


def test_a_setting_of_one_family_is_not_given_to_the_others_of_the_grid() -> None:
    names = ("bernoulli", "gaussian", "categorical")
    settings = {"sigma": "learned", "levels": 4}
    cells = grid(settings, {"epochs": 7}, betas=[1, 2, 1], seeds=2, likelihoods=names)
    jobs = {cell: job for cell, job in cells.items() if isinstance(job, Job)}
    assert [(c.likelihood, c.beta, c.seed) for c in list(jobs)[:5]] == [
        *(("bernoulli", 1, 0), ("bernoulli", 1, 1), ("bernoulli", 2, 0), ("bernoulli", 2, 1)),
        ("gaussian", 1, 0),
    ]
    assert len(jobs) == 12
    assert jobs[Cell("gaussian", 2, 1)] == Job(
        ModelConfig(likelihood="gaussian", sigma="learned"),
        TrainConfig(beta=2, seed=1, epochs=7),
        half=False,
    )
    assert jobs[Cell("bernoulli", 1, 0)].model == ModelConfig()


@pytest.mark.parametrize(
    ("model", "training", "likelihood", "seeds", "says"),
    [
        ({"sigma": "learned"}, {}, "bernoulli", 1, "not a setting of the likelihood bernoulli"),
        ({}, {"epochs": 0, "schedule": "constant"}, "bernoulli", 1, "number of epochs"),
        ({}, {"epochs": -1}, "bernoulli", 1, "epochs must be between"),
        ({}, {}, "poisson", 1, "likelihood must be one of"),
        ({"encoder_width": 2048, "encoder_depth": 8}, {}, "bernoulli", 1, "could not be saved"),
        ({}, {}, "bernoulli", 0, "nothing to train"),
    ],
)
def test_a_grid_without_a_good_cell_is_refused(
    model: dict[str, Any], training: dict[str, Any], likelihood: str, seeds: int, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        grid(model, training, betas=[1, 2], seeds=seeds, likelihoods=[likelihood])


@pytest.mark.parametrize("places", range(1, 7))
@pytest.mark.parametrize("count", range(1, 15))
def test_no_place_idles_before_the_end_where_cells_are_equally_long(
    count: int, places: int
) -> None:
    cells = [Cell("bernoulli", float(beta), 0) for beta in range(count)]
    waiting, busy, now = parts(cells, places), list[tuple[float, Any]](), 0.0
    done = dict.fromkeys(cells, 0.0)
    while waiting or busy:
        while waiting and len(busy) < places:
            part = waiting.pop(0)
            busy.append((now + part.until - part.done, part))
        busy.sort(key=lambda entry: entry[0])
        now, part = busy.pop(0)
        assert done[part.cell] == part.done
        done[part.cell] = part.until
        if part.until < 1:
            waiting.append(type(part)(part.cell, done=part.until, state=b""))
            waiting.sort(key=lambda part: part.done)
    assert set(done.values()) == {1.0}
    assert now == pytest.approx(max(1, count / places), abs=0.35)  # whole cells: up to 1 more
    if places <= 2:
        assert now == pytest.approx(max(1, count / places))


# --- the command --------------------------------------------------------------------------------

GRID = ["--beta", "0.5", "1", "2"]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A real sweep in two processes, the second cell in two parts; what it printed."""
    folder = tmp_path_factory.mktemp("sweep") / "models"
    command = ["--out", str(folder), *GRID, *QUICK, *TWO, "--processes", "2", "--json"]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
        patch.setattr(datasets, "fetch", no_network)
        assert main(["sweep", *command]) == 0
    return folder, [json.loads(line) for line in printed.getvalue().splitlines()]


TWO = ["--epochs", "2"]


def test_a_sweep_leaves_a_checkpoint_per_cell_and_one_table(
    swept: tuple[Path, list[dict[str, Any]]],
) -> None:
    folder, printed = swept
    rows = table(folder)
    assert [row["file"] for row in rows] == [
        f"bernoulli-beta{beta}-seed0.safetensors" for beta in ("0_5", "1", "2")
    ]
    assert sorted(printed[:-1], key=lambda row: row["beta"]) == rows
    assert printed[-1].items() >= {"cells": 3, "found": 0, "trained": 3, "failed": 0}.items()
    assert {path.name for path in folder.iterdir()} == {
        *(row["file"] for row in rows),
        *("sweep.csv", "sweep.json"),
    }
    for row in rows:
        file = read_checkpoint(folder / row["file"])
        assert (file.config.encoder_width, file.training.beta) == (8, row["beta"])
        figures = file.evaluation
        assert (figures.elbo, figures.kl) == (row["elbo"], row["kl"])
        assert row["elbo"] == pytest.approx(row["log_likelihood"] - row["kl"])
        assert row["seconds"] > 0 and row["error"] == ""


def test_the_bytes_are_those_of_this_process_in_one_part_or_two(
    swept: tuple[Path, list[dict[str, Any]]],
) -> None:
    images = Images.of(load_dataset("MNIST", "nowhere"))
    for name, data in checkpoints(swept[0]).items():
        file = read_checkpoint(data)
        job = Job(file.config, file.training, half=True)
        assert train_part(job, images, 1.0, None).checkpoint == data, name
        first = train_part(job, images, 0.5, None)
        assert first.state and not first.checkpoint
        assert train_part(job, images, 1.0, first.state).checkpoint == data, name


def test_the_train_command_makes_the_same_file(
    swept: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    out = tmp_path / "one.safetensors"
    assert main(["train", str(out), *QUICK, *TWO, "--beta", "2"]) == 0
    assert out.read_bytes() == checkpoints(swept[0])["bernoulli-beta2-seed0.safetensors"]


@pytest.mark.usefixtures("here")
def test_the_same_command_trains_only_what_is_not_there_whole(
    swept: tuple[Path, list[dict[str, Any]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = checkpoints(swept[0])
    for name, data in good.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "sweep.json").write_bytes((swept[0] / "sweep.json").read_bytes())
    broken, gone, kept = (tmp_path / name for name in good)
    broken.write_bytes(broken.read_bytes()[:-1])
    gone.unlink()
    before = kept.stat().st_mtime_ns
    assert main(["sweep", "--out", str(tmp_path), *GRID, *QUICK, *TWO, "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["found"], last["trained"]) == (1, 2)
    assert kept.stat().st_mtime_ns == before
    assert checkpoints(tmp_path) == good
    rows = table(tmp_path)
    assert [row["elbo"] for row in rows] == [row["elbo"] for row in table(swept[0])]
    assert rows[2]["seconds"] == table(swept[0])[2]["seconds"]


@pytest.mark.parametrize("changed", [["--epochs", "3"], ["--decoder-width", "9"], ["--no-half"]])
def test_a_file_with_other_settings_is_refused_before_anything_is_trained(
    swept: tuple[Path, list[dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    changed: list[str],
) -> None:
    monkeypatch.setattr(pools, "Processes", None)
    last = list(checkpoints(swept[0]).items())[-1]
    (tmp_path / last[0]).write_bytes(last[1])
    assert main(["sweep", "--out", str(tmp_path), *GRID, *QUICK, *TWO, *changed]) == 1
    assert "other settings" in flat(capsys.readouterr().err)
    assert checkpoints(tmp_path) == dict([last])


@pytest.mark.usefixtures("here")
def test_a_bad_cell_is_a_row_with_its_error_and_the_others_are_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["--likelihood", "bernoulli", "gaussian", "poisson", "--sigma", "learned"]
    command = ["sweep", "--out", str(tmp_path), "--beta", "1", "-1", *names, *QUICK]
    assert main(command) == 1
    assert "4 of 6 failed; the table says why." in flat(capsys.readouterr().err)
    rows = {(row["likelihood"], row["beta"]): row for row in table(tmp_path)}
    assert "beta must be between" in rows["bernoulli", -1]["error"]
    assert "likelihood must be one of" in rows["poisson", 1]["error"]
    assert rows["bernoulli", -1]["elbo"] is None
    good = [row["file"] for row in rows.values() if not row["error"]]
    assert good == ["bernoulli-beta1-seed0.safetensors", "gaussian-beta1-seed0.safetensors"]
    assert list(checkpoints(tmp_path)) == good


@pytest.mark.usefixtures("here")
def test_a_training_that_diverges_or_breaks_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vae_core import objective, training

    def loss(self: Any, terms: Any, beta: float) -> Any:
        if beta == 3:
            raise KeyError("something")
        return terms["reconstruction"] / (beta - 2)

    monkeypatch.setattr(objective.Elbo, "loss", loss)
    monkeypatch.setattr(training, "EXPLOSION", 1e9)
    assert main(["sweep", "--out", str(tmp_path), "--beta", "1", "2", "3", *QUICK]) == 1
    errors = [row["error"] for row in table(tmp_path)]
    assert errors[0] == ""
    assert errors[1].startswith("Training diverged at step 0")
    assert errors[2] == "Training failed unexpectedly (KeyError: 'something')."


@pytest.mark.usefixtures("here")
def test_a_full_disk_ends_it_with_a_sentence_and_what_is_finished_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_file = Path.replace

    def until_full(self: Path, target: Path) -> Path:
        if target.name.startswith("bernoulli-beta2"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return replace_file(self, target)

    command = ["sweep", "--out", str(tmp_path), *GRID, *QUICK, "--json"]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", until_full)
        assert main(command) == 1
    said = flat(capsys.readouterr().err)
    assert "What is finished, 2 of 3, is kept" in said
    assert "No space left on device" in said
    assert len(checkpoints(tmp_path)) == len(table(tmp_path)) == 2
    assert len(list(tmp_path.iterdir())) == 4
    assert main(command) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["found"], last["trained"]) == (2, 1)


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert main(["sweep", "--out", str(tmp_path / "file"), *GRID, *QUICK]) == 1
    assert "Could not save" in flat(capsys.readouterr().err)


def test_there_is_at_least_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--out", str(tmp_path), *QUICK, "--processes", "0"]) == 1
    assert "at least 1" in flat(capsys.readouterr().err)


# --- processes that die -------------------------------------------------------------------------


def die_once(flag: Path) -> int:
    """Kill this process, but only the first time."""
    with contextlib.suppress(FileExistsError):
        flag.touch(exist_ok=False)
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def take_time(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_a_killed_process_takes_its_own_call_only_which_another_does(tmp_path: Path) -> None:
    with Processes(3) as pool:
        pool.submit(Call("slow", take_time, (0.0,)))
        _, pid = pool.next()
        pool.submit(Call("slow", take_time, (2.0,)))
        pool.submit(Call("once", die_once, (tmp_path / "flag",)))
        pool.submit(Call("always", die, (0,)))
        results = dict(pool.next() for _ in range(3))
        assert (tmp_path / "flag").exists()
    assert results["slow"] == pid
    assert results["once"] != pid
    assert isinstance(results["always"], VaeCoreError)
    assert f"killed {ATTEMPTS} times" in str(results["always"])


def test_a_process_that_is_killed_while_it_hands_over_its_result_is_noticed() -> None:
    size = 10_000_000  # more than a pipe holds: it waits to be read
    with Processes(1) as pool:
        pool.submit(Call("large", bytes, (size,)))
        (first,) = pool._busy
        assert first.pipe.poll(10)
        os.kill(first._process.pid, signal.SIGKILL)
        assert pool.next() == ("large", bytes(size))
        (second,) = pool._idle
        assert second is not first


def test_a_sweep_goes_on_after_a_killed_process_ctrl_c_and_its_own_kill(
    tmp_path: Path, here_again: Resume
) -> None:
    betas = ["--beta", "0.25", "0.5", "1", "2", "4", "8"]
    command = ["--out", tmp_path, *betas, *LONGER]
    dated: dict[str, int] = {}

    def check() -> int:
        """How many are finished; none of them has been written again."""
        for path in tmp_path.glob("*.safetensors"):
            read_checkpoint(path)
            assert dated.setdefault(path.name, path.stat().st_mtime_ns) == path.stat().st_mtime_ns
        return len(dated)

    process = start(*command, "--processes", 2)
    next_row(process)
    workers = psutil.Process(process.pid).children()
    workers = [child for child in workers if "popen_loky" in " ".join(child.cmdline())]
    assert len(workers) == 2
    workers[0].kill()
    rows = [next_row(process), next_row(process)]
    assert [row["error"] for row in rows] == ["", ""]
    children = psutil.Process(process.pid).children()
    process.send_signal(signal.SIGINT)
    status, _, said = finish(process)
    assert (status, end(*children)) == (130, True)
    assert "of 6 are finished and kept" in said and "Traceback" not in said
    stopped = check()
    assert 3 <= stopped < 6

    process = start(*command, "--processes", 2)
    for _ in range(stopped + 1):
        next_row(process)
    children = psutil.Process(process.pid).children()
    process.kill()
    finish(process)
    assert end(*children)
    killed = check()
    assert stopped < killed <= 6

    assert here_again(command).items() >= {"found": killed, "trained": 6 - killed}.items()
    assert check() == 6
    assert [row["error"] for row in table(tmp_path)] == [""] * 6


# --- a Dask cluster -----------------------------------------------------------------------------


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A real scheduler with workers, on the loopback: its address, and it with its workers."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"}
    listen = ["--host", "127.0.0.1", "--no-dashboard"]
    place = folder / "scheduler.json"

    def run(program: str, *options: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *listen, *options],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    options = ["--scheduler-file", str(place)]
    started = [run("dask_scheduler", "--port", "0", *options)]
    try:
        until = time.monotonic() + 30
        while not place.exists() or not place.read_text():
            assert time.monotonic() < until and started[0].poll() is None
            time.sleep(0.05)
        single = ["--nthreads", "1", "--no-nanny", "--local-directory", str(folder), *options]
        started += [run("dask_worker", *single) for _ in range(workers)]
        yield json.loads(place.read_text())["address"], started
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def test_a_cluster_makes_the_same_files_although_a_worker_is_killed_and_then_the_scheduler(
    tmp_path: Path, here_again: Resume
) -> None:
    command = ["--beta", "0.25", "0.5", "1", "2", "4", *LONGER]
    with cluster(tmp_path) as (address, (scheduler, *workers)):
        process = start("--out", tmp_path / "dask", *command, "--dask", address)
        next_row(process)
        workers[0].kill()
        status, printed, said = finish(process)
        assert status == 0, said
        assert printed[-1]["trained"] == 5
        whole = checkpoints(tmp_path / "dask")

        process = start("--out", tmp_path / "cut", *command, "--dask", address)
        next_row(process)
        scheduler.kill()
        status, _, said = finish(process)
        assert status == 1
        assert "is gone" in said and "Traceback" not in said, said
    kept = checkpoints(tmp_path / "cut")
    assert 1 <= len(kept) < 5
    assert here_again(["--out", tmp_path / "cut", *command])["found"] == len(kept)
    assert checkpoints(tmp_path / "cut") == whole
    assert len(whole) == len(table(tmp_path / "cut")) == 5


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere at all"])
def test_a_scheduler_that_is_not_there_is_a_sentence(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    monkeypatch.setattr(pools, "CONNECT_SECONDS", 0.5)
    assert main(["sweep", "--out", str(tmp_path), *QUICK, "--dask", address]) == 1
    said = capfd.readouterr().err
    assert f"No Dask scheduler answers at {address}." in flat(said)
    assert "Traceback" not in said


def test_a_cluster_that_has_lost_its_workers_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster(tmp_path, workers=1) as (address, (_, worker)):
        with Cluster(address) as pool:
            monkeypatch.setattr(pools, "WORKERLESS_SECONDS", 1.0)
            pool.submit(Call("slow", time.sleep, (60.0,)))
            worker.kill()
            with pytest.raises(VaeCoreError, match="has had no worker for 1 seconds"):
                pool.next()
        assert main(["sweep", "--out", str(tmp_path), *QUICK, "--dask", address]) == 1
    assert "has had no worker" in flat(capsys.readouterr().err)


def test_without_dask_the_option_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["sweep", "--out", str(tmp_path), *QUICK, "--dask", "tcp://127.0.0.1:9"]) == 1
    assert "pip install distributed" in flat(capsys.readouterr().err)
