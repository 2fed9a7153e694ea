"""MNIST on a plane: move the pointer and the decoder draws the digit that lives there."""

from pages._ui.shell import errors, header, latent_map

with errors.shown():
    latent_map.show(header.model())
