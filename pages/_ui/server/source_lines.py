"""The lines of this project that compute a part of the network, read from its source.

A page that shows how a number comes about shows these: what is quoted is the code that runs. A line
that is not where `PARTS` says raises, here and in the tests, before anybody reads it.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TypedDict

import vae_core
from vae_core.config import ModelConfig, TrainConfig

_PROJECT = Path(vae_core.__file__).parents[1]


class Line(TypedDict):
    """A line of a file: its number from 1, its text, and whether it computes what is explained."""

    number: int
    text: str
    computes: bool


class Excerpt(TypedDict):
    """A function, without its docstring."""

    file: str
    lines: list[Line]


Place = tuple[str, str, str]
"""A file of the library, a function in it, and an expression there; "" for what it returns."""

_NETWORK: tuple[Place, ...] = (("networks.py", "MLP.forward", "self.activation(layer(x))"),)
PARTS: dict[str, tuple[Place, ...]] = {
    "x": (("data/datasets.py", "to_float", "images.flatten(1).float().div_(255)"),),
    "label": (
        ("models.py", "VAE._with_label", "torch.cat([values, one_hot.to(values.dtype)], dim=-1)"),
    ),
    "encoder": _NETWORK,
    "moments": (
        ("models.py", "VAE.encode", "_full_precision(outputs).chunk(2, dim=-1)"),
        ("models.py", "diagonal_normal", "(0.5 * log_var).exp()"),
    ),
    "noise": (
        (
            "objective.py",
            "sample",
            "torch.randn(shape, generator=generator, device=mu.device, dtype=mu.dtype)",
        ),
    ),
    "z": (("objective.py", "sample", "mu + sigma * epsilon"),),
    "decoder": (*_NETWORK, ("models.py", "VAE.outputs", "self.decoder(self._with_label(z, y))")),
    "deviation": (("likelihoods.py", "Likelihood.deviation", "self.pixels(outputs).stddev"),),
    "sample": (
        (
            "likelihoods.py",
            "Likelihood.sample",
            "self.quantile(pixels, uniform.clamp_(min=2**-25))",
        ),
    ),
    "reconstruction": (("objective.py", "Elbo._terms", "model.decode(z, y).log_prob(x)"),),
    "kl": (
        ("objective.py", "Elbo._terms", "kl_divergence(posterior, model.prior(y))"),
        ("models.py", "VAE.prior", "diagonal_normal(mu, torch.zeros_like(mu))"),
    ),
    "objective": (("objective.py", "Elbo.loss", 'terms["reconstruction"] + beta * terms["kl"]'),),
}
"""What every VAE computes; what depends on the model is in `excerpts`."""

_AUTOENCODER: dict[str, tuple[Place, ...]] = {
    "moments": (("models.py", "VAE.encode", "_full_precision(outputs).chunk(2, dim=-1)"),),
    "z": (("objective.py", "Autoencoder._terms", "posterior.mean"),),
    "reconstruction": (
        ("objective.py", "Autoencoder._terms", "-model.decode(posterior.mean, y).log_prob(x)"),
    ),
    "objective": (("objective.py", "Autoencoder.loss", 'terms["reconstruction"]'),),
}
_HAS_NONE = {"autoencoder": ("noise", "kl"), "elbo": ()}


def places(config: ModelConfig, training: TrainConfig) -> dict[str, tuple[Place, ...]]:
    """Part of the network -> where a model of this kind computes it."""
    family = type(config.family).__name__
    pixels = ("likelihoods.py", f"{family}.pixels", "")
    own = _AUTOENCODER if training.objective == "autoencoder" else {}
    return {
        part: own.get(part, found)
        for part, found in (PARTS | {"likelihood": (pixels,)}).items()
        if part not in _HAS_NONE[training.objective] and (part != "label" or config.conditional)
    }


def excerpts(config: ModelConfig, training: TrainConfig) -> dict[str, list[Excerpt]]:
    """Part of the network -> the functions that compute it."""
    found = places(config, training)
    return {part: [excerpt(*place) for place in where] for part, where in found.items()}


@cache
def excerpt(file: str, function: str, expression: str) -> Excerpt:
    """A function of the library as it stands in its file, with the lines marked that compute.

    Args:
        file: its path in `vae_core`.
        function: "VAE.encode" say.
        expression: Python, blanks and line breaks as you like; without one, what is returned.

    Raises:
        LookupError: there is no such function, or no such expression in it.
    """
    path = Path(vae_core.__file__).parent / file
    source = path.read_text(encoding="utf-8")
    node = _function(ast.parse(source), function)
    simple = [s for s in ast.walk(node) if isinstance(s, ast.stmt) and not hasattr(s, "body")]
    computing = {
        number
        for statement in simple
        if _computes(statement, expression)
        for number in range(statement.lineno, (statement.end_lineno or 0) + 1)
    }
    if not computing:
        raise LookupError(f"{function} in {file} does not compute {expression}.")
    first, *rest = node.body
    after = rest[0] if ast.get_docstring(node) else first
    texts = source.splitlines()
    numbers = [
        *range(node.lineno, first.lineno),
        *range(after.lineno, (node.end_lineno or 0) + 1),
    ]
    return {
        "file": path.relative_to(_PROJECT).as_posix(),
        "lines": [{"number": n, "text": texts[n - 1], "computes": n in computing} for n in numbers],
    }


def _computes(statement: ast.stmt, expression: str) -> bool:
    if not expression:
        return isinstance(statement, ast.Return)
    wanted = ast.dump(ast.parse(expression, mode="eval").body)
    return any(ast.dump(part) == wanted for part in ast.walk(statement))


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    node: ast.AST = tree
    for part in name.split("."):
        named = (n for n in ast.iter_child_nodes(node) if getattr(n, "name", None) == part)
        node = next(named, None) or _missing(name)
    if not isinstance(node, ast.FunctionDef):
        raise LookupError(f"{name} is not a function.")
    return node


def _missing(name: str) -> ast.AST:
    raise LookupError(f"There is no {name}.")
