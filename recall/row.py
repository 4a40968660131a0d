"""What is said of one patch, judged from the report of the run over it. Pure: no file, no process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["SEEN_AS", "Row", "RowError", "blind", "harmless_row", "regression_row"]

SEEN_AS = frozenset({"CHANGED", "UNMET"})
"""The verdicts of the expected probe that count: UNMET is what a contract makes of something that is only a note."""

_SKIPPED = "SKIPPED"
_SAYS_NOTHING = {
    "BUILD_FAILED": "the patch does not compile",
    "BASELINE_FAILED": "the task below it does not compile",
    "INCOMPLETE": "the harness came to no verdict",
}


class RowError(Exception):
    """The run over a patch says nothing about the harness; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    `seen` is, for a harmless patch, whether there was a false alarm. `case` is the smallest case that shows the
    regression or raises the alarm; `seconds` is what the run over the patch took.
    """

    name: str
    harmless: bool
    expected: tuple[str, ...]
    seen: bool
    verdicts: dict[str, str]
    reason: str
    case: str
    seconds: float


def regression_row(name: str, expected: Sequence[str], report: Mapping[str, Any], seconds: float) -> Row:
    """Seen when one of the expected probes notices it.

    Raises:
        RowError: the build failed, or a probe came to no verdict.
    """
    probes = {one["name"]: one for one in _probes(report) if one["name"] in expected}
    noticed = [one for one in probes.values() if one["verdict"] in SEEN_AS]
    if not noticed:
        _check_said(probes.values())
    shown = noticed or list(probes.values())
    return Row(
        name=name,
        harmless=False,
        expected=tuple(expected),
        seen=bool(noticed),
        verdicts={one: probes[one]["verdict"] if one in probes else _SKIPPED for one in expected},
        reason="; ".join(f"{one['name']}: {one['reason']}" for one in shown),
        case=next((_case(one) for one in noticed), ""),
        seconds=round(seconds, 1),
    )


def harmless_row(name: str, report: Mapping[str, Any], seconds: float) -> Row:
    """A false alarm when any probe says anything but SAME. Errors as `regression_row`."""
    probes = [one for one in _probes(report) if one["verdict"] != _SKIPPED]
    _check_said(probes)
    alarms = [one for one in probes if one["verdict"] != "SAME"]
    return Row(
        name=name,
        harmless=True,
        expected=(),
        seen=bool(alarms),
        verdicts={one["name"]: one["verdict"] for one in probes},
        reason="; ".join(f"{one['name']}: {one['reason']}" for one in alarms),
        case=next((_case(one) for one in alarms), ""),
        seconds=round(seconds, 1),
    )


def blind(name: str, expected: Sequence[str]) -> Row:
    """The row of a regression that only probes could see which do not exist yet: missed."""
    return Row(
        name=name,
        harmless=False,
        expected=tuple(expected),
        seen=False,
        verdicts=dict.fromkeys(expected, _SKIPPED),
        reason=f"there is no probe {' or '.join(f'`{one}`' for one in expected)} yet",
        case="",
        seconds=0.0,
    )


def _probes(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    commits = report["commits"]
    if len(commits) != 1:
        raise RowError(f"the report tells of {len(commits)} commits instead of one")
    probes: list[dict[str, Any]] = commits[0]["probes"]
    return probes


def _check_said(probes: Any) -> None:
    said = [one for one in probes if one["verdict"] != _SKIPPED]
    if not said:
        raise RowError("every probe was skipped")
    for one in said:
        if (why := _SAYS_NOTHING.get(one["verdict"])) is not None:
            raise RowError(f"{why}: {one['name']} says {one['verdict']}: {one['reason']}")


def _case(probe: Mapping[str, Any]) -> str:
    """The smallest of the cases behind a verdict as a command line, and what differs there."""
    differences = probe["differences"] or probe["notes"]
    return min((_shown(one) for one in differences), key=lambda shown: (shown[0], len(shown[1])), default=(0, ""))[1]


def _shown(difference: Mapping[str, Any]) -> tuple[int, str]:
    place = " ".join(filter(None, (difference["facet"], difference["where"])))
    case = difference["case"]
    if case is None:
        return 0, place
    return _size(case), f"{' '.join(_words(case))} ({place})"


def _size(case: Mapping[str, Any]) -> int:
    return len(str(case["argv"])) + sum(len(str(one)) for one in case["files"].values())


def _words(case: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name}={value}" for name, value in case["env"].items())
    yield case["program"]
    yield from case["argv"]
