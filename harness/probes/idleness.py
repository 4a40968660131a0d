"""Whether processors of this machine have nothing to do, so that more programs could run beside those that wait."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["Idleness", "ticks"]

_INTERVAL = 0.2  # seconds; the kernel counts in hundredths
_LINE = re.compile(r"^cpu(\d+) ([\d ]+)$", re.MULTILINE)
_HALF = 0.5
_IDLE, _WAITING = 3, 4  # proc_stat(5): the columns `idle` and `iowait`


class Idleness:
    """Looks at how much of the processors' time went by unused since it looked last."""

    def __init__(
        self, read: Callable[[], dict[int, tuple[int, int]]] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` gives, for each processor that may be used, its ticks without work and all of its ticks."""
        self._read = read or ticks
        self._clock = clock
        self._since = clock()
        self._known = self._read()
        self._last = False

    def __call__(self) -> bool:
        """Whether at least half of a processor was without work; of too short a time, what was said last."""
        if self._clock() - self._since < _INTERVAL:
            return self._last
        known, self._known, self._since = self._known, self._read(), self._clock()
        free = 0.0
        for name, (idle, total) in self._known.items():
            had_idle, had_total = known.get(name, (idle, total))
            free += (idle - had_idle) / max(1, total - had_total)
        self._last = free >= _HALF
        return self._last


def ticks() -> dict[int, tuple[int, int]]:
    """For each processor that this process may use, its ticks without work and all of them; nothing where none tells.

    Source: proc_stat(5).
    """
    found: dict[int, tuple[int, int]] = {}
    with contextlib.suppress(OSError, AttributeError):
        mine = os.sched_getaffinity(0)
        for match in _LINE.finditer(Path("/proc/stat").read_text(encoding="ascii")):
            numbers = [int(word) for word in match[2].split()]
            if int(match[1]) in mine:
                found[int(match[1])] = (numbers[_IDLE] + numbers[_WAITING], sum(numbers[:8]))
    return found
