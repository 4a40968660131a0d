"""Demonstrations on real input."""
