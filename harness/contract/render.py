"""A contract as the text of contract.toml, which reads back as the same. Every line says where it came from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

from harness.contract.model import Contract, Entry, May, Must, Rule

__all__ = ["render"]

_LONGEST = 96


def render(contract: Contract) -> str:
    """The text. What stands after # is the line that a rule came from."""
    lines: list[str] = []
    if contract.folder:
        lines += [f"folder = {_value(contract.folder)}", ""]
    lines += _parts(contract.defaults, "defaults")
    for entry in contract.commits:
        lines += ["[[commit]]", *_names(entry), *_parts(entry, "commit"), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _names(entry: Entry) -> Iterator[str]:
    for key in ("name", "subject", "order"):
        if value := getattr(entry, key):
            yield _with_origin(f"{key} = {_value(value)}", entry.origin if key != "name" else "")


def _parts(entry: Entry, above: str) -> Iterator[str]:
    for name, part in (("may", entry.may), ("must", entry.must)):
        keys = list(_keys(part))
        if keys:
            yield from ("", f"[{above}.{name}]", *keys)


def _keys(part: May | Must) -> Iterator[str]:
    for field in dataclasses.fields(part):
        rules: tuple[Rule, ...] = getattr(part, field.name)
        if rules:
            yield f"{field.name} = ["
            yield from (_with_origin(f"    {_rule(one)},", one.origin) for one in rules)
            yield "]"


def _rule(rule: Rule) -> str:
    fields = [one for one in dataclasses.fields(rule) if one.name != "origin"]
    words = {one.name: getattr(rule, one.name) for one in fields if getattr(rule, one.name) != one.default}
    if len(words) == 1 and fields[0].name in words and isinstance(words[fields[0].name], str):
        return _value(words[fields[0].name])
    return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in words.items()) + " }"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _text(text: str) -> str:
    """A literal string where that is easier to read: patterns are full of backslashes."""
    if ("\\" in text or '"' in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _with_origin(line: str, origin: str) -> str:
    return f"{line:<{_LONGEST}}  # {origin}" if origin else line
