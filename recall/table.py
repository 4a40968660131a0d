"""The table of a measure, its two numbers, and recall.json. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from rich.table import Table

from recall.row import Row

__all__ = ["as_json", "line", "misses", "numbers", "table"]

_SEEN = {(False, True): "seen", (False, False): "missed", (True, True): "ALARM", (True, False): "quiet"}
_STYLES = {"missed": "yellow", "ALARM": "bold red"}


def said(row: Row) -> str:
    """One word for a row."""
    return _SEEN[row.harmless, row.seen]


def line(row: Row) -> str:
    """A row as it is shown when it is made."""
    why = row.case if row.seen else row.reason
    return f"{said(row):<7} {row.name:<30} {row.seconds:6.1f} s  {' '.join(why.split())[:110]}".rstrip()


def table(rows: Sequence[Row]) -> Table:
    """All rows, regressions first."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("regression", no_wrap=True)
    made.add_column("expected probe", no_wrap=True)
    made.add_column("seen or missed", no_wrap=True)
    made.add_column("smallest case", overflow="fold")
    made.add_column("seconds", justify="right", no_wrap=True)
    for row in sorted(rows, key=lambda one: (one.harmless, one.name)):
        word = said(row)
        shown = row.case if row.seen else ""
        expected = "none: harmless" if row.harmless else ", ".join(row.expected)
        made.add_row(row.name, expected, word, shown, f"{row.seconds:.1f}", style=_STYLES.get(word, ""))
    return made


def numbers(rows: Sequence[Row]) -> str:
    """The two numbers that matter."""
    told = as_json(rows)
    return (
        f"seen {told['seen']} of {told['seeded']} seeded regressions, "
        f"{told['alarms']} false alarms of {told['harmless']} harmless patches"
    )


def misses(rows: Sequence[Row]) -> str:
    """How many of each probe's regressions were missed."""
    missed = Counter(probe for row in rows if not row.harmless and not row.seen for probe in row.expected)
    return "missed: " + ", ".join(f"{probe} {count}" for probe, count in missed.most_common()) if missed else ""


def as_json(rows: Sequence[Row]) -> dict[str, Any]:
    """recall.json."""
    regressions = [row for row in rows if not row.harmless]
    harmless = [row for row in rows if row.harmless]
    return {
        "seeded": len(regressions),
        "seen": sum(row.seen for row in regressions),
        "harmless": len(harmless),
        "alarms": sum(row.seen for row in harmless),
        "rows": msgspec.to_builtins(sorted(rows, key=lambda one: (one.harmless, one.name))),
    }
