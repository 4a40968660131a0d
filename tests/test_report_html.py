"""report.html as bytes: what stands in it, and that nothing a program printed can be markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import CommitReport, Difference, ProbeReport, Verdict
from harness.report import html
from harness.report.answer import answer, strength
from harness.report.html.data import as_page
from tests.support.reports import hostile_report, large_report, report_of_commits


def data_of(page: bytes) -> dict[str, Any]:
    """The data that stands in a page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.decode(), re.DOTALL)
    assert found is not None
    known: dict[str, Any] = json.loads(found.group(1))
    return known


def test_the_page_holds_the_report_as_data() -> None:
    report = large_report(4, 20)
    assert data_of(html.render(report)) == as_page(report)


def test_nothing_of_the_program_ends_the_data_or_starts_an_element() -> None:
    page = html.render(hostile_report()).decode()
    assert page.count("</script>") == 2
    assert "<img" not in page
    assert "document.title='broken'</script>" not in page


def test_the_page_asks_for_nothing_from_anywhere() -> None:
    page = html.render(large_report(2, 4)).decode()
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == []
    assert "default-src 'none'" in page


def test_a_difference_that_many_commits_show_stands_in_the_page_once() -> None:
    report = large_report(2, 4)
    twice = report_of_commits([report.commits[0], report.commits[0]], report.overall)
    assert len(as_page(twice)["differences"]) == len(as_page(report)["differences"]) - 2


def test_logs_never_fill_more_than_their_part_of_the_page() -> None:
    report = large_report(2, 2_000)

    def logged(commit: CommitReport) -> CommitReport:
        probes = tuple(
            replace(one, differences=tuple(replace(each, logs=("x" * 9_000, "y" * 9_000)) for each in one.differences))
            for one in commit.probes
        )
        return replace(commit, probes=probes, log="z" * 900_000)

    page = html.render(report_of_commits([logged(one) for one in report.commits], report.overall))
    assert len(page) < 8_000_000
    assert "other logs already fill this page" in page.decode()


def test_a_large_report_stays_below_ten_megabytes() -> None:
    assert len(html.render(large_report())) < 10_000_000


def test_differences_with_huge_texts_are_cut_and_say_so() -> None:
    texts = ["\n".join(f"{side} {line}" for line in range(50_000)) for side in ("old", "new")]
    one = Difference(facet="stdout", where="", before=texts[0], after=texts[1])
    commit = large_report(1, 0).commits[0]
    probe = ProbeReport(name="command", verdict=Verdict.CHANGED, reason="stdout", differences=(one,))
    report = report_of_commits([type(commit)(sha="a", subject="", baseline="", verdict=Verdict.CHANGED, reason="",
                                             probes=(probe,))], commit)  # fmt: skip
    page = html.render(report)
    assert len(page) < 200_000
    assert "more lines" in page.decode()


@given(st.text(alphabet=st.characters()))
def test_any_text_survives_in_the_data_as_it_was(text: str) -> None:
    one = Difference(facet="stdout", where=text, before="", after="", summary=text)
    probe = ProbeReport(name="command", verdict=Verdict.CHANGED, reason=text, differences=(one,))
    commit = large_report(1, 0).commits[0]
    row = type(commit)(sha="a", subject=text, baseline="", verdict=Verdict.CHANGED, reason=text, probes=(probe,))
    page = html.render(report_of_commits([row], row))
    (entry,) = data_of(page)["differences"]
    assert entry["where"] == text


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_an_answer_of_its_own(verdict: Verdict) -> None:
    probe = ProbeReport(name="command", verdict=verdict, reason="because")
    commit = large_report(1, 0).commits[0]
    row = type(commit)(sha="a" * 40, subject="s", baseline="", verdict=verdict, reason="", probes=(probe,))
    others = [one for one in Verdict if one is not verdict]
    said = answer(report_of_commits([row], row))
    assert said.endswith(".")
    for other in others:
        changed = type(commit)(sha="a" * 40, subject="s", baseline="", verdict=other, reason="", probes=(probe,))
        assert answer(report_of_commits([changed], changed)) != said


def test_what_was_not_looked_at_is_said() -> None:
    probe = ProbeReport(name="terminal", verdict=Verdict.SKIPPED, reason="the workspace has no executable")
    commit = large_report(1, 0).commits[0]
    row = type(commit)(sha="a", subject="", baseline="", verdict=Verdict.SKIPPED, reason="", probes=(probe,))
    assert "terminal did not look: the workspace has no executable." in strength(report_of_commits([row], row))
