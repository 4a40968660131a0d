"""Targets that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.model import ItemAt, Lines, Mention, Must, Rule, Table, Tests

__all__ = ["contradictions"]


def contradictions(must: Must) -> Iterator[tuple[Rule, Rule, str]]:
    """Pairs of rules that cannot both hold, with why."""
    yield from _between_tests(must.tests)
    yield from _between_files(must)
    yield from _between_items(must)
    for one in must.lines:
        for other in must.lines:
            if one.file != other.file or one.about is None:
                continue
            if other.below is not None and other.below <= one.about * 0.9:
                yield one, other, f"`{one.file}` about {one.about} lines and below {other.below}"
            if other.about is not None and not _near(one.about, other.about):
                yield one, other, f"`{one.file}` about {one.about} and about {other.about} lines"
    for text in must.text:
        for unlike in must.text:
            if text.file == unlike.file and text.has and unlike.lacks and unlike.lacks in text.has:
                yield text, unlike, f"`{text.file}` with `{text.has}` and without `{unlike.lacks}`"


def _near(one: int, other: int) -> bool:
    return abs(one - other) <= 0.1 * (one + other)


def _between_tests(tests: tuple[Tests, ...]) -> Iterator[tuple[Rule, Rule, str]]:
    for number, one in enumerate(tests):
        for other in tests[number + 1 :]:
            if _same_tests(one, other) and None not in (one.passing, other.passing) and one.passing != other.passing:
                yield one, other, f"exactly {one.passing} and exactly {other.passing} tests pass"
    for one in tests:
        for other in tests:
            if one.passing is None or other.at_least is None or not _same_tests(one, other):
                continue
            if one.passing < other.at_least:
                yield one, other, f"exactly {one.passing} and at least {other.at_least} tests pass"


def _same_tests(one: Tests, other: Tests) -> bool:
    return (one.package, one.target, one.name) == (other.package, other.target, other.name)


def _between_files(must: Must) -> Iterator[tuple[Rule, Rule, str]]:
    absent = {one.path: one for one in must.absent}
    for one in (*must.present, *must.unchanged):
        if one.path in absent:
            yield one, absent[one.path], f"`{one.path}` is there and is not"
    filled: list[Lines | Table | Mention | ItemAt] = [*must.lines, *must.table, *must.mention, *must.item]
    for rule in filled:
        if rule.file in absent:
            yield rule, absent[rule.file], f"`{rule.file}` has something in it and is not there"


def _between_items(must: Must) -> Iterator[tuple[Rule, Rule, str]]:
    for number, one in enumerate(must.item):
        for other in must.item[number + 1 :]:
            if (one.item, one.file) == (other.item, other.file) and one.at and other.at and one.at != other.at:
                yield one, other, f"`{one.item}` of `{one.file}` is {one.at} and {other.at}"
        for gone in must.gone:
            if gone.item == one.item and gone.file in ("", one.file):
                yield one, gone, f"`{one.item}` is there and gone"
    for name, first in enumerate(must.reexport):
        for second in must.reexport[name + 1 :]:
            if first.path == second.path and first.of != second.of:
                yield first, second, f"`{first.path}` names `{first.of}` and `{second.of}`"
