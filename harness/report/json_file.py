"""report.json, format 1: what every other rendering is made from."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from harness.model import Case, CommitReport, Difference, ProbeReport, Report

__all__ = ["as_data", "render"]


def render(report: Report) -> bytes:
    """The whole file."""
    return msgspec.json.format(msgspec.json.encode(as_data(report)), indent=2) + b"\n"


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain values, in the order that the format has."""
    return {
        "format": report.format,
        "base": report.base,
        "head": report.head,
        "verdict": report.verdict.value,
        "reason": report.reason,
        "platform": report.platform,
        "toolchains": list(report.toolchains),
        "commits": [_commit(one) for one in report.commits],
        "overall": _commit(report.overall),
        "redactions": [msgspec.to_builtins(one) for one in report.redactions],
        "seconds": msgspec.to_builtins(report.seconds),
        **({"remarks": list(report.remarks)} if report.remarks else {}),
        **({"seed": report.seed} if report.seed else {}),
        **({"cases": report.cases} if report.cases else {}),
        "changed_by_range": list(report.changed_by_range),
        "surfaces": _commit(report.surfaces) if report.surfaces else None,
    }


def _commit(commit: CommitReport) -> dict[str, Any]:
    return {
        "sha": commit.sha,
        "subject": commit.subject,
        "baseline": commit.baseline,
        "verdict": commit.verdict.value,
        "reason": commit.reason,
        "notes": list(commit.notes),
        "probes": [_probe(one) for one in commit.probes],
        "evidence": dict(commit.evidence),
    }


def _probe(probe: ProbeReport) -> dict[str, Any]:
    return {
        "name": probe.name,
        "verdict": probe.verdict.value,
        "reason": probe.reason,
        "cases": probe.cases,
        "seconds": probe.seconds,
        "differences": [_difference(one) for one in probe.differences],
        "notes": [_difference(one) for one in probe.notes],
        **({"diversity": msgspec.to_builtins(probe.diversity)} if probe.diversity else {}),
        **({"structures": msgspec.to_builtins(probe.structures)} if probe.structures else {}),
        **({"timings": msgspec.to_builtins(probe.timings)} if probe.timings else {}),
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "facet": one.facet,
        "where": one.where,
        "before": one.before,
        "after": one.after,
        "count": one.count,
        "case": _case(one.case) if one.case else None,
        "reproduce": one.reproduce,
        "summary": one.summary,
        "intended": one.intended,
        "forms": msgspec.to_builtins(one.forms),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "program": case.program,
        "argv": list(case.argv),
        "files": {name: _content(content) for name, content in case.files.items()},
        "env": dict(case.env),
        "stdin": _content(case.stdin),
        "timeout": case.timeout,
        "origin": case.origin,
        **({"unset": list(case.unset)} if case.unset else {}),
        **({"sockets": list(case.sockets)} if case.sockets else {}),
        **({"read_only": True} if case.read_only else {}),
        **({"endless": True} if case.endless else {}),
        **({"services": [one.name for one in case.services]} if case.services else {}),
        **({"terminal": msgspec.to_builtins(case.terminal)} if case.terminal else {}),
    }


def _content(content: bytes) -> str | dict[str, str]:
    """Text as text; what is no text as an object that says so."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}
