"""What `#[serde(...)]` attributes say, read from their text.

The attributes are those of https://serde.rs/attributes.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Serde", "renamed", "serde_of"]

_TOKEN = re.compile(
    r"""\s*(?:(?P<raw>r(?P<hashes>\#*)"(?P<inside>.*?)"(?P=hashes))|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[\w:]+)|(?P<mark>.))""",
    re.DOTALL | re.VERBOSE,
)
_SERDE = re.compile(r"^#!?\[\s*serde\s*\((?P<inside>.*)\)\s*\]\s*$", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Serde:
    """The attributes of one item that reading looks at; `values` has each key with all that it was given."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def one(self, key: str) -> str:
        """The last text that the key was given; empty where it is not there or has none."""
        given = self.values.get(key, ())
        return given[-1] if given else ""

    def all(self, key: str) -> tuple[str, ...]:
        """Every text that the key was given."""
        return self.values.get(key, ())


def serde_of(attributes: Sequence[object]) -> Serde:
    """The serde attributes among an item's attributes, as rustdoc JSON has them (a text, or a text below `other`)."""
    values: dict[str, tuple[str, ...]] = {}
    for one in attributes:
        text = one.get("other", "") if isinstance(one, Mapping) else one
        found = _SERDE.match(text.strip()) if isinstance(text, str) else None
        for key, value in _entries(found["inside"]) if found else ():
            values[key] = (*values.get(key, ()), *([value] if value is not None else []))
    return Serde(values=values)


def _entries(text: str) -> Iterator[tuple[str, str | None]]:
    """`a, b = "c", d(deserialize = "e", serialize = "f")` as pairs; of the last form what is for deserializing."""
    tokens = [match for match in _TOKEN.finditer(text) if match.group().strip()]
    index = 0
    while index < len(tokens):
        key = tokens[index]["word"]
        index += 1
        if not key:
            continue
        mark = tokens[index]["mark"] if index < len(tokens) else None
        if mark == "=" and index + 1 < len(tokens):
            yield key, _text(tokens[index + 1])
            index += 2
        elif mark == "(":
            end = _closing(tokens, index)
            inner = [match.group() for match in tokens[index + 1 : end]]
            for name, value in _entries("".join(inner)):
                if name == "deserialize":
                    yield key, value
            index = end + 1
        else:
            yield key, None


def _closing(tokens: Sequence[re.Match[str]], opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index]["mark"] or "", 0)
        if depth == 0:
            return index
    return len(tokens)


def _text(token: re.Match[str]) -> str:
    if token["raw"] is not None:
        return token["inside"]
    if token["text"] is not None:
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), token["text"], flags=re.DOTALL)
    return token.group().strip()


def renamed(name: str, rule: str, *, variant: bool) -> str:
    """A field's or variant's name under `rename_all`. An unknown rule leaves it as it is.

    Fields are taken for snake_case and variants for PascalCase, as serde's derive macro does.
    """
    words = _variant_words(name) if variant else [word for word in name.split("_") if word]
    if rule == "lowercase":
        return name.lower() if variant else name
    if rule == "UPPERCASE":
        return name.upper()
    if rule == "PascalCase":
        return name if variant else "".join(_capital(word) for word in words)
    if rule == "camelCase":
        if variant:
            return name[:1].lower() + name[1:]
        pascal = "".join(_capital(word) for word in words)
        return pascal[:1].lower() + pascal[1:]
    if rule == "snake_case":
        return "_".join(words).lower() if variant else name
    if rule == "SCREAMING_SNAKE_CASE":
        return "_".join(words).upper() if variant else name.upper()
    if rule == "kebab-case":
        return "-".join(words).lower() if variant else name.replace("_", "-")
    if rule == "SCREAMING-KEBAB-CASE":
        return "-".join(words).upper() if variant else name.upper().replace("_", "-")
    return name


def _variant_words(name: str) -> list[str]:
    """Serde begins a word at every capital letter: `HTTPProxy` is `h_t_t_p_proxy`."""
    return [part for part in re.split(r"(?=[A-Z])", name) if part]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
