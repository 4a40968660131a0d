"""From a confirmed difference to the smallest case that shows it in the same way.

How much is reduced, and how far, is bounded by counts, so that every machine ends with the same cases. Time is the
last resort, and told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from harness.cases.reduce import MOST_PROPOSALS, Reducer
from harness.compare.cluster import cluster
from harness.compare.likeness import Likeness
from harness.compare.wording import counted
from harness.model import Case, Difference
from harness.probes.base import Pair, Subject
from harness.verify.observer import Observer, key_of_case
from harness.verify.repeats import Again, settle_all

__all__ = ["MOST_REDUCED", "Reduced", "reduce_all"]

MOST_REDUCED = 12
"""So many cases of one comparison are reduced, those of the most frequent differences first."""

_MOST_HANGING = 20
"""So many proposals are tried where each one that holds takes a whole time limit."""

_PATIENCE = 120.0
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
        for one_work in chosen:
            result.out_of_time += not reduction.reduce(one_work)
    result.executions = reduction.executions
    renewed = dict(reduction.confirmed([one for one in chosen if one.smallest != one.case]))
    # What seemed to be several things because of what stood around it may have become one.
    result.differences = cluster(renewed.get(id(one), one) for one in clusters)
    return result


class _Reduction:
    """Runs what a reducer proposes on both sides."""

    def __init__(
        self, observer: Observer, baseline: Subject, candidate: Subject, pair: Pair, clock: Callable[[], float]
    ) -> None:
        self._observer = observer
        self._sides = (baseline, candidate)
        self._pair = pair
        self._clock = clock
        self._end = clock() + _PATIENCE
        self.executions = 0

    def reduce(self, work: _Work) -> bool:
        """Finds the smallest case; False where there was no time to look for all of it."""
        work.own = self._found(work.case)
        wanted = [one for one in work.own if any(_same_place(one, cluster) for cluster in work.clusters)]
        if len(wanted) < len(work.clusters):
            return True  # what a race showed only sometimes
        likeness = Likeness(wanted, work.own)
        hangs = any(one.facet == "timeout" for one in wanted)
        reducer = Reducer(work.case, _MOST_HANGING if hangs else MOST_PROPOSALS)
        steps = reducer.steps()
        try:
            batch = next(steps)
            while self._clock() < self._end:
                batch = steps.send([likeness.among(found) is not None for found in self._shown(batch)])
        except StopIteration:
            return True
        finally:
            steps.close()
            work.smallest = reducer.case
        return False

    def _shown(self, batch: Sequence[Case]) -> list[list[Difference]]:
        self.executions += len(batch) * len(self._sides)
        seen = [{key_of_case(case) for case in self._observer.ensure(side, batch)} for side in self._sides]
        # A program that hangs again and again is given up, and a case that was not seen shows nothing.
        return [self._found(case) if all(key_of_case(case) in keys for keys in seen) else [] for case in batch]

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
