"""A choice of some from many, evenly from everywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__all__ = ["spread"]

_T = TypeVar("_T")


def spread(items: Iterable[_T], most: int) -> list[_T]:
    """At most so many of them, in their order."""
    every = list(items)
    return every if len(every) <= most else [every[index * len(every) // most] for index in range(most)]
