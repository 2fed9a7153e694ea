"""Errors read in English and carry a key: what a page needs to say them in another language."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from vae_core.errors import DatasetError, TrainingDiverged

ROOT = Path(__file__).parent.parent
CLASSES = {
    *("VaeCoreError", "ConfigError", "DatasetError", "CheckpointError", "Unobtainable", "Message"),
    "super().__init__",  # of TrainingDiverged
}


def raised() -> Iterator[tuple[Path, ast.Call]]:
    """Where an error is made, or the message of a run: also by `require(…, key)`."""
    for path in sorted([*ROOT.glob("vae_core/**/*.py"), *ROOT.glob("pages/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            if ast.unparse(node.func) == "require":
                _, message, key = node.args
                yield (
                    path,
                    ast.Call(
                        node.func,
                        [message],
                        [ast.keyword("key", key), *node.keywords],
                        lineno=node.lineno,
                    ),
                )
            elif ast.unparse(node.func) in CLASSES and _has_a_message(node):
                yield path, node


def _has_a_message(call: ast.Call) -> bool:
    """Not so where it is handed on, or where another class is made."""
    is_base = ast.unparse(call.func) == "super().__init__"
    handed_on = not call.args or ast.unparse(call.args[0]) == "message"
    return not handed_on and (not is_base or any(k.arg == "key" for k in call.keywords))


RAISED = list(raised())
KEYED = [(path, call) for path, call in RAISED if any(k.arg == "key" for k in call.keywords)]


def test_an_error_reads_in_english_and_carries_key_and_parameters() -> None:
    error = DatasetError("{file} holds {n:,} images.", key="data.count", file="a{b}", n=1234)
    assert str(error) == "a{b} holds 1,234 images."
    assert (error.key, error.parameters) == ("data.count", {"file": "a{b}", "n": 1234})
    assert str(DatasetError("Braces {stay} without a key.")) == "Braces {stay} without a key."


def test_divergence_says_where_and_what_to_do() -> None:
    error = TrainingDiverged(7, float("inf"))
    assert (error.step, error.key) == (7, "training.diverged")
    assert "step 7" in str(error) and "learning rate" in str(error)


def test_every_error_has_a_key() -> None:
    lacking = [f"{path.name}:{call.lineno}" for path, call in RAISED if (path, call) not in KEYED]
    assert lacking == []


def test_a_key_names_one_message() -> None:
    messages = defaultdict(set)
    for _, call in KEYED:
        key = next(keyword.value for keyword in call.keywords if keyword.arg == "key")
        messages[ast.unparse(key)].add(ast.unparse(call.args[0]))
    assert len(messages) > 30
    assert {key: texts for key, texts in messages.items() if len(texts) > 1} == {}


@pytest.mark.parametrize(
    "call", [pytest.param(call, id=f"{path.name}:{call.lineno}") for path, call in KEYED]
)
def test_a_message_is_given_the_parameters_that_it_names(call: ast.Call) -> None:
    assert isinstance(call.args[0], ast.Constant), "the English text is a template, not a result"
    named = {field for _, field, _, _ in Formatter().parse(call.args[0].value) if field}
    assert named == {keyword.arg for keyword in call.keywords} - {"key"}
