"""What the page draws: the report as plain values, each difference once and at a size that people read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.compare.text import Hunk, changed_spans, diff, excerpt
from harness.model import Case, CommitReport, Difference, ProbeReport, Report
from harness.report.answer import answer, strength
from harness.report.terminal import describe_case

__all__ = ["as_page"]

_LINES_IN_ALL = 120_000
_FEWEST_LINES, _MOST_LINES = 8, 160
_MOST_OF_A_FILE = 4_000
_LONGEST_MARKED = 600
_CONTEXT = 3


def as_page(report: Report) -> dict[str, Any]:
    """The data of the page."""
    rows = [*report.commits] if report.overall in report.commits else [*report.commits, report.overall]
    count = sum(len(probe.differences) + len(probe.notes) for row in rows for probe in row.probes)
    table = _Table(max(_FEWEST_LINES, min(_MOST_LINES, _LINES_IN_ALL // max(1, count))))
    commits = [_row(row, table, "range" if row is report.overall and len(rows) > 1 else "") for row in rows]
    return {
        "verdict": report.verdict.value,
        "reason": report.reason,
        "answer": answer(report),
        "strength": strength(report),
        "base": report.base,
        "head": report.head,
        "platform": report.platform,
        "toolchains": list(report.toolchains),
        "seconds": report.seconds.total,
        "probes": [probe.name for probe in report.overall.probes],
        "commits": commits,
        "differences": table.entries,
        "redactions": [{"name": one.name, "reason": one.reason, "hits": one.hits} for one in report.redactions],
    }


class _Table:
    """Every difference once, whichever commits show it."""

    def __init__(self, lines: int) -> None:
        self.entries: list[dict[str, Any]] = []
        self._lines = lines
        self._places: dict[str, int] = {}

    def place(self, one: Difference) -> int:
        """Its number."""
        key = repr(one)
        if key not in self._places:
            self._places[key] = len(self.entries)
            self.entries.append(_difference(one, self._lines))
        return self._places[key]


def _row(commit: CommitReport, table: _Table, name: str) -> dict[str, Any]:
    return {
        "id": name or commit.sha[:12],
        "sha": commit.sha,
        "subject": commit.subject if not name else "the two ends compared",
        "baseline": commit.baseline,
        "verdict": commit.verdict.value,
        "reason": commit.reason,
        "notes": list(commit.notes),
        "evidence": dict(commit.evidence),
        "probes": [_probe(probe, table) for probe in commit.probes],
    }


def _probe(probe: ProbeReport, table: _Table) -> dict[str, Any]:
    return {
        "name": probe.name,
        "verdict": probe.verdict.value,
        "reason": probe.reason,
        "cases": probe.cases,
        "seconds": probe.seconds,
        "blocks": _blocks(probe.differences, table),
        "notes": [table.place(one) for one in probe.notes],
    }


def _blocks(differences: Sequence[Difference], table: _Table) -> list[list[int]]:
    """Differences that one case shows belong together; the smallest case comes first."""
    groups: dict[object, list[Difference]] = {}
    for number, one in enumerate(differences):
        groups.setdefault(repr(one.case) if one.case else number, []).append(one)
    in_order = sorted(groups.values(), key=lambda group: group[0].case.size() if group[0].case else (0, 0, ""))
    return [[table.place(one) for one in group] for group in in_order]


def _difference(one: Difference, lines: int) -> dict[str, Any]:
    before, after = excerpt(one.before, one.after, lines=lines, context=_CONTEXT)
    return {
        "facet": one.facet,
        "where": one.where,
        "summary": one.summary,
        "count": one.count,
        "case": _case(one.case) if one.case else None,
        "reproduce": one.reproduce,
        "hunks": [_hunk(hunk) for hunk in diff(before, after, _CONTEXT)],
        "same": before if before == after else "",
    }


def _hunk(hunk: Hunk) -> dict[str, Any]:
    marks = [_marks(old, new) for old, new in zip(hunk.removed, hunk.added, strict=False)]
    return {
        "line": hunk.line,
        "lineAfter": hunk.line_after,
        "above": list(hunk.above),
        "removed": list(hunk.removed),
        "added": list(hunk.added),
        "below": list(hunk.below),
        "marks": marks,
    }


def _marks(old: str, new: str) -> list[list[list[int]]]:
    """The changed words of two lines that stand beside each other; none where hardly anything is alike."""
    if max(len(old), len(new)) > _LONGEST_MARKED:
        return [[], []]
    first, second = changed_spans(old, new)
    return [[[span.start, span.end] for span in spans] for spans in (first, second)]


def _case(case: Case) -> dict[str, Any]:
    return {
        "title": describe_case(case),
        "origin": case.origin,
        "files": {name: _content(content) for name, content in sorted(case.files.items())},
        "stdin": _content(case.stdin),
    }


def _content(content: bytes) -> str:
    text = content.decode("utf-8", "backslashreplace")
    more = len(text) - _MOST_OF_A_FILE
    return f"{text[:_MOST_OF_A_FILE]}\n… {more} more characters" if more > 0 else text
