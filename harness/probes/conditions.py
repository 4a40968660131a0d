"""Provoking what depends on luck: programs run again on fewer processors, and beside others that are busy.

A race that only usually ends one way has to show when a case is repeated, or its next outcome is taken for a change.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from harness import process
from harness.compare.repeated import is_busy, is_pinned

__all__ = ["conditions", "pinned", "provoked"]

_SPIN = "while True:\n    pass\n"


def conditions(repeat: int) -> tuple[int, bool, bool]:
    """What of the conditions of a repeat reaches the programs; two repeats under the same are still two."""
    return repeat, is_pinned(repeat), is_busy(repeat)


@contextlib.contextmanager
def provoked(repeat: int) -> Iterator[None]:
    """The conditions of this repeat for all that is started meanwhile, the same on both sides of a comparison."""
    with contextlib.ExitStack() as stack:
        if is_pinned(repeat):
            stack.enter_context(pinned())
        if is_busy(repeat):
            stack.enter_context(_busy())
        yield


@contextlib.contextmanager
def pinned() -> Iterator[bool]:
    """Only one processor for what is started from this thread meanwhile; gives whether that is possible here."""
    if not hasattr(os, "sched_setaffinity"):
        yield False
        return
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {max(allowed)})
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setaffinity(0, allowed)


@contextlib.contextmanager
def _busy() -> Iterator[None]:
    """One process that does nothing but take time, on whichever processors there are."""
    tool = process.start([sys.executable, "-I", "-S", "-c", _SPIN], cwd=Path("/"), env=process.clean_environment())
    try:
        yield
    finally:
        tool.end()
