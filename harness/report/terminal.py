"""The report for a terminal: one table, and below it each difference once."""

from __future__ import annotations

import difflib
import io
import re
import shlex
from collections import Counter
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.model import Case, CommitReport, Difference, ProbeReport, Report, Session, Verdict
from harness.report.answer import diversities, diversity
from harness.report.intended import as_meant
from harness.report.plain import one_line, plain
from harness.report.told import MOVED, Block, blocks_of, blocks_of_probe, without_sums

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
_LONGEST_LINE = 4_000
_PLACES_PER_NOTE = 4
_REVISION = re.compile(r"\b[0-9a-f]{12}\b")
_GAP = 2  # between two columns of the table
_LONGEST_SUBJECT = 56
_SHORTEST_SUBJECT = 10
_BLOCKS_PER_PROBE = 8
_SAID_BY_THE_SUMMARY = ("exit status", "unmet", MOVED)


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
    line.append(f"{probe.verdict.value:<16}", style_of(probe.verdict))
    line.append(f"{comparison} ")
    line.append(f"{probe.name} ", "bold")
    line.append(one_line(probe.reason), "dim")
    line.truncate(width, overflow="ellipsis")
    return _printed(line, width=width, colour=colour)


def render(report: Report, *, width: int, colour: bool, verbose: int) -> str:
    """The whole report as text: with `verbose` -1 without any details, with less only the verdict."""
    report = plain(report)
    console = _console(width, colour)
    if verbose < -1:
        console.print(_last_line(report), soft_wrap=True)
        return str(console.file.getvalue()).lstrip("\n")  # type: ignore[attr-defined]
    _print_own_rules(console, report)
    if report.commits:
        console.file.write(_table(report, width, colour))
    _print_surfaces(console, report)
    if verbose >= 0:
        _print_details(console, report, verbose)
    console.print(_last_line(report), soft_wrap=True)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def _print_details(console: Console, report: Report, verbose: int) -> None:
    """Each difference once, and what a reader should know besides."""
    shown: Counter[tuple[str, str]] = Counter()
    blocks = blocks_of(report)
    for block in blocks if verbose > 0 else without_sums(blocks):
        if block.first.intended and verbose <= 0:
            continue
        place = (block.shown_by[0], block.probe)
        shown[place] += 1
        if verbose > 0 or shown[place] <= _BLOCKS_PER_PROBE:
            _print_block(console, block, verbose)
    for (commit, probe), count in shown.items():
        if verbose <= 0 and count > _BLOCKS_PER_PROBE:
            console.print(f"\n… {count - _BLOCKS_PER_PROBE} more of {probe} at {commit}: -v shows all", style="dim")
    _print_meant(console, report)
    _print_notes(console, report, verbose)
    _print_redactions(console, report, verbose)
    _print_diversity(console, report, verbose)


