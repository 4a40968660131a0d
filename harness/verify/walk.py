"""The walk over a range: which comparisons exist, what each needs, and who makes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

from harness.build.workshop import Workshop
from harness.config import Config
from harness.errors import HarnessError, SourceError
from harness.model import Comparison, ProbeReport, Revision
from harness.probes import PROBES
from harness.probes.base import CaseProbe, SlotProbe
from harness.source import Source
from harness.verify.cases import CaseJudge
from harness.verify.estimate import announce
from harness.verify.foreman import Foreman, Job
from harness.verify.judge import Judge
from harness.verify.plan import Plan, Request, comparisons_of

__all__ = ["Verification", "make_plan"]

# Called with the revision that is worked on, its place among how many, and the crate that was just done.
# The last is empty while it is built, else what is done with it.
Watch = Callable[[Revision, int, int, str, str], None]


def make_plan(request: Request) -> Plan:
    """What a request comes to. Only git is asked.

    Raises:
        HarnessError: the repository, the range or the configuration is not as it has to be.
    """
    repository = request.repository()
    store = request.open_store()
    config = request.configuration(repository)
    source = Source(repository, store)
    spec, base = request.range or config.verify.range, request.base or config.verify.base
    if request.range or (spec and not request.base):
        found = source.range(spec)
    elif base:
        found = source.working_tree_against(base)
    else:
        raise SourceError(
            "Nothing says what to compare.",
            step="Give --harness-range=A..B or --harness-base=REV, or name one in [verify] of harness.toml.",
        )
    return Plan(
        revisions=tuple(found.revisions),
        comparisons=comparisons_of(list(found.revisions)),
        probes=request.selected_probes(),
        notes=(*found.notes, *config.without_effect()),
    )


class Verification:
    """One process's part in verifying a plan."""

    def __init__(self, request: Request, plan: Plan, *, workers: int, watch: Watch) -> None:
        self.plan = plan
        self.store = request.open_store()
        repository = request.repository()
        self.config: Config = request.configuration(repository)
        self._source = Source(repository, self.store)
        self._watch = watch
        self._workshop = Workshop(self._source, self.store, self.config, request.env, self._crate_done)
        self._lanes = max(1, (os.cpu_count() or 1) // workers)
        self._foreman: Foreman | None = None
        self._judge: Judge | None = None

    def select(self, chosen: Iterable[tuple[Comparison, str]]) -> None:
        """Says which comparisons and probes will be judged, before the first is."""
        jobs = self._jobs(list(chosen))
        self._foreman = Foreman(self._workshop, self.store, jobs, lambda job: self._crate_done(job.revision, ""))
        case_judge = CaseJudge(self._source, self.store, self.config, self._lanes, self._observed)
        self._judge = Judge(self._foreman, self.plan.revisions, self.config, case_judge)

    def announcement(self) -> list[str]:
        """Lines that say, before the first build, what will be built and about how long that takes."""
        assert self._foreman is not None
        with self.store.told():
            self._workshop.prepare(self.plan.revisions)
            return announce(self._workshop, self.store, self._foreman.unmade())

    def check_toolchains(self) -> None:
        """Raises HarnessError where no revision's toolchain is there, so that nothing can be said of any of them."""
        errors = []
        for revision in self.plan.revisions:
            try:
                self._workshop.toolchain(revision)
            except HarnessError as error:
                errors.append(error)
            else:
                return
        raise errors[0]

    def judge(self, comparison: Comparison, probe: str) -> ProbeReport:
        """What a probe says of a comparison. Errors as `Judge.judge`."""
        assert self._judge is not None
        with self.store.told():
            self._workshop.prepare(self.plan.revisions)
            return self._judge.judge(comparison, PROBES[probe])

    def notes(self, comparison: Comparison) -> list[str]:
        """What a reader should know of the two builds of a comparison that was judged."""
        assert self._judge is not None
        return [note for features in self.config.build.features for note in self._judge.notes(comparison, features)]

    def toolchains(self) -> list[str]:
        """The toolchains of the range, each once, as the first line of `rustc -vV`."""
        texts = [self._workshop.toolchain(revision) for revision in self.plan.revisions]
        return list(dict.fromkeys(text.partition("\n")[0] for text in texts))

    @property
    def build_seconds(self) -> float:
        """What cargo took in this process."""
        return self._foreman.seconds if self._foreman else 0.0

    def close(self) -> None:
        """Lets the work in the slot come to an end."""
        if self._foreman:
            self._foreman.stop()

    def _jobs(self, chosen: Sequence[tuple[Comparison, str]]) -> list[Job]:
        """One job a revision and feature set, in the order of the range, with all that the chosen probes need."""
        wanted: dict[str, set[str]] = {}
        for comparison, probe in chosen:
            for revision in self._reachable(comparison, probe):
                wanted.setdefault(revision.tree, set()).add(probe)
        by_tree = {revision.tree: revision for revision in reversed(self.plan.revisions)}
        return [
            _job(by_tree[tree], features, wanted[tree])
            for tree in dict.fromkeys(revision.tree for revision in self.plan.revisions)
            if tree in wanted
            for features in self.config.build.features
        ]

    def _reachable(self, comparison: Comparison, probe: str) -> list[Revision]:
        """The revisions that judging this asks for: cases come from the first one, a range has all their extras."""
        revisions = list(self.plan.revisions)
        if not isinstance(PROBES[probe], CaseProbe):
            return [comparison.baseline, comparison.candidate]
        return revisions if comparison.is_range else [revisions[0], comparison.baseline, comparison.candidate]

    def _crate_done(self, revision: Revision, crate: str) -> None:
        place = self.plan.revisions.index(revision) + 1
        self._watch(revision, place, len(self.plan.revisions), crate, "")

    def _observed(self, revision: Revision, what: str) -> None:
        place = self.plan.revisions.index(revision) + 1
        self._watch(revision, place, len(self.plan.revisions), "", what)


def _job(revision: Revision, features: str, names: set[str]) -> Job:
    probes = [probe for name, probe in PROBES.items() if name in names]
    slot_probes = tuple(probe for probe in probes if isinstance(probe, SlotProbe))
    needs_build = any(isinstance(probe, CaseProbe) or probe.needs_build for probe in probes)
    return Job(revision=revision, features=features, build=needs_build, probes=slot_probes)
