"""What a person sees on a terminal: the screen that is left, and what was drawn over meanwhile.

The bytes are drawn by pyte (https://pyte.readthedocs.io), which has no second screen and forgets what scrolls away;
both are added here. What is seen depends on the bytes alone, not on the moments at which they were read.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyte
import pyte.screens
from wcwidth import wcwidth

__all__ = ["OnTerminal", "Picture", "draw", "plain_lines"]

DRAWN = 128 << 10
"""Bytes that are drawn; of more, only the first and the last part: drawing a megabyte takes some seconds."""

_WIDEST = 1000
# What moves to another place or removes something: what stands there until then was seen.
_ENDS_A_VIEW = re.compile(rb"\r(?!\n)|\x1b\[[0-?]*[AFHJKLMf]|\x1b\[\?(?:47|1047|1049)[hl]|\x1bM|\x1bc")
_CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00\x07\x08]")
_OTHER_SCREEN = (47, 1047, 1049)
_FAINT = "faint "

_Buffer = dict[int, "pyte.screens.StaticDefaultDict[int, pyte.screens.Char]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTerminal:
    """How a run in a terminal went, besides what it wrote.

    `steps` of the script were done; `answers` were given to a program that asked for input without one; it was `slow`
    when it took more than a second to stop. `resized` says after how many bytes the terminal got how many columns
    and rows, `pauses` after how many of them nothing came for a while.
    """

    columns: int = 80
    rows: int = 24
    steps: int = 0
    answers: int = 0
    slow: bool = False
    piped: tuple[str, ...] = ()
    resized: tuple[tuple[int, int, int], ...] = ()
    pauses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What was seen: the lines at the end, what scrolled away included, and others, once each as they first came."""

    final: str
    meanwhile: str


def draw(written: bytes, seen: OnTerminal) -> Picture:
    """Draws what a program wrote, whatever bytes those are.

    Colours and other attributes stand in the text as `‹red bold›…‹›`; what else there is to see, in square brackets
    below it. A line that is broken because the screen is too narrow stays one: where it breaks follows from its text.
    """
    screen = _Screen(seen.columns, seen.rows)
    stream = _Stream(screen)
    sizes = {offset: (rows, columns) for offset, columns, rows in seen.resized}
    for start, part in _views(_bounded(written), sizes):
        if start in sizes:
            rows, columns = (min(max(one, 1), _WIDEST) for one in sizes[start])
            screen.change_size(rows, columns)
        stream.write(part)
        screen.view()
    return Picture(final=screen.final(), meanwhile="\n".join(screen.meanwhile()))


def plain_lines(written: bytes) -> list[str]:
    """The lines of what was written, without control sequences and empty ones."""
    text = _CONTROL.sub(b"", written).decode("utf-8", "replace")
    return [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]


def _bounded(written: bytes) -> bytes:
    if len(written) <= DRAWN:
        return written
    half = DRAWN // 2
    middle = written[half:-half]
    told = f"\r\n[{len(middle)} bytes that are not drawn, sha256 {hashlib.sha256(middle).hexdigest()[:16]}]\r\n"
    return written[:half] + told.encode() + written[-half:]


