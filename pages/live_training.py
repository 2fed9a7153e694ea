"""A VAE learns while everybody watches, and answers when β is moved."""

from pages._ui.shell import errors
from pages._ui.training import page

with errors.shown():
    page.show()
