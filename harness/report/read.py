"""report.json read back, as far as going through its differences needs it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from harness.errors import HarnessError
from harness.model import Case, Comparison, Difference, Form, Revision

__all__ = ["Finding", "ReadReport", "read_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference, who found it, and between which two revisions.

    Of a surface (`is_surface`), `probe` is its name and the difference one text of it, as approved and as it is.
    """

    probe: str
    verdict: str
    comparison: Comparison
    difference: Difference
    is_surface: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport:
    """The comparisons of a report, and all its differences: of each commit, of the two ends, of the surfaces.

    `seed` and `cases` are what the run asked for, 0 where it took what every run has.
    """

    comparisons: tuple[Comparison, ...]
    findings: tuple[Finding, ...]
    seed: int = 0
    cases: int = 0


def read_report(data: bytes) -> ReadReport:
    """What a report.json says.

    Raises:
        HarnessError: it is no report.json that this version can read.
    """
    try:
        report = msgspec.json.decode(data)
        if not isinstance(report, dict) or report.get("format") != 1:
            raise HarnessError("This is no report.json of format 1.", step="Run the verification again.")
        rows = [(_comparison(number, commit, False), commit) for number, commit in enumerate(report["commits"], 1)]
        if rows and report["overall"] not in report["commits"]:
            rows.append((_comparison(0, report["overall"], True), report["overall"]))
        found = [one for comparison, commit in rows for one in _findings(comparison, commit)]
        if surfaces := report.get("surfaces"):
            found += _findings(_comparison(0, surfaces, True), surfaces, is_surface=True)
        seed, cases = int(report.get("seed", 0)), int(report.get("cases", 0))
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise HarnessError(
            f"The report cannot be read: {type(error).__name__}: {error}.", step="Run the verification again."
        ) from error
    comparisons = tuple(comparison for comparison, _ in rows)
    return ReadReport(comparisons=comparisons, findings=tuple(found), seed=seed, cases=cases)


def _findings(comparison: Comparison, commit: Mapping[str, Any], *, is_surface: bool = False) -> Iterator[Finding]:
    for probe in commit["probes"]:
        for one in probe["differences"]:
            yield Finding(
                probe=probe["name"],
                verdict=probe["verdict"],
                comparison=comparison,
                difference=_difference(one),
                is_surface=is_surface,
            )


def _comparison(number: int, commit: Mapping[str, Any], is_range: bool) -> Comparison:
    return Comparison(
        id="range" if is_range else str(number),
        baseline=_revision(commit["baseline"], ""),
        candidate=_revision(commit["sha"], commit["subject"]),
        is_range=is_range,
    )


def _revision(sha: str, subject: str) -> Revision:
    return Revision(sha=sha, tree="", subject=subject, date="", is_working_tree=sha == "working-tree")


def _difference(data: Mapping[str, Any]) -> Difference:
    return Difference(
        facet=data["facet"],
        where=data["where"],
        before=data["before"],
        after=data["after"],
        count=data["count"],
        case=_case(data["case"]) if data["case"] else None,
        reproduce=data["reproduce"],
        summary=data["summary"],
        intended=data.get("intended", ""),
        forms=msgspec.convert(data.get("forms", ()), tuple[Form, ...]),
    )


def _case(data: Mapping[str, Any]) -> Case:
    contents = {"files": {name: _content(one) for name, one in data["files"].items()}, "stdin": _content(data["stdin"])}
    return msgspec.convert({**data, **contents}, Case)


def _content(data: str | Mapping[str, str]) -> bytes:
    return data.encode() if isinstance(data, str) else base64.b64decode(data["base64"])
