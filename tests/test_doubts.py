"""What becomes of differences when both sides run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from harness.model import Case, Difference
from harness.probes.base import Findings, Pair, Subject
from harness.verify.doubts import Doubts
from tests.support.programs import pair
from tests.test_repeats import AFTER, BEFORE

CASE = Case(program="app")
PLACES = STDOUT, STDERR = ("stdout", ""), ("stderr", "")


class Probe:
    """Compares lines of two streams, `out | err`; one that begins with `moved` in place of `at home` is intended."""

    def __init__(self, answers: Mapping[tuple[str, str], str]) -> None:
        self.answers = answers
        self.runs = 0

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        streams = zip(PLACES, before.split(b" | "), after.split(b" | "), strict=False)
        return Findings(differences=tuple(self._one(place, old, new) for place, old, new in streams if old != new))

    def _one(self, place: tuple[str, str], old: bytes, new: bytes) -> Difference:
        intended = "as the plan says" if old.replace(b"at home", b"moved") == new else ""
        return Difference(
            facet=place[0], where="", before=old.decode(), after=new.decode(), case=CASE, intended=intended
        )

    def settle(self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair) -> Mapping[Any, str]:
        self.runs = max(self.runs, len(after))
        return self.answers

    def forms(self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair) -> Mapping[Any, str]:
        return {STDOUT: "by how often each outcome comes"}


def confirmed(before: Sequence[bytes], after: Sequence[bytes], probe: Probe | None = None) -> list[Difference]:
    """What is left of the difference of the first runs, where these outcomes come one after another."""

    def get(one: Subject, case: Case, repeat: int = 0, beside: str = "") -> bytes:
        some = before if one is BEFORE else after
        return some[repeat % len(some)]

    def ensure(one: Subject, cases: Sequence[Case], repeat: int, beside: str = "") -> None:
        pass

    probe = probe or Probe({STDOUT: "changed"})
    observer: Any = SimpleNamespace(probe=probe, get=get, ensure=ensure, lanes=1)
    first = probe.compare(CASE, before[0], after[0], pair()).differences
    return list(Doubts(observer, pair()).confirm(BEFORE, AFTER, first))


def test_an_intended_change_in_lines_that_come_in_any_order_is_intended_whatever_the_first_runs_were() -> None:
    (one,) = confirmed([b"at home, a, b", b"at home, b, a"], [b"moved, b, a", b"moved, a, b"])
    assert (one.intended, one.after) == ("as the plan says", "moved, a, b")


def test_an_outcome_that_no_other_side_has_is_a_change_whatever_else_is_intended() -> None:
    (one,) = confirmed([b"at home, a, b", b"at home, b, a"], [b"moved, b, a", b"moved, a, b, c", b"moved, a, b"])
    assert not one.intended
    (one,) = confirmed([b"at home, a, b", b"at home, b, a", b"at home"], [b"moved, b, a", b"moved, a, b"])
    assert not one.intended


def test_what_is_intended_in_part_is_run_as_often_as_anything_else_before_it_is_a_change() -> None:
    seldom, often = [*[b"at home, a, b"] * 14, b"at home, b, a"], [b"moved, b, a", *[b"moved, a, b"] * 14]
    (one,) = confirmed(seldom, often, probe := Probe({STDOUT: "changed"}))
    assert (one.intended, probe.runs) == ("as the plan says", 30)
    (one,) = confirmed(seldom[5:], [it.replace(b"moved", b"gone") for it in often], probe := Probe({STDOUT: "changed"}))
    assert (one.intended, probe.runs) == ("", 10)


def test_a_place_that_varies_does_not_become_a_change_because_another_changed() -> None:
    probe = Probe({STDOUT: "flaky", STDERR: "changed"})
    changed, flaky = confirmed([b"a | c"], [b"b | d"], probe)
    assert (changed.facet, changed.before, changed.after) == ("stderr", "c", "d")
    assert (flaky.facet, flaky.where, flaky.after) == ("flaky", "stdout", "b")


def test_a_change_that_the_first_runs_did_not_show_is_told_where_it_is() -> None:
    probe = Probe({STDOUT: "same", STDERR: "changed"})
    (one,) = confirmed([b"a | c", b"b | c"], [b"b | c", b"b | d"], probe)
    assert (one.facet, one.before, one.after) == ("stderr", "c", "d")


def test_a_change_that_no_two_outcomes_show_is_told_by_its_place() -> None:
    (one,) = confirmed([b"a | c"], [b"b | c"], Probe({STDOUT: "same", STDERR: "changed"}))
    assert (one.facet, one.before, one.after) == ("stderr", "", "")


def test_a_difference_that_does_not_show_again_is_dropped() -> None:
    assert confirmed([b"a"], [b"b"], Probe({STDOUT: "same", STDERR: "same"})) == []


def test_a_place_that_is_another_name_of_one_that_changed_is_not_told_beside_it() -> None:
    (one,) = confirmed([b"a | c"], [b"b | c"], Probe({STDOUT: "changed", ("timeout", ""): "changed"}))
    assert (one.facet, one.before, one.after) == ("stdout", "a", "b")
