"""The loop of the runner: a request, a case, an answer."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH101, PTH106, PTH208

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING

from .family import SIGNALS, Family, told
from .folder import Folder, clear
from .message import FAILED, HELLO, LEFT, RETIRE, SERVICE, Request, pack, unpack
from .streams import Streams

if TYPE_CHECKING:
    from .services import Services
    from .serving import Serving

__all__ = ["main"]

FILE_LIMIT = 256 << 20  # bytes a program may write into one file
DATA_LIMIT = 4 << 30  # bytes of writable memory; address space is free, runtimes of WebAssembly reserve much of it
PROCESS_LIMIT = 1024
FILES_OPEN = 1024
GRACE = 0.2  # seconds in which what the program left may end by itself
SHARED_MEMORY = b"/dev/shm"
TICK = 0.25  # seconds between two looks at the number of processes


class Runner:
    """Takes cases and gives answers.

    `root` holds `bin`, the executables, and `case`, which is made anew for every case and is its working directory
    and HOME. `contained` says that this is process 1 of its own process namespace, and that `root` is /tmp there.
    """

    def __init__(self, root: bytes, contained: bool) -> None:
        self.case, self.programs = root + b"/case", root + b"/bin/"
        self.family, self.leader, self.nanos = Family(contained), 0, (0, 0)
        self.wake, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self._stop)
        folders = (root, b"/var/tmp", SHARED_MEMORY, b"/run") if contained else ()
        self.shared = {one: set(os.listdir(one)) for one in folders if os.access(one, os.W_OK)}
        self.root = root
        self.services: Services | None = None

    def answer(self, request: Request) -> list[bytes]:
        """The fields of an answer: status, what else there is to say, stdout, stderr, five for each changed file.

        What else there is to say begins with the nanoseconds from the start of the program to its end, and with those
        that a processor was busy with it.
        """
        folder, serving = Folder(self.case), None
        try:
            self._serve(request.services)
            folder.lay_out(request.files)
            os.chdir(self.case)
            if request.sockets:
                serving = _serving(request.sockets, folder)
            if request.read_only:
                os.chmod(self.case, 0o555)
            status, flags, out, err = self._run(request)
            os.chdir(b"/")
            given = request.files or request.sockets
            changes = [] if not given and _was_empty(self.case) else folder.changes()
            if self.services and request.services:
                self.services.check()
                self.services.down()
        except Exception as error:
            if self.services and (failed := self.services.failed(error)):
                return [SERVICE, RETIRE, *failed]
            return [FAILED, RETIRE, b"", traceback.format_exc().encode("utf-8", "backslashreplace")]
        finally:
            if serving is not None:
                serving.close()
        flags = b"%d %d " % self.nanos + flags + (b"" if self._clean() else RETIRE)
        return [status, flags, out, err, *changes]

    def _serve(self, services: bytes) -> None:
        """Starts the servers of a case. What those that stay have put where all may write, stays with them."""
        if not services:
            return
        if self.services is None:
            from .services import Services  # here, since it takes as long as a case and most cases have none

            self.services = Services(self.root + b"/services", self.family)
            self.shared.get(self.root, set()).add(b"services")
        self.services.up(services)
        if self.services.staying():
            for folder, known in self.shared.items():
                known.update(os.listdir(folder))

    def _stop(self, *_: object) -> None:
        """Outside a sandbox, nothing but this ends what is running when the harness stops."""
        if self.services:
            self.services.kill()
        self.family.kill(self.leader)
        os._exit(0)

    def _clean(self) -> bool:
        try:
            clear(self.case)
            for folder, known in self.shared.items():
                if folder == SHARED_MEMORY and self.services and self.services.staying():
                    continue  # what a server has there comes and goes
                for name in os.listdir(folder):
                    if name not in known:
                        clear(folder + b"/" + name)
        except OSError:
            return False
        return True

    def _run(self, request: Request) -> tuple[bytes, bytes, bytes, bytes]:
        """Status, flags and what was written to the two streams."""
        streams = _streams(request, self.wake)
        path = request.program if request.program.startswith(b"/") else self.programs + request.program
        pid = 0
        self.began = time.monotonic_ns()
        try:
            pid = _spawn(path, [path, *request.argv], request.env, streams)
        except (OSError, ValueError) as error:
            streams.close()
            why = error.strerror if isinstance(error, OSError) else str(error)
            return f"could not start: {why}".encode(), streams.told(), b"", b""
        finally:
            streams.started(pid)
        self.leader, self.nanos = pid, (0, 0)
        status, left = self._watch(pid, streams, request.timeout)
        self.leader = 0
        more = streams.told()
        return status, (LEFT if left else b"") + more, *streams.close()

    def _watch(self, pid: int, streams: Streams, timeout: float) -> tuple[bytes, bool]:
        now = time.monotonic()
        deadline, look = now + timeout, now + TICK
        while now < min(deadline, streams.until):
            if streams.turn(min(deadline - now, streams.until - now, TICK)) and (end := _ended(pid)) is not None:
                ended, worked = end
                self.nanos = time.monotonic_ns() - self.began, worked
                left = self._let_go(pid, streams)
                streams.drain()
                return b"output limit" if streams.flooded else told(ended), left
            if streams.flooded:
                self.family.kill(pid)
                return b"output limit", False
            now = time.monotonic()
            if now > look:
                look = now + TICK
                if self.family.too_many():
                    self.family.kill(pid)
                    return b"process limit", False
        self.family.kill(pid)
        streams.drain()
        streams.out_of_time()
        return streams.late or f"timed out after {timeout:g} s".encode(), False

    def _let_go(self, pid: int, streams: Streams) -> bool:
        """Ends what the program left running, and says whether that was still there after a moment."""
        until = time.monotonic() + GRACE
        while self.family.running():
            now = time.monotonic()
            if now >= until or streams.flooded:
                self.family.kill(pid)
                return True
            streams.turn(until - now)
        return self.family.out_of_sight(pid)


def _streams(request: Request, wake: int) -> Streams:
    if not request.terminal:
        return Streams(request.stdin, wake, request.endless)
    from .terminal import Terminal  # here, since it takes as long as a case and most cases have none

    return Terminal(request.stdin, wake, request.terminal)


def _serving(names: list[bytes], folder: Folder) -> Serving:
    from .serving import Serving  # here, since few cases have sockets

    inside = [name for name in names if b":" not in name]
    for name in inside:
        folder.make_room(name)
    serving = Serving(names)
    folder.take(inside)
    return serving


def _spawn(path: bytes, argv: list[bytes], env: dict[bytes, bytes], streams: Streams) -> int:
    return os.posix_spawn(path, argv, env, file_actions=streams.actions, setsid=True, setsigdef=SIGNALS)


def _was_empty(folder: bytes) -> bool:
    """Removes a folder in which nothing is, which costs less than looking."""
    try:
        os.rmdir(folder)
    except OSError:
        return False
    return True


def _ended(pid: int) -> tuple[int, int] | None:
    """The status of a process that has ended, and the processor's nanoseconds that it and its children took."""
    found, status, usage = os.wait4(pid, os.WNOHANG)
    return (status, round((usage.ru_utime + usage.ru_stime) * 1e9)) if found else None


def _limit(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (most, most))


def _limits(contained: bool) -> None:
    """Limits that every program inherits; the number of processes is one of all of a user's outside the sandbox."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, FILE_LIMIT)
    _limit(resource.RLIMIT_DATA, DATA_LIMIT)
    _limit(resource.RLIMIT_NOFILE, FILES_OPEN)
    if contained:
        _limit(resource.RLIMIT_NPROC, PROCESS_LIMIT)


def _send(fields: list[bytes]) -> None:
    left = memoryview(pack(fields))
    while left:
        left = left[os.write(1, left) :]


def main(root: str, contained: str) -> None:
    """Answers requests from standard input on standard output until there are no more."""
    os.umask(0o022)
    _limits(contained == "1")
    runner = Runner(os.fsencode(root), contained == "1")
    _send([HELLO])
    requests = sys.stdin.buffer
    while head := requests.read(4):
        _send(runner.answer(Request(unpack(requests.read(int.from_bytes(head, "little"))))))
