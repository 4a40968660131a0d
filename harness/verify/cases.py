"""Judging by cases: observe both sides on the same inputs, compare, cluster, and confirm and reduce what differs."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

import msgspec

from harness.built import Build
from harness.cases import sources_digest
from harness.cases.order import before_the_core
from harness.cases.services import again
from harness.cases.types.model import Schema
from harness.compare.approvals import Approvals
from harness.compare.cluster import Clusters, with_forms
from harness.compare.redact import rules_from
from harness.config import Config
from harness.measured import Structure
from harness.model import Case, Revision
from harness.probes.base import CaseProbe, Findings, Pair, Subject, TellsDurations
from harness.probes.services import identity_of, log_kept
from harness.source import Source
from harness.store import Store, digest_of, key_of
from harness.verify.case_list import CaseList
from harness.verify.case_logs import with_logs
from harness.verify.compared import Compared
from harness.verify.doubts import Doubts
from harness.verify.observer import MOST_TIMEOUTS, Observer, key_of_case
from harness.verify.reduction import reduce_all
from harness.verify.reproduce import reproduce
from harness.verify.subjects import Side, materialize

__all__ = ["CaseJudge"]

_MOST_REMARKS = 5
_MOST_STRUCTURES = 12


@dataclass(slots=True)
class _Tally:
    """What comparing the cases one after another adds up to."""

    probe: str
    approvals: Approvals
    differences: Clusters = field(default_factory=Clusters)
    notes: Clusters = field(default_factory=Clusters)
    hits: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    remarks: dict[str, None] = field(default_factory=dict)
    structures: list[Structure] = field(default_factory=list)

    def add(self, found: Findings) -> None:
        # An approval is for a difference as one case shows it, so it is looked for before clustering.
        self.differences.add(self.approvals.judged(self.probe, with_forms(found.differences)))
        self.notes.add(found.notes)
        self.hits.update(found.hits)
        if len(self.remarks) < _MOST_REMARKS:
            self.remarks |= dict.fromkeys(found.remarks)
        self.structures += found.structures[: _MOST_STRUCTURES - len(self.structures)]


class CaseJudge:
    """Runs and compares cases, `lanes` programs at a time. What was observed before is taken from the store."""

    def __init__(
        self,
        source: Source,
        store: Store,
        config: Config,
        lanes: int,
        watch: Callable[[Revision, str], None] = lambda revision, what: None,
        remembered: Sequence[Case] = (),
        quiet: Callable[[], None] = lambda: None,
        approvals: Approvals = Approvals(),  # noqa: B008  never changed
        types_of: Callable[[Revision, str], Schema] = lambda revision, features: Schema(),
    ) -> None:
        self._source = source
        self._store = store
        self._config = config
        self._lanes = lanes
        self._watch = watch
        self._remembered = list(remembered)
        self._quiet = quiet
        self._approvals = approvals
        self._types_of = types_of
        self._subjects: dict[tuple[str, str], Subject] = {}
        self._compared = Compared(store, config, remembered, approvals)

    def judge(
        self, probe: CaseProbe, *, first: Side, sides: Sequence[Side], pair: Pair, agreed: Sequence[object] = ()
    ) -> Findings:
        """What the probe finds between the first and the last of `sides`.

        `sides` has two entries for a commit and all building revisions for a range, whose two ends are also held
        against each other on the extra cases of every commit in between. `agreed` is all that the probe's marks
        follow from.
        """
        prepared = self._prepared(probe, first.build)
        others = (first.revision, first.build.key, prepared and digest_of(prepared), agreed)
        found = self._compared.once(
            probe, sides, others, lambda: self._judge(probe, first=first, sides=sides, pair=pair)
        )
        if found.differences:
            # They name the programs that show them.
            self._subject(sides[0])
            self._subject(sides[-1])
        return found

    def _judge(self, probe: CaseProbe, *, first: Side, sides: Sequence[Side], pair: Pair) -> tuple[Findings, bool]:
        """The findings, and whether nothing was left out for lack of time."""
        baseline, candidate = self._subject(sides[0]), self._subject(sides[-1])
        cases = self._cases(probe, self._subject(first), [self._subject(side) for side in sides])
        observer = Observer(probe, self._store, self._lanes, self._watch, total=len(cases))
        tally, hung = _Tally(probe=probe.name, approvals=self._approvals), Counter[str]()
        with observer.opened(baseline, candidate):
            for some in cases.parts():
                some = observer.ensure(baseline, some, hung=hung)
                for case in observer.ensure(candidate, some, hung=hung):
                    tally.seen += 1
                    before, after = observer.get(baseline, case), observer.get(candidate, case)
                    if before != after:
                        tally.add(probe.compare(case, before, after, pair))
        doubts = Doubts(observer, pair)
        confirmed = list(doubts.confirm(baseline, candidate, tally.differences.found()))
        reduced = reduce_all(observer, baseline, candidate, pair, confirmed)
        surveyed = self._survey(observer, baseline, candidate, cases)
        timed = self._durations(observer, cases, baseline, candidate, pair)
        cut_short = [*filter(None, [_given_up(observer.total - tally.seen), reduced.remark()])]
        shown = with_logs(observer, baseline, candidate, (*reduced.differences, *timed.differences))
        found = Findings(
            differences=tuple(replace(one, reproduce=reproduce(one, baseline, candidate)) for one in shown),
            notes=(*tally.notes.found(), *timed.notes),
            hits=tally.hits,
            cases=tally.seen,
            reason="; ".join(filter(None, [probe.caveat(), *cut_short])),
            diversity=surveyed.diversity,
            remarks=(
                *surveyed.remarks,
                *list(tally.remarks)[:_MOST_REMARKS],
                *doubts.remarks(),
                *timed.remarks,
            ),
            rules=surveyed.rules,
            structures=tuple(tally.structures),
            timings=timed.timings,
        )
        return found, not cut_short and not doubts.unfinished

    def prepare(self, probe: CaseProbe, first: Side) -> tuple[str, bytes]:
        """The core cases as data, and what they are known by in every job of a matrix."""
        subject = self._subject(first)
        cases = self._core_cases(probe, subject)
        return self._prepared_key(self._what(probe), subject.build), msgspec.msgpack.encode(list(cases))

    def _survey(self, observer: Observer, baseline: Subject, candidate: Subject, cases: CaseList) -> Findings:
        """How different the cases were, by what the baseline did; looked at once for the same cases and programs."""
        probe = observer.probe
        rules = rules_from(self._config)
        programs = [baseline.build.runtime_digest(), candidate.build.runtime_digest()]
        of = [probe.name, probe.version, probe.surroundings(), *programs, sources_digest()]
        key = key_of("survey", *of, self._config.redaction, cases.identity())
        if (kept := self._store.get("survey", key)) is not None:
            return msgspec.msgpack.decode(kept, type=Findings)
        known = probe.vocabulary([baseline, candidate], self._config, self._store)
        seen = ((case, observer.get(baseline, case)) for case in cases if observer.has(baseline, case))
        found = probe.survey(seen, known, rules)
        self._store.put("survey", key, msgspec.msgpack.encode(found))
        return found

    def _durations(
        self, observer: Observer, cases: CaseList, baseline: Subject, candidate: Subject, pair: Pair
    ) -> Findings:
        """What comparing durations gives, where that is asked for: alone, when all builds are made."""
        probe = observer.probe
        if not self._config.timing or not isinstance(probe, TellsDurations):
            return Findings()
        self._quiet()
        with self._store.lock("timing"):
            self._watch(candidate.revision, f"{probe.name}: comparing durations")
            with log_kept(self._store):
                return probe.durations(list(cases), baseline, candidate, pair)

    # -- cases --------------------------------------------------------------------------------------------

    def _cases(self, probe: CaseProbe, first: Subject, subjects: Sequence[Subject]) -> CaseList:
        extras: dict[str, Case] = {}
        for before, after in itertools.pairwise(replace(one, first=first) for one in subjects):
            if before.build.runtime_digest() != after.build.runtime_digest():
                extras |= {key_of_case(case): case for case in probe.extras(before, after, self._config, self._store)}
        # Without a sandbox, a case that nobody wrote down is not run.
        remembered = [] if probe.caveat() else self._remembered
        there = {one.name for one in self._config.service}
        programs = {name for subject in subjects for name in subject.executables}

        def suits(case: Case) -> bool:
            # A case with a report is a benchmark, which other probes would run for nothing, and the other way round.
            return case.program in programs and bool(case.report) == isinstance(probe, TellsDurations)

        promising = before_the_core(
            kept=(again(one, self._config, first.files) for one in filter(suits, self._config.kept)),
            extras=extras.values(),
            remembered=(
                again(one, self._config, first.files)
                for one in filter(suits, remembered)
                if there.issuperset(server.name for server in one.services)
            ),
        )
        return self._core_cases(probe, first).after(promising)

    def _core_cases(self, probe: CaseProbe, first: Subject) -> CaseList:
        """The core, kept as data: the same cases on every revision, whatever made them."""
        what = self._what(probe)
        key = key_of("core", *what, first.build.key, self._config, identity_of(self._config.service))
        prepared = self._prepared(probe, first.build)
        if prepared is not None:
            parts = key_of("parts", digest_of(prepared))
            return CaseList.kept(self._store, parts, lambda: msgspec.msgpack.decode(prepared, type=list[Case]))
        return CaseList.kept(self._store, key, lambda: probe.core(first, self._config, self._store))

    def _prepared(self, probe: CaseProbe, first: Build) -> bytes | None:
        return self._store.get("prepared", self._prepared_key(self._what(probe), first))

    def _what(self, probe: CaseProbe) -> tuple[object, ...]:
        return (probe.name, probe.version, probe.surroundings(), sources_digest())

    def _prepared_key(self, what: tuple[object, ...], first: Build) -> str:
        """What cases that one job made are known by in all of them, wherever each has its repository."""
        return key_of("prepared", *what, first.tree, first.features, self._config.anywhere())

    def _subject(self, side: Side) -> Subject:
        """The side as something to run. Its programs are checked once: hashing a large one takes a while."""
        key = (side.revision.sha, side.build.key)
        if (known := self._subjects.get(key)) is None:
            laid = materialize(side, self._source, self._store)
            types = partial(self._types_of, side.revision, side.build.features)
            known = self._subjects[key] = replace(laid, types=cache(types))
        return known


def _given_up(count: int) -> str:
    return f"{count} cases were given up because {MOST_TIMEOUTS} before them ran out of time" if count else ""
