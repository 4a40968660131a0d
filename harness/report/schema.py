"""The shape of report.json, format 1, in types: what its JSON Schema and the reference are made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from harness.model import Verdict

__all__ = ["ReportData", "json_schema"]

Word = Literal[
    "INCOMPLETE", "BUILD_FAILED", "CHANGED", "UNMET", "TIMED_OUT",
    "BASELINE_FAILED", "FLAKY", "SKIPPED", "INTENDED", "SAME",
]  # fmt: skip
assert tuple(one.value for one in Verdict) == Word.__args__  # type: ignore[attr-defined]


class Binary(TypedDict):
    """Bytes that are no text."""

    base64: str


Content = str | Binary


class CaseData(TypedDict):
    """The smallest case that shows a difference."""

    program: Annotated[str, Meta(description="name of the executable")]
    argv: Annotated[list[str], Meta(description="what follows it")]
    files: Annotated[dict[str, Content], Meta(description="paths in the case's directory, with their content")]
    env: Annotated[dict[str, str], Meta(description="variables besides the few fixed ones")]
    stdin: Annotated[Content, Meta(description="standard input; empty ends at once")]
    timeout: Annotated[float, Meta(description="seconds")]
    origin: Annotated[str, Meta(description="where the case came from")]
    unset: NotRequired[Annotated[list[str], Meta(description="fixed variables that are missing")]]
    read_only: NotRequired[Annotated[bool, Meta(description="the directory cannot be written to")]]
    endless: NotRequired[Annotated[bool, Meta(description="stopped after a moment, and compared by what it did")]]


class DifferenceData(TypedDict):
    """One facet that differs, or a note."""

    facet: Annotated[str, Meta(description="exit status, stdout, stderr, files, removed, moved, changed, …")]
    where: Annotated[str, Meta(description="the place inside the facet: a public path, a test, a file")]
    before: str
    after: str
    count: Annotated[int, Meta(description="in how many cases it showed")]
    case: CaseData | None
    reproduce: Annotated[str, Meta(description="a command line for a shell")]
    summary: Annotated[str, Meta(description="a sentence, where before and after alone do not say it")]
    intended: Annotated[str, Meta(description="what makes it intended, such as a line of a contract; empty: nothing")]


class DiversityData(TypedDict):
    """How different the cases of a probe were, on the baseline."""

    cases: int
    outcomes: Annotated[int, Meta(description="distinct outcomes, without what cases supplied themselves")]
    messages: Annotated[int, Meta(description="distinct error messages")]
    accepted: Annotated[int, Meta(description="cases that ended well")]
    never_used: Annotated[list[str], Meta(description="flags that no case used")]


class ProbeData(TypedDict):
    """What one probe says of one comparison."""

    name: str
    verdict: Word
    reason: str
    cases: Annotated[int, Meta(description="how many cases or items were compared")]
    seconds: float
    differences: list[DifferenceData]
    notes: Annotated[list[DifferenceData], Meta(description="differences that break nobody")]
    diversity: NotRequired[DiversityData]


class CommitData(TypedDict):
    """What is said of one commit, or of the two ends of a range."""

    sha: Annotated[str, Meta(description="commit id, or working-tree")]
    subject: str
    baseline: Annotated[str, Meta(description="id of what it was compared with")]
    verdict: Annotated[Word, Meta(description="the worst of the probes, skipped ones aside")]
    reason: str
    notes: Annotated[list[str], Meta(description="what a reader should know of the builds")]
    probes: list[ProbeData]
    evidence: Annotated[dict[str, Any], Meta(description="how far the verdict can be trusted")]


class HitsData(TypedDict):
    """What one redaction hid."""

    name: str
    reason: str
    hits: int


class SecondsData(TypedDict):
    """Where the time went."""

    build: float
    observe: float
    compare: float
    total: float


class ReportData(TypedDict):
    """report.json."""

    format: Literal[1]
    base: str
    head: Annotated[str, Meta(description="commit id, or working-tree")]
    verdict: Annotated[Word, Meta(description="the worst of the commits and of the two ends")]
    reason: str
    platform: str
    toolchains: list[str]
    commits: list[CommitData]
    overall: Annotated[CommitData, Meta(description="base against head")]
    redactions: list[HitsData]
    seconds: SecondsData
    remarks: NotRequired[Annotated[list[str], Meta(description="what a reader of the whole should know")]]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of report.json. Keys that a later version adds are allowed."""
    schema = msgspec.json.schema(ReportData)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "report.json, format 1", **schema}
