"""From a confirmed difference to the smallest case that shows it in the same way.

How much is reduced, and how far, is bounded by counts, so that every machine ends with the same cases. Time is the
last resort, and told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from harness.cases.reduce import MOST_PROPOSALS, Reducer
from harness.compare.cluster import cluster
from harness.compare.likeness import Likeness
from harness.compare.wording import counted
from harness.model import Case, Difference
from harness.probes.base import Follows, Pair, Subject
from harness.verify.flow import Flow
from harness.verify.observer import Observer, key_of_case
from harness.verify.repeats import Again, settle_all

__all__ = ["MOST_REDUCED", "Reduced", "reduce_all"]

MOST_REDUCED = 12
"""So many cases of one comparison are reduced, those of the most frequent differences first."""

_MOST_HANGING = 20
"""So many proposals are tried where each one that holds takes a whole time limit."""

_PATIENCE = 60.0
"""Seconds that all of them may take together."""


@dataclass(slots=True, kw_only=True)
class Reduced:
    """Differences with their reduced cases, how often programs were run for it, and whether time ran out."""

    differences: list[Difference]
    executions: int = 0
    out_of_time: int = 0

    def remark(self) -> str:
        """A sentence where a case could not be reduced for lack of time."""
        count = self.out_of_time
        return f"{counted(count, 'case')} could not be reduced further in {_PATIENCE:g} s" if count else ""


@dataclass(slots=True, kw_only=True)
class _Work:
    """One case on its way, with the clustered differences that it stands for and its own ones."""

    case: Case
    clusters: list[Difference]
    own: list[Difference] = field(default_factory=list)
    smallest: Case
    shows: list[Difference] = field(default_factory=list)


def reduce_all(
    observer: Observer,
    baseline: Subject,
    candidate: Subject,
    pair: Pair,
    clusters: Sequence[Difference],
    clock: Callable[[], float] = time.monotonic,
) -> Reduced:
    """The clusters in their order, each with a case that is as small as it can be made and shows it repeatedly."""
    work: dict[str, _Work] = {}
    for one in clusters:
        if one.case is not None and one.facet != "flaky" and not one.intended:
            key = key_of_case(one.case)
            work.setdefault(key, _Work(case=one.case, smallest=one.case, clusters=[])).clusters.append(one)
    chosen = list(work.values())[:MOST_REDUCED]
    result = Reduced(differences=[])
    reduction = _Reduction(observer, baseline, candidate, pair, clock)
    with observer.opened(baseline, candidate):
        result.out_of_time = reduction.reduce(chosen)
    result.executions = reduction.executions
    renewed = dict(reduction.confirmed([one for one in chosen if one.smallest != one.case]))
    # What seemed to be several things because of what stood around it may have become one.
    result.differences = cluster(renewed.get(id(one), one) for one in clusters)
    return result


class _Way:
    """One case while it is reduced: what it has to show, and the proposals that wait for answers."""

    def __init__(self, work: _Work, wanted: Sequence[Difference]) -> None:
        case = work.case
        self.hangs = any(one.facet == "timeout" for one in wanted)
        self.flows = not (self.hangs or case.endless or case.services or case.report or case.runs > 1)
        self._work = work
        self._likeness = Likeness(wanted, work.own)
        most = _MOST_HANGING if self.hangs else MOST_PROPOSALS // max(1, case.runs)
        self._reducer = Reducer(case, most)
        self._steps = self._reducer.steps()
        self.proposed: Sequence[Case] = next(self._steps, ())

    def answer(self, shown: Mapping[str, Sequence[Difference]]) -> None:
        """Goes on with what each proposal, by its key, showed; `proposed` is empty at the end."""
        answers = [self._likeness.among(shown[key_of_case(case)]) is not None for case in self.proposed]
        try:
            self.proposed = self._steps.send(answers)
        except StopIteration:
            self.proposed = ()
        self._work.smallest = self._reducer.case


class _Reduction:
    """Runs what reducers propose on both sides."""

    def __init__(
        self, observer: Observer, baseline: Subject, candidate: Subject, pair: Pair, clock: Callable[[], float]
    ) -> None:
        self._observer = observer
        self._sides = (baseline, candidate)
        self._pair = pair
        self._clock = clock
        self._end = clock() + _PATIENCE
        self.executions = 0

    def reduce(self, works: Sequence[_Work]) -> int:
        """Finds the smallest cases, side by side: one proposal often waits for another's answer, or for its program.

        Gives for how many there was no time to look for all of it.
        """
        ways = list(filter(None, map(self._way, works)))
        probe = self._observer.probe
        flowing = []
        if isinstance(probe, Follows) and (flowing := [one for one in ways if one.flows]):
            self._flow(flowing, probe)
        self._step_by_step([one for one in ways if not (one in flowing or one.hangs)])
        for one in ways:
            if one.hangs:  # alone, so that no other is given up for it
                self._step_by_step([one])
        return sum(bool(one.proposed) for one in ways)

    def _flow(self, ways: Sequence[_Way], probe: Follows) -> None:
        """Each goes on as soon as it has its own answers: a program that waits holds up no other way."""
        with Flow(self._observer, probe, self._sides) as flow:
            while ways := [one for one in ways if not self._at_its_end(one, flow)]:
                if not flow.wait(self._end - self._clock()):
                    return

    def _at_its_end(self, way: _Way, flow: Flow) -> bool:
        """Goes on with a way as far as what it proposes was seen; gives whether it proposes nothing any more."""
        while way.proposed:
            flow.ask(way.proposed)
            if not all(map(flow.is_answered, way.proposed)):
                return False
            self.executions += len(way.proposed) * len(self._sides)
            way.answer({key_of_case(case): self._found(case) for case in way.proposed})
        return True

    def _step_by_step(self, ways: Sequence[_Way]) -> None:
        while (ways := [one for one in ways if one.proposed]) and self._clock() < self._end:
            shown = self._shown({key_of_case(case): case for one in ways for case in one.proposed})
            for one in ways:
                one.answer(shown)

    def _way(self, work: _Work) -> _Way | None:
        work.own = self._found(work.case)
        wanted = [one for one in work.own if any(_same_place(one, cluster) for cluster in work.clusters)]
        # What a race showed only sometimes is left as it is.
        return _Way(work, wanted) if len(wanted) == len(work.clusters) else None

    def _shown(self, batch: Mapping[str, Case]) -> dict[str, list[Difference]]:
        self.executions += len(batch) * len(self._sides)
        seen = self._ensured(list(batch.values()))
        # A program that hangs again and again is given up, and a case that was not seen shows nothing.
        return {key: self._found(case) if all(key in keys for keys in seen) else [] for key, case in batch.items()}

    def _ensured(self, cases: Sequence[Case]) -> list[set[str]]:
        """What was seen of these cases on each side, both at once: where programs wait, so do their proposals."""
        pool = ThreadPoolExecutor(len(self._sides), thread_name_prefix="reducing")
        try:
            return list(
                pool.map(lambda side: {key_of_case(case) for case in self._observer.ensure(side, cases)}, self._sides)
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C waits for nothing

    def _found(self, case: Case) -> list[Difference]:
        before, after = (self._observer.get(side, case) for side in self._sides)
        return (
            list(self._observer.probe.compare(case, before, after, self._pair).differences) if before != after else []
        )

    def confirmed(self, works: Sequence[_Work]) -> Iterator[tuple[int, Difference]]:
        """By the identity of each cluster, the same with the reduced case, where that shows it every time."""
        observer = self._observer
        again = Again(ensure=observer.ensure, get=observer.get, lanes=observer.lanes, clock=self._clock)
        settle = partial(observer.probe.settle, pair=self._pair)
        cases = {key_of_case(one.smallest): one.smallest for one in works}
        settled = settle_all(again, settle, *self._sides, cases)
        for work in works:
            answers = settled.answers[key_of_case(work.smallest)]
            shown = self._found(work.smallest)
            for told in work.clusters:
                wanted = next(one for one in work.own if _same_place(one, told))
                matching = Likeness([wanted], work.own).among(shown)
                if matching and all(answers.get((one.facet, one.where)) == "changed" for one in matching):
                    yield id(told), _renewed(told, wanted, matching[0])


def _renewed(cluster: Difference, wanted: Difference, reduced: Difference) -> Difference:
    """A cluster as its reduced case shows it: the count stays, and what was said of its forms."""
    forms = cluster.summary.removeprefix(wanted.summary).removeprefix("; ")
    summary = "; ".join(part for part in (reduced.summary, forms) if part)
    return replace(reduced, count=cluster.count, summary=summary, forms=cluster.forms)


def _same_place(one: Difference, other: Difference) -> bool:
    return (one.facet, one.where) == (other.facet, other.where)
