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


class StepData(TypedDict):
    """One step of a session: what it waits for, then what it does."""

    expect: Annotated[str, Meta(description="waits until this pattern of Python's `re` was written")]
    catches: Annotated[str, Meta(description="or until the program handles this signal")]
    send: Annotated[str, Meta(description="types this")]
    resize: Annotated[list[int] | None, Meta(description="makes the terminal this large: columns, rows")]
    signal: Annotated[str, Meta(description="sends the program this signal")]
    close: Annotated[bool, Meta(description="closes the terminal")]


class SessionData(TypedDict):
    """The terminal that a case runs in."""

    columns: int
    rows: int
    script: list[StepData]
    piped: Annotated[list[str], Meta(description="streams that are not on it")]


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
    sockets: NotRequired[
        Annotated[list[str], Meta(description="where somebody listens and closes connections at once")]
    ]
    read_only: NotRequired[Annotated[bool, Meta(description="the directory cannot be written to")]]
    endless: NotRequired[Annotated[bool, Meta(description="stopped after a moment, and compared by what it did")]]
    services: NotRequired[Annotated[list[str], Meta(description="services of harness.toml that run beside it")]]
    terminal: NotRequired[Annotated[SessionData, Meta(description="the terminal it runs in, where it runs in one")]]


class WordingData(TypedDict):
    """What went and came at one place."""

    where: Annotated[str, Meta(description="the place")]
    hunks: Annotated[list[list[list[str]]], Meta(description="pairs of removed and of added lines")]
    beside: Annotated[list[str], Meta(description="what standard error newly said, beside an exit status")]


class FormData(TypedDict):
    """What an approval holds of a difference."""

    facet: str
    general: Annotated[WordingData, Meta(description="text that the case supplied stands as `{1}`, `{2}`")]
    example: Annotated[WordingData | None, Meta(description="the same as it was seen once")]
    of_case: Annotated[bool, Meta(description="a case shows it, so that text of the case is told apart")]
    whole: Annotated[str, Meta(description="`vanished` or `appeared`: all of an output went or came")]


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
    forms: Annotated[list[FormData], Meta(description="what has to be approved for all that it stands for")]


class DiversityData(TypedDict):
    """How different the cases of a probe were, on the baseline."""

    cases: int
    outcomes: Annotated[int, Meta(description="distinct outcomes, without what cases supplied themselves")]
    messages: Annotated[int, Meta(description="distinct error messages")]
    accepted: Annotated[int, Meta(description="cases that ended well")]
    never_used: Annotated[list[str], Meta(description="flags that no case used")]


class TraitData(TypedDict):
    """What the runs of the baseline have in common at one path of a benchmark's report."""

    path: Annotated[str, Meta(description="such as `streams[users].rows`; empty: the whole")]
    kind: Literal["exact", "zero", "not zero", "related", "measured", "keys", "type"]
    says: Annotated[str, Meta(description="the trait in words, such as `= a + b`")]
    runs: Annotated[int, Meta(description="runs of the candidate it was looked for in")]
    broken: Annotated[int, Meta(description="runs of these that have something else")]
    instead: Annotated[str, Meta(description="what they have most often")]


class StructureData(TypedDict):
    """What the report of one benchmark is like."""

    benchmark: str
    runs: Annotated[int, Meta(description="runs of the baseline that it was learned from")]
    traits: list[TraitData]
    more: Annotated[int, Meta(description="traits that are left out")]


class TimingData(TypedDict):
    """A benchmark's duration on the candidate by that on the baseline."""

    benchmark: str
    word: Annotated[str, Meta(description="slower, faster, as fast, or why it cannot be said")]
    ratio: float
    low: Annotated[float, Meta(description="the interval's lower end")]
    high: Annotated[float, Meta(description="the interval's upper end")]
    pairs: Annotated[int, Meta(description="pairs of runs; 0: nothing could be measured")]
    clock: Annotated[str, Meta(description="empty: time that passes")]


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
    structures: NotRequired[Annotated[list[StructureData], Meta(description="of benchmarks whose runs differ at all")]]
    timings: NotRequired[Annotated[list[TimingData], Meta(description="where durations were compared")]]


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
    seed: NotRequired[Annotated[int, Meta(description="of --harness-seed, where one was given")]]
    cases: NotRequired[Annotated[int, Meta(description="of --harness-cases, where it was given")]]
    changed_by_range: Annotated[list[str], Meta(description="rules of its own that the range changed")]
    surfaces: Annotated[CommitData | None, Meta(description="what the head offers, against approved texts")]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of report.json. Keys that a later version adds are allowed."""
    schema = msgspec.json.schema(ReportData)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "report.json, format 1", **schema}
