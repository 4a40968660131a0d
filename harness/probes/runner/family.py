"""The processes of a case."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH123, PTH208

from __future__ import annotations

import contextlib
import os
import signal

__all__ = ["Family"]

PROCESS_LIMIT = 1024
_ADOPTS = os.uname().sysname == "Linux"


class Family:
    """The processes of a case: this process adopts the orphans, so none of them gets out of sight."""

    def __init__(self, contained: bool) -> None:
        self.contained = contained
        if not contained and _ADOPTS:
            import ctypes  # here, since it costs as much as ten cases and the sandbox has no need of it

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER

    def running(self) -> bool:
        """Whether anything runs still; what has ended is buried."""
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return False
        return True

    def kill(self, leader: int) -> None:
        """Ends all of them and waits until they have."""
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


def _signal(target: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if target < -1:
            os.killpg(-target, signal.SIGKILL)
        else:
            os.kill(target, signal.SIGKILL)


def _children() -> list[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []
