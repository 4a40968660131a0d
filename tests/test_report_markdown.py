"""summary.md: small enough for a comment, most important first, and nothing in it is markup but our own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report.markdown import LIMIT, render
from tests.support.reports import HOSTILE, hostile_report, large_report


@pytest.mark.slow
@pytest.mark.parametrize(("commits", "cases"), [(1, 0), (3, 30), (200, 10_000)])
def test_a_summary_is_always_small_enough(commits: int, cases: int) -> None:
    assert len(render(large_report(commits, cases))) < LIMIT


def test_what_did_not_fit_is_counted() -> None:
    text = render(large_report(50, 5_000)).decode()
    assert re.search(r"and \d+ more differences: report.html and report.json have all of them", text)


def test_the_answer_stands_first_and_every_commit_has_a_row() -> None:
    text = render(large_report(4, 8)).decode()
    assert text.startswith("## 🔴 Yes, at 4 of 4 commits.\n")
    assert text.count("\n| `0") == 4
    assert "**range**" in text


def test_nothing_of_a_program_is_markup_a_mention_or_a_link() -> None:
    text = render(hostile_report()).decode()
    outside = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "<script" not in outside
    assert "<img" not in outside
    assert not re.search(r"(?<!\\)\[link", outside)
    assert "@everyone" not in outside
    assert "\x1b" not in text


def test_every_folded_part_is_closed_again() -> None:
    text = render(large_report(50, 5_000)).decode()
    assert text.count("<details>") == text.count("</details>")
    assert text.count("\n```diff\n") == text.count("\n```\n") - text.count("\n```sh\n")


@settings(deadline=None)
@given(st.integers(1, 6), st.integers(0, 60))
def test_rendering_twice_gives_the_same(commits: int, cases: int) -> None:
    report = large_report(commits, cases)
    assert render(report) == render(report)


def test_hostile_text_is_still_readable() -> None:
    assert HOSTILE.startswith("</script>")
    assert "document.title='broken'" in render(hostile_report()).decode()
