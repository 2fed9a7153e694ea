"""Sweeps: a grid of configurations trained side by side, on this machine or on many."""
