"""Probes and sources of cases that other distributions bring along."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from harness.errors import ConfigError

__all__ = ["outside"]


def outside(what: str) -> tuple[Any, ...]:
    """What the entry points of the group `refactor_harness.WHAT` name, each made without arguments, by their names.

    Raises:
        ConfigError: one of them cannot be loaded.
    """
    found = []
    for entry in sorted(importlib.metadata.entry_points(group=f"refactor_harness.{what}"), key=lambda one: one.name):
        try:
            found.append(entry.load()())
        except Exception as error:
            raise ConfigError(
                f"{entry.value}, installed as one of the {what.replace('_', ' ')}, cannot be loaded: {error!r}.",
                step=f"Mend or uninstall {entry.dist.name if entry.dist else 'it'}.",
            ) from error
    return tuple(found)
