"""Properties of one's own: the two ends of a range, built as for any comparison, as objects that run command lines."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.build.workshop import Workshop
from harness.compare.output import CommandObservation, Place, redacted, texts
from harness.compare.redact import Redactor, default_rules, rules_from
from harness.errors import ConfigError, HarnessError
from harness.model import Case, Revision
from harness.probes.base import Subject
from harness.probes.containment import containment
from harness.probes.lanes import OpenLanes
from harness.source import Source
from harness.store import Store
from harness.verify.foreman import Foreman, Job
from harness.verify.plan import Request
from harness.verify.subjects import ProgramGone, Side, materialize
from harness.verify.walk import make_plan

__all__ = ["BuiltRevision", "Ran", "Revisions", "opened", "running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a program did, after redaction: equal for both revisions where nothing changed that anybody can see.

    `status` is in words (`exit 0`, `signal SIGSEGV`, `timed out after 10 s`). `files` are those that it left behind,
    changed or deleted, by their paths, each with what became of it and its content.
    """

    status: str
    stdout: str
    stderr: str
    files: dict[str, str] = field(default_factory=dict)

    @property
    def exit_status(self) -> int | None:
        """The number, None where it ended in another way."""
        word, _, number = self.status.partition(" ")
        return int(number) if word == "exit" and number.isdigit() else None


class BuiltRevision:
    """One revision, ready to be run."""

    def __init__(self, subject: Subject, redactor: Redactor, lanes: OpenLanes) -> None:
        self.revision = subject.revision
        self._programs = sorted(subject.executables)
        self._redactor = redactor
        self._lanes = lanes

    def __repr__(self) -> str:
        return f"<{self.revision.name} {self.revision.subject}>"

    def run(
        self,
        argv: Sequence[str],
        *,
        files: Mapping[str, str | bytes] | None = None,
        stdin: str | bytes = b"",
        env: Mapping[str, str] | None = None,
        program: str = "",
        timeout: float = 10.0,
    ) -> Ran:
        """Runs a program in a fresh directory that has just these `files`, with nothing but a small environment.

        `program` need not be named where there is only one. `timeout` is in seconds.

        Raises:
            ConfigError: there is no such program, or it has to be named.
            HarnessError: a file outside the directory is named, or the sandbox cannot be entered.
        """
        case = Case(
            program=self._program(program),
            argv=tuple(argv),
            files={name: _bytes(content) for name, content in (files or {}).items()},
            stdin=_bytes(stdin),
            env=dict(env or {}),
            timeout=timeout,
        )
        ((_, seen),) = self._lanes.run([case])
        return _ran(seen, self._redactor, case)

    def _program(self, name: str) -> str:
        known = ", ".join(self._programs)
        if name and name not in self._programs:
            raise ConfigError(f"{self.revision.name} has no program `{name}`.", step=f"It has: {known}.")
        if not name and len(self._programs) != 1:
            raise ConfigError(f"{self.revision.name} has the programs {known}.", step='Say which: run(…, program="…").')
        return name or self._programs[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """Both ends of what is compared; can be taken apart: `before, after = revisions`."""

    baseline: BuiltRevision
    candidate: BuiltRevision

    def __iter__(self) -> Iterator[BuiltRevision]:
        yield from (self.baseline, self.candidate)


@contextlib.contextmanager
def opened(request: Request) -> Iterator[Revisions]:
    """Builds the two ends of the range that a request (or [verify]) names, and keeps their sandboxes open.

    Raises:
        HarnessError: nothing says what to compare, or one of the two does not build.
    """
    plan = make_plan(request)
    repository, store = request.repository(), request.open_store()
    config = request.configuration(repository)
    source = Source(repository, store)
    features = config.build.features[0]
    ends = (plan.revisions[0], plan.revisions[-1])
    workshop = Workshop(source, store, config, request.env, lambda revision, crate: None)
    with store.told():
        workshop.prepare(ends)
        jobs = [Job(revision=one, features=features, build=True, probes=()) for one in ends]
        foreman = Foreman(workshop, store, ends[0], jobs, lambda job: None)
        try:
            subjects = [_built(foreman, one, features, source, store) for one in ends]
        finally:
            foreman.stop()
        rules = (*rules_from(config), *default_rules())
        # A build script that had no reason to run again leaves the hash of another revision.
        others = [replace(one, date="") for one in workshop.visited()]
        redactors = [Redactor(rules, one, *ends, *others) for one in ends]
        with running(subjects, redactors) as revisions:
            yield revisions


@contextlib.contextmanager
def running(subjects: Sequence[Subject], redactors: Sequence[Redactor]) -> Iterator[Revisions]:
    """Two builds as objects that can be run."""
    made = containment()
    with contextlib.ExitStack() as stack:
        before, after = (
            BuiltRevision(
                subject,
                redactor,
                stack.enter_context(OpenLanes(subject.executables, lanes=1, contained=made, hidden=subject.hidden)),
            )
            for subject, redactor in zip(subjects, redactors, strict=True)
        )
        yield Revisions(baseline=before, candidate=after)


def _built(foreman: Foreman, revision: Revision, features: str, source: Source, store: Store) -> Subject:
    for last in (False, True):
        build = foreman.build(revision, features)
        if not build.ok:
            raise HarnessError(
                f"{revision.name} does not build: {build.failure.strip().partition(chr(10))[0]}.",
                log=foreman.log_of(build),
                step="Name another range.",
            )
        try:
            return materialize(Side(revision=revision, build=build), source, store)
        except ProgramGone:
            # It was thrown away, and is built again.
            if last:
                raise
    raise AssertionError("unreachable")


def _ran(seen: CommandObservation, redactor: Redactor, case: Case) -> Ran:
    parts: dict[Place, str] = redacted(texts(seen), redactor, case)[0]
    return Ran(
        status=parts["exit status", ""],
        stdout=parts["stdout", ""],
        stderr=parts["stderr", ""],
        files={where: text for (facet, where), text in parts.items() if facet == "files"},
    )


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else bytes(content)
