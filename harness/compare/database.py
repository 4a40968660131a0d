"""SQLite databases as text: schema and rows, so that two of them can be held against each other.

The bytes of a database file say more than its content: page layout, change counters, the version of the library.
Source of the formats: https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Iterator

__all__ = ["COMPANIONS", "is_database", "rows_of"]

COMPANIONS = (b"-wal", b"-shm")
"""What files are called that belong to a database which was not closed: behind the name of that."""

_MAGIC = b"SQLite format 3\0"
_MOST_STEPS = 20_000_000  # of SQLite's machine; an expression in a schema must not run for ever
_MOST_BLOB = 64  # bytes; of a longer one, length and digest are told
_WAL_HEADER = struct.Struct(">8I")
_WAL_FRAME = struct.Struct(">6I")
_WAL_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
_SETTINGS = ("user_version", "application_id", "encoding")


def is_database(content: bytes) -> bool:
    """Whether these are the bytes of a SQLite database, whole or damaged."""
    return content.startswith(_MAGIC)


def rows_of(content: bytes, log: bytes = b"") -> str | None:
    """The settings, the schema and all rows of a database, a line each, as far as they were committed.

    `log` is its write-ahead log where it was not closed. None where it cannot be read.
    """
    if not is_database(content):
        return None
    pages = bytearray(_with_log(content, log))
    pages[18:20] = b"\1\1"  # a database in memory has no write-ahead log
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(pages))
        connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        connection.set_progress_handler(lambda: 1, _MOST_STEPS)
        connection.execute("PRAGMA trusted_schema = OFF")
        return "".join(f"{line}\n" for line in _lines(connection))
    except (sqlite3.Error, UnicodeDecodeError, AttributeError):
        # UnicodeDecodeError: what SQLite says of the damage quotes bytes of it. AttributeError: this Python's SQLite
        # reads no databases from memory.
        return None
    finally:
        connection.close()


def _lines(connection: sqlite3.Connection) -> Iterator[str]:
    for setting in _SETTINGS:
        yield f"{setting} = {connection.execute(f'PRAGMA {setting}').fetchone()[0]}"
    schema = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
    yield from (" ".join(sql.split()) for _, _, sql in schema if sql)
    for kind, name, _ in schema:
        if kind == "table":
            quoted = name.replace('"', '""')
            found = connection.execute(f'SELECT * FROM "{quoted}"')
            columns = [column[0] for column in found.description]
            for row in found:
                yield f"{name}: {', '.join(f'{key} {_value(one)}' for key, one in zip(columns, row, strict=True))}"


def _value(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        if len(value) > _MOST_BLOB:
            return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()}"
        return f"x'{value.hex()}'"
    return repr(value)


# -- the write-ahead log ----------------------------------------------------------------------------------------


def _with_log(content: bytes, log: bytes) -> bytes:
    """The pages of a database with those of all transactions that its log holds whole."""
    pages: dict[int, bytes] = {}
    count = 0
    pending: dict[int, bytes] = {}
    for number, size_after, page in _frames(log):
        pending[number] = page
        if size_after:  # the last frame of a transaction
            pages |= pending
            pending, count = {}, size_after
    if not count:
        return content
    length = len(next(iter(pages.values())))
    made = bytearray(content.ljust(count * length, b"\0")[: count * length])
    for number, page in pages.items():
        made[(number - 1) * length : number * length] = page
    return bytes(made[: count * length])


def _frames(log: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Each valid frame: the page's number, the size of the database after a commit, the page."""
    if len(log) < _WAL_HEADER.size:
        return
    magic, _, length, _, *salts, first, second = _WAL_HEADER.unpack_from(log)
    order = _WAL_MAGIC.get(magic)
    if order is None or _checksum(order, log[:24], (0, 0)) != (first, second) or length < 512:
        return
    known = (first, second)
    for start in range(_WAL_HEADER.size, len(log) - _WAL_FRAME.size - length + 1, _WAL_FRAME.size + length):
        number, size_after, *frame_salts, first, second = _WAL_FRAME.unpack_from(log, start)
        page = log[start + _WAL_FRAME.size : start + _WAL_FRAME.size + length]
        known = _checksum(order, log[start : start + 8] + page, known)
        if frame_salts != salts or known != (first, second) or not number:
            return
        yield number, size_after, page


def _checksum(order: str, data: bytes, known: tuple[int, int]) -> tuple[int, int]:
    first, second = known
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
