"""One digit's way through the network: drawn or real, from pixels to nats."""

from pages._ui.shell import errors, header, one_digit

with errors.shown():
    one_digit.show(header.model())
