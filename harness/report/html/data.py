"""What the page draws: the report as plain values, each difference once and at a size that people read. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from harness.compare.text import Hunk, changed_spans, diff, excerpt
from harness.model import Case, CommitReport, Difference, ProbeReport, Report
from harness.report.answer import answer, figures, strength
from harness.report.terminal import describe_case
from harness.report.told import MOVED

__all__ = ["as_page"]

_LINES_IN_ALL = 120_000
_FEWEST_LINES, _MOST_LINES = 8, 160
_MOST_OF_A_FILE = 4_000
_LONGEST_MARKED = 600
_CONTEXT = 3
# What is drawn elsewhere, or is often so, stands with the other sentences on how far the report can be trusted.
_ROUTINE = re.compile(r"^durations \(|since the baseline alone varies$")
_CASE_LOGS_IN_ALL = 2_000_000
_BUILD_LOGS_IN_ALL = 1_000_000
_NO_ROOM = "(left out: other logs already fill this page)"


def as_page(report: Report) -> dict[str, Any]:
    """The data of the page."""
    rows = [(commit, "", commit.subject) for commit in report.commits]
    if report.overall not in report.commits and report.overall is not report.surfaces:
        rows.append((report.overall, "range", "the two ends compared"))
    if report.surfaces:
        rows.append((report.surfaces, "surfaces", "what the head offers, against what was approved"))
    count = sum(len(probe.differences) + len(probe.notes) for row, _, _ in rows for probe in row.probes)
    table = _Table(max(_FEWEST_LINES, min(_MOST_LINES, _LINES_IN_ALL // max(1, count))))
    failing_first = sorted(report.commits, key=lambda one: one.verdict.rank)
    logs = _Room(_BUILD_LOGS_IN_ALL)
    kept = {id(one): logs.take(one.log) for one in failing_first}
    commits = [_row(row, table, name, subject, kept.get(id(row), "")) for row, name, subject in rows]
    return {
        "verdict": report.verdict.value,
        "reason": report.reason,
        "answer": answer(report),
        "figures": [list(one) for one in figures(report)],
        "strength": strength(report),
        "warnings": _warnings(report),
        "base": report.base,
        "head": report.head,
        "platform": report.platform,
        "toolchains": list(report.toolchains),
        "seconds": report.seconds.total,
        "probes": [probe.name for probe in report.overall.probes] if report.commits else [],
        "commits": commits,
        "differences": table.entries,
        "redactions": [{"name": one.name, "reason": one.reason, "hits": one.hits} for one in report.redactions],
    }


def _warnings(report: Report) -> list[str]:
    """What has to be known before anything else."""
    own = [f"Changed by the range itself, so look at it first: {text}." for text in report.changed_by_range]
    telling = [remark for remark in report.remarks if not _ROUTINE.search(remark)]
    return [*own, *(f"{remark[:1].upper()}{remark[1:]}." for remark in telling)]


class _Room:
    """So many characters of logs, first come, first served: what they cost must not grow with the report."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def take(self, text: str) -> str:
        """The text, or that it did not fit."""
        self._left -= len(text)
        return text if self._left >= 0 or not text else _NO_ROOM


class _Table:
    """Every difference once, whichever commits show it."""

    def __init__(self, lines: int) -> None:
        self.entries: list[dict[str, Any]] = []
        self._lines = lines
        self._places: dict[str, int] = {}
        self._logs = _Room(_CASE_LOGS_IN_ALL)

    def place(self, one: Difference) -> int:
        """Its number."""
        key = repr(replace(one, logs=None, forms=()))
        if key not in self._places:
            self._places[key] = len(self.entries)
            logs = [self._logs.take(text) for text in one.logs] if one.logs else None
            self.entries.append(_difference(one, self._lines) | ({"logs": logs} if logs else {}))
        return self._places[key]


def _row(commit: CommitReport, table: _Table, name: str, subject: str, log: str) -> dict[str, Any]:
    return {
        "id": name or commit.sha[:12],
        "sha": commit.sha,
        "subject": subject,
        "baseline": "" if name == "surfaces" else commit.baseline,
        "verdict": commit.verdict.value,
        "reason": commit.reason,
        "notes": list(commit.notes),
        "evidence": dict(commit.evidence),
        "log": log,
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
        "structures": [dataclasses.asdict(one) for one in probe.structures],
        "timings": [dataclasses.asdict(one) for one in probe.timings],
    }


def _blocks(differences: Sequence[Difference], table: _Table) -> list[list[int]]:
    """Differences that one case shows belong together; the smallest case comes first, and what is intended last."""
    groups: dict[object, list[Difference]] = {}
    for number, one in enumerate(differences):
        groups.setdefault(repr(one.case) if one.case else number, []).append(one)
    in_order = sorted(groups.values(), key=_order)
    return [[table.place(one) for one in group] for group in in_order]


def _order(group: Sequence[Difference]) -> tuple[bool, tuple[int, int, str]]:
    case = group[0].case
    return all(one.intended for one in group), case.size() if case else (0, 0, "")


def _difference(one: Difference, lines: int) -> dict[str, Any]:
    before, after = excerpt(one.before, one.after, lines=lines, context=_CONTEXT)
    return {
        "facet": one.facet,
        "where": one.where,
        "summary": one.summary,
        "count": one.count,
        "case": _case(one.case) if one.case else None,
        "reproduce": one.reproduce,
        "hunks": [_hunk(hunk, before, after) for hunk in diff(*_without_end(before, after), _CONTEXT)],
        "same": before if before == after else "",
        "intended": one.intended,
        **({"target": one.after} if one.facet == MOVED else {}),
    }


def _without_end(before: str, after: str) -> tuple[str, str]:
    """The texts without the last line end that both have, which would be an empty line under every difference."""
    both = before.endswith("\n") and after.endswith("\n")
    return (before[:-1], after[:-1]) if both else (before, after)


def _hunk(hunk: Hunk, before: str, after: str) -> dict[str, Any]:
    # Of what is not there at all, no line is empty.
    hunk = replace(hunk, removed=hunk.removed if before else (), added=hunk.added if after else ())
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
