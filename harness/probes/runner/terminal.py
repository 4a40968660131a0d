"""A pseudo-terminal that a program runs in, and the script of a session in it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import select
import signal
import struct
import termios
import time

from .streams import Streams
from .waiting import asks_for_input, catches, is_idle

__all__ = ["Terminal"]

TERMINAL_LIMIT = 1 << 20  # bytes; nobody reads more of it, and drawing it takes seconds
QUIET = 0.03  # seconds without output after which it is asked whether the program waits for input
LOOK = 0.004  # seconds between two looks at what cannot be polled
IDLE_LOOKS = 3  # so often in a row a program has to be seen idle
BUSY = 0.3  # seconds after which a program that does not become idle gets its step all the same
PAUSE = 0.06  # seconds without output that are a moment to interrupt a run at
STOPPING = 3.0  # seconds that a program may take to stop
AT_ONCE = 1.0  # seconds; what takes longer to stop is not prompt to a person
FLUSHING = 0.5  # seconds; the system hands on what was written to a terminal a little later
WINDOW = 1 << 16  # bytes in which a step's text is looked for
# What a program that asks for input gets, one after the other: the default, the end of input, Ctrl-C.
ANSWERS = (b"\r", b"\r", b"\x04", b"\x03")

_CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00\x07\x08]")
# What programs ask a terminal for, and what the plainest one answers.
_QUERIES = (
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[5n", b"\x1b[0n"),
    (b"\x1b[c", b"\x1b[?6c"),
    (b"\x1b]11;?", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
    (b"\x1b]10;?", b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\"),
)


class Terminal(Streams):
    """The streams of a program that runs in a terminal; what it writes there comes as standard output."""

    limit, kept_limit, flood_kept = TERMINAL_LIMIT, 2 * TERMINAL_LIMIT, 64 << 10

    def __init__(self, stdin: bytes, wake: int, session: bytes) -> None:
        told = json.loads(session)
        self.script, self.piped = told["script"], told["piped"]
        self.master, slave = os.openpty()
        self._resize(told["columns"], told["rows"])
        self.path = os.fsencode(os.ttyname(slave))
        os.set_blocking(self.master, False)
        self.on_terminal = False
        super().__init__(stdin, wake)
        self.inner.append(slave)
        self.now = self.last = time.monotonic()
        self.step = self.answers = 0
        self.text = bytearray()
        self.resized: list[list[int]] = []
        self.pauses: list[int] = []
        self.asked = self.stopping = self.met = 0.0
        self.idle = 0

    # -- what the program gets ----------------------------------------------------------------------------

    def _stdin(self) -> None:
        if self.stdin:
            super()._stdin()
        else:
            self._on_terminal(0)

    def _output(self, number: int) -> int:
        if ("stdout", "stderr")[number - 1] in self.piped:
            return super()._output(number)
        self._on_terminal(number)
        return self.master

    def _on_terminal(self, number: int) -> None:
        # The first terminal that the leader of a session opens is the one that controls it.
        self.actions.append((os.POSIX_SPAWN_OPEN, number, self.path, os.O_RDWR, 0))
        if not self.on_terminal:
            self.on_terminal = True
            self.poller.register(self.master, select.POLLIN)
            self.kept[self.master], self.sizes[self.master] = [], 0
            self.open.add(self.master)

    # -- the session --------------------------------------------------------------------------------------

    def turn(self, seconds: float) -> bool:
        """As that of plain streams, and does what the script says as soon as it can."""
        ended = super().turn(min(seconds, self._soon()))
        self.now = time.monotonic()
        while self.pid and self.step < len(self.script) and self._is_time(self.script[self.step]):
            self._act(self.script[self.step])
            self.step += 1
        if self.now - max(self.last, self.asked) >= QUIET and self.pid and not (ended or self.met):
            self.asked = self.now
            self._answer()
        return ended

    def _soon(self) -> float:
        waiting = self.step < len(self.script) and self.script[self.step]["catches"]
        return LOOK if self.met or (waiting and not self.sizes.get(self.master)) else QUIET

    def _is_time(self, step: dict[str, object]) -> bool:
        """Whether what a step waits for is there, and the program idle, so that the moment is always the same one."""
        if not self.met:
            if not self._is_met(step):
                return False
            self.met, self.idle = self.now, 0
        self.idle = self.idle + 1 if is_idle(self.pid) else 0
        if self.idle < IDLE_LOOKS and self.now - self.met < BUSY:
            return False
        self.met = 0.0
        return True

    def _is_met(self, step: dict[str, object]) -> bool:
        if wanted := step["catches"]:
            return bool(self.sizes.get(self.master)) or catches(self.pid, getattr(signal, str(wanted)))
        if not (pattern := step["expect"]):
            return True
        found = re.search(str(pattern), _CONTROL.sub(b"", bytes(self.text)).decode("utf-8", "replace"))
        if found:
            self.text.clear()
        return bool(found)

    def _act(self, step: dict[str, object]) -> None:
        if keys := step["send"]:
            self._type(str(keys).encode("utf-8", "surrogateescape"))
        if size := step["resize"]:
            assert isinstance(size, list)
            self.resized.append([self.sizes.get(self.master, 0), *size])
            self._resize(*size)
        if name := step["signal"]:
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.kill(self.pid, getattr(signal, str(name)))
        if step["close"]:
            self._closed()
        if step["close"] or name or "\x03" in str(keys):
            self.stopping = self.now
            self.until = self.now + STOPPING
            self.late = b"did not stop within %d s" % STOPPING

    def _answer(self) -> None:
        """Gives a program that waits for input some, and in the end none: nobody else will."""
        quiet = self.now - self.last
        if self.master not in self.open or not asks_for_input(self.pid, self.master, self.path, quiet):
            return
        if self.step < len(self.script) or self.answers == len(ANSWERS):
            self.until, self.late = 0.0, b"waits for input"
            return
        self._type(ANSWERS[self.answers])
        self.answers += 1
        self.last = self.now

    def _type(self, keys: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self.master, keys)

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _closed(self) -> None:
        if self.master in self.open:
            self.poller.unregister(self.master)
            self.open.discard(self.master)
            os.close(self.master)

    # -- what comes ---------------------------------------------------------------------------------------

    def _read(self, file: int) -> None:
        if file != self.master:
            super()._read(file)
            return
        try:
            chunk = os.read(file, 1 << 16)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR):
                self._closed()  # nobody has it open any more
            return
        self._note_pause()
        self._keep(file, chunk)
        self.text += chunk
        del self.text[:-WINDOW]
        for query, answer in _QUERIES:
            for _ in range(chunk.count(query)):
                self._type(answer)

    def _note_pause(self) -> None:
        """Remembers how much had come when the program was silent for a while."""
        now = time.monotonic()
        if now - self.last >= PAUSE:
            self.pauses.append(self.sizes.get(self.master, 0))
        self.last = now

    def drain(self) -> None:
        """As that of plain streams; of the terminal until nobody has it open."""
        self._note_pause()
        until = time.monotonic() + FLUSHING
        while self.master in self.open and (left := until - time.monotonic()) > 0:
            super().turn(left)
        super().drain()

    def close(self) -> tuple[bytes, bytes]:
        """What came on the terminal, and what came on the streams that were piped."""
        self.end()
        piped = [file for file in (self.out, self.err) if file != self.master]
        return self._whole([self.master]), self._whole(piped)

    def told(self) -> bytes:
        """What else there is to say, as JSON."""
        facts = {
            "steps": self.step,
            "resized": self.resized,
            "pauses": self.pauses,
            "answers": self.answers,
            "slow": bool(self.stopping) and self.last - self.stopping > AT_ONCE,
        }
        return json.dumps(facts).encode()
