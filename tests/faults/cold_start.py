"""Press Train as soon as it is there, on a new server in a new browser, twenty times over.

    python tests/faults/cold_start.py [--slow] [--loads 20]

With --slow the network brings 500 kB a second, each answer 100 ms late. Ends with 1 if one load
went wrong: the run started, and the screen never said so.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from playwright.sync_api import expect

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.browser.conftest import PROJECT, run_browser
from tests.browser.slow_network import slow_network
from tests.browser.test_live_training_page import press, run_live_server


def load(*, slow: bool) -> bool:
    """One cold start; whether the screen says that the run goes on."""
    with (
        # A worker may still write its last record.
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        run_live_server(PROJECT / "checkpoints", Path(folder)) as server,
        slow_network(server) if slow else nullcontext(server) as url,
        run_browser() as browser,
    ):
        page = browser.new_page()
        page.goto(f"{url}/live_training", wait_until="commit")
        page.get_by_role("button", name="Train", exact=True).click(timeout=60_000)
        try:
            status = page.locator(".live-training .status")
            expect(status).to_have_text(re.compile("Training|Waiting|Starting"), timeout=60_000)
        except AssertionError:
            return False
        press(page, "Stop")
        return True


def main() -> None:
    """Count the loads that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--loads", type=int, default=20)
    arguments = parser.parse_args()
    failed = sum(not load(slow=arguments.slow) for _ in range(arguments.loads))
    print(f"{failed} of {arguments.loads} loads failed.")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
