"""Judging by cases: observe both sides on the same inputs, compare, cluster, and confirm what differs."""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import shlex
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness.compare.cluster import cluster
from harness.compare.output import CASE_DIRECTORY
from harness.config import Config
from harness.errors import StoreError
from harness.model import Build, Case, Difference, Revision
from harness.probes.base import CaseProbe, Findings, Pair, Subject
from harness.source import Source
from harness.store import Store, digest_of, key_of

__all__ = ["CaseJudge", "Side", "materialize"]

_REPEATS = (3, 10)
# A program that hangs this often in one revision is not asked again: each time costs a whole time limit.
_MOST_TIMEOUTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A revision that builds, and its build."""

    revision: Revision
    build: Build


@dataclass(slots=True)
class _Tally:
    """What comparing the cases one after another adds up to."""

    differences: list[Difference] = field(default_factory=list)
    notes: list[Difference] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)

    def add(self, found: Findings) -> None:
        self.differences.extend(found.differences)
        self.notes.extend(found.notes)
        self.hits.update(found.hits)


class CaseJudge:
    """Runs and compares cases, `lanes` programs at a time. What was observed before is taken from the store."""

    def __init__(self, source: Source, store: Store, config: Config, lanes: int) -> None:
        self._source = source
        self._store = store
        self._config = config
        self._lanes = lanes

    def judge(self, probe: CaseProbe, *, first: Side, sides: Sequence[Side], pair: Pair) -> Findings:
        """What the probe finds between the first and the last of `sides`.

        `sides` has two entries for a commit and all building revisions for a range, whose two ends are also held
        against each other on the extra cases of every commit in between.
        """
        baseline, candidate = self._subject(sides[0]), self._subject(sides[-1])
        cases = self._cases(probe, self._subject(first), [self._subject(side) for side in sides])
        seen = self._ensure(probe, candidate, self._ensure(probe, baseline, cases))
        tally = _Tally()
        for case in seen:
            before, after = self._get(probe, baseline, case), self._get(probe, candidate, case)
            if before != after:
                tally.add(probe.compare(case, before, after, pair))
        confirmed = self._confirm(probe, baseline, candidate, cluster(tally.differences), pair)
        return Findings(
            differences=tuple(replace(one, reproduce=reproduce(one.case, baseline, candidate)) for one in confirmed),
            notes=tuple(cluster(tally.notes)),
            hits=tally.hits,
            cases=len(seen),
            reason="; ".join(filter(None, [probe.caveat(), _given_up(len(cases) - len(seen))])),
        )

    # -- cases --------------------------------------------------------------------------------------------

    def _cases(self, probe: CaseProbe, first: Subject, subjects: Sequence[Subject]) -> list[Case]:
        core = self._core_cases(probe, first)
        extras: dict[str, Case] = {}
        for before, after in itertools.pairwise(subjects):
            if before.build.runtime_digest() != after.build.runtime_digest():
                extras |= {_key(case): case for case in probe.extras(before, after, self._config, self._store)}
        known = {_key(case) for case in core}
        return [*core, *(case for key, case in extras.items() if key not in known)]

    def _core_cases(self, probe: CaseProbe, first: Subject) -> list[Case]:
        """The core, kept as data: the same cases on every revision, whatever made them."""
        key = key_of("core", probe.name, probe.version, probe.surroundings(), first.build.key, self._config)
        if (kept := self._store.get("cases", key)) is not None:
            return msgspec.msgpack.decode(kept, type=list[Case])
        cases = list(probe.core(first, self._config, self._store))
        self._store.put("cases", key, msgspec.msgpack.encode(cases))
        return cases

    # -- observations -------------------------------------------------------------------------------------

    def _ensure(self, probe: CaseProbe, subject: Subject, cases: Sequence[Case], repeat: int = 0) -> list[Case]:
        """Observes what was not observed yet; gives the cases that were.

        That is all of them, unless the program hangs again and again: then the rest is given up. The lock keeps
        another worker from doing the same meanwhile.
        """
        if not self._missing(probe, subject, cases, repeat):
            return list(cases)
        with self._store.lock(f"observe {probe.name} {subject.build.runtime_digest()}"):
            hung = 0
            running = probe.observe(subject, self._missing(probe, subject, cases, repeat), self._lanes)
            with contextlib.closing(running):
                for case, seen in running:
                    self._store.put("observation", self._key(probe, subject, case, repeat), seen)
                    hung += probe.ran_out(seen)
                    if hung > _MOST_TIMEOUTS:
                        break
        missing = {_key(case) for case in self._missing(probe, subject, cases, repeat)}
        return [case for case in cases if _key(case) not in missing]

    def _missing(self, probe: CaseProbe, subject: Subject, cases: Sequence[Case], repeat: int) -> list[Case]:
        return [case for case in cases if not self._store.has("observation", self._key(probe, subject, case, repeat))]

    def _get(self, probe: CaseProbe, subject: Subject, case: Case, repeat: int = 0) -> bytes:
        """One observation. A damaged one is made again."""
        key = self._key(probe, subject, case, repeat)
        if (seen := self._store.get("observation", key)) is None:
            self._ensure(probe, subject, [case], repeat)
            seen = self._store.get("observation", key)
        if seen is None:
            raise StoreError(
                "An observation vanished from the store twice.", step="Run again; name another --harness-store."
            )
        return seen

    def _key(self, probe: CaseProbe, subject: Subject, case: Case, repeat: int) -> str:
        machine = (platform.system(), platform.machine(), probe.surroundings())
        return key_of("case", probe.name, probe.version, machine, subject.build.runtime_digest(), _key(case), repeat)

    # -- confirmation -------------------------------------------------------------------------------------

    def _confirm(
        self, probe: CaseProbe, baseline: Subject, candidate: Subject, clusters: Sequence[Difference], pair: Pair
    ) -> Iterator[Difference]:
        """Lets through what shows again when both sides run again; a case that varies by itself is FLAKY."""
        settled: dict[str, str] = {}
        for one in clusters:
            if one.case is None:
                yield one
                continue
            key = _key(one.case)
            if key not in settled:
                settled[key] = self._settle(probe, baseline, candidate, one.case, pair)
            if settled[key] == "changed":
                yield one
            elif settled[key] == "flaky":
                yield replace(one, facet="flaky", where=f"{one.facet} {one.where}".strip())

    def _settle(self, probe: CaseProbe, baseline: Subject, candidate: Subject, case: Case, pair: Pair) -> str:
        verdict = ""
        for repeats in _REPEATS:
            before = list(self._repeated(probe, baseline, case, repeats))
            after = list(self._repeated(probe, candidate, case, repeats))
            verdict = probe.settle(case, before, after, pair)
            if len(set(before)) == len(set(after)) == 1:
                break
        return verdict

    def _repeated(self, probe: CaseProbe, subject: Subject, case: Case, repeats: int) -> Iterator[bytes]:
        for repeat in range(repeats):
            yield self._get(probe, subject, case, repeat)

    def _subject(self, side: Side) -> Subject:
        return materialize(side, self._source, self._store)


def materialize(side: Side, source: Source, store: Store) -> Subject:
    """Lays a build's programs side by side under their own names, each checked against its digest.

    Raises:
        StoreError: one of them is damaged or gone; a new run builds it again.
    """
    build = side.build
    folder = store.root / "programs" / digest_of(build.runtime_digest().encode())[:24]
    folder.mkdir(parents=True, exist_ok=True)
    for one in build.executables:
        _place(store, one.digest, folder / one.target)
    programs = {one.target: folder / one.target for one in build.executables if one.kind == "bin"}
    return Subject(
        revision=side.revision,
        build=build,
        folder=folder,
        executables=programs,
        files=source.files_of(side.revision),
        hidden=(store.root,),
    )


def reproduce(case: Case | None, baseline: Subject, candidate: Subject) -> str:
    """A line for a shell that shows a case on both sides."""
    if case is None:
        return ""
    files = [_writing(name, content) for name, content in case.files.items()]
    variables = [f"{name}={_quoted(value)}" for name, value in case.env.items()]
    program = f'"$p"/{shlex.quote(case.program)}'
    run = " ".join([*variables, program, *map(_quoted, case.argv)])
    if case.stdin:
        run = f"printf %s {shlex.quote(case.stdin.decode('utf-8', 'replace'))} | {run}"
    steps = " && ".join(['cd "$(mktemp -d)"', 'export HOME="$PWD"', *files, run])
    end = "" if case.stdin else " </dev/null"
    return f'for p in {baseline.folder} {candidate.folder}; do ({steps}{end}; echo "exit $?"); done'


def _quoted(word: str) -> str:
    """A word for a shell; the directory of the case is the one that the line makes."""
    return '"$PWD"'.join(shlex.quote(part) if part else "" for part in word.split(CASE_DIRECTORY)) or "''"


def _given_up(count: int) -> str:
    return f"{count} cases were given up because {_MOST_TIMEOUTS} before them ran out of time" if count else ""


def _writing(name: str, content: bytes) -> str:
    parent = os.path.dirname(name)  # noqa: PTH120  a path inside the case, not on this machine
    folder = f"mkdir -p {shlex.quote(parent)} && " if parent else ""
    return f"{folder}printf %s {shlex.quote(content.decode('utf-8', 'replace'))} >{shlex.quote(name)}"


def _place(store: Store, digest: str, target: Path) -> None:
    source = store.blob(digest)
    if source is None:
        raise StoreError("A program is no longer in the store.", step="Run again: it is then built again.")
    if target.exists() and target.samefile(source):
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.link(source, beside)
    except OSError:
        shutil.copy2(source, beside)
    beside.replace(target)


def _key(case: Case) -> str:
    """A case without its origin, which does not reach the program."""
    return digest_of(msgspec.msgpack.encode(replace(case, origin="")))
