"""Words that reports and messages share."""

from __future__ import annotations

__all__ = ["counted", "free_name"]


def counted(count: int, what: str) -> str:
    """`1 case`, `3 cases`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def free_name(base: str, taken: set[str]) -> str:
    """The name, or the first of `base-2`, `base-3` … that nobody has."""
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name
