"""The words of the harness as plain data: revisions, builds, cases, differences, verdicts and the report.

Everything here is frozen and is made of values that a codec can write, because all of it is stored, sent
between processes or printed. docs/design.md says what each word means.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from harness.measured import Structure, Timing
from harness.server import Server

__all__ = [
    "Case",
    "CommitReport",
    "Comparison",
    "Difference",
    "Diversity",
    "Form",
    "ProbeReport",
    "RedactionHits",
    "Report",
    "Revision",
    "Seconds",
    "Session",
    "Step",
    "Verdict",
    "Wording",
    "worst",
]


class Verdict(enum.Enum):
    """What is said of a probe, a commit or a range. Declared worst first: the order is the precedence."""

    INCOMPLETE = "INCOMPLETE"
    BUILD_FAILED = "BUILD_FAILED"
    CHANGED = "CHANGED"
    UNMET = "UNMET"
    TIMED_OUT = "TIMED_OUT"
    BASELINE_FAILED = "BASELINE_FAILED"
    FLAKY = "FLAKY"
    SKIPPED = "SKIPPED"
    INTENDED = "INTENDED"
    SAME = "SAME"

    @property
    def rank(self) -> int:
        """Position in the precedence, 0 being the worst."""
        return _RANKS[self]

    @property
    def fails(self) -> bool:
        """Whether a run with this verdict ends with exit status 1."""
        return self.rank <= Verdict.BASELINE_FAILED.rank


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict of a whole from those of its parts: the worst one, skipped ones aside unless all were."""
    looked_at = [verdict for verdict in verdicts if verdict is not Verdict.SKIPPED]
    return min(looked_at, key=lambda verdict: verdict.rank, default=Verdict.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One state of the sources: a commit, or the working tree as it is now.

    `sha` and `tree` are object ids; for the working tree `sha` is that of a commit that exists only in the
    harness's private clone. `date` is the committer date in ISO 8601 as git prints it (`%cI`).
    """

    sha: str
    tree: str
    subject: str
    date: str
    is_working_tree: bool = False

    @property
    def name(self) -> str:
        """What a person calls it: `working-tree`, or the first twelve digits of the commit id."""
        return "working-tree" if self.is_working_tree else self.sha[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two revisions that are held against each other. `id` is stable under rebase."""

    id: str
    baseline: Revision
    candidate: Revision
    is_range: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a session: what it waits for, then what it does.

    It waits until what was written since the last step, without control sequences, matches `expect` (Python's `re`),
    or until the program has a handler for the signal `catches` (or writes, or has none and ends). Then it types
    `send`, makes the terminal `resize` (columns, rows), sends the program `signal` (`SIGTERM`), or closes the terminal.
    """

    expect: str = ""
    catches: str = ""
    send: str = ""
    resize: tuple[int, int] | None = None
    signal: str = ""
    close: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A terminal that a program runs in. The streams `piped` (`stdout`, `stderr`) are not on it."""

    columns: int = 80
    rows: int = 24
    script: tuple[Step, ...] = ()
    piped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One input as plain data.

    `program` is the name of the executable, `argv` what follows it. `files` maps a path below the case's
    directory to its content. `stdin` is empty for an input that ends at once. `timeout` is in seconds.
    `origin` says where the case came from, for people and for statistics. The variables `unset` are not there, not
    even with what every case has (HOME). At `sockets` (a path below the directory, `127.0.0.1:5432`) somebody listens,
    and closes every connection at once. With `read_only` the directory itself cannot be written to. Of a program
    that is known to be `endless` it is no failure to be ended at the timeout: what it did until then counts.
    For the benchmark probe, `runs` is how often one observation runs it, and `report` where its report is found.
    With a `terminal`, its input (unless there is some in `stdin`) and output are one. The `services` run beside it.
    """

    program: str
    argv: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    timeout: float = 10.0
    origin: str = ""
    unset: tuple[str, ...] = ()
    sockets: tuple[str, ...] = ()
    read_only: bool = False
    endless: bool = False
    runs: int = 1
    report: str = ""
    terminal: Session | None = None
    services: tuple[Server, ...] = ()

    def size(self) -> tuple[int, int, str]:
        """A sort key by which a person's smallest case comes first."""
        parts = [*self.argv, *self.files, *self.env, *self.unset, *self.sockets]
        parts += ["read only"] if self.read_only else []
        if self.terminal:
            steps = (f"{one.expect}{one.catches}{one.send}{one.signal}" for one in self.terminal.script)
            parts += ["terminal", *self.terminal.piped, *steps]
        weight = sum(map(len, parts)) + sum(map(len, self.files.values())) + len(self.stdin)
        return (len(parts) + bool(self.stdin), weight, repr(self.argv))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What went and came at one place: `hunks` of removed and added lines, and what stood `beside` them.

    An end of a program says little by itself, so what it newly said on standard error stands beside it.
    """

    where: str
    hunks: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What approvals hold of a difference, without its case, count and surroundings.

    In `general`, text that the case supplied stands as `{1}`, `{2}` and braces are doubled; `example` is the same as
    it was seen once, None where nothing was supplied. `whole` is `vanished` or `appeared` where the program ended in
    another way and all of its output went or came with that.
    """

    facet: str
    general: Wording
    example: Wording | None = None
    of_case: bool = False
    whole: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One facet that differs. Also the shape of a note.

    `where` names the place inside the facet (a public path, a test, a file), `count` in how many cases it
    showed, `case` the smallest of them, `reproduce` a command line that a person can paste. `summary` is a
    sentence for the terminal where before and after alone do not say it. `forms` is what has to be approved for all
    that it stands for; `intended` says what makes it intended (an approval's file, a line of a contract), if anything.
    `logs` are all that the case did on the two sides, as it was observed, shortened; nothing is hidden in them, so they
    differ from run to run and do not stand in report.json.
    """

    facet: str
    where: str
    before: str
    after: str
    count: int = 1
    case: Case | None = None
    reproduce: str = ""
    summary: str = ""
    forms: tuple[Form, ...] = ()
    intended: str = ""
    logs: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionHits:
    """How often one rule hid something in outputs that were not equal as they were."""

    name: str
    reason: str
    hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """How different cases were: distinct outcomes and error messages, text that a case supplied and numbers aside.

    `accepted` counts the cases that ended with exit status 0. `never_used` are flags and keys that the programs are
    known to take and no case had.
    """

    cases: int = 0
    outcomes: int = 0
    messages: int = 0
    accepted: int = 0
    never_used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReport:
    """What one probe says of one comparison. `cases` counts what it looked at.

    `remarks` are sentences about how far the verdict carries. `rules` says of each rule of harness.toml that this
    looked for whether it matched anything. `complete` is false where it could not look at all that it should have,
    so that what it did not see says nothing.
    """

    name: str
    verdict: Verdict
    reason: str
    cases: int = 0
    seconds: float = 0.0
    differences: tuple[Difference, ...] = ()
    notes: tuple[Difference, ...] = ()
    redactions: tuple[RedactionHits, ...] = ()
    baseline: str = ""
    diversity: Diversity | None = None
    remarks: tuple[str, ...] = ()
    rules: dict[str, bool] = field(default_factory=dict)
    complete: bool = True
    structures: tuple[Structure, ...] = ()
    timings: tuple[Timing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitReport:
    """What is said of one commit (or of the whole range): the worst of its probes.

    `log` is what cargo printed when it was built, shortened; like that of cases, it does not stand in report.json.
    """

    sha: str
    subject: str
    baseline: str
    verdict: Verdict
    reason: str
    notes: tuple[str, ...] = ()
    probes: tuple[ProbeReport, ...] = ()
    evidence: dict[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Where the time went, in seconds of wall clock."""

    build: float = 0.0
    observe: float = 0.0
    compare: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """report.json, format 1. Every other rendering is made from it. `remarks` are of the run as a whole.

    `changed_by_range` tells of approvals and configuration that the range itself added or changed: an author must
    not approve its own regression unseen. `surfaces` has a row for each surface of the head; where nothing is
    compared, it is the overall too. `seed` and `cases` are what the run asked for: 0 where it took what every run has.
    """

    base: str
    head: str
    verdict: Verdict
    reason: str
    platform: str
    toolchains: tuple[str, ...]
    commits: tuple[CommitReport, ...]
    overall: CommitReport
    redactions: tuple[RedactionHits, ...]
    seconds: Seconds
    remarks: tuple[str, ...] = ()
    changed_by_range: tuple[str, ...] = ()
    surfaces: CommitReport | None = None
    seed: int = 0
    cases: int = 0
    format: int = 1
