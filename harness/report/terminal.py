"""The report for a terminal: one table, and below it each difference once."""

from __future__ import annotations

import difflib
import io
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.model import Case, CommitReport, Comparison, Difference, ProbeReport, Report, Verdict

__all__ = ["describe_case", "diff_lines", "letter", "markup", "render", "render_probe", "style_of", "verdict_line"]

_STYLES = {
    Verdict.INCOMPLETE: "bold magenta",
    Verdict.BUILD_FAILED: "bold red",
    Verdict.CHANGED: "bold red",
    Verdict.UNMET: "bold red",
    Verdict.TIMED_OUT: "bold red",
    Verdict.BASELINE_FAILED: "magenta",
    Verdict.FLAKY: "yellow",
    Verdict.SKIPPED: "dim",
    Verdict.INTENDED: "cyan",
    Verdict.SAME: "green",
}
_DIFF_STYLES = {"-": "red", "+": "green", "@": "cyan"}
_LINES_PER_DIFFERENCE = 16
_DIFFERENCES_PER_PROBE = 12
_NOTES_PER_COMMIT = 6


@dataclass(slots=True)
class _Told:
    """A difference and every comparison that shows it."""

    probe: str
    difference: Difference
    verdict: Verdict
    commits: list[str] = field(default_factory=list)


def style_of(verdict: Verdict) -> str:
    """The style that a verdict is shown in, in rich's words."""
    return _STYLES[verdict]


def letter(verdict: Verdict) -> str:
    """One letter for pytest's short progress."""
    return "." if verdict is Verdict.SAME else verdict.value[0]


def markup(verdict: Verdict) -> dict[str, bool]:
    """The style of a verdict in pytest's words."""
    words = {"magenta": "purple", "dim": "light"}
    return {words.get(word, word): True for word in _STYLES[verdict].split()}


def verdict_line(comparison: str, probe: ProbeReport, *, width: int, colour: bool) -> str:
    """One verdict as it comes in."""
    line = Text()
    line.append(f"{probe.verdict.value:<15}", style_of(probe.verdict))
    line.append(f"{comparison} ")
    line.append(f"{probe.name} ", "bold")
    line.append(probe.reason, "dim")
    line.truncate(width, overflow="ellipsis")
    return _printed(line, width=width, colour=colour)


