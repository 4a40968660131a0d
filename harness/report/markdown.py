"""summary.md: the report for a pull request's comment or a job's summary. Always under 60 kB, most important first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.model import CommitReport, Difference, Report, Verdict
from harness.report.answer import QUESTION, answer, strength
from harness.report.plain import plain
from harness.report.terminal import describe_case, diff_lines
from harness.report.told import MOVED, Block, blocks_of, without_sums

__all__ = ["LIMIT", "render"]

LIMIT = 60_000
"""Bytes. GitHub takes 65,536 characters in a comment; the rest is left to what surrounds the summary."""

_SIGNS = {
    Verdict.INTENDED: "🔵",
    Verdict.SAME: "🟢",
    Verdict.SKIPPED: "⚪",
    Verdict.FLAKY: "🟡",
}
_LINES = 24
_LONGEST_LINE = 300
_LONGEST_SUBJECT = 72
_ROWS = 60


def render(report: Report) -> bytes:
    """The whole file."""
    report = plain(report)
    text = "\n".join(_head(report)) + "\n"
    left = LIMIT - len(_bytes(text)) - 200
    shown = 0
    blocks = sorted(without_sums(blocks_of(report)), key=lambda block: block.verdict.rank)
    for block in blocks:
        piece = _bytes("\n".join(_block(block)) + "\n")
        if len(piece) > left:
            break
        text += piece.decode()
        left -= len(piece)
        shown += 1
    if shown < len(blocks):
        text += f"\n… and {len(blocks) - shown} more differences: report.html and report.json have all of them.\n"
    return _bytes(text)


def _head(report: Report) -> Iterator[str]:
    yield f"## {_sign(report.verdict)} {_inline(answer(report))}"
    yield ""
    yield f"*{QUESTION}* **{report.verdict.value}** for `{report.base[:12]}..{report.head[:12]}`"
    yield ""
    if report.changed_by_range:
        yield "**Changed by the range itself, so look at it first:**"
        yield ""
        yield from (f"* {_inline(text)}" for text in _first_few(report.changed_by_range))
        yield ""
    if report.commits:
        yield from _table(report)
        yield ""
    yield "<details><summary>How far this can be trusted</summary>"
    yield ""
    yield from (f"* {_inline(text)}" for text in strength(report)[:20])
    yield from (f"* hidden {one.hits} × {_inline(one.name)}: {_inline(one.reason)}" for one in report.redactions[:20])
    yield ""
    yield "</details>"


def _first_few(texts: Sequence[str]) -> Iterator[str]:
    yield from texts[:_ROWS]
    if len(texts) > _ROWS:
        yield f"… and {len(texts) - _ROWS} more"


def _table(report: Report) -> Iterator[str]:
    names = [probe.name for probe in report.overall.probes]
    yield "| commit | " + " | ".join(names) + " |"
    yield "| --- |" + " --- |" * len(names)
    for commit in _first(report.commits, _ROWS):
        yield _row(f"`{commit.sha[:12]}` {_inline(commit.subject[:_LONGEST_SUBJECT])}", commit)
    if len(report.commits) > _ROWS:
        yield f"| … {len(report.commits) - _ROWS} more |" + " |" * len(names)
    if report.overall not in report.commits:
        yield _row("**range**, the two ends compared", report.overall)


def _first(commits: Iterable[CommitReport], count: int) -> list[CommitReport]:
    """The commits in their order; where there are too many, the worst of them."""
    every = list(commits)
    kept = {id(one) for one in sorted(every, key=lambda one: one.verdict.rank)[:count]}
    return [one for one in every if id(one) in kept]


def _row(name: str, commit: CommitReport) -> str:
    return f"| {name} | " + " | ".join(f"{_sign(one.verdict)} {one.verdict.value}" for one in commit.probes) + " |"


def _block(block: Block) -> Iterator[str]:
    first = block.first
    title = describe_case(first.case) if first.case else " ".join(filter(None, [first.facet, first.where]))
    if not first.case and len(block.differences) > 1:
        title = f"{len(block.differences)} × {first.facet}"
    where = f" at {', '.join(block.shown_by)}" if block.shown_by else ""
    yield ""
    verdict = f"{_sign(block.verdict)} {block.verdict.value}"
    yield f"<details><summary>{verdict} {block.probe}: {_html(title)}{where}</summary>"
    yield ""
    if block.count > 1:
        yield f"The smallest of {block.count} cases." if first.case else f"{block.count} times."
        yield ""
    for one in block.differences[:_LINES]:
        yield from _difference(one)
    if first.intended:
        yield _inline(first.intended)
        yield ""
    elif first.reproduce:
        yield from _fenced(["sh"], [first.reproduce])
    yield "</details>"


def _difference(one: Difference) -> Iterator[str]:
    yield _inline(": ".join(filter(None, [f"{one.facet} {one.where}".strip(), one.summary])))
    yield ""
    if one.facet == MOVED:
        return
    lines = [line[:_LONGEST_LINE] for line in diff_lines(one.before, one.after)]
    more = [f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    if lines:
        yield from _fenced(["diff"], [*lines[:_LINES], *more])


def _fenced(language: list[str], lines: list[str]) -> Iterator[str]:
    """A block of code whose fence is longer than any in it."""
    text = "\n".join(lines)
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{''.join(language)}"
    yield text
    yield fence
    yield ""


def _inline(text: str) -> str:
    """Text of strangers inside a line of Markdown: nothing in it is markup, a mention or a link."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", text.replace("\n", " ").replace("\t", " "))
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("@", "@\u2060").replace("://", ":\u2060//")


def _html(text: str) -> str:
    """Text inside an element, on one line: nothing in it is markup of HTML or Markdown."""
    short = text.replace("\n", " ")
    short = short if len(short) <= _LONGEST_LINE else f"{short[:_LONGEST_LINE]}…"
    return f"<code>{''.join(f'&#{ord(one)};' if one in _MARKUP else one for one in short)}</code>"


_MARKUP = "&<>\"'`*_[]|~@\\#:"


def _sign(verdict: Verdict) -> str:
    return _SIGNS.get(verdict, "🔴")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
