"""One style across all labels: a grid, a number, a hand that is copied, and what it is good for."""

from pages._ui import errors, label_grid, state

with errors.shown():
    label_grid.show(state.entry())
