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
PLACE = ("stderr", "")


class Probe:
    """Compares lines; one that begins with `moved` in place of `at home` is intended."""

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        if before == after:
            return Findings()
        intended = "as the plan says" if before.replace(b"at home", b"moved") == after else ""
        one = Difference(facet="stderr", where="", before=before.decode(), after=after.decode(), case=case)
        return Findings(differences=(Difference(**{**_fields(one), "intended": intended}),))

    def settle(self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair) -> Mapping[Any, str]:
        return {PLACE: "changed"}

    def forms(self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair) -> Mapping[Any, str]:
        return {PLACE: "by how often each outcome comes"}


def _fields(one: Difference) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("facet", "where", "before", "after", "case")}


def confirmed(before: Sequence[bytes], after: Sequence[bytes]) -> list[Difference]:
    """What is left of the difference of the first runs, where these outcomes come one after another."""

    def get(one: Subject, case: Case, repeat: int = 0) -> bytes:
        some = before if one is BEFORE else after
        return some[repeat % len(some)]

    def ensure(one: Subject, cases: Sequence[Case], repeat: int) -> None:
        pass

    probe = Probe()
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
