"""The commands that no test runs whole, benchmarks and faults: each finds what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
# As if each had been started by itself, but for the packages, which are loaded once.
LOAD = """
import runpy, sys
usual = list(sys.path)
for script in sys.argv[1:]:
    sys.path[:] = [script.rpartition("/")[0], *usual[1:]]
    for name in list(sys.modules):
        if name.partition(".")[0] in ("vae_core", "pages", "conftest", "tests"):
            del sys.modules[name]
    assert "main" in runpy.run_path(script), script
    print(script)
"""


def test_each_command_finds_what_it_imports(tmp_path: Path) -> None:
    scripts = sorted(map(str, [*TESTS.glob("benchmarks/*.py"), *TESTS.glob("faults/*.py")]))
    command = [sys.executable, "-c", LOAD, *scripts]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)

    assert done.stdout.splitlines() == scripts, done.stderr
