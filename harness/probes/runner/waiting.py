"""What a running program waits for, as far as the system tells."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH115, PTH123, PTH208, PTH112

from __future__ import annotations

import contextlib
import os
import termios

__all__ = ["asks_for_input", "catches", "is_idle"]

KEYS = 0.3  # seconds of silence after which a program that reads single keys is taken to wait for one
_READ = {"x86_64": 0, "aarch64": 63, "riscv64": 63}.get(os.uname().machine, -1)
"""The number of the system call read: https://man7.org/linux/man-pages/man2/syscalls.2.html"""


def catches(pid: int, signal: int) -> bool:
    """Whether a process has a handler of its own for a signal. On systems that do not tell, that is so at once."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            masks = [line for line in file if line.startswith("SigCgt:")]
    except OSError:
        return not os.path.isdir("/proc/self")
    return bool(masks) and bool(int(masks[0].split()[1], 16) >> (signal - 1) & 1)


def is_idle(leader: int) -> bool:
    """Whether no thread of a program runs, or wants to. On systems that do not tell, that is so at once."""
    return not any(_runs(process) for process in _processes(leader))


def _runs(process: int) -> bool:
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/stat", "rb") as file:
                if file.read().rpartition(b") ")[2][:1] in (b"R", b"D"):
                    return True
    return False


def asks_for_input(leader: int, master: int, terminal: bytes, quiet: float) -> bool:
    """Whether a program waits for input from its terminal, where nothing came of it for `quiet` seconds.

    One that reads lines is seen in a read of the terminal. One that reads keys may wait for other things with the
    same call, so that it is told by its silence.
    """
    with contextlib.suppress(termios.error, OSError):
        if not termios.tcgetattr(master)[3] & termios.ICANON:
            return quiet >= KEYS
    return any(_reads(process, terminal) for process in _processes(leader))


def _processes(leader: int) -> list[int]:
    """The leader of a session and its children, as far as they are its own."""
    found = [leader]
    for parent in found:
        with contextlib.suppress(OSError), open(f"/proc/{parent}/task/{parent}/children", "rb") as file:
            found += map(int, file.read().split())
    return found


def _reads(process: int, terminal: bytes) -> bool:
    with contextlib.suppress(OSError, ValueError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{thread}/syscall", encoding="ascii") as file:
                call = file.read().split()
            if len(call) > 1 and call[0] == str(_READ):
                target = os.readlink(os.fsencode(f"/proc/{process}/fd/{int(call[1], 16)}"))
                if target in (terminal, b"/dev/tty"):
                    return True
    return False
