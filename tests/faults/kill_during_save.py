"""Kill a process with -9 while it saves, over and over: no broken file, and nothing left behind.

    python tests/faults/kill_during_save.py --kills 100

Each time a process saves a checkpoint again and again, and is killed at a random moment; then the
file is read, and what a start would do is done. The short version is in tests/test_files.py.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.conftest import write_checkpoint  # noqa: E402
from vae_core.storage.checkpoints import read_checkpoint  # noqa: E402
from vae_core.storage.files import sweep  # noqa: E402

WRITER = """
import sys
from pathlib import Path
from vae_core.storage.checkpoints import read_checkpoint
from vae_core.storage.files import write_atomically
path = Path(sys.argv[1])
data = path.read_bytes()
print("ready", flush=True)
while True:
    write_atomically(path, data)
"""


def kill_a_save(path: Path, seconds: float) -> None:
    """Save to `path` in a process that is killed after so many seconds."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        process.kill()


def main() -> int:
    """The exit status is 0 if every file was whole and nothing stayed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    kills = parser.parse_args().kills
    broken = littered = stayed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_checkpoint(folder / "model.safetensors", decoder_width=512, points=10_000)
        before = read_checkpoint(path).sha256
        for _ in range(kills):
            kill_a_save(path, random.uniform(0, 0.1))
            littered += len(list(folder.iterdir())) > 1
            broken += read_checkpoint(path).sha256 != before
            sweep(folder)
            stayed += len(list(folder.iterdir())) > 1
    print(f"{kills} kills: {broken} broken files, {littered} left something, {stayed} still there")
    return int(broken or stayed)


if __name__ == "__main__":
    sys.exit(main())
