"""The processes of a case."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import contextlib
import os
import signal
import time

__all__ = ["SIGNALS", "Family", "told"]

PROCESS_LIMIT = 1024
ROUNDS = 500  # in which processes are ended one by one
SHORT = 0.002  # seconds between two of them
_ADOPTS = os.uname().sysname == "Linux"

# Every program starts with all of them as they are by default. Python ignores some, so does a shell for what it runs
# in the background, and what is ignored is inherited.
SIGNALS = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}


class Family:
    """The processes of a case: this process adopts the orphans, so none of them gets out of sight.

    Children that are `spared`, with all that they started, are none of them.
    """

    def __init__(self, contained: bool) -> None:
        self.contained = contained
        self.spared: set[int] = set()
        if not contained and _ADOPTS:
            import ctypes  # here, since it costs as much as ten cases and the sandbox has no need of it

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER

    def running(self) -> bool:
        """Whether anything runs still; what has ended is buried."""
        if self.spared:
            return bool(self._unspared())
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return False
        return True

    def kill(self, leader: int) -> None:
        """Ends all of them and waits until they have."""
        if self.spared:
            self._kill_unspared(leader)
            return
        if self.contained:
            _signal(-1)
        elif leader:
            _signal(-leader)
            _signal(leader)
        while True:
            try:
                if not self.contained:
                    for child in _children():
                        _signal(child)
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def _kill_unspared(self, leader: int) -> None:
        """As `kill`, one by one. What multiplies faster than that takes the spared ones with it."""
        for _ in range(ROUNDS):
            if not self.contained and leader:
                _signal(-leader)
            if not (left := self._unspared()):
                return
            for process in left:
                _signal(process)
            time.sleep(SHORT)
        self.spared.clear()
        self.kill(leader)

    def _unspared(self) -> list[int]:
        """The processes that are there besides the spared ones; what has ended is buried."""
        own = _children()
        for child in own:
            if child not in self.spared:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child, os.WNOHANG)
        if not self.contained:
            return [child for child in _children() if child not in self.spared]
        there = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        # What is started meanwhile is not in this list; what gets another parent meanwhile is found at the second go.
        spared = {os.getpid(), *_below(self.spared), *_below(self.spared)}
        return [process for process in there if process not in spared]

    def out_of_sight(self, leader: int) -> bool:
        """Ends what the system does not let us adopt, and says whether there was any."""
        if self.contained or _ADOPTS:
            return False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
            return True
        return False

    def too_many(self) -> bool:
        """Whether a program multiplies; the limit of the system is not for root, even inside the sandbox."""
        return self.contained and sum(name.isdigit() for name in os.listdir("/proc")) > PROCESS_LIMIT


def told(status: int) -> bytes:
    """How a process ended, in words."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return b"exit %d" % code
    try:
        return b"signal " + signal.Signals(-code).name.encode()
    except ValueError:
        return b"signal %d" % -code


def _signal(target: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if target < -1:
            os.killpg(-target, signal.SIGKILL)
        else:
            os.kill(target, signal.SIGKILL)


def _below(processes: set[int]) -> list[int]:
    found = list(processes)
    for process in found:
        found += _children(process)
    return found


def _children(parent: int = 0) -> list[int]:
    """Of one process, or of this one; those that any of its threads started."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{parent or 'self'}/task"):
            with open(f"/proc/{parent or 'self'}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    return found
