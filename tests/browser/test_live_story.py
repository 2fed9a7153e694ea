"""What Live training says of a run's figures: its phases and its troubles, from the data alone."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

STORY = Path(__file__).resolve().parents[2] / "pages/_ui/frontend/live_story.js"
FALLS, BALANCE, SETTLED = range(3)


def call(page: Page, function: str, *arguments: Any) -> Any:
    """A function of the module, which imports nothing, so any page can load its source."""
    script = """async ([source, name, values]) => {
        const story = await import("data:text/javascript," + encodeURIComponent(source));
        return story[name](...values);
    }"""
    return page.evaluate(script, [STORY.read_text(), function, list(arguments)])


def curves(end: float, stretch: float = 1.0) -> tuple[list[float], list[float], list[float]]:
    """A reconstruction that falls and levels off, and a KL that rises: time, nats, nats."""
    steps = [(i + 1) * end / 400 for i in range(400)]
    reconstruction = [140 + 400 * math.exp(-3 * t) + 20 * math.exp(-t / 2) for t in steps]
    kl = [6.5 - 6.0 * math.exp(-t) for t in steps]
    return [t * stretch for t in steps], reconstruction, kl


def found(page: Page, *arguments: Any) -> list[tuple[int, float, float]]:
    return [(p["phase"], p["from"], p["to"]) for p in call(page, "phases", *arguments)]


def test_a_run_that_levels_off_goes_through_the_three_phases_without_gaps(page: Page) -> None:
    phases = found(page, *curves(20))

    assert [phase for phase, _, _ in phases] == [FALLS, BALANCE, SETTLED]
    assert (phases[0][1], phases[-1][2]) == (0, 20)
    assert all(before[2] == after[1] for before, after in itertools.pairwise(phases))


def test_phases_follow_the_figures_and_not_the_clock(page: Page) -> None:
    quick, slow = found(page, *curves(20)), found(page, *curves(20, stretch=1000))

    assert [phase for phase, _, _ in slow] == [phase for phase, _, _ in quick]
    assert [begin / 1000 for _, begin, _ in slow] == pytest.approx([b for _, b, _ in quick])


def test_a_reconstruction_that_still_falls_is_in_its_first_phase(page: Page) -> None:
    time = [i / 100 for i in range(1, 200)]

    assert found(page, time, [600 - 200 * t for t in time], time) == [(FALLS, 0, 1.99)]


def test_a_change_of_beta_begins_a_new_balance_that_settles_again(page: Page) -> None:
    time, reconstruction, kl = curves(20)
    change = 16.0
    for i, t in enumerate(time):
        if t > change:
            answer = 1 - math.exp(-(t - change) / 0.3)
            reconstruction[i] += 25 * answer
            kl[i] -= 3 * answer
    phases = found(page, time, reconstruction, kl, [change])

    assert [phase for phase, _, _ in phases] == [FALLS, BALANCE, SETTLED, BALANCE, SETTLED]
    assert phases[3][1] == change


@pytest.mark.parametrize("beta", [1, 20])
def test_a_dimension_without_information_is_named_posterior_collapse(
    page: Page, beta: float
) -> None:
    snapshot = {"step": 500, "kl": 0.3}

    one = call(page, "finding", snapshot, [0.004, 0.3], beta, 0.5)
    both = call(page, "finding", snapshot, [0.004, 0.002], beta, 0.1)
    assert one["name"] == "Posterior collapse of z1"
    assert both["name"] == "Posterior collapse"


def test_an_untrained_network_has_not_collapsed(page: Page) -> None:
    assert call(page, "finding", {"step": 3, "kl": 0.01}, [0.004, 0.006], 1, 0.1) is None


def test_loss_of_structure_is_named_only_where_the_kl_has_no_weight(page: Page) -> None:
    snapshot = {"step": 500, "kl": 18}

    assert call(page, "finding", snapshot, [8, 10], 0, 3)["name"] == "Loss of structure"
    assert call(page, "finding", snapshot, [8, 10], 1, 3) is None
    assert call(page, "finding", {"step": 500, "kl": 6}, [3, 3], 0, 1) is None


def test_a_single_snapshot_does_not_change_what_is_said(page: Page) -> None:
    quiet, loud = {"kl_per_dim": [0.004, 0.4]}, {"kl_per_dim": [0.02, 0.4]}

    assert call(page, "steadyKl", [quiet] * 9 + [loud])[0] < 0.01
    assert call(page, "steadyKl", [loud] * 9 + [quiet])[0] > 0.01
    assert call(page, "steadyKl", []) == []
