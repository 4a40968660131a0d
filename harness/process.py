"""Starting processes. No other module does.

Every process gets an argument vector, a working directory, a whole environment and its own process group, so
that it can be ended together with everything it started.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.errors import Interrupted, MissingTool

__all__ = ["PIPE", "Finished", "Tool", "clean_environment", "command_line", "end_all", "run", "start", "stream"]

_DROPPED_PREFIXES = (
    "GIT_",
    "PYTEST_",
    "PYTHON",
    "HARNESS_",
    "COV_",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "RUST_LIB_BACKTRACE",
)
_FIXED = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "CARGO_TERM_COLOR": "never", "RUST_BACKTRACE": "0"}

PIPE = subprocess.PIPE

# Ends what is left when this process is killed: it is told every group, and notices when the pipe to it breaks.
_GUARDIAN = """
import os, signal, sys
groups = set()
for line in sys.stdin.buffer:
    group = int(line[1:])
    groups.add(group) if line[:1] == b"+" else groups.discard(group)
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""

# Seconds that are waited for the rest of the output of a process that is no more.
_LINGER = 1.0

_running: set[subprocess.Popen[bytes]] = set()
_guardian: subprocess.Popen[bytes] | None = None
_running_lock = threading.Lock()
_stopping = threading.Event()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a process ended. `status` is negative for a signal, as in `subprocess`."""

    argv: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.stdout.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A running process together with its pipes."""

    process: subprocess.Popen[bytes]

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe to its standard input."""
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The pipe from its standard output."""
        assert self.process.stdout is not None
        return self.process.stdout

    def ask_to_end(self, seconds: float) -> None:
        """Sends SIGTERM and waits at most so long, for a process that has something to clear away."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)

    def end(self) -> int:
        """Ends the process and its group and gives its exit status."""
        _kill_group(self.process)
        status = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with _running_lock:
            _running.discard(self.process)
            _tell_guardian(b"-", self.process.pid)
        return status


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would reach git, pytest or the output of what is run.

    Locale, time zone, cargo's colours and backtraces are fixed; `extra` is laid over all of it.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED_PREFIXES)}
    return kept | _FIXED | dict(extra or {})


def command_line(argv: Sequence[str], cwd: Path | None = None) -> str:
    """A command as a person would paste it into a shell."""
    line = shlex.join(argv)
    return f"cd {shlex.quote(str(cwd))} && {line}" if cwd else line


def start(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
) -> Tool:
    """Starts a process in its own group.

    Raises:
        MissingTool: the program does not exist.
        Interrupted: the run is being stopped.
    """
    if _stopping.is_set():
        raise Interrupted(f"Not started because the run was interrupted: {command_line(argv)}")
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
            pass_fds=tuple(pass_fds),
        )
    except FileNotFoundError as error:
        if not Path(cwd).is_dir():
            raise
        raise MissingTool(
            f"The program `{argv[0]}` was not found.",
            step=f"Install it, or put the folder that holds it on PATH. It was needed for: {command_line(argv)}",
        ) from error
    with _running_lock:
        _running.add(process)
        _tell_guardian(b"+", process.pid)
    return Tool(process=process)


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes = b"",
    timeout: float | None = None,
) -> Finished:
    """Runs a process to its end and collects what it wrote.

    Args:
        timeout: seconds after which it is ended, with everything it started.

    Raises:
        MissingTool: the program does not exist.
        Interrupted: the run is being stopped.
    """
    began = time.monotonic()
    tool = start(argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    timed_out = False
    try:
        try:
            stdout, stderr = tool.process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            _kill_group(tool.process)
            stdout, stderr = _what_came(tool.process)
    finally:
        status = tool.end()
    raise_if_stopping(command_line(argv))
    return Finished(
        argv=tuple(argv),
        status=status,
        stdout=stdout,
        stderr=stderr,
        seconds=time.monotonic() - began,
        timed_out=timed_out,
    )


def stream(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_line: Callable[[bytes], None],
    log: Path,
    timeout: float | None = None,
) -> Finished:
    """Runs a process, hands each line of standard output to `on_line` as it comes, and writes stderr to `log`.

    Standard output is not kept: `Finished.stdout` is empty and `Finished.stderr` holds the log's last 64 KiB.
    `timeout` and errors are as for `run`.
    """
    began = time.monotonic()
    expired = threading.Event()
    with log.open("ab") as sink:
        tool = start(argv, cwd=cwd, env=env, stderr=sink.fileno())

        def expire() -> None:
            expired.set()
            _kill_group(tool.process)

        timer = threading.Timer(timeout, expire) if timeout else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            for line in _lines(tool):
                on_line(line)
            tool.process.wait()
        finally:
            if timer:
                timer.cancel()
            status = tool.end()
    raise_if_stopping(command_line(argv))
    return Finished(
        argv=tuple(argv),
        status=status,
        stdout=b"",
        stderr=_tail(log, 65536),
        seconds=time.monotonic() - began,
        timed_out=expired.is_set(),
    )


def raise_if_stopping(what: str) -> None:
    """Raises Interrupted where the run is being stopped; for whatever waits."""
    if _stopping.is_set():
        raise Interrupted(f"Interrupted: {what}")


@contextlib.contextmanager
def end_all() -> Iterator[None]:
    """On leaving, ends every process that is still running, and refuses new ones; for the end of a session."""
    _stopping.clear()
    try:
        yield
    finally:
        _stopping.set()
        with _running_lock:
            left = list(_running)
        for process in left:
            _kill_group(process)


def _tell_guardian(sign: bytes, group: int) -> None:
    global _guardian  # noqa: PLW0603  one for the whole process, like the processes that it watches
    if _guardian is None or _guardian.poll() is not None:
        _guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARDIAN],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    assert _guardian.stdin is not None
    with contextlib.suppress(OSError):
        _guardian.stdin.write(b"%b%d\n" % (sign, group))
        _guardian.stdin.flush()


def _what_came(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What a killed process wrote. One that left its group, and so lives on, may hold the pipes open for ever."""
    try:
        return process.communicate(timeout=_LINGER)
    except subprocess.TimeoutExpired as error:
        return error.stdout or b"", error.stderr or b""


def _lines(tool: Tool) -> Iterator[bytes]:
    """The lines of standard output as they come, until it is closed, or silent after the process has ended."""
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(tool.stdout, selectors.EVENT_READ)
        while True:
            ended = tool.process.poll() is not None
            if not selector.select(timeout=_LINGER):
                if ended:
                    break
                continue
            chunk = os.read(tool.stdout.fileno(), 1 << 16)
            if not chunk:
                break
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                yield b"".join((*parts, end, b"\n"))
                parts = []
            parts.append(rest)
    if last := b"".join(parts):
        yield last


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _tail(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - size))
        return file.read()
