"""One style across all labels: a grid, a number, a hand that is copied, and what it is good for."""

from pages._ui.shell import errors, header, label_grid

with errors.shown():
    label_grid.show(header.model())
