"""What a command line was seen to do, and what of it is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from harness.compare.database import COMPANIONS, is_database, rows_of
from harness.compare.documents import LARGEST_IN_ROWS, described, in_rows
from harness.compare.redact import Redactor
from harness.compare.screen import OnTerminal, draw
from harness.model import Case

__all__ = [
    "CASE_DIRECTORY",
    "ROOT",
    "SERVICES",
    "Beyond",
    "CommandObservation",
    "FileChange",
    "Place",
    "decode",
    "encode",
    "redacted",
    "texts",
]

ROOT = "/tmp"
CASE_DIRECTORY = "/tmp/case"
"""Where every case runs in the sandbox; what cases say when they mean their own directory."""

SERVICES = "/tmp/services"
"""Below this, each server has its directory, under its name."""

Place = tuple[str, str]
"""A facet and a place inside it: the path for `files`, nothing for the others."""

_SCREEN: Place = ("screen", "")
_DRAWN_OVER: Place = ("screens", "")
_BEYOND = "beyond its beginning, in blocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file below the case's directory that was `created`, `changed` or `deleted`.

    `kind` is file, folder, link, fifo, socket or device (unlisted: there was more than is listed), `mode` as octal
    digits, `size` in bytes, `digest` SHA-256. `content` is that of a file or the target of a link, and empty with
    `whole` false where it was too large to keep. `set_time` is a time that a program gave a file, in seconds since
    1970; empty where that is the time of the run.
    """

    path: bytes
    change: str
    kind: str
    mode: str = ""
    size: int = 0
    digest: str = ""
    content: bytes = b""
    whole: bool = True
    set_time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """The rest of a stream that is too long to keep: a line for each of its blocks, with size and digests."""

    stream: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandObservation:
    """What one run of one case did, raw. `status` is in words: `exit 0`, `signal SIGSEGV`, `timed out after 10 s`.

    `left_running` says that processes had to be ended after the program itself had. Where there was no sandbox, so
    not `contained`, the folder that stood for /tmp reads /tmp all the same. Of a run in a `terminal`, `stdout` is what
    came on that, `stderr` what came on streams beside it.
    """

    status: str
    stdout: bytes = b""
    stderr: bytes = b""
    files: tuple[FileChange, ...] = ()
    left_running: bool = False
    contained: bool = True
    terminal: OnTerminal | None = None
    beyond: tuple[Beyond, ...] = ()

    @property
    def timed_out(self) -> bool:
        """Whether it was ended because its time was over."""
        return self.status.startswith("timed out")


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(CommandObservation)


def encode(seen: CommandObservation) -> bytes:
    """An observation as the store keeps it. When nothing came is for making cases only: it is never twice the same."""
    if seen.terminal is not None:
        seen = replace(seen, terminal=replace(seen.terminal, pauses=()))
    return _encoder.encode(seen)


def decode(data: bytes) -> CommandObservation:
    """An observation from `encode`. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(data)


# -- what is compared -----------------------------------------------------------------------------------------


def texts(seen: CommandObservation) -> dict[Place, str]:
    """The comparable parts of an observation as text, nothing redacted. Bytes that are not UTF-8 are surrogates."""
    status = seen.status + ("; it left processes running" if seen.left_running else "")
    known = {one.path: one for one in seen.files}
    files = {("files", _text(one.path)): _described(one, known) for one in seen.files}
    if seen.terminal is not None:
        return {("exit status", ""): status + _manners(seen.terminal)} | _seen_on(seen, seen.terminal) | files
    return {
        ("exit status", ""): status,
        ("stdout", ""): _text(seen.stdout),
        ("stderr", ""): _text(seen.stderr),
        **{(one.stream, _BEYOND): "\n".join(one.blocks) for one in seen.beyond},
    } | files


def _manners(seen: OnTerminal) -> str:
    asked = f"; it asked for input {seen.answers} times" if seen.answers else ""
    return asked + ("; it took more than a second to stop" if seen.slow else "")


def _seen_on(seen: CommandObservation, terminal: OnTerminal) -> dict[Place, str]:
    picture = _drawn(seen.stdout, terminal) if len(seen.stdout) <= _REMEMBERED else draw(seen.stdout, terminal)
    piped = {(name, ""): _text(seen.stderr) for name in terminal.piped[:1]}
    return {("screen", ""): picture.final, ("screens", ""): picture.meanwhile} | piped


_drawn = lru_cache(maxsize=512)(draw)
_REMEMBERED = 16 << 10
"""Bytes of a run in a terminal up to which its picture is kept: runs of many repeats and sides are the same."""


def redacted(
    parts: Mapping[Place, str], redactor: Redactor, case: Case | None = None
) -> tuple[dict[Place, str], Counter[str]]:
    """The parts with what varies by itself hidden, and what each rule hid.

    Paths are redacted too. Where that makes several equal, their texts stand together, sorted.
    """
    rules = redactor.for_case(CASE_DIRECTORY, case)
    hits: Counter[str] = Counter()
    found: dict[Place, list[str]] = {}
    for (facet, where), text in parts.items():
        name = rules.redact(facet, where) if where else None
        content = rules.redact(facet, text)
        if facet == "screens":  # Several that differed in what is hidden are one.
            content = replace(content, text="\n".join(dict.fromkeys(content.text.splitlines())))
        hits += content.hits
        if name:
            hits += name.hits
        found.setdefault((facet, name.text if name else ""), []).append(content.text)
    return {place: "\n".join(sorted(several)) for place, several in found.items()}, hits


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _described(one: FileChange, others: Mapping[bytes, FileChange]) -> str:
    if one.change == "deleted" or one.kind == "unlisted":
        return f"{one.change} {one.kind}"
    head = f"{one.change} {one.kind}, mode {one.mode}" + (f", time set to {one.set_time}" if one.set_time else "")
    if one.kind == "link":
        return f"{one.change} link to {_text(one.content)}"
    if one.kind != "file":
        return head
    if (rows := _rows(one, others)) is not None:
        return f"{head}, SQLite database\n{rows}"
    if any(_belongs_to(one, others.get(one.path.removesuffix(ending)), others) for ending in COMPANIONS):
        return f"{head}, part of a SQLite database"
    if one.whole and (told := described(_text(one.path), one.content)) is not None:
        return f"{head}, {told}"
    if one.whole and b"\0" not in one.content:
        return f"{head}\n{_text(one.content)}"
    why = _why_no_rows(one)
    if one.whole and one.size <= LARGEST_IN_ROWS and not why:
        return f"{head}, {one.size} bytes\n{in_rows(one.content)}"
    return f"{head}, {one.size} bytes, sha256 {one.digest}{why}"


def _why_no_rows(one: FileChange) -> str:
    """Why of what seems to be a database only the bytes are compared."""
    if is_database(one.content):
        return "; a SQLite database that cannot be read: it is damaged"
    if not _text(one.path).endswith((".db", ".sqlite", ".sqlite3")):
        return ""
    return "; too large to be read" if not one.whole else "; no SQLite database, or an encrypted one"


def _rows(one: FileChange, others: Mapping[bytes, FileChange]) -> str | None:
    """The rows of a file that is a database; a copy of it with its write-ahead log, if that is there."""
    log = others.get(one.path + COMPANIONS[0])
    if not one.whole or one.kind != "file" or (log and not log.whole):
        return None
    return rows_of(one.content, log.content if log else b"")


def _belongs_to(one: FileChange, database: FileChange | None, others: Mapping[bytes, FileChange]) -> bool:
    """Whether a file is a part of a database that could be read, so that the rows already say all of it."""
    return database is not None and database is not one and _rows(database, others) is not None
