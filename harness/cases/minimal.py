"""The least that is a file of its kind: what is put where a program looks for something and finds nothing. Pure."""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

__all__ = ["component", "custom_sections", "minimal", "module"]

_MAGIC = b"\0asm"
_MODULE, _COMPONENT = b"\x01\0\0\0", b"\x0d\0\x01\0"
_EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
_SECTION = re.compile(r"custom.{0,3}section|section.{0,3}name|\w*_SECTION\b|section\s*:", re.IGNORECASE)
_STRING = re.compile(r'"((?:[\w.:-]){3,60})"')
_AROUND = 3  # lines


def minimal(path: str, sections: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Files that might be what is looked for under this name, each with what it is; the most promising first.

    `sections` are names of custom sections that a WebAssembly file should have.
    """
    kind = PurePosixPath(path).suffix.lower().lstrip(".")
    named = list(sections)
    if kind in ("wasm", "wat", ""):
        yield "an empty module", module(named)
        yield "an empty component", component(named)
    if kind == "wat":
        yield "an empty module as text", b"(module)\n"
    if kind in ("json", "yaml", "yml", ""):
        yield "an empty mapping", b"{}\n"
    if kind in ("json", "yaml", "yml"):
        yield "an empty list", b"[]\n"
    if kind in ("db", "sqlite", "sqlite3", "db3", ""):
        yield "an empty database", _database()
    if kind in ("zip", "jar", "whl"):
        yield "an empty archive", _EMPTY_ZIP
    if kind in ("tar", "tgz", "gz"):
        data = _tar() if kind != "gz" else b""
        yield "an empty archive", data if kind == "tar" else gzip.compress(data, mtime=0)
    if kind == "toml":
        yield "a key", b'key = "value"\n'
    yield "an empty file", b""


def module(sections: Iterable[str] = ()) -> bytes:
    """A WebAssembly module of nothing but custom sections: https://webassembly.github.io/spec/core/binary/"""
    return _MAGIC + _MODULE + b"".join(map(_custom, sections))


def component(sections: Iterable[str] = ()) -> bytes:
    """A WebAssembly component of nothing but custom sections (the component model's Binary.md, layer 1)."""
    return _MAGIC + _COMPONENT + b"".join(map(_custom, sections))


def _custom(name: str) -> bytes:
    text = name.encode()
    body = _leb(len(text)) + text + b"{}"
    return b"\0" + _leb(len(body)) + body


def _leb(number: int) -> bytes:
    made = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        made.append(low | (0x80 if number else 0))
        if not number:
            return bytes(made)


def custom_sections(sources: Iterable[str]) -> tuple[str, ...]:
    """Names of custom sections that these sources seem to ask for: short strings near words that say so."""
    names: dict[str, None] = {}
    for text in sources:
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if _SECTION.search(line):
                near = lines[max(0, number - _AROUND) : number + _AROUND + 1]
                names.update(dict.fromkeys(found for one in near for found in _STRING.findall(one)))
    return tuple(names)[:8]


def _database() -> bytes:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("PRAGMA user_version = 0")
        connection.execute("CREATE TABLE made (x)")
        connection.execute("DROP TABLE made")
        return connection.serialize()
    finally:
        connection.close()


def _tar() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w"):
        pass
    return sink.getvalue()
