import errno
import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vae_core.config import Evaluation, Latents, ModelConfig, TrainConfig
from vae_core.errors import CheckpointError
from vae_core.models import VAE, round_to_half
from vae_core.storage.checkpoints import (
    list_checkpoints,
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from vae_core.storage.format import FORMAT, MAX_FILE_BYTES, CheckpointFile, digest

TINY = ModelConfig(encoder_width=3, encoder_depth=1, decoder_width=3, decoder_depth=1)
FIGURES = Evaluation(-140.0, -134.0, 6.0, 20, "MNIST test")
LATENTS = Latents(
    np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32),
    np.full((20, 2), -3, np.float32),
    (np.arange(20) % 10).astype(np.uint8),
)


def save(path: Path, seed: int = 0, half: bool = False) -> CheckpointFile:
    model = VAE(TINY, seed=seed)
    if half:
        round_to_half(model)
    return save_checkpoint(path, model, TrainConfig(), FIGURES, LATENTS, half=half)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("good") / "model.safetensors"
    save(path)
    return path.read_bytes()


def parts(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """A file's tensors and metadata, to build wrong files from."""
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return safetensors.numpy.load(data), header["__metadata__"]


def signed(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """A file whose checksum is right, whatever else is wrong with it."""
    metadata = {**metadata, "sha256": digest(tensors, metadata)}
    return safetensors.numpy.save(tensors, metadata)


@pytest.mark.parametrize("half", [False, True])
def test_a_saved_model_comes_back_bit_for_bit(tmp_path: Path, half: bool) -> None:
    path = tmp_path / "model.safetensors"
    written = save(path, half=half)
    loaded = load_checkpoint(path)
    model = VAE(TINY)
    if half:
        round_to_half(model)
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)
    assert (loaded.file.config, loaded.file.evaluation) == (TINY, FIGURES)
    assert loaded.file.training == TrainConfig()
    assert np.array_equal(loaded.file.latents.log_var, LATENTS.log_var)
    assert np.array_equal(loaded.file.latents.labels, LATENTS.labels)
    assert loaded.file.sha256 == written.sha256
    assert not loaded.model.training


def test_reading_does_not_import_torch(tmp_path: Path) -> None:
    save(tmp_path / "model.safetensors")
    code = (
        "import sys; from pathlib import Path; import vae_core;"
        f"vae_core.read_checkpoint(Path({str(tmp_path / 'model.safetensors')!r}));"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_noticed(good: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 8 * len(good) - 1))
    broken = bytearray(good)
    broken[place // 8] ^= 1 << place % 8
    with pytest.raises(CheckpointError):
        read_checkpoint(bytes(broken))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_cut_or_extended_file_is_noticed(good: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(good) - 1))
    tail = data.draw(st.binary(min_size=1, max_size=100))
    for broken in (good[:length], good + tail):
        with pytest.raises(CheckpointError):
            read_checkpoint(broken)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_a_checkpoint_error(data: bytes) -> None:
    headed = len(data).to_bytes(8, "little") + data
    for candidate in (data, headed):
        with pytest.raises(CheckpointError):
            read_checkpoint(candidate)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["__metadata__", "latents.labels", "encoder.layers.0.weight", "x"]),
        st.recursive(
            st.none() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["format", "dtype", "shape", "data_offsets", "model"]), inner
                )
            ),
        ),
    )
)
def test_a_hostile_header_is_a_checkpoint_error(header: dict[str, object]) -> None:
    metadata = header.get("__metadata__")
    if isinstance(metadata, dict):
        metadata["format"] = FORMAT
    text = json.dumps(header).encode()
    with pytest.raises(CheckpointError):
        read_checkpoint(len(text).to_bytes(8, "little") + text)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a checkpoint"),
        (pickle.dumps({"weights": [1.0]}), "not a checkpoint"),
        (safetensors.numpy.save({"x": np.zeros(3)}), "not a checkpoint"),
        (b"\xff" * 100, "not a checkpoint"),
        ((2**62).to_bytes(8, "little") + b"{}", "not a checkpoint"),
        ((2**20 - 8).to_bytes(8, "little") + b"[" * 2**20, "not a checkpoint"),
        (b"\0" * (MAX_FILE_BYTES + 1), "larger than 16 MB"),
    ],
)
def test_a_foreign_file_is_named_as_such(data: bytes, says: str) -> None:
    with pytest.raises(CheckpointError, match=says):
        read_checkpoint(data)


def test_a_pickled_pt_file_is_refused_unopened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    path = tmp_path / "model.pt"
    torch.save(Trap(), path)
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        load_checkpoint(path)
    assert not (tmp_path / "sprung").exists()


def test_weights_of_another_architecture_are_refused(good: bytes) -> None:
    tensors, metadata = parts(good)
    wider = ModelConfig(encoder_width=4, encoder_depth=1, decoder_width=3, decoder_depth=1)
    with pytest.raises(CheckpointError, match=r"encoder\.layers\.0\.bias"):
        read_checkpoint(signed(tensors, {**metadata, "model": wider.to_json()}))


def test_a_claim_of_enormous_shapes_is_refused_before_anything_is_allocated(good: bytes) -> None:
    header = {
        "__metadata__": {**parts(good)[1], "model": ModelConfig(encoder_width=2048).to_json()},
        "latents.labels": {"dtype": "U8", "shape": [10**15], "data_offsets": [0, 10**15]},
    }
    text = json.dumps(header).encode()
    with pytest.raises(CheckpointError, match="latents"):
        read_checkpoint(len(text).to_bytes(8, "little") + text)


