"""What a reader is shown of a benchmark's report: exact, zero and related values, and which of them still hold."""

from __future__ import annotations

import random
from typing import Any

from harness.compare.benchmark_traits import structure_of
from harness.measured import Structure, Trait
from tests.test_benchmark_learn import Report, pipeline, sample, seen


def structure(change: Any = lambda report: None, count: int = 5) -> Structure:
    """The structure of a pipeline whose second side is changed."""
    found = structure_of("demo bench", sample(1, 5), sample(2, count, change))
    assert found is not None
    return found


def trait(found: Structure, path: str, kind: str) -> Trait:
    (one,) = [one for one in found.traits if (one.path, one.kind) == (path, kind)]
    return one


def test_exact_zero_and_related_values_are_told_apart() -> None:
    found = structure()
    assert trait(found, "rows", "exact").says == "always 1000"
    assert trait(found, "retry_count", "zero").says == "always 0"
    assert trait(found, "dest.recv_nanos", "related").says == "= dest.recv_secs × 1e+09"
    assert {one.broken for one in found.traits} == {0}


def test_what_does_not_hold_any_more_says_what_there_is_instead() -> None:
    one = trait(structure(lambda report: report.update(rows=999)), "rows", "exact")
    assert (one.runs, one.broken, one.instead) == (5, 5, "999")


def test_of_many_traits_the_broken_ones_are_kept() -> None:
    def with_many(last: int) -> list[Report]:
        draw = random.Random(1)
        return [pipeline(draw) | {f"n{number:03}": 1 for number in range(400)} | {"last": last} for _ in range(5)]

    found = structure_of("demo", seen(with_many(1)), seen(with_many(2)))
    assert found is not None
    assert len(found.traits) == 150
    assert found.more > 250
    assert trait(found, "last", "exact").broken == 5


def test_without_a_report_there_is_no_structure() -> None:
    assert structure_of("demo", sample(1, 5), seen([])) is None
