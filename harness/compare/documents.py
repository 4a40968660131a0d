"""Files of data as lines of `place = value`: what is compared then are values, and each can be named.

JSON, YAML and TOML are read as what they say, archives as what is in them. How a document is laid out counts too,
with its values left out: a program that reads it may not mind, a person who keeps it under version control does.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import importlib
import io
import json
import re
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import yaml

__all__ = ["LARGEST_IN_ROWS", "described", "in_rows", "places_in"]

LARGEST_IN_ROWS = 2 << 10  # bytes of a file of no known kind that are told one by one; a person would not read more
_ROW_OF_BYTES = 8  # of which a number or a time seldom takes more

_MOST = 4 << 20  # bytes of a document that is read, and of all that is in an archive: it may be a bomb
_DEEPEST = 60
_MEMBERS = 2000
_NOW = 1577836800  # 2020-01-01; earlier times of members were set, later ones are those of the run


def described(name: str, content: bytes) -> str | None:
    """What a file says, a line each, by its name and its first bytes. None where it is nothing of these.

    One that has the name but is damaged says so in one line, and its text follows.
    """
    for starts, read in _BY_MAGIC:
        if content.startswith(starts):
            return _tried(read, content)
    for endings, read in _BY_NAME:
        if name.lower().endswith(endings):
            return _tried(read, content)
    return None


def in_rows(content: bytes) -> str:
    """Bytes of no known kind, a few in a line: where a time stands among them, the others are compared all the same."""
    starts = range(0, len(content), _ROW_OF_BYTES)
    rows = ((start, content[start : start + _ROW_OF_BYTES]) for start in starts)
    return "".join(
        f"$.bytes {start} to {start + len(row) - 1} = {row.hex(' ')}{_readable(row)}\n" for start, row in rows
    )


def _readable(row: bytes) -> str:
    shown = "".join(chr(byte) if 0x20 < byte < 0x7F else "." for byte in row)
    return f"  {shown}" if shown.strip(".") else ""


def places_in(line: str) -> list[tuple[str, int, int]]:
    """The values in a line of a described file: the place of each in general (`$.runs[*].id`), and where it stands."""
    if found := _PLACED.match(line):
        return [(_INDEX.sub("[*]", found[1]), found.start(2), found.end(2))]
    if found := _ROW.match(line):
        fields = _FIELD.finditer(line, found.end())
        return [(f"{found[1]}.{field[1]}", field.start(2), field.end(2)) for field in fields]
    return []


_PLACED = re.compile(r"(\$(?:[.\[][^=\n]*?)?) = (.*)\Z")
_INDEX = re.compile(r"\[[0-9]+\]")
_ROW = re.compile(r"(\w+): (?=\w+ )")
_FIELD = re.compile(r"""(\w+) ("(?:[^"\\]|\\.)*"|x'[0-9a-f]*'|[0-9]+ bytes, sha256 [0-9a-f]+|[^,\n]+)(?:, |\Z)""")


def _tried(read: Callable[[bytes], Iterator[str]], content: bytes) -> str | None:
    if len(content) > _MOST:
        return None
    try:
        return "".join(f"{line}\n" for line in read(content))
    except _UNREADABLE as error:
        why = str(error).strip().splitlines()
        return f"damaged: {why[0] if why else type(error).__name__}\n{content.decode('utf-8', 'surrogateescape')}"


