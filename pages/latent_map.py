"""MNIST on a plane: move the pointer and the decoder draws the digit that lives there."""

from pages._ui import errors, latent_map, state

with errors.shown():
    latent_map.show(state.entry())
