"""Configuration documents as plain data: read, written, and gone through node by node. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import yaml

from harness.cases.yaml_emitter import FAST, SLOW, written

__all__ = ["FORMATS", "Path", "format_of", "nodes", "read", "replaced", "scalars", "shape", "write"]

FORMATS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}
"""Formats by the endings of names."""

Path = tuple[str | int, ...]
"""Where a node is: keys and places in lists, from the top."""

_DEEPEST = 40
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class _Loader(yaml.SafeLoader):
    """YAML as programs in Rust read it: 1.2, where `on`, `no` and dates are texts."""


class _Plain:
    """Writes what `_Loader` reads, without anchors of its own."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Dumper(_Plain, SLOW):  # type: ignore[misc]
    """In Python."""


class _FastDumper(_Plain, FAST):  # type: ignore[misc]
    """In C, where there is that."""


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """https://yaml.org/spec/1.2.2/#103-core-schema"""
    rules = (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        (
            "float",
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            "-+.0123456789",
        ),
        ("merge", "<<", "<"),
    )
    made: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for kind, pattern, firsts in rules:
        for first in firsts:
            made.setdefault(first, []).append((f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z")))
    return made


_Loader.yaml_implicit_resolvers = _resolvers()
# What would be something else to a reader of YAML 1.1 stays in quotes.
_Dumper.yaml_implicit_resolvers = _FastDumper.yaml_implicit_resolvers = {
    first: [*yaml.SafeDumper.yaml_implicit_resolvers.get(first, []), *_resolvers().get(first, [])]
    for first in {*yaml.SafeDumper.yaml_implicit_resolvers, *_resolvers()}
}


def format_of(path: str) -> str:
    """The format that a file's name says, or nothing."""
    return FORMATS.get(PurePosixPath(path).suffix.lower(), "")


def read(kind: str, content: bytes) -> Any:
    """The document's data; None for what is none of this format, or no mapping or list."""
    try:
        text = content.decode("utf-8-sig")
        if kind == "yaml":
            # A subclass of SafeLoader makes nothing but plain data.
            value = yaml.load(text, _Loader)
        elif kind == "json":
            value = json.loads(text)
        else:
            value = tomllib.loads(text)
    except (ValueError, yaml.YAMLError, RecursionError, ArithmeticError, AttributeError, TypeError):
        return None
    return value if isinstance(value, dict | list) and value else None


def write(kind: str, value: Any) -> bytes:
    """The data as a document of this format; what TOML cannot say (null) is written as an empty text there."""
    if kind == "yaml":
        text = written(partial(_dumped, value), _FastDumper, _Dumper)
    elif kind == "json":
        text = json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
    else:
        entries = value.items() if isinstance(value, dict) else [("items", value)]
        text = "".join(f"{_toml_key(key)} = {_toml(entry)}\n" for key, entry in entries)
    return text.encode("utf-8", "surrogateescape")


def _dumped(value: Any, dumper: Any) -> str:
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return text


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_key(key)} = {_toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool | int | float):
        return {"True": "true", "False": "false"}.get(str(value), str(value))
    if value is None:
        return '""'
    if isinstance(value, str):
        return _toml_text(value)
    return str(value.isoformat()) if hasattr(value, "isoformat") else _toml_text(str(value))


def _toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_key(key: object) -> str:
    return str(key) if _BARE_KEY.fullmatch(str(key)) else _toml_text(str(key))


def nodes(value: Any, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node below the top with its place, in the order of the document."""
    if len(above) > _DEEPEST:
        return
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*above, key), entry
        yield from nodes(entry, (*above, key))


def scalars(value: Any) -> list[tuple[Path, Any]]:
    """The nodes that hold no others."""
    return [(path, entry) for path, entry in nodes(value) if not isinstance(entry, dict | list)]


def shape(path: Path) -> tuple[str, ...]:
    """A place without the numbers of list items: what is there once for all of them."""
    return tuple("*" if isinstance(step, int) else str(step) for step in path)


def replaced(value: Any, path: Path, new: Any) -> Any:
    """The data with another node at this place. What is not on the way there is shared, never changed."""
    if not path:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], new)
    return copy
