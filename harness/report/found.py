"""The cases of a report: what failed, by name, so that it can be tried again or kept. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from harness.compare.wording import free_name
from harness.model import Case, Verdict
from harness.server import Server

__all__ = ["Found", "case_from", "found_in"]

_PROBE = "command"
_LONGEST_NAME = 40


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A case that showed a difference, what it is called, and in which words."""

    name: str
    case: Case
    why: str


def found_in(report: Mapping[str, Any]) -> tuple[Found, ...]:
    """The cases of all commands that failed, in the order of report.json, each once.

    Raises:
        KeyError, TypeError, ValueError: this is no report.json of format 1.
    """
    found: dict[object, Found] = {}
    names: set[str] = set()
    for commit in (*report["commits"], report["overall"]):
        for one in _differences(commit):
            case = case_from(one["case"])
            identity = msgspec.json.encode(case, order="deterministic")
            if identity not in found:
                name = _name(case, names)
                names.add(name)
                found[identity] = Found(name=name, case=case, why=_why(commit, one))
    return tuple(found.values())


def _differences(commit: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for probe in commit["probes"]:
        if probe["name"] == _PROBE and Verdict(probe["verdict"]).fails:
            yield from (one for one in probe["differences"] if one["case"] is not None and one["facet"] != "flaky")


def _why(commit: Mapping[str, Any], one: Mapping[str, Any]) -> str:
    summary = one["summary"] if one["summary"].startswith(one["facet"]) else f"{one['facet']}: {one['summary']}"
    sha = commit["sha"] if commit["sha"] == "working-tree" else commit["sha"][:12]
    return " ".join(f"{sha} {commit['subject']}: {summary.strip(': ')}".split())


def _name(case: Case, taken: set[str]) -> str:
    words = re.findall(r"[a-z0-9]+", " ".join((case.program, *case.argv)).lower())
    base = ""
    for word in words:
        if base and len(base) + 1 + len(word) > _LONGEST_NAME:
            break
        base = f"{base}-{word}" if base else word[:_LONGEST_NAME]
    return free_name(base or "case", taken)


def case_from(data: Mapping[str, Any]) -> Case:
    """A case as report.json has it. Errors as `found_in`."""
    return Case(
        program=data["program"],
        argv=tuple(data["argv"]),
        files={name: _content(content) for name, content in data["files"].items()},
        env=dict(data["env"]),
        stdin=_content(data["stdin"]),
        timeout=float(data["timeout"]),
        unset=tuple(data.get("unset", ())),
        sockets=tuple(data.get("sockets", ())),
        read_only=bool(data.get("read_only", False)),
        endless=bool(data.get("endless", False)),
        services=tuple(Server(name=name) for name in data.get("services", ())),
    )


def _content(data: str | Mapping[str, str]) -> bytes:
    return data.encode() if isinstance(data, str) else base64.b64decode(data["base64"], validate=True)
