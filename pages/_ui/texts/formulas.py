"""Formulas between dollar signs: the part of TeX that a sentence needs, as MathML.

    $q(z|x) = N(\\mu, \\sigma^2)$, $\\log \\frac{p(x, z)}{q(z|x)}$, $D_{\\mathrm{KL}}(q \\| p)$

Letters may also be written as they are: $z = μ + σ ⊙ ε$. A formula becomes a tree, a node of which
is the list [element, child, ...]: the browser builds it, and nothing else can come out of it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

Node = list[Any]
"""An element of MathML: its name, then its children, or the text of a leaf."""

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S", re.DOTALL)


def _table(text: str) -> dict[str, str]:
    """Names and what they stand for, in turn."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


_LETTERS = _table(
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε eta η theta θ lambda λ mu μ nu ν xi ξ "
    "pi π rho ρ sigma σ tau τ phi φ varphi φ chi χ psi ψ omega ω Sigma Σ Theta Θ Phi Φ ell ℓ"
)
_OPERATORS = _table(
    "int ∫ sum ∑ prod ∏ cdot · odot ⊙ times × pm ± le ≤ ge ≥ approx ≈ propto ∝ neq ≠ sim ∼ to → "
    "infty ∞ dots … mid | nabla ∇ partial ∂ circ ∘"
)
_FUNCTIONS = ("log", "exp", "max", "min", "arg", "det", "tr")
_ALPHABETS = {  # of what the notes write in them
    "mathbb": {"E": "𝔼", "R": "ℝ", "P": "ℙ"},
    "mathcal": {"N": "𝒩", "L": "ℒ", "D": "𝒟"},
}
_ACCENTS = {"hat": "^", "bar": "¯", "tilde": "~"}
_MINUS = "−"
_THIN = "\u2009"  # space around a function's name
_DEEPEST = 20


class FormulaError(ValueError):
    """A formula that cannot be read; its text is the piece at fault."""


def mathml(source: str) -> Node:
    """The formula as an element `math`.

    Raises:
        FormulaError: something is not known, or a brace is missing.
    """
    reader = _Reader(_TOKEN.findall(source))
    row = reader.row(end=None)
    if not row:
        raise FormulaError(source)
    return ["math", *row]


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def row(self, end: str | None) -> list[Node]:
        """Everything up to the token `end`, which is taken as well."""
        nodes: list[Node] = []
        while (token := self._peek()) != end:
            if token is None:
                raise FormulaError("{")
            is_sign = token == "-" and (not nodes or _opens(nodes[-1]))
            node = self._negative() if is_sign else self._scripted()
            if nodes and not _opens(nodes[-1]) and _is_function(node):
                node[1] = _THIN + node[1]
            nodes.append(node)
        self._at += 1
        return nodes

    def _negative(self) -> Node:
        """A minus that is a sign, with what it stands before."""
        self._at += 1
        node = self._scripted()
        return ["mn", _MINUS + node[1]] if node[0] == "mn" else ["mrow", ["mo", _MINUS], node]

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _scripted(self) -> Node:
        """One atom with what stands below and above it."""
        base = self._atom()
        scripts: dict[str, Node] = {}
        while (mark := self._peek()) in ("_", "^"):
            assert mark
            if mark in scripts:
                raise FormulaError(mark)
            self._at += 1
            scripts[mark] = self._atom()
        match scripts:
            case {"_": below, "^": above}:
                return ["msubsup", base, below, above]
            case {"_": below}:
                return ["msub", base, below]
            case {"^": above}:
                return ["msup", base, above]
        return base

    def _atom(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FormulaError("{")
        node = self._plain_atom()
        self._depth -= 1
        return node

    def _plain_atom(self) -> Node:
        token = self._peek()
        if token is None or token in ("}", "_", "^", "$", "&", "#", "%"):
            raise FormulaError(token or "…")
        self._at += 1
        if token == "{":
            return ["mrow", *self.row(end="}")]
        return self._command(token[1:]) if token[0] == "\\" else _leaf(token)

    def _command(self, name: str) -> Node:
        if name in _LETTERS:
            return ["mi", _LETTERS[name]]
        if name in _OPERATORS:
            return ["mo", _OPERATORS[name]]
        if name in _FUNCTIONS:
            return ["mi", name if self._peek() in ("(", "[") else name + _THIN]
        if name == "frac":
            return ["mfrac", self._atom(), self._atom()]
        if name == "sqrt":
            return ["msqrt", self._atom()]
        if name in _ACCENTS:
            return ["mover", self._atom(), ["mo", _ACCENTS[name]]]
        if name == "mathrm":
            return ["mi", self._word(name)]
        if name in _ALPHABETS:
            letter = self._word(name)
            if letter not in _ALPHABETS[name]:
                raise FormulaError(f"\\{name}{{{letter}}}")
            return ["mi", _ALPHABETS[name][letter]]
        if name in ("{", "}", "|"):
            return ["mo", {"|": "‖"}.get(name, name)]
        raise FormulaError(f"\\{name}")

    def _word(self, name: str) -> str:
        """The letters within braces that follow."""
        if self._peek() != "{":
            raise FormulaError(f"\\{name}")
        self._at += 1
        letters = [node[1] for node in self.row(end="}") if node[0] in ("mi", "mn", "mo")]
        if not letters:
            raise FormulaError(f"\\{name}{{}}")
        return "".join(letters)


def _opens(node: Node) -> bool:
    """Whether a minus after this is a sign."""
    return node[0] == "mo" and node[1] not in (")", "]", "|", "‖", "′")


def _is_function(node: Node) -> bool:
    return node[0] == "mi" and node[1].rstrip(_THIN) in _FUNCTIONS


def _leaf(token: str) -> Node:
    if token[0].isdecimal():
        return ["mn", token]
    if unicodedata.category(token).startswith("L"):
        return ["mi", token]
    return ["mo", {"-": _MINUS, "'": "′"}.get(token, token)]
