"""Standard input, output and error of a running program."""

from __future__ import annotations

import json
import math
import os
import select
from collections.abc import Sequence

from .blocks import Blocks

__all__ = ["Streams"]

KEPT_LIMIT = 4 << 20  # bytes of each stream; of more, blocks are told. Twenty repeats of this have to fit into memory
OUTPUT_LIMIT = 128 << 20  # bytes of each stream; more is a flood
FLOOD_KEPT = 256 << 10  # of a flood, only the beginning is worth comparing
ENDLESS_LIMIT = 256 << 10  # of what goes on for ever: reached long before it is stopped, however busy the machine is


class Streams:
    """The three pipes of a running program.

    What is in them may end it before its time: at `until`, on the monotonic clock, for the reason `late`.
    """

    limit, kept_limit, flood_kept = OUTPUT_LIMIT, KEPT_LIMIT, FLOOD_KEPT

    def __init__(self, stdin: bytes, wake: int, endless: bool = False) -> None:
        self.poller = select.poll()
        self.poller.register(wake, select.POLLIN)
        self.wake = wake
        self.kept: dict[int, list[bytes]] = {}
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()
        self.blocks: dict[int, Blocks] = {}
        self.flooded = False
        if endless:
            self.limit = self.flood_kept = ENDLESS_LIMIT
        self.pid = 0
        self.until, self.late = math.inf, b""
        self.stdin = memoryview(stdin)
        self.feed = -1
        self.inner: list[int] = []
        self.actions: list[tuple[object, ...]] = []
        self._stdin()
        self.out, self.err = self._output(1), self._output(2)

    def _stdin(self) -> None:
        if not self.stdin:
            self.actions.append((os.POSIX_SPAWN_OPEN, 0, b"/dev/null", os.O_RDONLY, 0))
            return
        inner, self.feed = os.pipe()
        os.set_blocking(self.feed, False)
        self.inner.append(inner)
        self.actions.append((os.POSIX_SPAWN_DUP2, inner, 0))
        self.poller.register(self.feed, select.POLLOUT)
        self._write()

    def _output(self, number: int) -> int:
        outer, inner = os.pipe()
        self.inner.append(inner)
        self.actions.append((os.POSIX_SPAWN_DUP2, inner, number))
        self.poller.register(outer, select.POLLIN)
        self.kept[outer], self.sizes[outer] = [], 0
        self.open.add(outer)
        return outer

    def started(self, pid: int = 0) -> None:
        """Closes the ends that are the program's."""
        self.pid = pid
        for inner in self.inner:
            os.close(inner)

    def turn(self, seconds: float) -> bool:
        """Waits for something to happen, takes it in, and says whether a process may have ended."""
        events = self.poller.poll(max(0, int(seconds * 1000 + 0.999)))
        ended = False
        for file, _ in events:
            if file == self.wake:
                os.read(file, 4096)
                ended = True
            elif file == self.feed:
                self._write()
            else:
                self._read(file)
        return ended

    def drain(self) -> None:
        """Takes in what lies in the pipes; every writer has ended."""
        while self.open and (ready := [file for file, _ in self.poller.poll(0) if file in self.open]):
            for file in ready:
                self._read(file)

    def out_of_time(self) -> None:
        """Of what goes on for ever, how much there was until the time was over is the clock's choice."""
        self.flooded = self.flooded or any(size > self.flood_kept for size in self.sizes.values())

    def _read(self, file: int) -> None:
        chunk = os.read(file, 1 << 18)
        if not chunk:
            self.poller.unregister(file)
            os.close(file)
            self.open.discard(file)
            return
        self._keep(file, chunk)

    def _keep(self, file: int, chunk: bytes) -> None:
        self.sizes[file] += len(chunk)
        if file in self.blocks:
            self.blocks[file].feed(chunk)
        else:
            self.kept[file].append(chunk)
            if self.sizes[file] > self.kept_limit:
                self._to_blocks(file)
        self.flooded = self.flooded or self.sizes[file] > self.limit

    def _to_blocks(self, file: int) -> None:
        """Keeps no more of a stream that is too long, but tells it in blocks."""
        whole = b"".join(self.kept[file])
        self.kept[file] = [whole[:FLOOD_KEPT]]
        self.blocks[file] = Blocks()
        self.blocks[file].feed(whole[FLOOD_KEPT:])

    def _write(self) -> None:
        try:
            self.stdin = self.stdin[os.write(self.feed, self.stdin) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.stdin = self.stdin[:0]
        if not self.stdin:
            self.poller.unregister(self.feed)
            os.close(self.feed)
            self.feed = -1

    def close(self) -> tuple[bytes, bytes]:
        """Closes what is open and gives what was written to standard output and standard error."""
        self.end()
        return self._whole([self.out]), self._whole([self.err])

    def end(self) -> None:
        """Closes what is open."""
        for file in self.open:
            os.close(file)
        self.open.clear()
        if self.feed >= 0:
            os.close(self.feed)

    def told(self) -> bytes:
        """What else there is to say, as JSON: the blocks of streams that are too long to be kept."""
        if self.flooded or not self.blocks:
            return b""
        named = (("stdout", self.out), ("stderr", self.err))
        return json.dumps({name: self.blocks[file].all() for name, file in named if file in self.blocks}).encode()

    def _whole(self, files: Sequence[int]) -> bytes:
        whole = b"".join(chunk for file in files for chunk in self.kept.get(file, ()))
        return whole[: self.flood_kept] if self.flooded else whole
