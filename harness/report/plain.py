"""Text of strangers made fit to be shown: what would steer a terminal stands as the escape that a programmer writes."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, TypeVar

__all__ = ["one_line", "plain", "plain_text"]

_T = TypeVar("_T")

# Control characters but tab and newline; and what turns the direction of the text around it (Unicode TR 9).
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain_text(text: str) -> str:
    """The text with `\\x1b` for the character of that number."""
    return _STEERING.sub(_escaped, text)


def one_line(text: str) -> str:
    """The text as `plain_text` gives it, on one line."""
    return plain_text(text).replace("\n", "\\n").replace("\t", " ")


def plain(value: _T) -> _T:
    """A dataclass of the model with every text in it as `plain_text` gives it; bytes stay what they are."""
    made: Any = _plain(value)
    return made  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value) if _STEERING.search(value) else value
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        changed = {name: new for name, old in fields.items() if (new := _plain(old)) is not old and new != old}
        return dataclasses.replace(value, **changed) if changed else value
    return value


def _escaped(match: re.Match[str]) -> str:
    number = ord(match.group())
    if match.group() == "\r":
        return "\\r"
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"
