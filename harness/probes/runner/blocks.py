"""A stream that is too long to keep, as digests of its blocks."""

from __future__ import annotations

import hashlib
import zlib

__all__ = ["Blocks"]

SMALLEST, LARGEST = 16 << 10, 64 << 10  # bytes
DIGITS = b"0123456789"
ONE_IN = 31  # a mask: one line in 32 may end a block
MOST_LINES = 256  # that are asked whether they do, where none of them does


class Blocks:
    """Cuts what comes into blocks after lines that their own text chooses, so that a new line shifts no more than one.

    Numbers have no part in the choice, and each block has a second digest without them: times vary in every line.
    """

    def __init__(self) -> None:
        self.rest = bytearray()
        self.made: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """Takes more of the stream."""
        self.rest += chunk
        start = 0
        while len(self.rest) - start >= 2 * LARGEST:
            end = self._end(start)
            self._block(bytes(self.rest[start:end]))
            start = end
        del self.rest[:start]

    def all(self) -> list[str]:
        """The blocks, the last one too: `SIZE bytes, sha256 DIGEST, without digits DIGEST`."""
        if self.rest:
            self._block(bytes(self.rest))
            self.rest.clear()
        return self.made

    def _end(self, start: int) -> int:
        end = self.rest.find(b"\n", start + SMALLEST, start + LARGEST) + 1
        if not end:
            return start + LARGEST
        for _ in range(MOST_LINES):
            if not (after := self.rest.find(b"\n", end, start + LARGEST) + 1):
                return end
            if not zlib.crc32(self.rest[end:after].translate(None, DIGITS)) & ONE_IN:
                return after
            end = after
        return end

    def _block(self, block: bytes) -> None:
        whole, shape = (hashlib.sha256(one).hexdigest()[:24] for one in (block, block.translate(None, DIGITS)))
        self.made.append(f"{len(block)} bytes, sha256 {whole}, without digits {shape}")
