"""From what probes say to what is said of a commit and of a range, and report.json as data."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Case, CommitReport, Difference, ProbeReport, RedactionHits, Report, Seconds, Verdict, worst
from harness.report.files import FILES, write_all
from harness.report.json_file import as_data
from harness.report.terminal import render, render_probe, verdict_line
from harness.verify.plan import comparisons_of
from harness.verify.verdicts import commit_report, merged_hits, report_of, verdict_of
from tests.test_plan import history

_ORDER = (
    "INCOMPLETE", "BUILD_FAILED", "CHANGED", "UNMET", "TIMED_OUT", "BASELINE_FAILED", "FLAKY", "INTENDED", "SAME",
)  # fmt: skip
VERDICTS = st.sampled_from(list(Verdict))


def difference(facet: str = "stdout", **more: Any) -> Difference:
    """A difference of this facet."""
    return Difference(facet=facet, where=more.pop("where", ""), before="a", after="b", **more)


def probe(verdict: Verdict, name: str = "command", **more: Any) -> ProbeReport:
    """A report of a probe."""
    return ProbeReport(name=name, verdict=verdict, reason=more.pop("reason", "because"), **more)


def of(*verdicts: Verdict) -> CommitReport:
    """What is said of a commit of which probes say this."""
    return commit_report(_PAIR, [probe(one, f"probe{number}") for number, one in enumerate(verdicts)])


_PAIR = comparisons_of(history("base", "one"))[0]


@pytest.mark.parametrize(("bad", "better"), list(itertools.pairwise(_ORDER)))
def test_a_commit_has_the_worst_verdict_of_its_probes(bad: str, better: str) -> None:
    assert of(Verdict[better], Verdict[bad], Verdict.SKIPPED).verdict is Verdict[bad]


def test_a_commit_of_which_everything_was_skipped_is_skipped() -> None:
    assert of(Verdict.SKIPPED, Verdict.SKIPPED).verdict is Verdict.SKIPPED


@given(st.lists(VERDICTS, min_size=1))
def test_the_order_of_the_probes_does_not_matter(verdicts: list[Verdict]) -> None:
    assert worst(verdicts) is worst(verdicts[::-1])


@given(st.lists(VERDICTS, min_size=1), VERDICTS)
def test_one_more_probe_never_makes_a_verdict_better(verdicts: list[Verdict], more: Verdict) -> None:
    if worst(verdicts) is not Verdict.SKIPPED:
        assert worst([*verdicts, more]).rank <= worst(verdicts).rank


def test_the_verdicts_that_fail_are_the_six_worst() -> None:
    assert [one.value for one in Verdict if one.fails] == list(_ORDER[:6])


@pytest.mark.parametrize(
    ("facets", "expected"),
    [
        ([], Verdict.SAME),
        (["stdout"], Verdict.CHANGED),
        (["timeout"], Verdict.TIMED_OUT),
        (["timed out"], Verdict.TIMED_OUT),
        (["flaky"], Verdict.FLAKY),
        (["flaky", "stderr"], Verdict.CHANGED),
        (["timeout", "flaky"], Verdict.TIMED_OUT),
        (["timeout", "stdout"], Verdict.CHANGED),
        (["build"], Verdict.BUILD_FAILED),
    ],
)
def test_facets_that_are_verdicts_of_their_own_are_those(facets: list[str], expected: Verdict) -> None:
    assert verdict_of([difference(one) for one in facets]) is expected


@pytest.mark.parametrize(("facet", "expected"), [("added", Verdict.SAME), ("flaky", Verdict.FLAKY)])
def test_of_notes_only_a_flake_counts(facet: str, expected: Verdict) -> None:
    assert verdict_of([], [difference(facet)]) is expected


def test_the_reason_of_a_commit_is_that_of_the_probes_that_decide() -> None:
    probes = [
        probe(Verdict.CHANGED, "command", reason="stdout"),
        probe(Verdict.SAME, "public_api", reason="no difference"),
        probe(Verdict.CHANGED, "lints", reason="clippy"),
    ]
    assert commit_report(_PAIR, probes).reason == "command: stdout; lints: clippy"


def test_a_reason_that_probes_share_is_given_once() -> None:
    probes = [probe(Verdict.BUILD_FAILED, name, reason="error: no") for name in ("command", "lints")]
    assert commit_report(_PAIR, probes).reason == "command, lints: error: no"


def test_a_commit_names_the_baseline_that_it_was_really_compared_with() -> None:
    assert commit_report(_PAIR, [probe(Verdict.SAME, baseline="f" * 40)]).baseline == "f" * 40
    assert commit_report(_PAIR, [probe(Verdict.SAME, baseline="")]).baseline == _PAIR.baseline.sha


# -- the range ------------------------------------------------------------------------------------------------


def whole(*verdicts: Verdict, probes: tuple[ProbeReport, ...] = ()) -> Report:
    """A range with one commit for each verdict but the last, which is that of the two ends."""
    comparisons = comparisons_of(history("base", *(f"commit {number}" for number in range(len(verdicts) - 1))))
    reports = [
        commit_report(one, [probe(verdict), *probes]) for one, verdict in zip(comparisons, verdicts, strict=True)
    ]
    return report_of(comparisons, reports, platform="Linux", toolchains=["rustc 1"], seconds=Seconds(total=1.0))


@given(st.lists(VERDICTS, min_size=2, max_size=8))
def test_a_range_has_the_worst_verdict_of_its_commits_and_its_ends(verdicts: list[Verdict]) -> None:
    assert whole(*verdicts).verdict is worst(verdicts)


def test_a_change_that_is_undone_is_still_a_change() -> None:
    assert whole(Verdict.CHANGED, Verdict.CHANGED, Verdict.SAME).verdict is Verdict.CHANGED


def test_a_change_that_only_the_ends_show_is_said_to_be_one() -> None:
    report = whole(Verdict.SAME, Verdict.SAME, Verdict.CHANGED)
    assert report.verdict is Verdict.CHANGED
    assert report.reason.startswith("the two ends compared: ")


def test_the_reason_of_a_range_names_the_commits_that_decide() -> None:
    report = whole(Verdict.SAME, Verdict.CHANGED, Verdict.CHANGED)
    assert report.reason == f"at {report.commits[1].sha[:12]} (command: because)"


def test_of_many_commits_that_decide_three_are_named() -> None:
    assert whole(*[Verdict.CHANGED] * 6).reason.endswith(" and 2 more")


def test_hits_of_redactions_are_added_up_most_first() -> None:
    one = (RedactionHits(name="a", reason="x", hits=1), RedactionHits(name="b", reason="y", hits=2))
    two = (RedactionHits(name="a", reason="x", hits=3),)
    assert [(hits.name, hits.hits) for hits in merged_hits([one, two])] == [("a", 4), ("b", 2)]


# -- what is written ------------------------------------------------------------------------------------------

HOSTILE = "[red]x[/red] \x1b[31m\x1b]0;title\x07 {curly} %s \u202e \ud7ff \x00 \r\n\tπ"


def hostile() -> Report:
    """A report in which every text is made to break what shows it."""
    case = Case(program="demo", argv=(HOSTILE,), files={"a": b"\xff\x00"}, env={"A": HOSTILE}, stdin=b"\xfe")
    one = Difference(
        facet=HOSTILE, where=HOSTILE, before=HOSTILE, after=HOSTILE + "b", case=case, reproduce=HOSTILE, summary=HOSTILE
    )
    return whole(
        Verdict.SAME,
        Verdict.CHANGED,
        probes=(probe(Verdict.CHANGED, "lints", reason=HOSTILE, differences=(one,), notes=(one,)),),
    )


@pytest.mark.parametrize("width", [20, 80, 140])
@pytest.mark.parametrize("verbose", [-1, 0, 1])
def test_hostile_text_is_shown_and_breaks_nothing(width: int, verbose: int) -> None:
    text = render(hostile(), width=width, colour=False, verbose=verbose)
    assert "[red]x[/red]" in text
    assert "{curly} %s" in text


def test_no_escape_sequence_of_a_program_reaches_the_terminal() -> None:
    text = render(hostile(), width=120, colour=False, verbose=1)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\x00" not in text


def test_no_escape_sequence_of_a_program_reaches_a_verdict_line() -> None:
    line = verdict_line("01-x", probe(Verdict.CHANGED, reason=HOSTILE), width=200, colour=False)
    assert "\x1b" not in line
    assert "\n" not in line.strip("\n")


def test_no_escape_sequence_of_a_program_reaches_junit() -> None:
    report = hostile().commits[0].probes[1]
    text = render_probe(_PAIR.id, report)
    assert not {"\x1b", "\x00", "\x07"} & set(text)


def test_the_data_is_the_same_after_a_round_trip(tmp_path: Any) -> None:
    report = hostile()
    paths = write_all(report, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == list(FILES)
    assert json.loads(paths[0].read_text("utf-8")) == json.loads(msgspec.json.encode(as_data(report)))


def test_what_is_no_text_is_written_as_base64() -> None:
    case = as_data(hostile())["overall"]["probes"][1]["differences"][0]["case"]
    assert case["files"] == {"a": {"base64": "/wA="}}
    assert case["stdin"] == {"base64": "/g=="}


def test_a_difference_without_a_case_says_so() -> None:
    report = whole(Verdict.SAME, Verdict.SAME, probes=(probe(Verdict.CHANGED, "lints", differences=(difference(),)),))
    assert as_data(report)["commits"][0]["probes"][1]["differences"][0]["case"] is None


def test_every_verdict_has_a_style() -> None:
    lines = [verdict_line("01-x", probe(one), width=80, colour=True) for one in Verdict]
    assert all("\x1b[" in line for line in lines)
    assert Counter(line.count("01-x") for line in lines) == {1: len(lines)}
