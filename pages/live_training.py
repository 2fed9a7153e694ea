"""A VAE learns while everybody watches, and answers when β is moved."""

from pages._ui import errors, live

with errors.shown():
    live.show()
