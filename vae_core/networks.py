"""The encoder's and decoder's common shape: a multilayer perceptron, initialised reproducibly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from vae_core.config import Activation

ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "silu": functional.silu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
}


class MLP(nn.Module):
    """Linear layers with one activation between them and none after the last.

    Args:
        sizes: widths of input, hidden layers and output; at least two.
        activation: name of the nonlinearity.
        generator: draws the initial weights, so that no global random state is touched.
    """

    def __init__(self, sizes: Sequence[int], activation: Activation, generator: Generator) -> None:
        super().__init__()
        self.activation = ACTIVATIONS[activation]
        gain: Literal["tanh", "relu"] = "tanh" if activation == "tanh" else "relu"
        self.layers = nn.ModuleList()
        for inputs, outputs in pairwise(sizes):
            # Built without memory first: the usual constructor would draw from the global state.
            layer = nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
            is_last = len(self.layers) == len(sizes) - 2
            nn.init.kaiming_uniform_(
                layer.weight, nonlinearity="linear" if is_last else gain, generator=generator
            )
            bound = 1 / math.sqrt(inputs)
            nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
            self.layers.append(layer)

    def forward(self, x: Tensor) -> Tensor:
        """(B, sizes[0]) -> (B, sizes[-1])."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        output: Tensor = last(x)
        return output
