"""Cases with every flag on command lines that get deep: what a flag does shows where there is something to do.

These have a document that the program accepts; of a command that takes none, they end well by themselves.

Values come from the help text and from the document itself: `--stream` is given the names that stand under `streams`
there, one and two of them, in both orders; so is an argument that may stand behind the document. Flags with which the
program is not always the same are left out, and so are those for logs and benchmarks, which others try.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec

from harness.cases.base import Ground
from harness.cases.benchmarks import modes
from harness.cases.documents import format_of, nodes, read
from harness.cases.help_discovery import ASKS, Page, discover, page_of
from harness.cases.help_parser import Flag
from harness.cases.help_text import given
from harness.cases.known_good import Base, always_alike, known_good
from harness.cases.values import files_named, values_for
from harness.model import Case

__all__ = ["MOST", "Flagged", "flags_with", "names_for", "with_words"]

MOST = 300
"""How many of these cases there are at most."""

VERSION = 2
_VALUES = 3  # of one flag
_NAMES = 2  # of a document
_DOCUMENTS = 3  # that are tried for one flag
_MOST_READ = 12  # in which names are looked for
_LONGEST = 64  # characters of what may be a name
_NAMING = ("name", "id", "key", "title", "label")
_LOGS = re.compile(r"verb|debug|trace|log", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")

_Words = tuple[str, ...]
_Deep = tuple[Base, Any]
"""A command line that gets deep, and its document as data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """The same on several documents, the best one first: the first is taken with which the program is always the same.

    Where it is `needed`, the first of all is taken if there is none.
    """

    cases: tuple[Case, ...]
    needed: bool = False


class Flagged:
    """The source."""

    name = "flags on documents"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """For each command, each of its flags on a document that it accepts, or else where it ends well."""
        useful = [one for one in known_good(ground).succeeding() if not ASKS & {*one.case.argv}]
        pages = [page for page in discover(ground) if not page.endless] if useful else []
        by_page = (_of_page(page, [one for one in useful if page_of(one.case, pages) is page]) for page in pages)
        choices = [one for turn in itertools.zip_longest(*by_page) for one in turn if one is not None]
        choices = choices[: ground.config.cases or MOST]
        parts = (VERSION, msgspec.msgpack.encode(choices, order="deterministic"))
        steady = ground.remember("steady flags", parts, lambda: msgspec.msgpack.encode(_steady(ground, choices)))
        chosen = zip(choices, msgspec.msgpack.decode(steady, type=list[int | None]), strict=True)
        return [one.cases[index or 0] for one, index in chosen if index is not None or one.needed]


def names_for(words: Sequence[str], document: Any) -> list[str]:
    """What a document calls things that one of these words tells of, or else all things that it names, in its order.

    These are keys of a mapping, texts of a list, and names of the mappings in it, below a key that is the word or its
    plural.
    """
    wanted = {form for word in words for one in _WORD.findall(word.lower()) for form in _forms(one)}
    found: dict[str, None] = {}
    others: dict[str, None] = {}
    for path, value in nodes(document):
        key = str(path[-1]).lower()
        if wanted & set(_WORD.findall(key)):
            found |= dict.fromkeys(_named(value))
        elif key in _NAMING and _is_name(value):
            others[value] = None
    return list(found or others)


def _forms(word: str) -> _Words:
    single = word.removesuffix("s")
    return (word, single, f"{single}s", f"{single}es", f"{single.removesuffix('y')}ies")


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (key for key, entry in value.items() if isinstance(entry, dict) and _is_name(key))
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield from (one[key] for key in _NAMING if _is_name(one.get(key)))
        elif _is_name(one):
            yield one


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable() and not value.startswith("-")


def flags_with(page: Page | None, about: re.Pattern[str], case: Case, values: int) -> Iterator[tuple[str, ...]]:
    """The flags of a command whose name tells what they are about, as words; those with choices have so many of them.

    The first and the last of these come first: they are most unlike.
    """
    for flag in page.read().flags if page else ():
        if {flag.long, flag.short} & {*ASKS, *case.argv} or not about.search(flag.name):
            continue
        if not flag.value:
            yield (flag.name,)
        elif flag.possible:
            chosen = dict.fromkeys([flag.possible[-1], *flag.possible])
            yield from (given(flag, value) for value in [*chosen][:values])


def with_words(case: Case, words: Sequence[str]) -> Case:
    """The command line with some more words, in front of what stands behind `--`."""
    at = case.argv.index("--") if "--" in case.argv else len(case.argv)
    return replace(
        case,
        argv=(*case.argv[:at], *words, *case.argv[at:]),
        files={**files_named(words), **case.files},
        origin=f"{case.origin}: {' '.join(words)}",
    )


def _of_page(page: Page, bases: Sequence[Base]) -> Iterator[_Choice]:
    if not bases:
        return
    chosen: dict[object, Base] = {}
    for one in bases:
        if one.document or not bases[0].document:
            chosen.setdefault(one.case.files.get(one.document, one.case.argv), one)
    deep = [(one, _document(one)) for one in itertools.islice(chosen.values(), _MOST_READ)]
    said = page.read()
    behind = next((one for one in said.positionals if one.repeated or not one.required), None)
    if behind is not None:
        yield from _names(deep, (behind.name,), lambda name: (name,), several=behind.repeated)
    for flag in said.flags:
        # How much is logged is tried by log filters; in what threads log of their steps, the order is rarely the same.
        used = {flag.long, flag.short} & {*ASKS, *modes(page), *bases[0].case.argv}
        if not (used or _LOGS.search(flag.name)):
            yield from _flag(deep, flag)


def _document(base: Base) -> Any:
    return read(format_of(base.document), base.case.files[base.document]) if base.document else None


def _flag(deep: Sequence[_Deep], flag: Flag) -> Iterator[_Choice]:
    if not flag.value:
        yield _choice((base, (flag.name,)) for base, _ in deep)
        return
    for value in values_for(flag.value, flag.name, flag.possible, flag.default).good[:_VALUES]:
        yield _choice((base, given(flag, value)) for base, _ in deep)
    if not flag.possible:
        yield from _names(deep, (flag.name, flag.value), partial(given, flag), several=True)


def _names(
    deep: Sequence[_Deep], words: Sequence[str], told: Callable[[str], _Words], *, several: bool
) -> Iterator[_Choice]:
    """With names from documents that have several, else from those that have one."""
    named = [(base, names_for(words, document)) for base, document in deep]
    most = min(_NAMES, max(len(names) for _, names in named))
    named = [(base, names[:most]) for base, names in named if len(names) >= most]
    for which in range(most):
        yield _choice((base, told(names[which])) for base, names in named)
    for one, other in itertools.permutations(range(most), 2) if several else ():
        both = ((base, (*told(names[one]), *told(names[other]))) for base, names in named)
        yield replace(_choice(both), needed=True)


def _choice(several: Iterable[tuple[Base, _Words]]) -> _Choice:
    return _Choice(cases=tuple(_with(base, words) for base, words in itertools.islice(several, _DOCUMENTS)))


def _with(base: Base, words: _Words) -> Case:
    return with_words(replace(base.case, origin=base.document or base.case.origin), words)


def _steady(ground: Ground, choices: Sequence[_Choice]) -> list[int | None]:
    """Of each choice the first case with which the program does the same each time."""
    alike = iter(always_alike(ground, [case for one in choices for case in one.cases]))
    mine = (list(itertools.islice(alike, len(one.cases))) for one in choices)
    return [next((index for index, same in enumerate(several) if same), None) for several in mine]
