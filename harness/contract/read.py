"""Reads contract.toml; a mistake in it is an error with file and line."""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import re
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from harness.contract.check import check, folder_problems
from harness.contract.model import Contract, Entry, May, Must, Rule
from harness.errors import ConfigError

__all__ = ["parse"]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.\s\"']+?)\s*\]\]?\s*(#.*)?$")
_PLAIN_ENTRY = ("name", "subject", "order")


def parse(text: str, path: str) -> Contract:
    """The contract in a text; `path` is what messages and origins call it.

    Raises:
        ConfigError: no TOML, an unknown key, a wrong type, a pattern that can never match, targets that exclude
            each other.
    """
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigError(f"{path}:{line[1] if line else 1}: this is not valid TOML: {error}.") from error
    contract = _Reader(text, path).contract(table)
    check(contract)
    return contract


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.lines = text.splitlines()

    def contract(self, table: Mapping[str, Any]) -> Contract:
        top = range(self._headers("commit", "defaults")[0])
        self._known(table, ("folder", "defaults", "commit"), top, "the top level")
        folder = self._value(table.get("folder", ""), str, "folder", top).removesuffix("/")
        for problem in folder_problems(folder):
            self._wrong(self._line(top, "folder"), problem)
        entries = table.get("commit", [])
        if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
            self._wrong(self._line(top, "commit"), "`commit` has to be written as [[commit]]")
        starts = self._headers("commit")
        spans = [range(start, end) for start, end in itertools.pairwise(starts)]
        everywhere = range(len(self.lines))
        commits = [
            self._entry(one, span) for one, span in zip(entries, [*spans, *[everywhere] * len(entries)], strict=False)
        ]
        defaults = self._defaults(table.get("defaults", {}))
        return Contract(folder=folder, defaults=defaults, commits=tuple(commits), paths=(self.path,))

    def _defaults(self, table: Any) -> Entry:
        first = next((at for at in self._headers("defaults")), 0)
        span = range(min(first, len(self.lines)), len(self.lines))
        if not isinstance(table, Mapping):
            self._wrong(self._line(span, "defaults"), "`defaults` has to be a table")
        self._known(table, ("may", "must"), span, "[defaults]")
        return self._filled(Entry(origin=self._origin(span.start)), table, span)

    def _entry(self, table: Mapping[str, Any], span: range) -> Entry:
        self._known(table, (*_PLAIN_ENTRY, "may", "must"), span, "[[commit]]")
        name, subject = (self._value(table.get(key, ""), str, key, span) for key in ("name", "subject"))
        order = self._value(table.get("order", 0), int, "order", span)
        key = "subject" if "subject" in table else "order" if "order" in table else ""
        at = self._line(span, key) if key else span.start
        return self._filled(Entry(name=name, subject=subject, order=order, origin=self._origin(at)), table, span)

    def _filled(self, entry: Entry, table: Mapping[str, Any], span: range) -> Entry:
        may = self._part(May, table.get("may", {}), span, "may")
        must = self._part(Must, table.get("must", {}), span, "must")
        return dataclasses.replace(entry, may=may, must=must)

    def _part(self, kind: type[May] | type[Must], table: Any, span: range, called: str) -> Any:
        own = self._section(span, called)
        if not isinstance(table, Mapping):
            self._wrong(self._line(span, called), f"`{called}` has to be a table")
        hints = typing.get_type_hints(kind)
        self._known(table, tuple(hints), own, called)
        made: Any = kind
        return made(
            **{key: self._rules(typing.get_args(hints[key])[0], value, key, own) for key, value in table.items()}
        )

    def _rules(self, kind: type[Rule], value: Any, key: str, span: range) -> tuple[Rule, ...]:
        start = self._line(span, key)
        if not isinstance(value, list):
            self._wrong(start, f"`{key}` has to be a list")
        made = []
        at = start
        for one in value:
            at = self._place(one, range(at, span.stop), start)
            made.append(self._rule(kind, one, key, at))
        return tuple(made)

    def _rule(self, kind: type[Rule], value: Any, key: str, at: int) -> Rule:
        fields = {one.name: one for one in dataclasses.fields(kind) if one.name != "origin"}
        if isinstance(value, str):
            value = {next(iter(fields)): value}
        if not isinstance(value, Mapping):
            self._wrong(at, f"`{key}` holds {value!r}, which is neither a text nor a table")
        self._known(value, tuple(fields), range(at, at + 1), key)
        hints = typing.get_type_hints(kind)
        missing = [name for name, one in fields.items() if one.default is dataclasses.MISSING and name not in value]
        if missing:
            self._wrong(at, f"this rule of `{key}` needs `{missing[0]}`")
        words = {name: self._typed(one, hints[name], name, at) for name, one in value.items()}
        made: Any = kind
        return typing.cast(Rule, made(**words, origin=self._origin(at)))

    def _typed(self, value: Any, hint: Any, key: str, at: int) -> Any:
        choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        if any(typing.get_origin(one) is tuple for one in choices):
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                self._wrong(at, f"`{key}` has to be a list of texts")
            return tuple(value)
        if not any(one is type(value) for one in choices):
            self._wrong(at, f"`{key}` has to be {_article(choices[0])}")
        return value

    def _value(self, value: Any, kind: type, key: str, span: range) -> Any:
        if type(value) is not kind:
            self._wrong(self._line(span, key), f"`{key}` has to be {_article(kind)}")
        return value

    # -- lines --------------------------------------------------------------------------------------------

    def _headers(self, *names: str) -> list[int]:
        """Where tables of these names begin, and the end of the text."""
        found = [at for at, line in enumerate(self.lines) if (head := _HEADER.match(line)) and head[2].strip() in names]
        if names == ("defaults",):
            found = [
                at
                for at, line in enumerate(self.lines)
                if (head := _HEADER.match(line)) and head[2].strip().partition(".")[0] == "defaults"
            ]
        return [*found, len(self.lines)]

    def _section(self, span: range, called: str) -> range:
        """The lines of `[….may]`, where it is written so, else all of the entry's."""
        for at in span:
            head = _HEADER.match(self.lines[at])
            if head and head[2].strip().rpartition(".")[2] == called:
                ends = (later for later in range(at + 1, span.stop) if _HEADER.match(self.lines[later]))
                return range(at, next(ends, span.stop))
        return span

    def _line(self, span: range, key: str) -> int:
        named = re.compile(
            rf"^\s*(\[+\s*)?([\w\"'-]+\.)*[\"']?{re.escape(key)}[\"']?\s*(=|\]|\.)|[{{,]\s*{re.escape(key)}\s*="
        )
        return next((at for at in span if named.search(self.lines[at])), span.start)

    def _place(self, value: Any, span: range, fallback: int) -> int:
        """The line that holds all words of a rule: rules stand in their order, so the search goes on from the last."""
        texts = _texts(value)
        for at in span:
            if texts and all(text.splitlines()[0] in _unescaped(self.lines[at]) for text in texts if text):
                return at
        return max(span.start, fallback)

    def _origin(self, at: int) -> str:
        return f"{self.path}:{at + 1}"

    def _known(self, table: Mapping[str, Any], known: Sequence[str], span: range, inside: str) -> None:
        for key in table:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                meant = f"Perhaps `{near[0]}` was meant" if near else f"Known here: {', '.join(known)}"
                self._wrong(self._line(span, key), f"unknown key `{key}` in {inside}. {meant}")

    def _wrong(self, at: int, what: str) -> NoReturn:
        raise ConfigError(f"{self._origin(at)}: {what}.")


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [*value, *(text for one in value.values() for text in _texts(one))]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [str(value).lower()]


def _unescaped(line: str) -> str:
    return re.sub(r"\\(.)", lambda found: found[1] if found[1] in "\\\"'" else found[0], line) + "\0" + line


def _article(kind: type) -> str:
    return {str: "a text", int: "a whole number", bool: "true or false"}.get(kind, "something else")
