"""Numbers on screen, and what each of them claims: every visible one has to be accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

# A sign belongs to a number unless it stands behind a letter, a digit or a bracket.
NUMBER = re.compile(r"(?<![\w)²])[-−]?\d+(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?")

# The texts with a digit, in order of document: each belongs to the first selector that its element
# or one around it matches; -1 if there is none. Texts of one element are joined.
COLLECT = r"""
(selectors) => {
  const found = new Map();
  const isShown = (element) => // both: Chromium calls SVG text in what is not displayed visible
    element.getClientRects().length > 0 &&
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const describe = (element) => {
    const names = [];
    for (let each = element; each && names.length < 4; each = each.parentElement) {
      names.unshift([each.localName, ...each.classList].join("."));
    }
    return names.join(" > ");
  };
  const add = (element, text) => {
    if (!/\d/.test(text) || !isShown(element)) return;
    const claim = selectors.findIndex((selector) => element.closest(selector));
    const owner = claim < 0 ? element : element.closest(selectors[claim]);
    const known = found.get(owner);
    if (known) known.text += ` ${text}`;
    else found.set(owner, { claim, text, place: describe(element) });
  };
  const walk = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const { parentElement: around } = node;
        // What is no text, what a select shows as its value, and what Streamlit's menus announce.
        const ignored = "style, script, option, [data-live-announcer]";
        if (around && !around.closest(ignored)) add(around, node.data);
        continue;
      }
      if (node.shadowRoot) walk(node.shadowRoot);
      const unwritten = "[type=range], [type=checkbox], [type=radio]";
      if (node.matches?.(`select, textarea, input:not(${unwritten})`)) add(node, node.value);
    }
  };
  walk(document.body);
  return [...found.values()];
}
"""


@dataclass(frozen=True)
class Claim:
    """What the numbers at one place of a page say.

    Attributes:
        selector: CSS of the elements whose numbers these are.
        truth: the numbers, in order of document, computed by other means than the page's; or what
            gives them, told the numbers on screen (where what they are *of* stands among them); or
            the reason why they are not computed here.
        slack: how far a number may be away beside its rounding.
    """

    selector: str
    truth: Sequence[float] | Callable[[list[float]], Sequence[float]] | str
    slack: float = 1e-4


def numbers(text: str) -> list[tuple[float, float]]:
    """The numbers in a text, each with half of its last decimal: how far rounding may move it."""
    found = [match.replace(",", "").replace("−", "-") for match in NUMBER.findall(text)]
    return [(float(each), 0.5 * 10.0 ** -len(each.partition(".")[2])) for each in found]


def problems(page: Page, claims: Sequence[Claim]) -> list[str]:
    """What is wrong with the numbers on screen: unclaimed, false, or claimed and not there."""
    collected = page.evaluate(COLLECT, [claim.selector for claim in claims])
    wrong = [
        f"nobody accounts for {each['text'].strip()!r} in {each['place']}"
        for each in collected
        if each["claim"] < 0
    ]
    for index, claim in enumerate(claims):
        texts = [each["text"].strip() for each in collected if each["claim"] == index]
        if not texts:
            wrong.append(f"nothing on screen is {claim.selector!r}")
        elif not isinstance(claim.truth, str):
            wrong += _differences(claim, texts)
    return wrong


def _differences(claim: Claim, texts: list[str]) -> list[str]:
    shown = [number for text in texts for number in numbers(text)]
    values = [value for value, _ in shown]
    truth = claim.truth(values) if callable(claim.truth) else claim.truth
    assert not isinstance(truth, str)
    agrees = len(values) == len(truth) and all(
        abs(value - float(true)) <= rounding * (1 + 1e-6) + claim.slack
        for (value, rounding), true in zip(shown, truth, strict=True)
    )
    found = [round(float(true), 4) for true in truth]
    return [] if agrees else [f"{claim.selector!r} says {texts}, but it is {found}"]
