"""What compiler, clippy and rustdoc warn of in a revision, and which warnings of two revisions are new.

facets of differences: `compiler`, `clippy`, `rustdoc`; of notes: `pedantic` and other opt-in groups, `fixed`,
`edited` (the same warning of code that was edited in place), `build`.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.model import Difference

__all__ = [
    "BREAKING",
    "LintChanges",
    "LintGroups",
    "Lints",
    "Unchecked",
    "Warned",
    "compare_lints",
    "new_warnings",
    "parse_groups",
]

BREAKING = ("compiler", "clippy", "rustdoc")
"""The groups whose new warnings break somebody; clippy's stands for its default lints, `clippy::all`."""

ALIKE = 0.6
"""From this similarity of source text on (difflib's ratio), a warning is the one of the code before its edit."""

_OPT_IN = ("pedantic", "nursery", "cargo", "restriction")


@dataclass(frozen=True, slots=True, kw_only=True)
class LintGroups:
    """clippy's groups on one toolchain, each with its lints (`clippy::needless_return`); empty where unknown."""

    groups: dict[str, tuple[str, ...]]

    def group_of(self, code: str) -> str:
        """`compiler`, `rustdoc`, `clippy` (a default lint), or the name of the opt-in group that a lint is in."""
        if code.startswith("rustdoc::"):
            return "rustdoc"
        if not code.startswith("clippy::"):
            return "compiler"
        if code in self.groups.get("clippy::all", ()):
            return "clippy"
        return next((name for name in _OPT_IN if code in self.groups.get(f"clippy::{name}", ())), "clippy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """One warning. `text` is the source that it points at, `place` its `file:line`, for people only."""

    package: str
    group: str
    code: str
    message: str
    text: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A target that does not compile, so that it was not linted."""

    package: str
    target: str
    kind: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lints:
    """All warnings of a revision. `missing` is empty, or says what could not be asked, in a sentence."""

    warnings: tuple[Warned, ...]
    unchecked: tuple[Unchecked, ...] = ()
    missing: str = ""

    def counts(self) -> dict[tuple[str, str], int]:
        """How many warnings each package has in each group."""
        return dict(Counter((one.package, one.group) for one in self.warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class LintChanges:
    """What breaks, what does not, and how many warnings were looked at."""

    differences: tuple[Difference, ...]
    notes: tuple[Difference, ...]
    warnings: int


def parse_groups(text: str) -> LintGroups:
    """The groups in what `clippy-driver -W help` prints: lines of a group's name and its lints, with hyphens."""
    groups = {}
    for line in text.splitlines():
        match = re.match(r"\s*(clippy::[\w-]+)\s{2}(clippy::[\w-]+(?:, clippy::[\w-]+)*)\s*$", line)
        if match:
            groups[match[1].replace("-", "_")] = tuple(match[2].replace("-", "_").split(", "))
    return LintGroups(groups=groups)


def compare_lints(before: Lints, after: Lints) -> LintChanges:
    """Holds the warnings of two revisions against each other, as multisets without file and line.

    A warning that vanished from one package and appeared in another moved with its code and is not new.
    """
    appeared, gone, edited = _changes(before, after)
    differences = [*_new(appeared, breaking=True), *_unbuilt_benches(before, after)]
    notes = [*_new(appeared, breaking=False), *edited, *_fixed(gone), *_unchecked(before, after)]
    return LintChanges(differences=tuple(differences), notes=tuple(notes), warnings=len(after.warnings))


def new_warnings(before: Lints, after: Lints) -> list[Warned]:
    """The warnings of the second revision that are none of the first's, moved or edited in place."""
    return [one for found in _changes(before, after)[0].values() for one in found]


Key = tuple[str, str, str, str, str]
Keyed = dict[Key, list[Warned]]


def _changes(before: Lints, after: Lints) -> tuple[Keyed, Keyed, list[Difference]]:
    """What appeared, what is gone, and what was edited in place."""
    old, new = _keyed(before.warnings), _keyed(after.warnings)
    appeared = {key: found[len(old.get(key, ())) :] for key, found in new.items()}
    gone = {key: found[len(new.get(key, ())) :] for key, found in old.items()}
    _drop_moved(appeared, gone)
    edited = list(_take_edited(appeared, gone))
    return appeared, gone, edited


def _keyed(warnings: Iterable[Warned]) -> Keyed:
    found: dict[Key, list[Warned]] = defaultdict(list)
    for one in sorted(warnings, key=lambda one: one.place):
        found[(one.package, one.group, one.code, normal(one.message), normal(one.text))].append(one)
    return dict(found)


def normal(text: str) -> str:
    """A text without layout and without what only says where something is: positions and paths' leading modules.

    clippy's measures, `(105/100)`, lose the value: a function that is too long is no new warning when it grows.
    """
    text = re.sub(r"\b[\w./-]+\.rs:\d+(:\d+)?", "FILE", text)
    text = re.sub(r"\b(?:\w+::)+(?=\w)", "", text)
    text = re.sub(r"\(\d+/(\d+)\)", r"(N/\1)", text)
    return re.sub(r"\s+", " ", text).strip()


def _drop_moved(appeared: Keyed, gone: Keyed) -> None:
    elsewhere: dict[tuple[str, ...], list[Key]] = defaultdict(list)
    for key, found in gone.items():
        elsewhere[key[1:]] += [key] * len(found)
    for key, found in appeared.items():
        while found and (sources := elsewhere.get(key[1:])):
            found.pop()
            gone[sources.pop()].pop()


def _take_edited(appeared: Keyed, gone: Keyed) -> Iterator[Difference]:
    """Pairs what is left where package, lint and message are equal and the source text is still much the same."""
    for key in sorted(appeared):
        near = sorted(other for other, found in gone.items() if found and other[:4] == key[:4])
        for other in difflib.get_close_matches(key[4], [one[4] for one in near], n=len(near) or 1, cutoff=ALIKE):
            old, new = gone[(*key[:4], other)], appeared[key]
            while old and new:
                one, two = old.pop(), new.pop()
                yield Difference(facet="edited", where=_where(two), before=_shown(one), after=_shown(two))


def _grouped(found: Mapping[Key, list[Warned]]) -> Iterator[tuple[Warned, int]]:
    for _, warnings in sorted(found.items()):
        if warnings:
            yield warnings[0], len(warnings)


def _new(appeared: Mapping[Key, list[Warned]], *, breaking: bool) -> Iterator[Difference]:
    for one, count in _grouped(appeared):
        if (one.group in BREAKING) is breaking:
            yield Difference(
                facet=one.group,
                where=_where(one),
                before="",
                after=_shown(one),
                count=count,
                summary=one.message,
                reproduce=_command(one),
            )


def _fixed(gone: Mapping[Key, list[Warned]]) -> Iterator[Difference]:
    for one, count in _grouped(gone):
        yield Difference(
            facet="fixed", where=_where(one), before=_shown(one), after="", count=count, summary=one.message
        )


def _where(one: Warned) -> str:
    return f"{one.code or 'warning'} in {one.package}"


def _command(one: Warned) -> str:
    if one.group == "rustdoc":
        return f"cargo doc -p {one.package} --no-deps"
    opted = "" if one.group in BREAKING else f" -- -W {one.code}"
    return f"cargo clippy -p {one.package} --all-targets{opted}"


def _shown(one: Warned) -> str:
    return f"{one.message}\n{one.place}: {one.text}".strip()


def _unchecked(before: Lints, after: Lints) -> Iterator[Difference]:
    known = {_target(one): one for one in before.unchecked}
    for one in after.unchecked:
        if _target(one) in known or one.kind != "bench":
            yield Difference(
                facet="build",
                where=_target(one),
                before=known[_target(one)].error if _target(one) in known else "compiles",
                after=one.error,
                summary="does not compile, so its warnings are not known",
            )


def _unbuilt_benches(before: Lints, after: Lints) -> Iterator[Difference]:
    """`cargo test` builds all but benchmarks, so that those that no longer compile are only seen here."""
    known = {_target(one) for one in before.unchecked}
    for one in after.unchecked:
        if one.kind == "bench" and _target(one) not in known:
            yield Difference(
                facet="compiler", where=_target(one), before="compiles", after=one.error, summary="no longer compiles"
            )


def _target(one: Unchecked) -> str:
    return f"{one.package} {one.kind} {one.target}"
