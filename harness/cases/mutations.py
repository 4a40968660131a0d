"""One thing wrong with a document, or two that have nothing to do with each other. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.cases.documents import Path, nodes, replaced, shape, write
from harness.cases.types.meanings import MEANINGS, PLAIN, meaning_of

__all__ = ["OF_ANOTHER_TYPE", "Mutation", "mutations", "two_at_once"]

LONG = "long-" * 60
_LIMITS = (255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**63, 2**64)
OF_ANOTHER_TYPE = {
    "null",
    "a list",
    "a mapping",
    "a text",
    "as text",
    "true",
    "long",
    "with spaces around",
    "a fraction",
}
OF_ANOTHER_TYPE |= {"key in upper case", "misspelled", "unknown key", "of two lines", "key twice", "not ASCII"}
"""Kinds that are mostly refused when a document is read, so alike by every command that reads it."""

_MOST_BY_MEANING = 5
_LIST_KINDS = ("empty", "first item twice", "first alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """What became of a document: `kind` says what was done, `at` where; `content` is the text of it.

    `two` says that it is two independent ones.
    """

    kind: str
    at: Path
    value: Any
    content: bytes
    two: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for the same thing done to items of one list, or to the same key of other documents."""
        return (self.kind, shape(self.at))


def mutations(form: str, document: Any) -> Iterator[Mutation]:
    """Every single thing that is done to a document and shows in it, keys first, in its order."""
    whole = write(form, document)
    for make in (_of_keys, _of_values, _of_lists, _of_second_items):
        for kind, at, value in make(document):
            if (content := write(form, value)) != whole:
                yield Mutation(kind=kind, at=at, value=value, content=content)
    yield from _doubled_keys(form, document)


def two_at_once(form: str, made: Sequence[Mutation], document: Any) -> Iterator[Mutation]:
    """Two independent errors in one document, so that the order shows in which they are found."""
    wrong = [one for one in made if one.kind in ("a list", "without", "-1", "unknown key")]
    apart = [one for one in wrong if one.kind == "a list"] or wrong
    for one, other in itertools.pairwise(_turned(apart)):
        both = _both(document, one, other)
        if both is not None:
            kind = f"{one.kind} and {other.kind} at {'.'.join(map(str, other.at))}"
            yield Mutation(kind=kind, at=one.at, value=both, content=write(form, both), two=True)


def _turned(some: Sequence[Mutation]) -> list[Mutation]:
    """The first, the last, the second, the last but one: neighbours that are far from each other."""
    half = (len(some) + 1) // 2
    pairs = itertools.zip_longest(some[:half], reversed(some[half:]))
    return [one for pair in pairs for one in pair if one is not None]


def _both(document: Any, one: Mutation, other: Mutation) -> Any:
    if one.at[: len(other.at)] == other.at or other.at[: len(one.at)] == one.at:
        return None
    try:
        return replaced(one.value, other.at, _at(other.value, other.at))
    except (KeyError, IndexError, TypeError):
        return None


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


Made = Iterator[tuple[str, Path, Any]]


def _of_keys(document: Any) -> Made:
    for at, entry in (((), document), *nodes(document)):
        if not isinstance(entry, dict):
            continue
        yield "unknown key", (*at, "unknown_key"), replaced(document, at, {**entry, "unknown_key": 1})
        for key in entry:
            yield "without", (*at, key), replaced(document, at, {k: v for k, v in entry.items() if k != key})
            for kind, name in (("misspelled", f"{key}x"), ("key in upper case", str(key).upper())):
                if name not in entry:
                    renamed = {name if k == key else k: v for k, v in entry.items()}
                    yield kind, (*at, key), replaced(document, at, renamed)


def _of_values(document: Any) -> Made:
    for at, entry in nodes(document):
        if isinstance(entry, dict | list):
            yield "null", at, replaced(document, at, None)
            yield "a text", at, replaced(document, at, "text")
            continue
        for kind, new in (*_instead(entry), *_by_meaning(at, entry)):
            yield kind, at, replaced(document, at, new)


def _instead(entry: object) -> Iterator[tuple[str, object]]:
    if isinstance(entry, bool):
        yield from (("turned", not entry), ("as text", str(entry).lower()))
    elif isinstance(entry, int | float):
        yield from (("0", 0), ("one more", entry + 1), ("-1", -1), ("1", 1), ("as text", str(entry)))
        yield from (("a fraction", 1.5), *((str(limit), limit) for limit in _LIMITS))
    else:
        text = str(entry)
        yield from (
            ("long", LONG),
            ("not ASCII", f"{text}-ünïcødé-表"),
            ("another case", text.swapcase()),
            ("with spaces around", f"  {text} "),
            ("true", True),
            ("misspelled value", f"{text}x"),
            ("of two lines", f"{text}\n{text}"),
            ("a placeholder", "${HARNESS_UNSET}"),
            ("a placeholder with a default", "${HARNESS_UNSET:-" + text + "}"),
        )
    if isinstance(entry, bool) or not isinstance(entry, int | float):
        yield from (("0", 0), ("-1", -1))
    yield from (("null", None), ("empty", ""), ("a list", [entry]), ("a mapping", {"x": entry}))


def _by_meaning(at: Path, entry: object) -> Iterator[tuple[str, object]]:
    """Other values of what a text means by its key and looks (a size, a cron expression), and bad ones of that."""
    if not isinstance(entry, str):
        return
    meaning = meaning_of(next((step for step in reversed(at) if isinstance(step, str)), ""), [entry])
    if meaning == PLAIN:
        return
    known = MEANINGS[meaning]
    others = [one for one in known.good if one != entry][:_MOST_BY_MEANING]
    yield from ((f"another {meaning}: {one}", one) for one in others)
    yield from ((f"no {meaning}: {one}", one) for one in known.bad[:_MOST_BY_MEANING])


def _of_lists(document: Any) -> Made:
    for at, entry in nodes(document):
        if isinstance(entry, list) and entry:
            for kind, new in zip(_LIST_KINDS, ([], [entry[0], *entry], entry[0]), strict=True):
                yield f"list: {kind}", at, replaced(document, at, new)
            if len(entry) > 1:
                yield "list: reversed", at, replaced(document, at, entry[::-1])
        elif isinstance(entry, dict) and entry:
            yield "an empty mapping", at, replaced(document, at, {})


def _of_second_items(document: Any) -> Made:
    """A list with its first item once more, in which one key is missing or empty: what is wrong with a second one, and
    whether that is still looked at where it is there twice."""
    for at, entry in nodes(document):
        if not (isinstance(entry, list) and entry and isinstance(entry[0], dict)):
            continue
        first = entry[0]
        for key in first:
            without = {name: value for name, value in first.items() if name != key}
            for kind, second in (("without", without), ("empty", {**first, key: _nothing_like(first[key])})):
                # A place of its own, since a limit leaves out the last of what is done to one place.
                yield f"a second item, {kind}", (*at, "+", key), replaced(document, at, [first, second, *entry[1:]])


def _nothing_like(value: object) -> object:
    return [] if isinstance(value, list) else {} if isinstance(value, dict) else "" if isinstance(value, str) else 0


def _doubled_keys(form: str, document: Any) -> Iterator[Mutation]:
    if not isinstance(document, dict):
        return
    whole = write(form, document)
    for key, entry in document.items():
        once = write(form, {key: entry})
        before = b"{" + once.strip()[1:-1].rstrip() + b"," + whole.lstrip()[1:]
        text = before if form == "json" else whole + once
        yield Mutation(kind="key twice", at=(key,), value=document, content=text)
