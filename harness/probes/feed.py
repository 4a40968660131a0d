"""Cases that come while others run: what is tried next may depend on an answer, and one program waits longer."""

from __future__ import annotations

import collections
import contextlib
import os
import threading
from collections.abc import Iterable, Iterator

from harness.model import Case

__all__ = ["Feed"]


class Feed(Iterator[Case]):
    """Hands out the cases that are there now: an end of it is only one for now, until it is closed."""

    def __init__(self) -> None:
        self._cases: collections.deque[Case] = collections.deque()
        self._changed = threading.Condition()
        self._closed = False
        self._wake, self._woken = os.pipe()
        for end in (self._wake, self._woken):
            os.set_blocking(end, False)

    def put(self, cases: Iterable[Case]) -> None:
        """Adds cases; nothing where it is closed."""
        with self._changed:
            if not self._closed:
                self._cases.extend(cases)
                self._tell()

    def close(self) -> None:
        """Ends it; what nobody took yet is not handed out any more."""
        with self._changed:
            if not self._closed:
                self._closed = True
                self._cases.clear()
                self._tell()

    def __next__(self) -> Case:
        with self._changed:
            if not self._cases:
                raise StopIteration
            return self._cases.popleft()

    def wait(self) -> bool:
        """Waits until there is a case; False when there will be none."""
        with self._changed:
            while not self._cases and not self._closed:
                self._changed.wait()
            return not self._closed

    @property
    def is_closed(self) -> bool:
        """Whether nobody wants an answer any more."""
        return self._closed

    def fileno(self) -> int:
        """A file that can be read when something changed, for who waits for other files too."""
        return self._wake

    def heard(self) -> None:
        """Takes note of all changes so far."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake, 1 << 12):
                pass

    def release(self) -> None:
        """Gives its files back, when nobody waits for it any more."""
        self.close()
        for end in (self._wake, self._woken):
            os.close(end)

    def _tell(self) -> None:
        self._changed.notify_all()
        with contextlib.suppress(BlockingIOError):
            os.write(self._woken, b".")
