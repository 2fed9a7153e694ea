"""How long a class waits for its pins: real Streamlit sessions, a pin a second each.

    python tests/benchmarks/bench_students.py

Server and class are on this machine and share its processors; the class is one light process
without browsers (tests/students.py). After the growing classes, visitors come, pin for some
seconds and go, and the first class is there again: what has become slower, and larger?
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(PROJECT)]

from pages._ui.server import models  # noqa: E402
from pages._ui.server.offered import Registry  # noqa: E402
from tests.browser.conftest import run_server  # noqa: E402
from tests.students import Student, lesson  # noqa: E402

TARGETS = {50: 50, 100: 100}  # students -> p95, milliseconds
AT_ONCE = 25  # visitors
SECONDS_OF_A_VISIT = 4.0
SECONDS_TO_FORGET = 150.0  # Streamlit keeps closed sessions for two minutes


def resident(url: str) -> float:
    """Megabytes that the server holds in memory."""
    port = url.rpartition(":")[2]
    for folder in Path("/proc").iterdir():
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
            if port.encode() in arguments and b"streamlit" in arguments:
                status = (folder / "status").read_text()
        except OSError:
            continue
        else:
            if port.encode() in arguments and b"streamlit" in arguments:
                (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
                return int(line.split()[1]) / 1024
    raise RuntimeError("There is no such server.")


def report(name: str, waits: list[float], url: str) -> float:
    p50, p95, most = np.percentile(np.multiply(waits, 1000), [50, 95, 100])
    print(f"{name:28}{len(waits):7}{p50:8.1f}{p95:8.1f}{most:8.0f}{resident(url):9.0f}", flush=True)
    return float(p95)


async def visit(url: str, addresses: dict[str, Any], seed: int, door: asyncio.Semaphore) -> None:
    async with door, Student(url, addresses, seed) as student:
        await student.work(SECONDS_OF_A_VISIT)


async def visits(url: str, addresses: dict[str, Any], count: int) -> None:
    door = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(visit(url, addresses, 1000 + i, door) for i in range(count)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--students", type=int, nargs="*", default=[10, 25, 50, 100])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--checkpoints", type=Path, default=PROJECT / "checkpoints")
    arguments = parser.parse_args()
    os.environ["VAE_CHECKPOINTS_DIR"] = str(arguments.checkpoints)
    addresses = models.addresses(next(iter(Registry().refresh()[0].values())))
    with run_server(arguments.checkpoints) as url:
        asyncio.run(lesson(url, addresses, 2, 5))  # PyTorch is there
        time.sleep(5)
        print(f"{'pins, milliseconds':28}{'count':>7}{'p50':>8}{'p95':>8}{'most':>8}{'MB':>9}")
        for students in arguments.students:
            waits = asyncio.run(lesson(url, addresses, students, arguments.seconds))
            p95 = report(f"{students} students", waits, url)
            if target := TARGETS.get(students):
                verdict = "kept" if p95 <= target else "not kept"
                print(f"{'':28}target: p95 at most {target}: {verdict}")
        if arguments.visits:
            few = arguments.students[0]
            asyncio.run(visits(url, addresses, 2 * AT_ONCE))  # what a server is once warm
            time.sleep(SECONDS_TO_FORGET)
            waits = asyncio.run(lesson(url, addresses, few, 20))
            before = report("before the visits", waits, url)
            held = resident(url)
            asyncio.run(visits(url, addresses, arguments.visits))
            print(f"{'after the visits':28}{'':31}{resident(url):9.0f}")
            time.sleep(SECONDS_TO_FORGET)
            after = report(
                f"after {arguments.visits} visits",
                asyncio.run(lesson(url, addresses, few, 20)),
                url,
            )
            print(f"p95 after / before {after / before:.2f} (target: at most 1.2)")
            print(f"memory after / before {resident(url) / held:.3f} (target: at most 1.05)")


if __name__ == "__main__":
    main()
