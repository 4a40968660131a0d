"""The walk over a range: which comparisons exist, what each needs, and who makes it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.build.workshop import Workshop
from harness.cases.types.model import Schema
from harness.cases.types.observe import TypesOfRevision
from harness.cases.types.observe import decode as decode_types
from harness.compare.seen import shortened
from harness.config import Config
from harness.contract.terms import agree
from harness.errors import HarnessError, SourceError
from harness.model import Comparison, ProbeReport, Report, Revision
from harness.probes import PROBES
from harness.probes.base import CaseProbe, SlotObserver, SlotProbe
from harness.report.found import Found, found_in
from harness.report.json_file import as_data
from harness.snapshot import APPROVED, files_below, parsed
from harness.source import Source
from harness.verify.accept import Accept
from harness.verify.agreement import find_contract
from harness.verify.approving import approvals_in, cases_drawn, labels_of, problems_in
from harness.verify.cases import CaseJudge
from harness.verify.contracted import Contracts
from harness.verify.estimate import announce
from harness.verify.foreman import Foreman, Job
from harness.verify.judge import Judge
from harness.verify.own_rules import changed_since
from harness.verify.plan import Plan, Request, comparisons_of
from harness.verify.remember import recall, remember
from harness.verify.surfaces import SURFACES, SurfaceReader, probe_of

__all__ = ["Verification", "make_plan"]

TYPES = TypesOfRevision()
"""Not one of the probes, since it judges nothing: cases are made from what it sees."""

_MOST_OF_A_LOG = 20_000

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
    elif config.verify.surfaces:
        # Nothing to compare with: what the working tree offers is held against what was approved of it.
        found = source.working_tree_against("HEAD")
    else:
        raise SourceError(
            "Nothing says what to compare.",
            step="Give --harness-range=A..B or --harness-base=REV, or name one in [verify] of harness.toml.",
        )
    workspace = repository.top / repository.workspace
    former = source.files_of(found.revisions[0])
    comparisons = comparisons_of(list(found.revisions)) if spec or base else ()
    agreed = find_contract(workspace, former, contract=request.contract, plan=request.plan, config=request.config)
    agreement = agree(agreed.contract, comparisons, agreed.changed)
    return Plan(
        revisions=tuple(found.revisions),
        comparisons=comparisons,
        probes=request.selected_probes(),
        notes=(
            *found.notes,
            *agreed.notes,
            *agreement.notes,
            *problems_in(parsed(files_below(workspace, APPROVED))),
        ),
        agreement=agreement,
        changed_by_range=(*agreement.changed, *changed_since(former, workspace, config)),
        surfaces=tuple(SURFACES) if config.verify.surfaces else (),
        remembered=recall(store, workspace, found.revisions),
    )


class Verification:
    """One process's part in verifying a plan. `observed` counts by commit id what programs were run for."""

    def __init__(self, request: Request, plan: Plan, *, workers: int, watch: Watch) -> None:
        self.plan = plan
        self.store = request.open_store()
        repository = request.repository()
        self.config: Config = request.configuration(repository)
        self._source = Source(repository, self.store)
        self.workspace = repository.top / repository.workspace
        self.accept = self._accepting(request.update)
        self._watch = watch
        self._workshop = Workshop(self._source, self.store, self.config, request.env, self._crate_done)
        self._lanes = max(1, (os.cpu_count() or 1) // workers)
        self._foreman: Foreman | None = None
        self._judge: Judge | None = None
        self._surfaces: SurfaceReader | None = None
        self.observed: Counter[str] = Counter()

    def select(self, chosen: Iterable[tuple[Comparison, str]], surfaces: Iterable[str] = ()) -> None:
        """Says which comparisons and probes will be judged, and which surfaces read, before the first is."""
        jobs = self._jobs(list(chosen), {probe_of(one) for one in surfaces})
        self._foreman = Foreman(
            self._workshop, self.store, self.plan.revisions[0], jobs, lambda job: self._crate_done(job.revision, "")
        )
        case_judge = CaseJudge(
            self._source,
            self.store,
            self.config,
            self._lanes,
            self._observed,
            self.plan.remembered,
            self._foreman.wait_until_idle,
            self.accept.approvals,
            self._types,
        )
        contracts = Contracts(self.plan.agreement.terms, self.plan.revisions, self._source, self._foreman)
        self._judge = Judge(self._foreman, self.plan.revisions, self.config, case_judge, self.accept, contracts)
        self._surfaces = SurfaceReader(
            self._foreman,
            self._source,
            self.store,
            self.config,
            self.plan.revisions[-1],
            self._lanes,
            self._observed,
        )

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

    def prepare(self) -> dict[str, bytes]:
        """The core cases of all probes that run programs, as data for the other jobs of a matrix. Errors as `judge`."""
        probes = [probe for name in self.plan.probes if isinstance(probe := PROBES[name], CaseProbe)]
        first = self.plan.comparisons[0]
        self.select([(first, probe.name) for probe in probes])
        assert self._judge is not None
        with self.store.told():
            self._workshop.prepare(self.plan.revisions)
            return {key: cases for probe in probes for key, cases in self._judge.prepare(probe).items()}

    def remember(self, report: Report) -> tuple[Found, ...]:
        """Keeps the cases that a report shows differences by, for the next run and for `harness keep`."""
        found = found_in(as_data(report))
        repository = self._source.repository
        with self.store.told():
            remember(self.store, repository.top / repository.workspace, self.plan.revisions, found)
        return found

    def surface(self, name: str) -> Mapping[str, str]:
        """The texts of a surface of the last revision, by name. Errors as `SurfaceReader.texts`."""
        assert self._surfaces is not None
        with self.store.told():
            self._workshop.prepare(self.plan.revisions)
            return self._surfaces.texts(name)

    def notes(self, comparison: Comparison) -> list[str]:
        """What a reader should know of the two builds of a comparison that was judged."""
        assert self._judge is not None
        told = [note for features in self.config.build.features for note in self._judge.notes(comparison, features)]
        return [*self.plan.agreement.of_commit.get(comparison.id, ()), *told]

    def is_elsewhere(self, subject: str) -> bool:
        """Whether a commit before, but not in, the range that is verified has this subject."""
        ours = {revision.sha for revision in self.plan.revisions[1:]}
        return any(sha not in ours for sha in self._source.commits_called(subject, self.plan.revisions[-1]))

    def _accepting(self, update: str) -> Accept:
        files = parsed(files_below(self.workspace, APPROVED))
        former = parsed(self._source.files_of(self.plan.revisions[0]).read(APPROVED)) if files else {}
        return Accept(
            approvals=approvals_in(files, former),
            update=update,
            labels=labels_of(self.plan.comparisons, cases_drawn(self.config.seed, self.config.cases)),
            files=frozenset(files),
        )

    def toolchains(self) -> list[str]:
        """The toolchains of the range, each once, as the first line of `rustc -vV`."""
        texts = [self._workshop.toolchain(revision) for revision in self.plan.revisions]
        return list(dict.fromkeys(text.partition("\n")[0] for text in texts))

    def build_logs(self) -> dict[str, str]:
        """What cargo printed of each revision that is built, by its commit id; nothing is built for it."""
        found = {}
        for revision in self.plan.revisions:
            texts = [self._build_log(revision, features) for features in self.config.build.features]
            if any(texts):
                found[revision.sha] = "\n".join(filter(None, texts))
        return found

    def _build_log(self, revision: Revision, features: str) -> str:
        try:
            build = self._workshop.kept(revision, features)
            path = self.store.blob(build.log) if build and build.log else None
            return shortened(path.read_text("utf-8", "backslashreplace"), _MOST_OF_A_LOG) if path else ""
        except (HarnessError, OSError):
            return ""  # a report is no worse for a log that is gone

    @property
    def build_seconds(self) -> float:
        """What cargo took in this process."""
        return self._foreman.seconds if self._foreman else 0.0

    def close(self) -> None:
        """Lets the work in the slot come to an end."""
        if self._foreman:
            self._foreman.stop()

    def _jobs(self, chosen: Sequence[tuple[Comparison, str]], of_last: set[str]) -> list[Job]:
        """One job a revision and feature set, in the order of the range, with all that the chosen probes need.

        `of_last` are probes that only the last revision is looked at with.
        """
        wanted: dict[str, set[str]] = {self.plan.revisions[-1].tree: set(of_last)} if of_last else {}
        for comparison, probe in self._with_layouts(chosen):
            for revision in self._reachable(comparison, probe):
                wanted.setdefault(revision.tree, set()).add(probe)
        by_tree = {revision.tree: revision for revision in reversed(self.plan.revisions)}
        return [
            _job(by_tree[tree], features, wanted[tree])
            for tree in dict.fromkeys(revision.tree for revision in self.plan.revisions)
            if tree in wanted
            for features in self.config.build.features
        ]

    def _with_layouts(self, chosen: Sequence[tuple[Comparison, str]]) -> list[tuple[Comparison, str]]:
        """What is chosen, and the layout of everything that a contract speaks of: it says where things are."""
        agreed = [one for one, _ in chosen if one.id in self.plan.agreement.terms]
        return [*chosen, *((one, "layout") for one in dict.fromkeys(agreed))]

    def _reachable(self, comparison: Comparison, probe: str) -> list[Revision]:
        """The revisions that judging this asks for: cases come from the first one, a range has all their extras."""
        revisions = list(self.plan.revisions)
        if not isinstance(PROBES[probe], CaseProbe):
            looks_back = comparison.id in self.plan.agreement.terms
            return [*revisions[: int(looks_back)], comparison.baseline, comparison.candidate]
        return revisions if comparison.is_range else [revisions[0], comparison.baseline, comparison.candidate]

    def _types(self, revision: Revision, features: str) -> Schema:
        """What a revision's programs read; where that cannot be found out, why."""
        assert self._foreman is not None
        try:
            return decode_types(self._foreman.observation(TYPES, revision, features))
        except HarnessError as error:
            return Schema(troubles=(str(error),))

    def _crate_done(self, revision: Revision, crate: str) -> None:
        place = self.plan.revisions.index(revision) + 1
        self._watch(revision, place, len(self.plan.revisions), crate, "")

    def _observed(self, revision: Revision, what: str) -> None:
        self.observed[revision.sha] += 1
        place = self.plan.revisions.index(revision) + 1
        self._watch(revision, place, len(self.plan.revisions), "", what)


def _job(revision: Revision, features: str, names: set[str]) -> Job:
    probes = [probe for name, probe in PROBES.items() if name in names]
    slot_probes: tuple[SlotObserver, ...] = tuple(probe for probe in probes if isinstance(probe, SlotProbe))
    if any(isinstance(probe, CaseProbe) for probe in probes):
        slot_probes = (TYPES, *slot_probes)
    needs_build = any(isinstance(probe, CaseProbe) or probe.needs_build for probe in probes)
    return Job(revision=revision, features=features, build=needs_build, probes=slot_probes)
