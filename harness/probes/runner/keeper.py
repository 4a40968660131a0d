"""A process beside the runner that keeps one server: nothing that the server starts gets out of its sight."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH113, PTH123

from __future__ import annotations

import contextlib
import os
import select
import signal
import time

from .family import SIGNALS, Family, told

__all__ = ["Keeper", "find"]

FILES = 1 << 10  # no process of ours has a file with a higher number
ENDING = 2.0  # seconds that a process may take from the beginning of its end to the end of it
# PF_EXITING of the kernel's sched.h, among the flags of https://man7.org/linux/man-pages/man5/proc.5.html
_IS_ENDING = 4
_STOP, _KILL = b"s", b"k"


class Keeper:
    """A server and its keeper, seen from the runner."""

    def __init__(
        self, argv: list[bytes], env: dict[bytes, bytes], folder: bytes, log: bytes, stop: tuple[int, float]
    ) -> None:
        """`stop` is the signal that asks the server to stop, and the seconds that it may take to."""
        import ctypes  # noqa: F401  so that its keeper need not, which is made anew for each start

        self._heard, tell = os.pipe()
        hear, self._order = os.pipe()
        os.set_blocking(self._heard, False)
        self.pid = os.fork()
        if not self.pid:
            try:
                _keep(argv, env, folder, log, stop, tell, hear)
            finally:
                os._exit(1)
        os.close(tell)
        os.close(hear)
        self._told = b""

    def ended(self) -> bytes:
        """How the server ended, by itself; empty while it runs."""
        pid, _, end = self._hear().partition(b"\n")
        if pid and not end and _is_ending(int(pid)):
            # Its connections are closed already, so that the case may have ended before anybody knows of it.
            select.select([self._heard], [], [], ENDING)
            end = self._hear().partition(b"\n")[2]
        return end.strip()

    def _hear(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._heard, 4096):
                self._told += chunk
            self._told += b"" if self._told.partition(b"\n")[2] else b"\nits keeper ended"
        return self._told

    def stop(self) -> None:
        """Asks the server to stop, ends it where it does not, and waits until all of its processes have ended."""
        self._leave(_STOP)

    def kill(self) -> None:
        """Ends all of its processes at once."""
        self._leave(_KILL)

    def _leave(self, order: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._order, order)
        os.close(self._order)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self._heard)


def _keep(
    argv: list[bytes], env: dict[bytes, bytes], folder: bytes, log: bytes, stop: tuple[int, float], tell: int, hear: int
) -> None:
    """Does not return. Ends when it is told to, or when the runner is gone."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    wake, woken = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    _close_all_but({tell, hear, wake, woken})
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    family = Family(contained=False)
    os.chdir(folder)
    try:
        pid = _spawn(argv, env, log)
    except OSError as error:
        os.write(tell, b"\ncould not start: " + os.fsencode(error.strerror or str(error)))
        os._exit(0)
    os.write(tell, b"%d\n" % pid)
    poller = select.poll()
    poller.register(hear, select.POLLIN)
    poller.register(wake, select.POLLIN)
    while True:
        ready = [file for file, _ in poller.poll()]
        if hear in ready:
            if os.read(hear, 1) == _STOP:
                _stop(pid, *stop)
            break
        os.read(wake, 4096)
        if (status := _reaped(pid)) is not None:
            os.write(tell, told(status))
            break
    family.kill(pid)
    os._exit(0)


def _close_all_but(kept: set[int]) -> None:
    """Neither the runner's own streams nor those of other keepers: who has these open keeps the others from ending."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    for number in range(3, FILES):
        if number not in kept:
            with contextlib.suppress(OSError):
                os.close(number)


def _spawn(argv: list[bytes], env: dict[bytes, bytes], log: bytes) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = ((os.POSIX_SPAWN_OPEN, 1, log, flags, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2))
    return os.posix_spawn(find(argv[0], env), argv, env, file_actions=actions, setsid=True, setsigdef=SIGNALS)


def find(program: bytes, env: dict[bytes, bytes]) -> bytes:
    """Where a program is, by the PATH that it gets itself. Raises FileNotFoundError where it is nowhere."""
    if b"/" in program:
        return program
    for folder in env.get(b"PATH", b"").split(b":"):
        path = folder + b"/" + program
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(2, "it is not installed")


def _stop(pid: int, signal_number: int, patience: float) -> None:
    os.kill(pid, signal_number)
    until = time.monotonic() + patience
    while _reaped(pid) is None and time.monotonic() < until:
        time.sleep(0.002)


def _reaped(pid: int) -> int | None:
    """The status of the server, None while it runs; other processes of its that have ended are buried."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            if found[0] == pid:
                return found[1]
        return None
    return 0


def _is_ending(pid: int) -> bool:
    """Whether a process is on its way out; on systems that do not tell, it never is."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", "rb") as file:
        return bool(int(file.read().rpartition(b") ")[2].split()[6]) & _IS_ENDING)
    return False