_UNREADABLE = (
    ValueError,
    RecursionError,
    yaml.YAMLError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


# -- documents ------------------------------------------------------------------------------------------------


def _json(content: bytes) -> Iterator[str]:
    text = content.decode()
    yield from _document("JSON", json.loads(text, object_pairs_hook=_Pairs), text)


def _json_lines(content: bytes) -> Iterator[str]:
    text = content.decode()
    values = [json.loads(line, object_pairs_hook=_Pairs) for line in text.splitlines() if line.strip()]
    yield from _document("JSON lines", values, text)


def _yaml(content: bytes) -> Iterator[str]:
    text = content.decode()
    yield from _document("YAML", list(yaml.safe_load_all(text)), text)


def _toml(content: bytes) -> Iterator[str]:
    text = content.decode()
    yield from _document("TOML", tomllib.loads(text), text)


class _Pairs(list[tuple[str, object]]):
    """An object of JSON with all its keys, of which one may be there twice."""


def _document(kind: str, value: object, text: str) -> Iterator[str]:
    lines = list(_flat("$", value, 0))
    leaves = {leaf for _, leaf in lines}
    yield f"{kind}, laid out as {_layout(kind, text, leaves)}"
    yield from (f"{place} = {leaf}" for place, leaf in lines)


def _flat(place: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    pairs = value if isinstance(value, _Pairs) else list(value.items()) if isinstance(value, dict) else None
    if pairs:
        for key, inner in pairs:
            plain = str(key) if re.fullmatch(r"[\w-]+", str(key)) else _quoted(str(key))
            yield from _flat(f"{place}.{plain}", inner, depth + 1)
    elif isinstance(value, list) and value and pairs is None:
        for number, inner in enumerate(value):
            yield from _flat(f"{place}[{number}]", inner, depth + 1)
    else:
        yield place, "{}" if pairs is not None else _leaf(value)


def _leaf(value: object) -> str:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return _quoted(value) if isinstance(value, str) else json.dumps(value, default=repr)


def _quoted(text: str) -> str:
    """A text on one line, whatever is in it."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _layout(kind: str, text: str, leaves: set[str]) -> str:
    """A digest of a document without its values: of its indentation, quotes, comments and the order of its keys."""
    if kind.startswith("JSON"):
        return _digest(_JSON_VALUE.sub(lambda match: match[1] or "#", text))
    words = sorted({leaf.strip('"') for leaf in leaves if len(leaf.strip('"')) > 1}, key=len, reverse=True)
    if words:
        text = re.sub("|".join(map(re.escape, words)), "#", text)
    return _digest(re.sub(r"#+|-?[0-9][0-9.eE+-]*", "#", text))


_JSON_VALUE = re.compile(r'("(?:[^"\\]|\\.)*"\s*:)|"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null', re.DOTALL)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


# -- Arrow ----------------------------------------------------------------------------------------------------


def _arrow(content: bytes) -> Iterator[str]:
    yield from _table("Arrow file", content, lambda pyarrow: pyarrow.ipc.open_file(content).read_all())


def _arrow_stream(content: bytes) -> Iterator[str]:
    yield from _table("Arrow stream", content, lambda pyarrow: pyarrow.ipc.open_stream(content).read_all())


def _parquet(content: bytes) -> Iterator[str]:
    def read(pyarrow: Any) -> Any:
        return importlib.import_module("pyarrow.parquet").read_table(pyarrow.BufferReader(content))

    yield from _table("Parquet file", content, read)


def _table(kind: str, content: bytes, read: Callable[[Any], Any]) -> Iterator[str]:
    """Schema and values, by pyarrow where that is installed: it is too large to ask of everybody."""
    try:
        pyarrow = importlib.import_module("pyarrow")
    except ImportError:
        told = f"{kind}, {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}"
        yield f"{told}; to compare its values, install pytest-refactor-harness[arrow]"
        return
    table = read(pyarrow)
    yield f"{kind}, {table.num_rows} rows"
    yield from (f"{one.name} {one.type}{'' if one.nullable else ' not null'}" for one in table.schema)
    for number, row in enumerate(table.to_pylist()):
        yield from (f"$[{number}].{name} = {_leaf(value)}" for name, value in row.items())


# -- archives -------------------------------------------------------------------------------------------------


def _tar(content: bytes) -> Iterator[str]:
    with tarfile.TarFile(fileobj=io.BytesIO(content)) as archive:
        yield "tar archive"
        for number, one in enumerate(archive):
            if number == _MEMBERS:
                raise ValueError("too many members")
            kind = "folder" if one.isdir() else "link" if one.issym() or one.islnk() else "file"
            file = archive.extractfile(one) if one.isfile() else None
            data = file.read() if file else one.linkname.encode()
            yield f"{one.name}: {kind}, mode {one.mode:o}{_set_time(one.mtime)}"
            yield from _member(one.name, data)


def _zip(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield "zip archive"
        members = archive.infolist()
        if len(members) > _MEMBERS or sum(one.file_size for one in members) > _MOST:
            raise ValueError("too many members, or too large ones")
        for one in members:
            stored = "stored" if one.compress_type == zipfile.ZIP_STORED else "compressed"
            moment = datetime.datetime(*one.date_time, tzinfo=datetime.UTC).timestamp()
            mode = f", mode {one.external_attr >> 16 & 0o7777:o}" if one.external_attr >> 16 else ""
            yield f"{one.filename}: {'folder' if one.is_dir() else 'file'}, {stored}{mode}{_set_time(moment)}"
            yield from _member(one.filename, archive.read(one))


def _gzip(content: bytes) -> Iterator[str]:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        data = file.read(_MOST + 1)
    if len(data) > _MOST:
        raise ValueError("more than is looked at is in it")
    if data[257:262] == b"ustar":
        yield "gzip"
        yield from _tar(data)
    else:
        yield "gzip"
        yield from _member("content", data)


def _member(name: str, data: bytes) -> Iterator[str]:
    inner = described(name, data) if not data.startswith(_ARCHIVES) else None
    if inner is None and (b"\0" in data or not _is_text(data)):
        inner = f"{len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}"
    text = data.decode() if inner is None else inner
    yield from (f"{name}| {line}" for line in text.splitlines())


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _set_time(seconds: float) -> str:
    """A time that was set, not that of the run."""
    if seconds >= _NOW:
        return ""
    return f", modified {datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%dT%H:%M:%SZ}"


_ARCHIVES = (b"PK\3\4", b"\x1f\x8b")
_BY_MAGIC: tuple[tuple[tuple[bytes, ...], Callable[[bytes], Iterator[str]]], ...] = (
    ((b"PK\3\4", b"PK\5\6"), _zip),
    ((b"\x1f\x8b",), _gzip),
    ((b"ARROW1",), _arrow),
    ((b"PAR1",), _parquet),
)
_BY_NAME: tuple[tuple[tuple[str, ...], Callable[[bytes], Iterator[str]]], ...] = (
    ((".json",), _json),
    ((".jsonl", ".ndjson"), _json_lines),
    ((".yaml", ".yml"), _yaml),
    ((".toml",), _toml),
    ((".tar",), _tar),
    ((".arrows",), _arrow_stream),
)
