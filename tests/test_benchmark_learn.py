"""What is learned of a report from several runs, and when another side breaks it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.benchmark import Break, Reports, breaks, reports_of
from harness.compare.benchmark_facts import Kind
from harness.compare.benchmark_learn import learn
from harness.compare.output import CommandObservation
from tests.support.programs import pair

SPEC = "line:@@"
Report = dict[str, Any]


def pipeline(draw: random.Random) -> Report:
    """A report as an engine prints it: counts, zeros, times that belong together."""
    recv, connect, work = (draw.randrange(10**5, 10**8) for _ in range(3))
    total = (recv + connect + work) / 1e9
    rows = 1000
    return {
        "pipeline": "small",
        "rows": rows,
        "rows_written": rows // 2,
        "retry_count": 0,
        "load_ms": draw.choice([0, 0, 1, 5]),
        "duration_secs": total,
        "rows_per_sec": rows / total,
        "dest": {
            "recv_secs": recv / 1e9,
            "recv_nanos": recv,
            "connect_secs": connect / 1e9,
            "work_secs": work / 1e9,
        },
        "wait_secs": draw.uniform(0.01, 0.1),
        "loads_ms": [draw.randrange(3), draw.randrange(3)],
    }


def seen(reports: list[Report]) -> Reports:
    runs = [CommandObservation(status="exit 0", stdout=f"@@{json.dumps(one)}\n".encode()) for one in reports]
    return reports_of(runs, SPEC)


def sample(seed: int, count: int, change: Callable[[Report], object] = lambda report: None) -> Reports:
    draw = random.Random(seed)
    made = [pipeline(draw) for _ in range(count)]
    for one in made:
        change(one)
    return seen(made)


def final(old: Reports, new: Reports) -> dict[str, tuple[str, str]]:
    return {one.where: (one.before, one.after) for one in breaks(old, new, final=True)}


def said(reports: Reports) -> dict[tuple[str, Kind], str]:
    return {(fact.path, fact.kind): fact.says() for fact in learn(reports.tables)}


# -- learning -------------------------------------------------------------------------------------------------


def test_exact_values_zeros_units_and_relations_are_learned_from_five_runs() -> None:
    facts = said(sample(1, 5))
    assert facts["rows", Kind.ALWAYS] == "always 1000"
    assert facts["retry_count", Kind.ALWAYS] == "always 0"
    assert facts["pipeline", Kind.ALWAYS] == 'always "small"'
    assert facts["dest", Kind.KEYS] == "recv_secs, recv_nanos, connect_secs, work_secs"
    assert facts["loads_ms", Kind.LENGTH] == "always of length 2"
    assert facts["duration_secs", Kind.POSITIVE] == "never 0"
    assert facts["dest.recv_nanos", Kind.SUM] == "= dest.recv_secs × 1e+09"
    assert facts["duration_secs", Kind.SUM] == "= dest.recv_secs + dest.connect_secs + dest.work_secs"
    assert facts["rows", Kind.PRODUCT] == "= rows_per_sec × duration_secs"


def test_what_holds_by_luck_is_no_relation() -> None:
    draw = random.Random(2)
    reports = [{"a_ms": draw.randrange(2), "b_ms": draw.randrange(2), "c_ms": draw.randrange(3)} for _ in range(5)]
    for one in reports:
        one["b_ms"] = one["a_ms"]  # equal in all runs, but so would unrelated ones often be
    assert not [fact for fact in learn(seen(reports).tables) if fact.terms]


def test_a_time_that_is_always_a_bit_less_than_another_is_at_most_that() -> None:
    draw = random.Random(3)
    reports = []
    for _ in range(12):
        whole = draw.uniform(0.1, 0.9)
        reports.append({"total_secs": whole, "part_secs": whole - draw.uniform(1e-6, 1e-3)})
    assert said(seen(reports))["part_secs", Kind.AT_MOST] == "at most total_secs"


def test_equal_counts_that_grow_together_are_told_equal() -> None:
    reports = [{"sent": 10 + index * 7, "received": 10 + index * 7, "other": index * index + 3} for index in range(6)]
    assert said(seen(reports))["received", Kind.SUM] == "= sent"


def test_times_of_the_day_are_not_compared() -> None:
    reports = [{"started_at": 1767225600, "epoch_ms": 1767225600123, "rows": 1} for _ in range(5)]
    assert {path for path, kind in said(seen(reports)) if kind is Kind.ALWAYS} == {"rows"}
    texts = [{"at": f"2024-01-01T00:00:{second:02}Z", "rows": 1} for second in range(5)]
    runs = [CommandObservation(status="exit 0", stdout=f"@@{json.dumps(one)}".encode()) for one in texts]
    reports_hidden = reports_of(runs, SPEC, pair().before)
    assert final(reports_hidden, reports_hidden) == {}
    assert sum(reports_hidden.hits.values()) == 5


def test_keys_in_a_random_order_are_compared_as_a_set() -> None:
    draw = random.Random(4)
    keys = ["a", "b", "c", "d"]
    shuffled = [dict.fromkeys(draw.sample(keys, 4), 1) for _ in range(8)]
    again = [dict.fromkeys(draw.sample(keys, 4), 1) for _ in range(8)]
    assert final(seen(shuffled), seen(again)) == {}
    assert "" in final(seen(shuffled), seen([dict.fromkeys(draw.sample(keys, 3), 1) for _ in range(8)]))


def test_named_elements_may_come_in_any_order() -> None:
    one, two = {"name": "users", "rows": 1}, {"name": "orders", "rows": 2}
    old, new = seen([{"streams": [one, two]}] * 5), seen([{"streams": [two, one]}] * 5)
    assert final(old, new) == {}
    assert "streams[users].rows" in final(old, seen([{"streams": [two, {**one, "rows": 9}]}] * 5))


# -- holding --------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**9), st.sampled_from([5, 15, 50]))
def test_a_candidate_from_the_same_distribution_breaks_nothing(seed: int, count: int) -> None:
    assert final(sample(seed, count), sample(seed + 1, count)) == {}


CHANGES: dict[str, tuple[Callable[[Report], object], set[str]]] = {
    "a renamed key": (lambda one: one.update(fetched=one.pop("rows")), {""}),
    "a dropped key": (lambda one: one["dest"].pop("recv_nanos"), {"dest"}),
    "a new key": (lambda one: one.update(more=1), {""}),
    "another order": (lambda one: one.update(rows=one.pop("rows")), {""}),
    "a zeroed time": (lambda one: one["dest"].update(work_secs=0.0), {"dest.work_secs"}),
    "a count off by one": (lambda one: one.update(rows_written=501), {"rows_written"}),
    "a zero that is none any more": (lambda one: one.update(retry_count=1), {"retry_count"}),
    "a unit in a related key": (
        lambda one: one["dest"].update(recv_nanos=one["dest"]["recv_nanos"] // 1000),
        {"dest.recv_nanos"},
    ),
    "a unit in an unrelated key": (lambda one: one.update(wait_secs=one["wait_secs"] * 1000), {"wait_secs"}),
    "a type": (lambda one: one.update(rows="1000"), {"rows"}),
    "a float for an integer": (lambda one: one.update(rows=1000.0), {"rows"}),
    "a longer list": (lambda one: one["loads_ms"].append(0), {"loads_ms"}),
    "null": (lambda one: one.update(duration_secs=None), {"duration_secs"}),
    "a negative time": (lambda one: one["dest"].update(work_secs=-0.1), {"dest.work_secs"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**9), count=st.sampled_from([15, 50]))
def test_each_change_of_a_report_is_seen(name: str, seed: int, count: int) -> None:
    change, places = CHANGES[name]
    first = breaks(sample(seed, 5), sample(seed + 1, 5, change), final=False)
    assert places <= {one.where for one in first}
    assert places <= set(final(sample(seed, count), sample(seed + 1, count, change)))


def test_a_count_that_is_now_sometimes_wrong_is_a_change() -> None:
    draw = random.Random(5)
    broken = sample(6, 30, lambda one: one.update(rows=draw.choice([1000, 999])))
    assert final(sample(7, 30), broken)["rows"] == ("always 1000", "999")


def test_what_the_baseline_itself_does_not_keep_is_no_property_of_it() -> None:
    draw = random.Random(8)
    both = [sample(seed, 50, lambda one: one.update(rows=draw.choice([999, 1000, 1001]))) for seed in (9, 10)]
    assert final(*both) == {}


def test_a_measured_zero_now_and_then_is_no_change_and_always_is_one() -> None:
    old = sample(11, 30)
    draw = random.Random(12)
    rare = sample(13, 30, lambda one: one["dest"].update(work_secs=0.0) if draw.random() < 0.05 else None)
    assert "dest.work_secs" not in final(old, rare)


def test_a_time_that_waits_or_does_not_is_no_change_of_its_unit() -> None:
    draw = random.Random(14)

    def waits(often: float) -> Callable[[Report], object]:
        return lambda one: one.update(emit_nanos=draw.choice([4_000, 9_000_000] if draw.random() < often else [5_000]))

    old, new = sample(15, 30, waits(0.2)), sample(16, 30, waits(0.9))
    assert "emit_nanos" not in final(new, old)
    assert final(old, sample(17, 30, lambda one: one.update(emit_nanos=4)))["emit_nanos"][1] == "about 10^-3 times that"


def test_what_is_said_of_a_break_does_not_depend_on_counts() -> None:
    told = [
        [
            (one.before, one.after)
            for one in breaks(sample(1, n), sample(2, n, CHANGES["a count off by one"][0]), final=True)
        ]
        for n in (15, 50)
    ]
    assert told[0] == told[1] == [("always 500", "501")]


def test_a_summary_names_the_place_and_how_often() -> None:
    (one,) = breaks(sample(1, 5), sample(2, 5, CHANGES["a count off by one"][0]), final=True)
    assert isinstance(one, Break)
    assert one.summary() == "rows_written: always 500 in 5 of 5 runs, 501 in 5 of 5"


# -- runs without a report ------------------------------------------------------------------------------------


def ended(*outcomes: tuple[str, str]) -> Reports:
    return reports_of([CommandObservation(status=status, stdout=text.encode()) for status, text in outcomes], SPEC)


def test_a_report_that_is_gone_is_a_change_with_its_reason() -> None:
    old, new = ended(*[("exit 0", '@@{"a": 1}')] * 5), ended(*[("exit 0", "")] * 5)
    assert [(one.facet, one.before, one.after) for one in breaks(old, new, final=True)] == [
        ("report", "a report", "no line starts with @@")
    ]


def test_the_place_of_the_marked_line_counts_where_it_is_always_the_same() -> None:
    line = '@@{"a": 1}'
    last, first = ended(*[("exit 0", f"done\n{line}\n")] * 5), ended(*[("exit 0", f"{line}\ndone\n")] * 5)
    assert breaks(last, last, final=True) == []
    assert [(one.facet, one.before, one.after) for one in breaks(last, first, final=True)] == [
        ("report", "line 2 of 2 of standard output", "line 1 of 2 of standard output")
    ]
    draw = random.Random(18)
    many = [ended(*[("exit 0", "log\n" * draw.randrange(50) + f"{line}\n") for _ in range(15)]) for _ in range(2)]
    assert breaks(*many, final=True) == []


def test_an_exit_status_and_a_timeout_have_facets_of_their_own() -> None:
    old = ended(*[("exit 0", '@@{"a": 1}')] * 5)
    assert [one.facet for one in breaks(old, ended(*[("exit 3", '@@{"a": 1}')] * 5), final=True)] == ["exit status"]
    hung = ended(*[("timed out after 60 s", "")] * 5)
    assert [one.facet for one in breaks(old, hung, final=True)] == ["timeout", "report"]


def test_a_baseline_that_often_fails_is_held_against_how_often_the_candidate_does() -> None:
    good, bad = ("exit 0", '@@{"a": 1}'), ("exit 1", "")
    old = ended(*[good] * 27, *[bad] * 3)
    assert breaks(old, ended(*[good] * 25, *[bad] * 5), final=True) == []
    assert [one.facet for one in breaks(old, ended(*[good] * 8, *[bad] * 22), final=True)] == ["exit status", "report"]


def test_two_sides_without_a_report_are_alike() -> None:
    nothing = ended(*[("exit 0", "")] * 5)
    assert breaks(nothing, nothing, final=True) == []