def test_an_extra_tensor_is_refused(good: bytes) -> None:
    tensors, metadata = parts(good)
    with pytest.raises(CheckpointError, match="stowaway"):
        read_checkpoint(signed({**tensors, "stowaway": np.zeros(1, np.float32)}, metadata))


def test_more_tensors_than_any_model_has_are_refused(good: bytes) -> None:
    tensors, metadata = parts(good)
    many = {f"x{i}": np.zeros(1, np.float32) for i in range(65)}
    with pytest.raises(CheckpointError, match="more than 64"):
        read_checkpoint(signed({**tensors, **many}, metadata))


def test_weights_that_are_not_numbers_are_refused(good: bytes) -> None:
    tensors, metadata = parts(good)
    tensors["decoder.layers.0.bias"] = np.full(3, np.nan, np.float32)
    with pytest.raises(CheckpointError, match="not finite"):
        read_checkpoint(signed(tensors, metadata))


def test_labels_beyond_the_classes_are_refused(good: bytes) -> None:
    tensors, metadata = parts(good)
    tensors["latents.labels"] = np.full(20, 10, np.uint8)
    with pytest.raises(CheckpointError, match="classes"):
        read_checkpoint(signed(tensors, metadata))


def test_changed_figures_are_noticed(good: bytes) -> None:
    tensors, metadata = parts(good)
    better = Evaluation(-1.0, -0.5, 0.5, 20, "MNIST test").to_json()
    with pytest.raises(CheckpointError, match="checksum"):
        read_checkpoint(safetensors.numpy.save(tensors, {**metadata, "evaluation": better}))


@pytest.mark.parametrize("path", ["missing.safetensors", ".", "a\0b", "x" * 5000])
def test_a_path_that_is_no_file_is_a_checkpoint_error(tmp_path: Path, path: str) -> None:
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / path)


@pytest.mark.parametrize("name", ["../up.safetensors", "UP.safetensors", "a b.safetensors", "a.pt"])
def test_a_name_that_could_not_be_listed_is_not_written(tmp_path: Path, name: str) -> None:
    if name.startswith(".."):
        name = "..safetensors"
    with pytest.raises(CheckpointError, match="name"):
        save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("place", "call"), [(os, "fsync"), (Path, "replace"), (os, "fdopen")])
def test_a_failing_save_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: object, call: str
) -> None:
    path = tmp_path / "model.safetensors"
    old = save(path, seed=1)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(place, call, full)
    with pytest.raises(CheckpointError, match="No space left"):
        save(path, seed=2)
    monkeypatch.undo()
    assert read_checkpoint(path).sha256 == old.sha256
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_write_that_did_not_arrive_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    old = save(path, seed=1)
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: original(self)[:-1])
    with pytest.raises(CheckpointError, match="read back"):
        save(path, seed=2)
    monkeypatch.undo()
    assert read_checkpoint(path).sha256 == old.sha256


def test_a_folder_that_cannot_be_written_is_a_checkpoint_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(CheckpointError, match="Could not save"):
        save(tmp_path / "taken" / "model.safetensors")


def test_killing_a_save_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    """A short version: the writer is killed while it saves over and over."""
    path = tmp_path / "model.safetensors"
    save(path)
    code = (
        "import sys; sys.path[:0] = ['.', 'tests']\n"
        "from pathlib import Path; from test_checkpoints import save\n"
        "print('ready', flush=True)\n"
        f"while True: save(Path({str(path)!r}))\n"
    )
    for wait in (0.02, 0.11):
        with subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            try:
                writer.wait(wait)
            except subprocess.TimeoutExpired:
                writer.kill()
        read_checkpoint(path)


def test_listing_shows_checkpoints_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b", "a"):
        save(tmp_path / f"{name}.safetensors")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "Bad Name.safetensors").touch()
    (tmp_path / "folder.safetensors").mkdir()
    assert list(list_checkpoints(tmp_path)) == ["a", "b"]
    assert list_checkpoints(tmp_path / "missing") == {}


def test_a_conditional_model_comes_back_bit_for_bit(tmp_path: Path) -> None:
    path = tmp_path / "cvae.safetensors"
    config = replace(TINY, conditional=True, prior="learned")
    model = VAE(config)
    with torch.no_grad():
        model.prior_mu.normal_(generator=torch.Generator().manual_seed(0))
    save_checkpoint(path, model, TrainConfig(), FIGURES, LATENTS)
    loaded = load_checkpoint(path)
    assert loaded.file.config == config
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], tensor)


def test_a_learned_prior_without_its_means_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cvae.safetensors"
    model = VAE(replace(TINY, conditional=True, prior="learned"))
    save_checkpoint(path, model, TrainConfig(), FIGURES, LATENTS)
    tensors, metadata = parts(path.read_bytes())
    del tensors["prior_mu"]
    with pytest.raises(CheckpointError, match="prior_mu"):
        read_checkpoint(signed(tensors, metadata))


def test_a_checkpoint_from_before_conditional_models_still_loads(good: bytes) -> None:
    tensors, metadata = parts(good)
    newer = ("conditional", "prior")
    old_model = {k: v for k, v in json.loads(metadata["model"]).items() if k not in newer}
    old_training = json.loads(metadata["training"])
    del old_training["input_dropout"]
    old = {"model": json.dumps(old_model), "training": json.dumps(old_training)}
    loaded = load_checkpoint(signed(tensors, {**metadata, **old}))
    assert loaded.file.config == TINY
