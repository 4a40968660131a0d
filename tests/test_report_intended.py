"""What is intended and reached is told in a few lines, and never beside what breaks as if it did."""

from __future__ import annotations

from dataclasses import replace

from harness.model import CommitReport, Difference, ProbeReport, Report, Seconds, Verdict
from harness.report.terminal import render

MOVED = Difference(facet="moved", where="a::X", before="a::X", after="b::X", intended="as plan.md:7 says")
UNMET = Difference(
    facet="unmet", where="tests", before="exactly 3", after="2", summary="tests: 2 of 2 pass, and 3 is the target"
)
REACHED = Difference(facet="reached", where="lines", before="below 9", after="8 lines", summary="lines: 8 (plan.md:9)")


def shown(*differences: Difference, verdict: Verdict = Verdict.INTENDED, notes: tuple[Difference, ...] = ()) -> str:
    """What the terminal shows of a commit with these differences."""
    probe = ProbeReport(name="public_api", verdict=verdict, reason="why", differences=differences, notes=notes)
    commit = CommitReport(sha="c" * 40, subject="move", baseline="b", verdict=verdict, reason="why", probes=(probe,))
    report = Report(
        base="b", head="c", verdict=verdict, reason="why", platform="p", toolchains=(), commits=(commit,),
        overall=commit, redactions=(), seconds=Seconds(),
    )  # fmt: skip
    return render(report, width=100, colour=False, verbose=0)


def test_what_is_intended_is_one_line_with_what_it_rests_on() -> None:
    text = shown(MOVED)
    assert "as intended at cccccccccccc move\n  public_api moved: a::X → b::X (as plan.md:7 says)" in text
    assert "INTENDED public_api" not in text


def test_more_of_one_kind_is_counted() -> None:
    others = [replace(MOVED, before=f"a::{n}", after=f"b::{n}", intended=f"as plan.md:{n} says") for n in range(4)]
    line = "public_api moved 4 ×: a::0 → b::0, a::1 → b::1, a::2 → b::2 and 1 more (as plan.md:0 says and 3 more)"
    assert line in shown(*others)


def test_a_missed_target_stands_above_with_figure_and_target() -> None:
    text = shown(MOVED, UNMET, verdict=Verdict.UNMET)
    assert "UNMET public_api unmet tests  at cccccccccccc\n  tests: 2 of 2 pass, and 3 is the target\n" in text
    assert text.index("UNMET public_api unmet") < text.index("as intended at")


def test_what_was_reached_is_told_once() -> None:
    assert shown(notes=(REACHED,), verdict=Verdict.SAME).count("lines: 8 (plan.md:9)") == 1