def _views(written: bytes, cuts: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """The bytes in parts, each with its place, that end where something is about to be drawn over."""
    ends = {match.start() for match in _ENDS_A_VIEW.finditer(written)} | {cut for cut in cuts if cut < len(written)}
    for start, end in itertools.pairwise(sorted({0, *ends, len(written)})):
        yield start, written[start:end]


class _Stream(pyte.ByteStream):
    """Goes on after what pyte stumbles over."""

    def write(self, data: bytes) -> None:
        """Draws."""
        try:
            self.feed(data)
        except Exception:
            # A control sequence with parameters that pyte's handler does not take: a terminal ignores it.
            self._initialize_parser()


class _Screen(pyte.Screen):
    """A screen that keeps what scrolls away and what was drawn over."""

    def __init__(self, columns: int, lines: int) -> None:
        self.gone: list[str] = []
        self.going: list[pyte.screens.Char] = []
        self.continued: dict[int, object] = {}
        self.drawing = False
        self.seen: dict[str, None] = {}
        self.other: _Buffer | None = None
        self.kept_cursor = (0, 0)
        self.faint = False
        self.bells = 0
        super().__init__(columns, lines)

    # -- what pyte does not do ----------------------------------------------------------------------------

    def draw(self, data: str) -> None:
        """As pyte's, which leaves out all that follows a character without a width."""
        if not data.isprintable() or not data.isascii():
            data = "".join(one for one in data if wcwidth(one) > 0 or unicodedata.combining(one))
        self.drawing = True
        super().draw(data)
        self.drawing = False

    def linefeed(self) -> None:
        """As pyte's; where a line was too long for the screen, the next row belongs to it."""
        super().linefeed()
        row = self.buffer[self.cursor.y]
        if self.drawing:
            self.continued[id(row)] = row

    def index(self) -> None:
        """Scrolls, and keeps the line that goes."""
        top, bottom = self.margins or (0, self.lines - 1)
        if self.cursor.y == bottom and top == 0 and self.other is None:
            self.view()
            self._scrolled_away()
            super().index()
            self.dirty.clear()  # all lines moved, none changed
        else:
            super().index()

    def bell(self, *args: object) -> None:
        """Rings."""
        self.bells += 1

    def select_graphic_rendition(self, *attrs: int) -> None:
        """As pyte's, and faint characters, which it does not know."""
        super().select_graphic_rendition(*attrs)
        words = iter(attrs or (0,))
        for one in words:
            if one in (38, 48):  # a colour follows, by number or in three parts
                for _ in range(1 if next(words, 5) == 5 else 3):
                    next(words, None)
            elif one in (0, 2, 22):
                self.faint = one == 2
        colour = self.cursor.attrs.fg.removeprefix(_FAINT)
        self.cursor.attrs = self.cursor.attrs._replace(fg=f"{_FAINT}{colour}" if self.faint else colour)

    def set_mode(self, *modes: int, **kwargs: bool) -> None:
        """As pyte's, with the second screen that full-screen programs draw on."""
        super().set_mode(*modes, **kwargs)
        if kwargs.get("private") and self.other is None and any(one in _OTHER_SCREEN for one in modes):
            self.other, self.kept_cursor = self.buffer, (self.cursor.x, self.cursor.y)
            self.buffer = defaultdict(lambda: pyte.screens.StaticDefaultDict(self.default_char))

    def reset_mode(self, *modes: int, **kwargs: bool) -> None:
        """As pyte's, with the second screen."""
        super().reset_mode(*modes, **kwargs)
        if kwargs.get("private") and any(one in _OTHER_SCREEN for one in modes):
            self.back()

    def back(self) -> None:
        """Leaves the second screen."""
        if self.other is not None:
            self.view()
            self.buffer, self.other = self.other, None
            self.cursor.x, self.cursor.y = self.kept_cursor

    def change_size(self, lines: int, columns: int) -> None:
        """What does not fit above the cursor scrolls away; pyte's own would cut off the first lines always."""
        self.view()
        while self.cursor.y >= lines:
            self._scrolled_away()
            self.buffer.pop(0, None)
            self.buffer |= {number - 1: self.buffer.pop(number) for number in sorted(self.buffer)}
            self.cursor.y -= 1
        for number in [number for number in self.buffer if number >= lines]:
            del self.buffer[number]
        self.lines, self.columns = lines, columns
        self.cursor.x = min(self.cursor.x, columns - 1)
        self.set_margins()

    def reset(self) -> None:
        """As pyte's, with the second screen."""
        self.back()
        super().reset()

    # -- what is seen -------------------------------------------------------------------------------------

    def view(self) -> None:
        """Remembers the lines that changed since the last view."""
        for number in sorted(self.dirty):
            if number < self.lines and (line := self._line(number)):
                self.seen.setdefault(line)
        self.dirty.clear()

    def final(self) -> str:
        """The lines at the end and what else is there to see."""
        lines = [*self.gone, *self._left()]
        while lines and not lines[-1]:
            lines.pop()
        return "\n".join([*lines, *self._remarks()])

    def meanwhile(self) -> list[str]:
        """The lines that were there and are not any more."""
        left = {*self.gone, *self._left()}
        return [line for line in self.seen if line not in left]

    def _left(self) -> Iterator[str]:
        starts = [number for number in range(self.lines) if not number or not self._goes_on(number)]
        return (self._line(number) for number in starts)

    def _goes_on(self, number: int) -> bool:
        """Whether a row belongs to the line of the one above."""
        return number in self.buffer and id(self.buffer[number]) in self.continued

    def _scrolled_away(self) -> None:
        """Keeps the first row, together with the others of its line when the last of these goes."""
        self.going += self._cells(0)
        if not self._goes_on(1):
            self.gone.append(_text(self.going))
            self.going = []

    def _remarks(self) -> Iterator[str]:
        if self.cursor.hidden:
            yield "[the cursor is hidden]"
        if self.other is not None:
            yield "[the second screen is still shown]"
        if self.cursor.x:
            yield f"[the cursor stands behind {self.cursor.x} columns]"
        if self.title:
            yield f"[the window's title is {self.title!r}]"
        if self.bells:
            yield f"[the bell rang {self.bells} times]"

    def _line(self, number: int) -> str:
        """The line that a row belongs to, however many rows it takes."""
        while number and self._goes_on(number):
            number -= 1
        cells = [*(self.going if number == 0 else ()), *self._cells(number)]
        while self._goes_on(number + 1):
            number += 1
            cells += self._cells(number)
        return _text(cells)

    def _cells(self, number: int) -> list[pyte.screens.Char]:
        row = self.buffer[number]
        return [row[x] for x in range(self.columns)] if row else []


def _text(cells: Sequence[pyte.screens.Char]) -> str:
    """Characters with their attributes; those of blanks at the end count only where a blank shows them."""
    end = len(cells)
    while end and cells[end - 1].data == " " and cells[end - 1].bg == "default" and not cells[end - 1].reverse:
        end -= 1
    parts: list[str] = []
    last = ""
    for cell in cells[:end]:
        if (look := _look(cell)) != last:
            parts.append(f"‹{look}›")
            last = look
        parts.append(cell.data.replace("‹", "‹‹"))
    return "".join([*parts, "‹›" if last else ""])


def _look(cell: pyte.screens.Char) -> str:
    """The attributes of a character in words."""
    if cell[1:] == _PLAIN:
        return ""
    words = [cell.fg.removesuffix("default").strip(), "" if cell.bg == "default" else f"on {cell.bg}"]
    words += [name for name in cell._fields[3:] if getattr(cell, name)]
    return " ".join(filter(None, words))


_PLAIN: Sequence[object] = tuple(pyte.screens.Char(" "))[1:]
