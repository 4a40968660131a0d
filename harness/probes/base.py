"""What a probe is: a way of observing a build, and a pure comparison of two observations.

A probe is one file in this folder and one line in the registry. It is one of two kinds:

* a `SlotProbe` looks at a revision while that is checked out in its slot (its sources, its documentation, its
  tests), once per revision;
* a `CaseProbe` runs programs that were copied out of the slot, once per case, so that it may overlap with the
  build of the next revision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.compare.redact import Redactor
from harness.config import Config
from harness.model import Build, Case, Difference, Revision, Workspace
from harness.store import Store

__all__ = ["CargoRun", "CaseProbe", "Findings", "Pair", "SlotProbe", "Subject", "Visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What comparing two observations gave. `hits` counts, per redaction rule, what it hid."""

    differences: tuple[Difference, ...] = ()
    notes: tuple[Difference, ...] = ()
    hits: Mapping[str, int] = field(default_factory=dict)
    cases: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One revision as far as it is built: what a `CaseProbe` runs.

    `executables` maps a program's name to its file in `folder`; all executables of the revision lie there
    under their own names, so that they find each other.
    """

    revision: Revision
    build: Build
    folder: Path
    executables: Mapping[str, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a comparison may know besides the observations: the two revisions and the rules that hide things."""

    baseline: Revision
    candidate: Revision
    before: Redactor
    after: Redactor
    config: Config


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoRun:
    """How a cargo call in a slot ended. `messages` are its JSON messages that `keep` selected, decoded."""

    status: int
    messages: Sequence[Mapping[str, object]]
    stdout: bytes
    stderr: bytes
    log: Path
    seconds: float


class Visit(Protocol):
    """A revision checked out in its slot. Only one visit of a slot goes on at a time."""

    @property
    def revision(self) -> Revision:
        """What is checked out."""
        ...

    @property
    def root(self) -> Path:
        """The folder of the workspace's Cargo.toml inside the checkout."""
        ...

    @property
    def target_dir(self) -> Path:
        """Where cargo puts what it makes."""
        ...

    @property
    def workspace(self) -> Workspace:
        """What `cargo metadata` says."""
        ...

    @property
    def feature_args(self) -> tuple[str, ...]:
        """The arguments that select the features under observation, such as `--all-features`."""
        ...

    @property
    def store(self) -> Store:
        """Where blobs can be kept."""
        ...

    @property
    def config(self) -> Config:
        """harness.toml."""
        ...

    def cargo(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        """Runs `cargo *argv` in `root` with the visit's toolchain, lock options and environment.

        Progress is shown. With `keep`, `--message-format=json` is expected to be among `argv`, each line of
        standard output is decoded, and the messages for which it is true are kept; without it, standard
        output is kept whole.
        """
        ...

    def execute(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> CargoRun:
        """Runs another program in the slot, with the same environment; for test executables."""
        ...


class SlotProbe(Protocol):
    """A probe that looks at a revision in its slot."""

    name: str
    version: int
    needs_build: bool

    def observe(self, visit: Visit) -> bytes:
        """One revision's observation, raw and encoded. Raises HarnessError where the machine lacks something."""
        ...

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """Holds two observations against each other. Pure."""
        ...


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

    def observe(self, subject: Subject, cases: Sequence[Case], lanes: int) -> Iterator[tuple[Case, bytes]]:
        """Runs each case once, on `lanes` processes at a time; yields as they end, in any order."""
        ...

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        """Holds two observations of one case against each other. Pure."""
        ...
