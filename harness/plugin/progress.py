"""What a person sees while a run works: a live line on a terminal, plain lines everywhere else.

Workers of pytest-xdist have no terminal; they write to a file that the controller follows.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TextIO

import msgspec
import pytest

from harness.model import Revision
from harness.report.plain import one_line

__all__ = ["Progress"]

_PLAIN = "\x1b[0m"
_TICK = 0.2
_SELDOM = 20.0  # seconds between two lines about cases, where there is no live line


class _Event(msgspec.Struct, frozen=True):
    revision: str
    subject: str
    place: int
    total: int
    crate: str
    doing: str = ""


class Progress:
    """Shows how far the work in the slot is. Made while pytest's capturing is off, so descriptor 1 is the real one."""

    def __init__(self, config: pytest.Config) -> None:
        path = getattr(config, "workerinput", {}).get("harness_progress")
        self._file = Path(path).open("ab", buffering=0) if path else None  # noqa: SIM115  closed in close()
        self._out: TextIO | None = None if path else os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        self._live = bool(
            self._out
            and self._out.isatty()
            and config.option.color != "no"
            and "CI" not in os.environ
            and os.environ.get("TERM") != "dumb"
        )
        self._dim = "" if os.environ.get("NO_COLOR") else "\x1b[2m"
        self._quiet = config.option.verbose < 0
        self._followed: Path | None = None
        self._event: _Event | None = None
        self._began = time.monotonic()
        self._said = self._heard = self._began
        self._last_revision = ""
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._ticker: threading.Thread | None = None

    def watch(self, revision: Revision, place: int, total: int, crate: str, doing: str = "") -> None:
        """Takes word of a revision that is being worked on, and of the crate that was just done (or none).

        `doing` says what is done with it where that is not building.
        """
        if doing:
            # Cases end by the hundred a second.
            if time.monotonic() - self._heard < _TICK:
                return
            self._heard = time.monotonic()
        event = _Event(
            revision=revision.name,
            subject=one_line(revision.subject),
            place=place,
            total=total,
            crate=crate,
            doing=doing,
        )
        if self._file:
            self._file.write(msgspec.json.encode(event) + b"\n")
        else:
            self._take(event)

    def channel(self) -> str:
        """The file that a worker writes to; from now on it is followed."""
        if self._followed is None:
            descriptor, name = tempfile.mkstemp(prefix="harness-progress-")
            os.close(descriptor)
            self._followed = Path(name)
            threading.Thread(target=self._follow, name="progress", daemon=True).start()
        return str(self._followed)

    def line(self, text: str) -> None:
        """Prints a line of its own."""
        if self._out and not self._quiet:
            with self._lock:
                self._erase()
                self._write(f"{text}\n")

    def clear(self) -> None:
        """Takes the live line away, for something else that is about to be printed."""
        with self._lock:
            self._event = None
            self._erase()

    def close(self) -> None:
        """Ends it."""
        self.clear()
        self._closed.set()
        if self._file:
            self._file.close()
        if self._followed:
            with contextlib.suppress(OSError):
                self._followed.unlink()

    def _take(self, event: _Event) -> None:
        with self._lock:
            if event.doing:
                self._take_doing(event)
            elif event.revision != self._last_revision:
                self._last_revision = event.revision
                self._began = time.monotonic()
                if not self._live and not self._quiet:
                    self._write(f"building {event.place} of {event.total}: {event.revision} {event.subject}\n")
            self._event = event
        if self._live and self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, name="ticker", daemon=True)
            self._ticker.start()

    def _take_doing(self, event: _Event) -> None:
        now = time.monotonic()
        if self._live or self._quiet or now - self._said < _SELDOM:
            return
        self._said = now
        self._write(f"observing {event.place} of {event.total}: {event.revision} {event.doing}\n")

    def _tick(self) -> None:
        while not self._closed.wait(_TICK):
            with self._lock:
                if (event := self._event) is not None and not self._quiet:
                    elapsed = time.monotonic() - self._began
                    what = event.doing or f"{elapsed:.0f} s  {event.crate}"
                    text = f"commit {event.place} of {event.total}  {event.revision}  {what}"
                    width = shutil.get_terminal_size().columns - 1
                    self._write(f"\r\x1b[K{self._dim}{text[:width]}{self._dim and _PLAIN}")

    def _follow(self) -> None:
        assert self._followed is not None
        with self._followed.open("rb") as file:
            while not self._closed.is_set():
                if line := file.readline():
                    with contextlib.suppress(msgspec.DecodeError):
                        self._take(msgspec.json.decode(line, type=_Event))
                else:
                    time.sleep(_TICK)

    def _erase(self) -> None:
        if self._live:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        if self._out:
            with contextlib.suppress(OSError, ValueError):
                self._out.write(text)
                self._out.flush()
