"""Conditions of repeats, and telling series of outcomes apart at a stated rate of false alarms."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.output import CommandObservation
from harness.compare.repeated import ALARM_RATE, by_processors, distinguishable, fisher, is_busy, is_pinned
from harness.compare.weigh import weigh
from harness.model import Case
from harness.probes.command import CommandProbe
from harness.probes.conditions import conditions, pinned, provoked
from harness.verify.repeats import Settled
from tests.support.programs import needs_sandbox, pair, python, subject

CASE = Case(program="prog")


def said(*texts: str) -> list[CommandObservation]:
    return [CommandObservation(status="exit 0", stdout=text.encode()) for text in texts]


def answers(old: list[CommandObservation], new: list[CommandObservation]) -> tuple[str, str]:
    one = weigh(old, new, pair(), CASE)["stdout", ""]
    return one.answer, one.form


@pytest.mark.parametrize(
    ("runs", "reordered", "answer"), [(10, 1, "flaky"), (30, 2, "same"), (30, 8, "changed")], ids=str
)
def test_an_order_that_is_seldom_another_one_has_to_come_more_often_than_luck_allows(
    runs: int, reordered: int, answer: str
) -> None:
    old, new = ["a\nb"] * runs, ["b\na"] * reordered + ["a\nb"] * (runs - reordered)
    assert answers(said(*old), said(*new))[0] == answer


@pytest.mark.parametrize(("one", "other"), [("a\nb", "b\na"), ("no file: a, b", "no file: b, a"), ("a b;", "b; a")])
def test_three_runs_of_each_side_say_nothing_of_the_order_of_a_set_of_two(one: str, other: str) -> None:
    assert answers(said(*[one] * 3), said(*[other] * 3))[0] == "flaky"
    assert answers(said(*[one] * 10), said(*[other] * 10))[0] == "changed"


def test_words_in_any_order_may_have_separators_behind_them_or_not() -> None:
    old, new = ["none of: use a;, b, }", "none of: }, b, use a;"], ["none of: b, use a;, }", "none of: use a;, }, b"]
    assert answers(said(*old), said(*new))[0] == "same"
    assert answers(said(*old), said(*new[:1], "none of: b, use c;, }"))[0] != "same"


# -- the test -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("some", "of", "others", "of_others", "chance"),
    [(10, 10, 0, 10, 1.0825e-05), (9, 10, 2, 10, 0.005477), (5, 10, 5, 10, 1.0), (3, 4, 1, 4, 0.485714)],
)
def test_fishers_exact_test_gives_the_figures_of_the_textbook(
    some: int, of: int, others: int, of_others: int, chance: float
) -> None:
    assert fisher(some, of, others, of_others) == pytest.approx(chance, rel=1e-3)


@pytest.mark.parametrize("outcomes", [2, 3, 6])
def test_series_from_one_distribution_are_told_apart_less_often_than_stated(outcomes: int) -> None:
    draw = random.Random(outcomes)
    alarms = 0
    for _ in range(4000):
        weights = [draw.random() for _ in range(outcomes)]
        old, new = (draw.choices(range(outcomes), weights, k=10) for _ in range(2))
        alarms += distinguishable(old, new)
    assert alarms <= 4000 * ALARM_RATE


def test_a_frequent_outcome_that_is_now_rare_is_told() -> None:
    assert distinguishable(["a"] * 9 + ["b"], ["a"] + ["b"] * 9)
    assert not distinguishable(["a"] * 7 + ["b"] * 3, ["a"] * 4 + ["b"] * 6)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.randoms())
def test_the_same_series_in_another_order_is_never_told_apart(series: list[int], draw: random.Random) -> None:
    assert not distinguishable(series, draw.sample(series, len(series)))


# -- weaker forms ---------------------------------------------------------------------------------------------


def test_two_sides_that_vary_are_held_against_each_other_by_frequency() -> None:
    often, rare = said(*["ok"] * 9, "failed"), said("ok", *["failed"] * 9)
    assert answers(often, rare) == ("changed", "by how often each outcome comes")
    assert answers(often, said(*["ok"] * 8, *["failed"] * 2))[0] != "changed"


def test_a_line_that_mostly_came_and_now_mostly_does_not_is_a_change() -> None:
    old = said(*(f"id {number}\nflushed" for number in range(9)), "id 10")
    new = said(*(f"id {number + 20}" for number in range(9)), "id 40\nflushed")
    assert answers(old, new) == ("changed", "by how often each line comes")


def test_an_order_that_only_usually_holds_is_compared_without_the_order() -> None:
    old = said(*["a\nb"] * 8, *["b\na"] * 2)
    assert answers(old, said(*["a\nb"] * 6, *["b\na"] * 4)) == ("same", "as lines in any order")
    assert answers(old, said(*["a\nb\nc"] * 10))[0] == "changed"


def test_what_depends_on_the_number_of_processors_alone_is_compared_exactly() -> None:
    old = said(*(f"threads: {1 if is_pinned(repeat) else 2}" for repeat in range(10)))
    assert answers(old, old) == ("same", "for one processor and for all of them")
    assert answers(old, said(*(f"threads: {2 if is_pinned(repeat) else 3}" for repeat in range(10))))[0] == "changed"
    assert by_processors(["a", "b", "a", "b"]) is None


def test_an_order_that_is_new_but_rare_may_have_been_missed_on_the_baseline() -> None:
    rare, often = said(*["a\nb"] * 9, "b\na"), said(*["a\nb"] * 6, *["b\na"] * 4)
    assert answers(said(*["a\nb"] * 10), rare)[0] == "flaky"
    assert answers(said(*["a\nb"] * 10), often)[0] == "changed"
    assert answers(said(*["a\nb"] * 10), said(*["a\nb"] * 9, "a\nc"))[0] == "changed"


def test_an_order_that_the_number_of_processors_decides_mostly_is_a_race() -> None:
    old = said(*("a\nb" if is_pinned(repeat) else "b\na" for repeat in range(10)))
    new = said(*("a\nb" if is_pinned(repeat) and repeat != 5 else "b\na" for repeat in range(10)))
    assert answers(old, new) == ("same", "as lines in any order")
    assert answers(old, old)[0] == "same"


# -- provoking ------------------------------------------------------------------------------------------------


def test_among_the_ten_repeats_are_all_conditions_and_the_first_is_as_it_comes() -> None:
    kinds = [(is_pinned(repeat), is_busy(repeat)) for repeat in range(10)]
    assert kinds[0] == (False, False)
    assert set(kinds) == {(False, False), (True, False), (False, True), (True, True)}
    assert len({conditions(repeat) for repeat in range(10)}) == 10


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not let a program be pinned")
def test_a_pinned_repeat_has_one_processor_and_afterwards_all_are_back(tmp_path: Path) -> None:
    allowed = os.sched_getaffinity(0)
    one = subject({"prog": python(tmp_path, "import os; print(len(os.sched_getaffinity(0)))")})
    with provoked(1):
        ((_, seen),) = CommandProbe().observe(one, [CASE], 1)
    assert b"1\n" in seen
    assert os.sched_getaffinity(0) == allowed


def test_a_busy_repeat_takes_time_of_a_processor_and_leaves_nothing_running() -> None:
    before = os.times().children_user
    with provoked(2):
        time.sleep(0.5)
    assert os.times().children_user - before > 0.05


SHARE = """
import time
began, used = time.perf_counter(), time.process_time()
while time.perf_counter() - began < 0.3:
    pass
print("in time" if (time.process_time() - used) / 0.3 > 0.8 else "too late")
"""


@needs_sandbox
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not let a program be pinned")
def test_a_race_against_the_clock_ends_the_other_way_beside_a_busy_process_on_one_processor(tmp_path: Path) -> None:
    one = subject({"prog": python(tmp_path, SHARE)})
    assert is_pinned(3)
    assert is_busy(3)
    with provoked(3):
        ((_, seen),) = CommandProbe().observe(one, [CASE], 1)
    assert b"too late" in seen


def test_pinning_says_whether_it_worked() -> None:
    with pinned() as worked:
        assert worked == hasattr(os, "sched_setaffinity")


# -- told -----------------------------------------------------------------------------------------------------


def test_the_report_says_how_many_cases_were_cut_short() -> None:
    assert Settled(answers={}).remarks() == []
    (told,) = Settled(answers={}, unfinished=3, varying=20).remarks()
    assert told.startswith("3 of 20 cases that vary on the baseline by itself were not run ten times")
