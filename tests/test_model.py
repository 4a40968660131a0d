"""The precedence of verdicts."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from harness.model import Case, Verdict, worst

VERDICTS = st.lists(st.sampled_from(list(Verdict)), max_size=6)

# As the table of the design says it, worst first, with the exit status of each.
TABLE = {
    "INCOMPLETE": 1,
    "BUILD_FAILED": 1,
    "CHANGED": 1,
    "UNMET": 1,
    "TIMED_OUT": 1,
    "BASELINE_FAILED": 1,
    "FLAKY": 0,
    "SKIPPED": 0,
    "INTENDED": 0,
    "SAME": 0,
}


def test_verdicts_are_ranked_as_the_design_says() -> None:
    assert [verdict.name for verdict in sorted(Verdict, key=lambda one: one.rank)] == list(TABLE)


def test_a_verdict_fails_exactly_if_its_exit_status_is_one() -> None:
    assert {verdict.name: int(verdict.fails) for verdict in Verdict} == TABLE


def test_of_two_verdicts_the_one_ranked_worse_is_the_worst() -> None:
    for first, second in itertools.combinations([one for one in Verdict if one is not Verdict.SKIPPED], 2):
        assert worst([first, second]) is worst([second, first]) is first


def test_what_was_skipped_does_not_count_beside_what_was_looked_at() -> None:
    assert worst([Verdict.SKIPPED, Verdict.SAME]) is Verdict.SAME
    assert worst([Verdict.INTENDED, Verdict.SKIPPED]) is Verdict.INTENDED


def test_where_all_was_skipped_the_whole_is_skipped() -> None:
    assert worst([Verdict.SKIPPED, Verdict.SKIPPED]) is Verdict.SKIPPED


def test_the_worst_of_nothing_is_never_a_success() -> None:
    assert worst([]) is Verdict.SKIPPED


@given(parts=VERDICTS, more=VERDICTS)
def test_the_worst_of_parts_of_parts_is_the_worst_of_all(parts: list[Verdict], more: list[Verdict]) -> None:
    assert worst([worst(parts), worst(more)]) is worst([*parts, *more])


@given(parts=VERDICTS, one=st.sampled_from(list(Verdict)))
def test_a_failure_is_never_outweighed(parts: list[Verdict], one: Verdict) -> None:
    if one.fails:
        assert worst([*parts, one]).fails


def test_a_persons_smallest_case_comes_first() -> None:
    cases = [
        Case(program="a"),
        Case(program="a", argv=("x",)),
        Case(program="a", argv=("xyz",)),
        Case(program="a", stdin=b"x" * 5),
        Case(program="a", argv=("x", "y")),
        Case(program="a", argv=("x",), files={"f": b""}, env={"A": "1"}),
    ]
    assert sorted(cases, key=Case.size) == cases