def render(report: Report, *, width: int, colour: bool, verbose: int) -> str:
    """The whole report as text."""
    console = _console(width, colour)
    console.print(_table(report))
    told = _gathered(report)
    shown: dict[tuple[str, str], int] = {}
    for one in told:
        place = (one.commits[0], one.probe)
        shown[place] = shown.get(place, 0) + 1
        if verbose > 0 or shown[place] <= _DIFFERENCES_PER_PROBE:
            _print_difference(console, one, verbose)
    for (commit, probe), count in shown.items():
        if verbose <= 0 and count > _DIFFERENCES_PER_PROBE:
            console.print(f"… {count - _DIFFERENCES_PER_PROBE} more of {probe} at {commit}: -v shows all", style="dim")
    _print_notes(console, report, verbose)
    _print_redactions(console, report, verbose)
    console.print(_last_line(report))
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def render_probe(comparison: Comparison, probe: ProbeReport) -> str:
    """One failing verdict without colours, for where pytest shows failures and for JUnit."""
    console = _console(100, colour=False)
    console.print(f"{comparison.id} {probe.name}: {probe.verdict.value}: {probe.reason}")
    for difference in probe.differences[:_DIFFERENCES_PER_PROBE]:
        told = _Told(probe=probe.name, difference=difference, verdict=probe.verdict, commits=[comparison.id])
        _print_difference(console, told, verbose=0)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def diff_lines(before: str, after: str, context: int = 2) -> Iterator[str]:
    """Before and after as a unified diff without headers."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=context)
    for number, line in enumerate(lines):
        if number > 1 and not (number == 2 and line.startswith("@@")):
            yield "…" if line.startswith("@@") else line


def _table(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("commit", no_wrap=True)
    table.add_column("subject", overflow="ellipsis", no_wrap=True, ratio=1, max_width=48)
    names = [probe.name for probe in report.overall.probes]
    for name in names:
        table.add_column(name, no_wrap=True)
    for commit in report.commits:
        table.add_row(commit.sha[:10], commit.subject, *_cells(commit, names))
    if report.overall not in report.commits:
        table.add_section()
        table.add_row("range", "the two ends compared", *_cells(report.overall, names))
    return table


def _cells(commit: CommitReport, names: list[str]) -> list[Text]:
    probes = {probe.name: probe for probe in commit.probes}
    return [_cell(probes[name]) for name in names]


def _cell(probe: ProbeReport) -> Text:
    count = len(probe.differences)
    text = Text(probe.verdict.value, style_of(probe.verdict))
    if probe.verdict is Verdict.CHANGED and count > 1:
        text.append(f" {count}")
    return text


def _gathered(report: Report) -> list[_Told]:
    """Every difference once, with all comparisons that show it; the whole range is named last."""
    told: dict[tuple[str, str, str, str, str], _Told] = {}
    rows = [(commit.sha[:10], commit) for commit in report.commits]
    if report.overall not in report.commits:
        rows.append(("range", report.overall))
    for name, commit in rows:
        for probe in commit.probes:
            for one in probe.differences:
                key = (probe.name, one.facet, one.where, one.before, one.after)
                entry = told.setdefault(key, _Told(probe=probe.name, difference=one, verdict=probe.verdict))
                entry.commits.append(name)
            if not probe.differences and probe.verdict.fails:
                key = (probe.name, probe.verdict.value, probe.reason, "", "")
                silent = Difference(facet="", where="", before="", after="", summary=probe.reason)
                told.setdefault(key, _Told(probe=probe.name, difference=silent, verdict=probe.verdict)).commits.append(
                    name
                )
    return list(told.values())


def _print_difference(console: Console, told: _Told, verbose: int) -> None:
    one = told.difference
    head = Text("\n")
    head.append(f"{told.verdict.value} ", style_of(told.verdict))
    head.append(" ".join(filter(None, [told.probe, one.facet])), "bold")
    head.append(f" {one.where}" if one.where else "")
    head.append(f"  at {', '.join(told.commits)}", "dim")
    if one.count > 1:
        head.append(f", in {one.count} cases", "dim")
    console.print(head)
    if one.summary:
        console.print(Text(f"  {one.summary}"))
    if one.case:
        console.print(Text(f"  smallest case: {describe_case(one.case)}"))
    for line in _limited(list(diff_lines(one.before, one.after)), verbose):
        console.print(Text(f"    {line}", _DIFF_STYLES.get(line[:1], "dim")))
    if one.reproduce:
        console.print(Text(f"  reproduce: {one.reproduce}", "dim"), soft_wrap=True)


def describe_case(case: Case) -> str:
    """A case in one line, as a person would type it."""
    words = [
        *(f"{name}={shlex.quote(value)}" for name, value in case.env.items()),
        case.program,
        *map(shlex.quote, case.argv),
    ]
    text = " ".join(words)
    if case.stdin:
        text += f" <<< {case.stdin[:60].decode('utf-8', 'replace')!r}"
    if case.files:
        text += f"  (with {', '.join(sorted(case.files))})"
    return text


def _limited(lines: list[str], verbose: int) -> list[str]:
    if verbose > 0 or len(lines) <= _LINES_PER_DIFFERENCE:
        return lines
    return [*lines[:_LINES_PER_DIFFERENCE], f"… {len(lines) - _LINES_PER_DIFFERENCE} more lines"]


def _print_notes(console: Console, report: Report, verbose: int) -> None:
    rows = [*report.commits] if verbose <= 0 else [*report.commits, report.overall]
    for commit in rows:
        texts = [*commit.notes]
        for probe in commit.probes:
            texts += [_note(probe.name, one) for one in probe.notes]
        if not texts:
            continue
        console.print(Text(f"\nnotes on {commit.sha[:10]} {commit.subject}", "bold"))
        limit = len(texts) if verbose > 0 else _NOTES_PER_COMMIT
        for text in texts[:limit]:
            console.print(Text(f"  {text}", "dim"), overflow="ellipsis", no_wrap=True)
        if len(texts) > limit:
            console.print(Text(f"  … {len(texts) - limit} more: -v shows all", "dim"))


def _note(probe: str, one: Difference) -> str:
    return f"{probe} {one.facet}: {one.where}" + (f" ({one.summary})" if one.summary else "")


def _print_redactions(console: Console, report: Report, verbose: int) -> None:
    if not report.redactions:
        return
    console.print(Text("\nhidden before comparing", "bold"))
    for one in report.redactions if verbose > 0 else report.redactions[:5]:
        console.print(Text(f"  {one.hits} × {one.name}: {one.reason}", "dim"))


def _last_line(report: Report) -> Text:
    line = Text("\n")
    line.append(report.verdict.value, style_of(report.verdict))
    line.append(f": {report.reason}")
    return line


def _printed(text: Text, *, width: int, colour: bool) -> str:
    console = _console(width, colour)
    console.print(text, end="")
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def _console(width: int, colour: bool) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        legacy_windows=False,
    )
