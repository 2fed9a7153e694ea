"""The folder of a run: what is written is read again, whatever else happens to it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import PROJECT, QUICK, TINY
from vae_core.errors import TrainingDiverged, VaeCoreError
from vae_core.runs.record import RunFolder
from vae_core.runs.schema import FrameLayout, Message, status_event, valid_events


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, TINY, QUICK, "a title")


def test_a_description_is_read_as_it_was_written(folder: RunFolder) -> None:
    run = folder.description()
    assert (run.id, run.model, run.training, run.title) == (folder.id, TINY, QUICK, "a title")


@pytest.mark.parametrize(
    ("why", "key", "parameters"),
    [
        (Message("After {step:,} steps.", key="runs.x", step=1234), "runs.x", {"step": "1,234"}),
        (TrainingDiverged(7, 0.5), "training.diverged", {"step": "7", "loss": "0.5"}),
    ],
)
def test_a_status_says_why_in_english_and_carries_what_other_languages_need(
    folder: RunFolder, why: Message | VaeCoreError, key: str, parameters: dict[str, str]
) -> None:
    folder.append_status("stopped", why)
    ((event,), _) = folder.events()
    assert event["message"] == str(why)
    assert (event["key"], event["parameters"]) == (key, parameters)


def test_a_line_that_is_not_complete_yet_is_left_for_later(folder: RunFolder) -> None:
    folder.append(type="kept", name="a")
    with folder.events_file.open("ab") as file:
        file.write(b'{"type": "kept", "na')
        file.flush()
        events, after = folder.events(0)
        assert [e["name"] for e in events] == ["a"]
        file.write(b'me": "b"}\n')
    assert [e["name"] for e in folder.events(after)[0]] == ["b"]


def test_a_line_that_a_crash_cut_off_is_skipped(folder: RunFolder) -> None:
    with folder.events_file.open("ab") as file:
        file.write(b'{"type": "kept", "na')
    folder.append(type="kept", name="b")
    assert [e["name"] for e in folder.events(0)[0]] == ["b"]


@pytest.mark.parametrize("line", [b"[]", b"3", b"\xff\xfe", b"{}", b'{"type":"status"}'])
def test_a_line_that_is_no_event_is_skipped(folder: RunFolder, line: bytes) -> None:
    folder.events_file.write_bytes(line + b'\n{"type": "kept", "name": "b"}\n')
    assert [e["name"] for e in folder.events(0)[0]] == ["b"]


@pytest.mark.parametrize("after", [-5, 10**12])
def test_asking_beyond_the_events_answers_with_a_place_within_them(
    folder: RunFolder, after: int
) -> None:
    folder.append(type="kept", name="a")
    assert 0 <= folder.events(after)[1] <= folder.events_file.stat().st_size


def test_many_events_are_read_in_several_parts(folder: RunFolder) -> None:
    folder.events_file.write_bytes(b'{"type": "kept", "name": "a"}\n' * 100_000)
    assert len(folder.events(0)[0]) < 100_000
    assert sum(1 for _ in folder.all_events()) == 100_000


def layout(digits: int = 3) -> FrameLayout:
    names = tuple("0123456789")
    return FrameLayout(tuple(range(digits)), 1, 1, "MNIST test", names, "a note")


def test_what_is_left_of_an_incomplete_frame_is_overwritten(folder: RunFolder) -> None:
    folder.layout_file.write_text(layout().to_json())
    size = layout().record_bytes
    folder.append_frame(b"a" * size)
    with folder.frames_file.open("ab") as file:
        file.write(b"half a frame")
    assert folder.append_frame(b"b" * size) == 1
    assert [folder.frame(0), folder.frame(1)] == [b"a" * size, b"b" * size]


def test_a_frame_that_does_not_fit_on_the_disk_leaves_no_part_of_it(folder: RunFolder) -> None:
    folder.layout_file.write_text(layout().to_json())
    size = layout().record_bytes
    code = f"""
import resource, sys
from pathlib import Path
from vae_core.runs.record import RunFolder
folder = RunFolder(Path(sys.argv[1]))
folder.append_frame(bytes({size}))
resource.setrlimit(resource.RLIMIT_FSIZE, ({size} * 3 // 2,) * 2)
folder.append_frame(bytes({size}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder.path)], stderr=subprocess.PIPE, cwd=PROJECT
    )
    assert b"OSError" in done.stderr
    assert folder.frames_file.stat().st_size == size


@pytest.mark.parametrize("index", [-1, 1, 10**30])
def test_a_frame_that_is_not_there_is_refused(folder: RunFolder, index: int) -> None:
    folder.layout_file.write_text(layout().to_json())
    folder.append_frame(b"a" * layout().record_bytes)
    with pytest.raises(VaeCoreError, match="no such frame"):
        folder.frame(index)


def test_going_back_makes_what_came_after_void() -> None:
    steps = [{"type": "snapshot", "step": n} for n in (5, 10, 15)]
    back = {"type": "status", "status": "running", "step": 10}
    again = {"type": "snapshot", "step": 12}
    assert valid_events([*steps, back, again]) == [*steps[:2], back, again]


def test_a_frame_in_whose_place_a_void_one_was_written_is_void_as_well() -> None:
    frames = [{"type": "frame", "step": n, "index": index} for n, index in ((1, 0), (2, 1), (9, 0))]
    back = {"type": "status", "status": "running", "step": 5}
    assert valid_events([*frames, back]) == [frames[1], back]


def test_a_change_that_went_on_is_one_change() -> None:
    moves = [{"type": "control", "step": 3, "beta": b, "again": b > 1} for b in (1, 2, 3)]
    assert valid_events(moves) == moves[2:]


def test_the_manager_does_not_need_torch() -> None:
    code = "import sys, vae_core.runs.manager; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


def test_a_message_within_a_message_keeps_its_key() -> None:
    inner = VaeCoreError("It is {what}.", key="disk.full", what="full")
    outer = Message("{why} (Not saved: {error})", key="runs.both", why="Oh.", error=inner)
    event = status_event("diverged", outer)
    assert event["message"] == "Oh. (Not saved: It is full.)"
    assert event["parameters"] == {
        "why": "Oh.",
        "error": {"message": "It is full.", "key": "disk.full", "parameters": {"what": "full"}},
    }
