"""A report laid flat: what stands at which path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.compare.benchmark_report import Document, Number

__all__ = ["Table", "Value", "flatten"]

Value = str | float | int | bool | None

_NAMES = ("name", "id", "key", "stream", "stage", "label")
_MOST_ELEMENTS = 64
"""Of a longer list only so many elements are looked at, besides its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One report by paths: `source.emit_count`, `streams[users].rows`, `loads[0]`; the whole is the empty path.

    `keys` are those of each object in their order, `lengths` those of lists and texts, `decimals` how many a number
    is written with (-1 for an integer).
    """

    kinds: dict[str, str] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)

    def number(self, path: str) -> float | int | None:
        """The number at a path, None where there is none."""
        value = self.values.get(path)
        return value if path in self.decimals and isinstance(value, int | float) else None


def flatten(document: Document, hide: Callable[[str], str] = lambda text: text) -> Table:
    """The table of a report; what varies by itself in its texts is put out of sight by `hide`."""
    made = Table()
    _lay(made, "", document, hide)
    return made


def _lay(table: Table, path: str, value: Document, hide: Callable[[str], str]) -> None:
    table.kinds[path] = _kind(value)
    if isinstance(value, tuple):
        table.keys[path] = tuple(key for key, _ in value)
        for key, inner in value:
            _lay(table, f"{path}.{key}" if path else key, inner, hide)
    elif isinstance(value, list):
        table.lengths[path] = len(value)
        for place, inner in _elements(value):
            _lay(table, f"{path}[{place}]", inner, hide)
    elif isinstance(value, Number):
        table.values[path] = value.value
        table.decimals[path] = value.decimals
    elif isinstance(value, str):
        table.values[path] = shown = hide(value)
        table.lengths[path] = len(shown)
    else:
        table.values[path] = value


def _kind(value: Document) -> str:
    match value:
        case tuple():
            return "object"
        case list():
            return "list"
        case Number():
            return "integer" if value.decimals < 0 else "float"
        case str():
            return "text"
        case bool():
            return "boolean"
    return "null"


def _elements(items: Sequence[Document]) -> Iterator[tuple[str, Document]]:
    """Elements by their names where each has one of its own, so that their order does not matter; else by place."""
    few = items[:_MOST_ELEMENTS]
    names = _names_in(few)
    return zip(names or map(str, range(len(few))), few, strict=True)


def _names_in(items: Sequence[Document]) -> list[str]:
    if not all(isinstance(one, tuple) for one in items):
        return []
    for key in _NAMES:
        found = [value for one in items for own, value in one if own == key and isinstance(value, str)]
        if len(found) == len(items) and len(set(found)) == len(found):
            return found
    return []
