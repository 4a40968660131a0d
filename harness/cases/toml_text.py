"""Writing TOML that a person likes to read: Python reads the format and does not write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Raw", "document", "key", "string", "value"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_MUST_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\]')
_LONGEST_LINE = 100


class Raw(str):
    """A value that is written as it is: a number, a date."""

    __slots__ = ()


def string(text: str) -> str:
    """A text as a string. Raises ValueError for lone surrogates, which TOML cannot hold."""
    text.encode()
    if "\n" in text.rstrip("\n") or (text.endswith("\n") and len(text) > 1):
        lines = (_escaped(line, quotes=False) for line in text.split("\n"))
        return '"""\n' + "\n".join(lines).replace('"""', '""\\"') + _closing(text)
    if "'" not in text and ("\\" in text or '"' in text) and not re.search(r"[\x00-\x1f\x7f]", text):
        return f"'{text}'"
    return f'"{_escaped(text)}"'


def key(name: str) -> str:
    """A key, bare where it may be."""
    return name if _BARE.fullmatch(name) else f'"{_escaped(name)}"'


def value(data: object) -> str:
    """A value on one line where it is short: texts, truths, numbers, `Raw`, sequences, mappings."""
    if isinstance(data, Raw):
        return str(data)
    if isinstance(data, str):
        return string(data)
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, Mapping):
        inside = ", ".join(f"{key(name)} = {_inline(one)}" for name, one in data.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(data, Sequence):
        return _array([_inline(one) for one in data])
    return str(data)


def document(table: Mapping[str, object], above: tuple[str, ...] = ()) -> str:
    """A table with the tables below it. A sequence of nothing but tables is an array of tables."""
    return "\n".join(_lines(table, above)) + "\n" if table else ""


def _lines(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[str]:
    below = {name: one for name, one in table.items() if _is_tables(one)}
    for name, one in table.items():
        if name not in below:
            yield f"{key(name)} = {value(one)}"
    for name, one in below.items():
        path = (*above, name)
        heading = ".".join(map(key, path))
        if isinstance(one, Mapping):
            # A table with nothing but tables below it needs no heading of its own.
            if not all(map(_is_tables, one.values())):
                yield f"[{heading}]"
            yield from _lines(one, path)
        elif isinstance(one, Sequence):
            for entry in one:
                yield f"[[{heading}]]"
                yield from _lines(entry, path)


def _is_tables(data: object) -> bool:
    if isinstance(data, Mapping):
        return bool(data)
    return isinstance(data, list | tuple) and bool(data) and all(isinstance(one, Mapping) for one in data)


def _inline(data: object) -> str:
    """As `value`, and never over several lines, which a table on one line must not have."""
    return f'"{_escaped(data)}"' if isinstance(data, str) and not isinstance(data, Raw) else value(data)


def _array(items: Sequence[str]) -> str:
    line = f"[{', '.join(items)}]"
    if len(line) <= _LONGEST_LINE:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _closing(text: str) -> str:
    # A quote right before the closing ones would be taken for one of them.
    return '"""' if not text.endswith('"') else '\\\n"""'


def _escaped(text: str, *, quotes: bool = True) -> str:
    def escape(match: re.Match[str]) -> str:
        one = match.group()
        if one == '"' and not quotes:
            return one
        return _ESCAPES.get(one, f"\\u{ord(one):04x}")

    return _MUST_ESCAPE.sub(escape, text)
