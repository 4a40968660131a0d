"""Judging by cases: observe both sides on the same inputs, compare, cluster, and confirm what differs."""

from __future__ import annotations

import contextlib
import itertools
import os
import platform
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import msgspec

from harness.compare.cluster import cluster
from harness.config import Config
from harness.errors import StoreError
from harness.model import Build, Case, Difference, Revision
from harness.probes.base import CaseProbe, Findings, Pair, Subject
from harness.source import Source
from harness.store import Store, digest_of, key_of
from harness.verify.repeats import Again, answer_for, settle_all
from harness.verify.reproduce import reproduce

__all__ = ["CaseJudge", "ProgramGone", "Side", "materialize"]

# A program that hangs this often in one revision is not asked again: each time costs a whole time limit.
_MOST_TIMEOUTS = 20


class ProgramGone(StoreError):
    """A program of a build is damaged or not there any more, so that it has to be built again."""


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

    def __init__(
        self,
        source: Source,
        store: Store,
        config: Config,
        lanes: int,
        watch: Callable[[Revision, str], None] = lambda revision, what: None,
    ) -> None:
        self._source = source
        self._store = store
        self._config = config
        self._lanes = lanes
        self._watch = watch
        self._subjects: dict[tuple[str, str], Subject] = {}

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
            differences=tuple(replace(one, reproduce=reproduce(one, baseline, candidate)) for one in confirmed),
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
            missing = self._missing(probe, subject, cases, repeat)
            running = probe.observe(subject, missing, self._lanes)
            again = f", run {repeat + 1}" if repeat else ""
            with contextlib.closing(running):
                for number, (case, seen) in enumerate(running, 1):
                    self._watch(subject.revision, f"{probe.name}: case {number} of {len(missing)}{again}")
                    self._store.put("observation", self._key(probe, subject, case, repeat), seen)
                    hung += probe.ran_out(seen)
                    if hung > _MOST_TIMEOUTS:
                        break
        left = {_key(case) for case in self._missing(probe, subject, cases, repeat)}
        return [case for case in cases if _key(case) not in left]

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
        """Lets through what shows again when both sides run again. What varies by itself is FLAKY, once a place."""
        doubted = {_key(one.case): one.case for one in clusters if one.case}
        again = Again(
            ensure=partial(self._ensure, probe), get=partial(self._get, probe), lanes=self._lanes, clock=time.monotonic
        )
        settled = settle_all(again, partial(probe.settle, pair=pair), baseline, candidate, doubted)
        flaky: dict[str, Difference] = {}
        for one in clusters:
            if one.case is None:
                yield one
                continue
            others = (other for other in clusters if other.case and _key(other.case) == _key(one.case))
            answer = answer_for(one, others, settled[_key(one.case)])
            if answer == "changed":
                yield one
            elif answer == "flaky":
                where = f"{one.facet} {one.where}".strip()
                told = flaky.get(where)
                smallest = min(filter(None, (told, one)), key=lambda known: known.case.size() if known.case else (0,))
                count = one.count + (told.count if told else 0)
                flaky[where] = replace(smallest, facet="flaky", where=where, count=count)
        # What varies is different in every case, so that no two cluster; the place is what matters.
        yield from flaky.values()

    def _subject(self, side: Side) -> Subject:
        """The side as something to run. Its programs are checked once: hashing a large one takes a while."""
        key = (side.revision.sha, side.build.key)
        if (known := self._subjects.get(key)) is None:
            known = self._subjects[key] = materialize(side, self._source, self._store)
        return known


def materialize(side: Side, source: Source, store: Store) -> Subject:
    """Lays a build's programs side by side under their own names, each checked against its digest.

    Raises:
        ProgramGone: one of them is damaged or gone; a damaged one was thrown away, and the build counts no more.
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


def _given_up(count: int) -> str:
    return f"{count} cases were given up because {_MOST_TIMEOUTS} before them ran out of time" if count else ""


def _place(store: Store, digest: str, target: Path) -> None:
    source = store.blob(digest)
    if source is None:
        raise ProgramGone("A program is no longer in the store.", step="Run again: it is then built again.")
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
