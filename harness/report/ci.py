"""What a log of GitHub Actions needs besides: its commands switched off around strangers' text, and annotations. Pure.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import Report
from harness.report.plain import one_line

__all__ = ["error_lines", "guarded"]

_MOST = 10
"""GitHub shows no more than ten errors of a step."""
_LONGEST = 300


def guarded(text: str, token: str) -> str:
    """Text in which no line is a command to the runner, whatever a program printed; `token` must not be guessed."""
    return f"::stop-commands::{token}\n{text.rstrip(chr(10))}\n::{token}::\n"


def error_lines(report: Report) -> Iterator[str]:
    """A line for each commit that fails, which is shown above the log and beside the pull request."""
    rows = [(one.sha[:12], one) for one in report.commits]
    if report.overall not in report.commits:
        rows.append(("range", report.overall))
    failing = [(name, row) for name, row in rows if row.verdict.fails]
    for name, row in failing[:_MOST]:
        title = _property(f"{row.verdict.value} {name} {one_line(row.subject)}"[:_LONGEST])
        yield f"::error title={title}::{_data(one_line(row.reason)[:_LONGEST])}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
