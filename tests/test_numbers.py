"""Numbers that are other ones in every run of the baseline."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.numbers import weigh_without_numbers
from harness.compare.weighed import Weighed

FORM = "without the numbers that vary on the baseline"
OLD = [f"read 3 files in {one} steps" for one in (120, 131, 118, 125, 140, 122, 137, 119, 128, 133)]


def reworded(before: str, after: str) -> list[str]:
    return [text.replace(before, after) for text in OLD]


def test_other_numbers_in_their_places_are_the_same() -> None:
    new = [f"read 3 files in {one} steps" for one in (121, 130, 116, 127, 139, 123, 136, 117, 129, 134)]
    assert weigh_without_numbers(OLD, new) == Weighed(answer="same", form=FORM)


def test_a_number_that_stays_the_same_now_is_a_change() -> None:
    new = ["read 3 files in 0 steps"] * 10
    found = weigh_without_numbers(OLD, new)
    assert found is not None
    assert found.answer == "changed"


def test_another_number_beside_them_is_a_change() -> None:
    assert weigh_without_numbers(OLD, reworded("3 files", "4 files")) == Weighed(answer="changed", form=FORM)


@pytest.mark.parametrize(
    "new",
    [
        reworded("files", "folders"),
        reworded(" steps", " steps\n1 more"),
        reworded(" steps", "000 steps"),
    ],
    ids=["another word", "a line more", "another unit"],
)
def test_what_else_differs_is_left_to_other_forms(new: list[str]) -> None:
    assert weigh_without_numbers(OLD, new) is None


def counters(seed: int) -> list[str]:
    made = random.Random(seed)
    return ["\n".join(f"pass {line}: {int(made.random() < 0.1)}" for line in range(60)) for _ in range(10)]


def test_many_places_that_each_vary_rarely_are_no_change() -> None:
    answers = [
        found.answer
        for seed in range(0, 200, 2)
        if (found := weigh_without_numbers(counters(seed), counters(seed + 1)))
    ]
    assert "changed" not in answers


def test_a_number_that_is_one_of_a_few_is_not_taken_for_one_that_is_measured() -> None:
    old = ["processed 50 rows"] * 9 + ["processed 49 rows"]
    assert weigh_without_numbers(old, ["processed 50 rows"] * 3 + ["processed 0 rows"] * 7) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [("read", "  read"), ("read ", "read\t\tof "), ("steps", "e6 steps"), ("in ", "in 0.0")],
    ids=["another indentation", "another separator", "a unit of a million", "a smaller unit"],
)
def test_what_stands_around_numbers_and_their_size_are_compared(before: str, after: str) -> None:
    assert weigh_without_numbers(OLD, reworded(before, after)) is None


def test_one_run_with_another_steady_number_is_left_to_other_forms() -> None:
    assert weigh_without_numbers(OLD, [*OLD[1:], "read 4 files in 120 steps"]) is None


def test_a_baseline_that_varies_in_more_than_numbers_is_left_to_other_forms() -> None:
    assert weigh_without_numbers([*OLD, "failed in 120 steps"], OLD) is None
    assert weigh_without_numbers(["no numbers"] * 3, ["no numbers"] * 3) is None


def test_a_few_runs_say_too_little() -> None:
    assert weigh_without_numbers(OLD[:9], OLD[1:]) is None


def test_digits_in_names_count_as_what_stands_beside() -> None:
    old = [f"v1.2.3 of app2 took {one}" for one in range(100, 110)]
    assert weigh_without_numbers(old, old[::-1]) == Weighed(answer="same", form=FORM)
    new = [text.replace("app2", "app3") for text in old]
    assert weigh_without_numbers(old, new) == Weighed(answer="changed", form=FORM)


def test_a_fraction_alone_is_a_number() -> None:
    old = [f"at.{one:03}" for one in range(0, 1000, 100)]
    assert weigh_without_numbers(old, [f"at.{one:03}" for one in range(50, 1050, 100)])


@given(st.lists(st.integers(1000, 9000), min_size=10, max_size=10, unique=True))
def test_runs_in_another_order_are_the_same(numbers: list[int]) -> None:
    old = [f"{one} rows, {one * 2} bytes" for one in numbers]
    assert weigh_without_numbers(old, old[::-1]) == Weighed(answer="same", form=FORM)


def test_spaces_that_line_numbers_up_do_not_count() -> None:
    old = [f"total {one:>6} ns" for one in range(995, 1005)]
    assert weigh_without_numbers(old, [f"total {one:>6} ns" for one in range(1004, 994, -1)])
