"""An approval is unused only where all that could rest on it was looked at, with the cases that it was found with."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.compare.approvals import Approval, Approvals
from harness.model import Comparison, Form, ProbeReport, Revision, Verdict, Wording
from harness.verify.approving import cases_drawn, labels_of, unused

FORM = Form(facet="stderr", general=Wording(where="", hunks=((("old",), ("new",)),)), of_case=True)


def comparisons() -> list[Comparison]:
    """Two commits and the range."""
    made = [Revision(sha=one, tree=one, subject=one, date="") for one in ("base", "one", "two")]
    pairs = [Comparison(id=one.sha, baseline=made[at], candidate=one) for at, one in enumerate(made[1:])]
    return [*pairs, Comparison(id="range", baseline=made[0], candidate=made[-1], is_range=True)]


def told(
    drawn_then: str = "", drawn_now: str = "", probe: str = "command", verdicts: Mapping[str, Verdict] | None = None
) -> bool:
    """Whether an approval of the first commit that nothing shows any more is told as unused."""
    plan = comparisons()
    file = labels_of(plan, drawn_then)["one"].file(probe)
    approvals = Approvals([Approval(probe=probe, form=FORM, file=file, subject="one")])
    said = dict.fromkeys(("one", "two", "range"), Verdict.SAME) | dict(verdicts or {})
    reports = {
        (name, probe): ProbeReport(name=probe, verdict=one, reason="")
        for name, one in said.items()
        if one is not Verdict.SKIPPED
    }
    return bool(unused(plan, reports, approvals, lambda subject: False, drawn_now))


def test_what_nothing_shows_any_more_is_told() -> None:
    assert told()


@pytest.mark.parametrize("name", ["one", "two", "range"])
@pytest.mark.parametrize("verdict", [Verdict.SKIPPED, Verdict.BUILD_FAILED, Verdict.INCOMPLETE, Verdict.TIMED_OUT])
def test_nothing_is_told_where_something_was_not_looked_at(name: str, verdict: Verdict) -> None:
    assert not told(verdicts={name: verdict})


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [("", "seed-9", False), ("seed-9", "", False), ("seed-9", "seed-9", True), ("cases-5", "seed-9", False)],
)
def test_other_cases_need_not_show_what_was_approved(then: str, now: str, expected: bool) -> None:
    assert told(then, now) is expected


def test_cases_make_no_difference_to_probes_that_run_none() -> None:
    assert told("seed-9", "", probe="public_api")


def test_the_file_says_which_cases_it_was_found_with() -> None:
    drawn = cases_drawn(seed=9, cases=5)
    assert labels_of(comparisons(), drawn)["one"].file("command") == "snapshots/approved/one.command.seed-9.cases-5.txt"
    assert labels_of(comparisons(), cases_drawn(0, 0))["one"].file("command") == "snapshots/approved/one.command.txt"
