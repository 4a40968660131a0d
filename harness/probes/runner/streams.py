"""Standard input, output and error of a running program."""

from __future__ import annotations

import os
import select

__all__ = ["Streams"]

OUTPUT_LIMIT = 4 << 20  # bytes of each stream; more is a flood. Twenty repeats of this have to fit into memory
FLOOD_KEPT = 256 << 10  # of a flood, only the beginning is worth comparing


class Streams:
    """The three pipes of a running program."""

    def __init__(self, stdin: bytes, wake: int) -> None:
        self.poller = select.poll()
        self.poller.register(wake, select.POLLIN)
        self.wake = wake
        self.kept: dict[int, list[bytes]] = {}
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()
        self.flooded = False
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

    def started(self) -> None:
        """Closes the ends that are the program's."""
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

    def _read(self, file: int) -> None:
        chunk = os.read(file, 1 << 18)
        if not chunk:
            self.poller.unregister(file)
            os.close(file)
            self.open.discard(file)
            return
        if self.sizes[file] <= OUTPUT_LIMIT:
            self.kept[file].append(chunk)
        self.sizes[file] += len(chunk)
        self.flooded = self.flooded or self.sizes[file] > OUTPUT_LIMIT

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
        for file in self.open:
            os.close(file)
        if self.feed >= 0:
            os.close(self.feed)
        out, err = b"".join(self.kept[self.out]), b"".join(self.kept[self.err])
        return (out[:FLOOD_KEPT], err[:FLOOD_KEPT]) if self.flooded else (out, err)
