"""What a probe is: a way of observing a build, and a pure comparison of two observations.

A probe is one file in this folder and one line in the registry. It is one of two kinds:

* a `SlotProbe` looks at a revision while that is checked out in its slot (its sources, its documentation, its
  tests), once per revision;
* a `CaseProbe` runs programs that were copied out of the slot, once per case, so that it may overlap with the
  build of the next revision.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from harness.build.visit import CargoRun, Visit
from harness.built import Build
from harness.cases.base import Repository
from harness.cases.types.model import Schema
from harness.compare.redact import Redactor
from harness.compare.rule import Rule
from harness.config import Config
from harness.measured import Structure, Timing
from harness.model import Case, Difference, Diversity, Revision
from harness.probes.feed import Feed
from harness.store import Store

__all__ = [
    "CargoRun",
    "CaseProbe",
    "Findings",
    "Follows",
    "Observe",
    "Pair",
    "SlotObserver",
    "SlotProbe",
    "Subject",
    "TellsDurations",
    "TellsForms",
    "TellsLogs",
    "Visit",
]


Observe = Callable[[Sequence[Case]], Generator[tuple[Case, bytes]]]
"""Runs each case once; yields as they end, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What comparing two observations gave. `hits` counts, per redaction rule, what it hid.

    `reason` stands in place of the usual one; `remarks` are said besides, however it ended.
    """

    differences: tuple[Difference, ...] = ()
    notes: tuple[Difference, ...] = ()
    hits: Mapping[str, int] = field(default_factory=dict)
    cases: int = 1
    reason: str = ""
    diversity: Diversity | None = None
    remarks: tuple[str, ...] = ()
    rules: Mapping[str, bool] = field(default_factory=dict)
    structures: tuple[Structure, ...] = ()
    timings: tuple[Timing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One revision as far as it is built: what a `CaseProbe` runs.

    `executables` maps a program's name to its file in `folder`; all executables of the revision lie there
    under their own names, so that they find each other; `named` leads there by the revision's name, which says more
    to people than a digest. `files` are its sources. The folders `hidden` must be out of the programs' reach, because
    what changes there while they run would be taken for their doing. `first` is the range's first revision that
    builds, where extras are asked for. `types` gives what its programs read, as soon as that is known; None where
    nobody asks the sources.
    """

    revision: Revision
    build: Build
    folder: Path
    executables: Mapping[str, Path]
    named: Path | None = None
    files: Repository | None = None
    hidden: tuple[Path, ...] = ()
    first: Subject | None = None
    types: Callable[[], Schema] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a comparison may know besides the observations: the two revisions and the rules that hide things."""

    baseline: Revision
    candidate: Revision
    before: Redactor
    after: Redactor
    config: Config


class SlotObserver(Protocol):
    """What looks at a revision in its slot."""

    name: str
    version: int
    needs_build: bool

    def observe(self, visit: Visit) -> bytes:
        """One revision's observation, raw and encoded. Raises HarnessError where the machine lacks something."""
        ...


@runtime_checkable
class SlotProbe(SlotObserver, Protocol):
    """A probe that looks at a revision in its slot."""

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """Holds two observations against each other. Pure."""
        ...


@runtime_checkable
class CaseProbe(Protocol):
    """A probe that runs programs on cases."""

    name: str
    version: int

    def core(self, first: Subject, config: Config, store: Store) -> Sequence[Case]:
        """The cases that every revision of the range is observed on, made from the first one."""
        ...

    def extras(self, baseline: Subject, candidate: Subject, config: Config, store: Store) -> Sequence[Case]:
        """The cases that one pair alone suggests; core cases among them are dropped by the caller."""
        ...

    def observe(self, subject: Subject, cases: Sequence[Case], lanes: int) -> Generator[tuple[Case, bytes]]:
        """Runs each case once, on `lanes` processes at a time; yields as they end, in any order."""
        ...

    def opened(self, subject: Subject, lanes: int) -> AbstractContextManager[Observe]:
        """As `observe`, for several lots of cases one after another, without beginning anew each time."""
        ...

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        """Holds two observations of one case against each other. Pure."""
        ...

    def settle(
        self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair
    ) -> Mapping[tuple[str, str], str]:
        """What repeated observations say of each facet and `where`: `same`, `changed` or `flaky`. Pure."""
        ...

    def vocabulary(self, subjects: Sequence[Subject], config: Config, store: Store) -> Mapping[str, Collection[str]]:
        """The flags and keys that programs are known to take on any of these revisions, by program."""
        ...

    def survey(
        self, seen: Iterable[tuple[Case, bytes]], known: Mapping[str, Collection[str]], rules: Sequence[Rule]
    ) -> Findings:
        """How different cases were by what one side did on them, and which of the user's own rules matched. Pure."""
        ...

    def ran_out(self, seen: bytes) -> bool:
        """Whether the program of this observation ran out of time."""
        ...

    def surroundings(self) -> str:
        """What of this machine reaches the programs besides the case: part of an observation's key."""
        ...

    def caveat(self) -> str:
        """A sentence for the report where not every case may be run on this machine, else nothing."""
        ...


@runtime_checkable
class Follows(Protocol):
    """A case probe that can observe cases while others of them are still being made."""

    def follow(self, subject: Subject, feed: Feed, lanes: int) -> Generator[tuple[Case, bytes]]:
        """As `observe`, until the feed is closed. No case of it needs a server or is endless."""
        ...


@runtime_checkable
class TellsForms(Protocol):
    """A case probe that compares what varies on the baseline in weaker forms, and says in which."""

    def forms(
        self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair
    ) -> Mapping[tuple[str, str], str]:
        """In which form each facet and `where` was compared, for those that could not be compared as they are. Pure."""
        ...


@runtime_checkable
class TellsLogs(Protocol):
    """A case probe that can show a whole observation to people."""

    def log(self, seen: bytes) -> str:
        """All that one case did, raw, as text that is not too long. Pure."""
        ...


@runtime_checkable
class TellsDurations(Protocol):
    """A case probe that can also say whether one build is slower than another, which is asked for only on request."""

    def durations(self, cases: Sequence[Case], baseline: Subject, candidate: Subject, pair: Pair) -> Findings:
        """Runs the cases that are worth it on both sides by turns. Nothing else may run meanwhile."""
        ...