def render_probe(comparison: str, probe: ProbeReport) -> str:
    """One failing verdict without colours, for where pytest shows failures and for JUnit."""
    probe = plain(probe)
    console = _console(100, colour=False)
    console.print(f"{comparison} {probe.name}: {probe.verdict.value}: {probe.reason}")
    for block in blocks_of_probe(probe)[:_BLOCKS_PER_PROBE]:
        _print_block(console, block, verbose=0)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def diff_lines(before: str, after: str, context: int = 2) -> Iterator[str]:
    """Before and after as a unified diff without headers."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=context)
    for number, line in enumerate(lines):
        if number > 1 and not (number == 2 and line.startswith("@@")):
            yield "…" if line.startswith("@@") else line


def _table(report: Report, width: int, colour: bool) -> str:
    """A row a commit, a column a probe. Subjects give way first, and no verdict is ever cut off."""
    names = [probe.name for probe in report.overall.probes]
    rows = [(commit.sha[:12], commit.subject, _cells(commit, names)) for commit in report.commits]
    whole = ("range", "the two ends compared", _cells(report.overall, names))
    columns = [max(len(name), *(len(cells[at]) for _, _, cells in (*rows, whole))) for at, name in enumerate(names)]
    first = max(len("commit"), *(len(sha) for sha, _, _ in rows))
    taken = first + sum(columns) + _GAP * (len(columns) + 1)
    subject = min(_LONGEST_SUBJECT, max(_SHORTEST_SUBJECT, width - taken))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("commit", no_wrap=True, min_width=first)
    table.add_column("subject", overflow="ellipsis", no_wrap=True, max_width=subject)
    for name, wide in zip(names, columns, strict=True):
        table.add_column(name, no_wrap=True, min_width=wide)
    for sha, title, cells in rows:
        table.add_row(sha, title, *cells)
    if report.overall not in report.commits:
        table.add_section()
        table.add_row(whole[0], whole[1], *whole[2])
    return _printed(table, width=max(width, taken + subject), colour=colour)


def _cells(commit: CommitReport, names: list[str]) -> list[Text]:
    verdicts = {probe.name: probe.verdict for probe in commit.probes}
    return [Text(verdicts[name].value, style_of(verdicts[name])) for name in names]


def _print_block(console: Console, block: Block, verbose: int) -> None:
    first = block.first
    head = Text("\n")
    head.append(f"{block.verdict.value} ", style_of(block.verdict))
    head.append(f"{block.probe} ", "bold")
    head.append(_title(block))
    if block.shown_by:
        head.append(f"  at {', '.join(block.shown_by)}", "dim")
    if block.count > 1:
        head.append(f", the smallest of {block.count} cases" if first.case else f", {block.count} times", "dim")
    console.print(head, soft_wrap=True)
    for one in block.differences:
        if not one.intended or verbose > 0:
            _print_difference(console, one, verbose)
    if first.intended:
        console.print(Text(f"  {first.intended}", "cyan"), soft_wrap=True)
    elif first.reproduce:
        console.print(Text(f"  reproduce: {first.reproduce}", "dim"), soft_wrap=True)


def _title(block: Block) -> str:
    first = block.first
    if first.case:
        return describe_case(first.case)
    return first.facet if len(block.differences) > 1 else " ".join(filter(None, [first.facet, first.where]))


def _print_difference(console: Console, one: Difference, verbose: int) -> None:
    lines = _limited(list(diff_lines(one.before, one.after)), verbose)
    name = " ".join(filter(None, [one.facet, one.where])) if one.case else ""
    said = one.summary if one.summary.startswith(one.facet) else ": ".join(filter(None, [name, one.summary]))
    if said:
        console.print(Text(f"  {said}"), soft_wrap=True)
    if one.facet in _SAID_BY_THE_SUMMARY and one.summary:
        return
    for line in lines:
        console.print(Text(f"    {_cut(line)}", _DIFF_STYLES.get(line[:1], "dim")), soft_wrap=True)


def _cut(line: str) -> str:
    """A line that is longer than anybody reads, without its end: a program may print a hundred megabytes of one."""
    more = len(line) - _LONGEST_LINE
    return f"{line[:_LONGEST_LINE]}… {more} more characters" if more > 0 else line


def _session(session: Session) -> str:
    """What happens in a session, in words."""
    words = [f"{name} elsewhere" for name in session.piped]
    for step in session.script:
        moment = f"after {step.expect!r}" if step.expect else f"once it catches {step.catches}" if step.catches else ""
        keys = "Ctrl-C" if step.send == "\x03" else f"typing {step.send!r}" if step.send else ""
        size = f"resized to {step.resize[0]}x{step.resize[1]}" if step.resize else ""
        what = [keys, size, step.signal, "closed" if step.close else ""]
        words.append(" ".join(filter(None, [*what, moment])))
    return "".join(f", {word}" for word in words)


def describe_case(case: Case) -> str:
    """A case in one line, as a person would type it."""
    unset = ["env", *(word for name in case.unset for word in ("-u", name))] if case.unset else []
    words = [
        *unset,
        *(f"{name}={shlex.quote(value)}" for name, value in case.env.items()),
        case.program,
        *map(shlex.quote, case.argv),
    ]
    text = " ".join(words)
    if case.stdin:
        text += f" <<< {case.stdin[:60].decode('utf-8', 'replace')!r}"
    if case.terminal:
        text += f"  (on a terminal of {case.terminal.columns} columns{_session(case.terminal)})"
    if case.sockets:
        text += f"  (somebody listens at {', '.join(case.sockets)})"
    if case.read_only:
        text += "  (in a read-only directory)"
    if case.services:
        text += f"  (beside {', '.join(one.name for one in case.services)})"
    if case.files:
        many = len(case.files) > _PLACES_PER_NOTE
        text += f"  (with {f'{len(case.files)} files' if many else ', '.join(sorted(case.files))})"
    return text


def _limited(lines: list[str], verbose: int) -> list[str]:
    if verbose > 0 or len(lines) <= _LINES_PER_DIFFERENCE:
        return lines
    return [*lines[:_LINES_PER_DIFFERENCE], f"… {len(lines) - _LINES_PER_DIFFERENCE} more lines"]


def _print_own_rules(console: Console, report: Report) -> None:
    """What the range changed of the rules it is judged by: nobody is to approve its own regression unseen."""
    if report.changed_by_range:
        console.print(Text("changed by the range itself, so look at it first", "bold yellow"))
    for text in report.changed_by_range:
        console.print(Text(f"  {text}", "yellow"), soft_wrap=True)


def _print_surfaces(console: Console, report: Report) -> None:
    for one in report.surfaces.probes if report.surfaces else ():
        line = Text(f"surface {one.name:<16}")
        line.append(one.verdict.value, style_of(one.verdict))
        line.append(f"  {one.reason}", "dim")
        console.print(line, soft_wrap=True)


def _print_meant(console: Console, report: Report) -> None:
    """What was intended and reached, commit by commit; of the whole range only where there is one commit or none."""
    for commit in report.commits or (report.overall,):
        texts = list(as_meant(commit))
        if texts:
            console.print(
                Text(f"\nas intended at {commit.sha[:12]} {commit.subject}", style_of(Verdict.INTENDED)), soft_wrap=True
            )
        for text in texts:
            console.print(Text(f"  {text}", "dim"), soft_wrap=True)


def _print_notes(console: Console, report: Report, verbose: int) -> None:
    """What breaks nobody: a line for each kind of note of a commit, or with -v for each note."""
    rows = [*report.commits] if verbose <= 0 else [*report.commits, report.overall]
    told: set[object] = set()
    for commit in rows:
        # What holds of many commits in the same words (no lock file, say) is told of the first one.
        texts = [text for text in commit.notes if verbose > 0 or _anew(_REVISION.sub("", text), told)]
        texts += _notes_of(commit, verbose, told)
        if not texts:
            continue
        console.print(Text(f"\nnotes on {commit.sha[:12]} {commit.subject}", "bold"), soft_wrap=True)
        for text in texts:
            console.print(Text(f"  {text}", "dim"), soft_wrap=True)


def _anew(what: object, told: set[object]) -> bool:
    known = what in told
    told.add(what)
    return not known


def _notes_of(commit: CommitReport, verbose: int, told: set[object]) -> Iterator[str]:
    for probe in sorted(commit.probes, key=lambda probe: probe.name == "layout"):
        if verbose > 0:
            yield from (_note(probe.name, one) for one in probe.notes)
            continue
        kinds: dict[str, list[str]] = {}
        for one in probe.notes:
            if one.facet == "reached":
                continue
            was_so_before = one.before and one.before == one.after
            if not was_so_before or _anew((probe.name, one.facet, one.where), told):
                kinds.setdefault(one.facet, []).append(one.where)
        yield from (_kind_of_note(probe.name, facet, places) for facet, places in kinds.items())


def _note(probe: str, one: Difference) -> str:
    text = f"{probe} {one.facet}: {one.where}"
    if "\n" in one.summary:
        return "\n    ".join([text, *one.summary.splitlines()])
    return f"{text} ({one.summary})" if one.summary else text


def _kind_of_note(probe: str, facet: str, places: list[str]) -> str:
    count = f" {len(places)} ×" if len(places) > 1 else ""
    distinct = list(dict.fromkeys(places))
    more = f" and {len(distinct) - _PLACES_PER_NOTE} more" if len(distinct) > _PLACES_PER_NOTE else ""
    return f"{probe} {facet}{count}: {', '.join(distinct[:_PLACES_PER_NOTE])}{more}"


def _print_redactions(console: Console, report: Report, verbose: int) -> None:
    if not report.redactions:
        return
    console.print(Text("\nhidden before comparing", "bold"))
    for one in report.redactions if verbose > 0 else report.redactions[:5]:
        console.print(Text(f"  {one.hits} × {one.name}: {one.reason}", "dim"))


def _print_diversity(console: Console, report: Report, verbose: int) -> None:
    """How far the verdicts carry: a line for each probe that ran cases, and what should make a reader doubt."""
    for name, one in diversities(report).items():
        console.print(Text(f"\n{name}: {diversity(one)}", "dim"), soft_wrap=True)
        if verbose > 0 and one.never_used:
            console.print(Text(f"  never used: {', '.join(one.never_used)}", "dim"), soft_wrap=True)
    for remark in report.remarks:
        console.print(Text(remark, "yellow"), soft_wrap=True)


def _last_line(report: Report) -> Text:
    line = Text("\n")
    line.append(report.verdict.value, style_of(report.verdict))
    line.append(f": {report.reason}")
    return line


def _printed(what: Text | Table, *, width: int, colour: bool) -> str:
    console = _console(width, colour)
    console.print(what, end="")
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
