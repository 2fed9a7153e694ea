"""A model as one file for a browser: no server, no network, nothing to install."""
