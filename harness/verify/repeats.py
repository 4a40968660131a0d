"""Running cases that differ again, as often as it takes to know whether to believe the difference."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.compare.repeated import MOST_RUNS
from harness.model import Case
from harness.probes.base import Subject

__all__ = ["Again", "Answers", "Settle", "Settled", "settle_all"]

_FEW, _MANY = 3, 10
_AT_ONCE = 4  # cases for each lane that are asked anew together: they mostly wait
_QUICK = 10.0  # seconds that a few runs of such cases may take, to go on with all of them at once
_PATIENCE = 60.0
"""Seconds that cases which vary on the baseline may take; after that, the rest of them are FLAKY on fewer runs."""


Answers = Mapping[tuple[str, str], str]
"""What repeated observations say of each facet and `where`: `same`, `changed` or `flaky`."""


class Settle(Protocol):
    """Says it of one case."""

    def __call__(self, case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
        """The answers."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of repeating cases. Of `varying` on the baseline, `unfinished` were not repeated for lack of time."""

    answers: dict[str, Answers]
    unfinished: int = 0
    varying: int = 0

    def remarks(self) -> list[str]:
        """Sentences for the report where not everything was repeated as often as it should have been."""
        if not self.unfinished:
            return []
        told = f"{self.unfinished} of {self.varying} cases that vary on the baseline by itself were not run ten times"
        return [f"{told} (repeating them is cut short after {_PATIENCE:.0f} s): they can only be FLAKY, not CHANGED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """How cases are observed again: `ensure` runs many at a time, `get` gives one observation.

    `first` is the number of the first run that is not there already.
    """

    ensure: Callable[[Subject, Sequence[Case], int], object]
    get: Callable[[Subject, Case, int], bytes]
    lanes: int
    clock: Callable[[], float]
    first: int = 1

    def run(self, subjects: Iterable[Subject], cases: Iterable[Case], repeats: int) -> None:
        """Sees to it that each case has so many observations on each subject, the subjects by turns.

        Were one subject repeated after the other, a machine that is busier then would be taken for a difference; and
        repeats beside each other end alike more often than they would alone, so that they count for less than they are.
        """
        doubted = list(cases)
        for repeat, subject in itertools.product(range(self.first, repeats), list(subjects)):
            self.ensure(subject, doubted, repeat)

    def seen(self, subject: Subject, case: Case, repeats: int) -> list[bytes]:
        """So many observations of one case; equal ones are one object, however large they are."""
        known: dict[bytes, bytes] = {}
        seen = (self.get(subject, case, repeat) for repeat in range(repeats))
        return [known.setdefault(one, one) for one in seen]

    def varies(self, subject: Subject, case: Case, repeats: int, settle: Settle) -> bool:
        """Whether they are not all alike, what is hidden before comparing aside: a clock makes nothing unsteady."""
        first, *others = self.seen(subject, case, repeats)
        return _differ(settle, case, first, others)


def settle_all(
    again: Again,
    settle: Settle,
    baseline: Subject,
    candidate: Subject,
    cases: Mapping[str, Case],
    anew: Again | None = None,
) -> Settled:
    """What `settle` says of each case: three runs of a side do where all are alike, else it takes ten.

    So it does where three are too few to say. Where the candidate alone varies in ten, or these say no more than that
    it varies, it takes thirty.

    Runs that are kept were made at different times, and a machine that was busier at one of them shows other outcomes
    of a race. So where ten of them say of a case that varies anything but that nothing changed, runs are asked that are
    made for this comparison, `anew`; and so where the baseline does something else by now than in all of its kept ones.

    Cases are repeated side by side. Those that vary on the baseline by itself come last and only as long as there
    is time: in a program that draws lots each of its cases differs, and each may be slow.
    """
    both = (baseline, candidate)
    again.run([baseline], cases.values(), 2)
    unsteady = {key: case for key, case in cases.items() if again.varies(baseline, case, 2, settle)}
    most = _MANY if anew else MOST_RUNS
    steady = {key: case for key, case in cases.items() if key not in unsteady}
    counts = _settle_steady(again, settle, both, steady, most)
    for some in _as_long_as_there_is_time(again, both, unsteady):
        counts |= _run_many(again, settle, both, some, most)
    answers: dict[str, Answers] = {}
    for key, case in cases.items():
        if repeats := counts.get(key):
            answers[key] = settle(case, *(again.seen(one, case, repeats) for one in both))
        else:
            # Too few runs to tell a change from what varies anyway.
            answers[key] = _in_doubt(settle(case, again.seen(baseline, case, 2), again.seen(candidate, case, 1)))
    unfinished = cases.keys() - counts.keys()
    if anew:
        varying = {key: case for key, case in cases.items() if counts.get(key, 0) > _FEW and not _alike(answers[key])}
        steadily = {key: case for key, case in steady.items() if key not in varying and not _alike(answers[key])}
        varying |= _outdated(again, anew, settle, baseline, steadily)
        sure = _settle_anew(anew, settle, both, varying)
        answers |= sure
        unfinished |= varying.keys() - sure.keys()
        answers |= {key: _in_doubt(answers[key]) for key in varying.keys() - sure.keys()}
    return Settled(answers=answers, unfinished=len(unfinished), varying=len(unsteady.keys() | unfinished))


def _differ(settle: Settle, case: Case, first: bytes, others: Sequence[bytes]) -> bool:
    return any(one != first for one in others) and not _alike(settle(case, [first], others))


def _alike(answers: Answers) -> bool:
    return all(one == "same" for one in answers.values())


def _in_doubt(answers: Answers) -> Answers:
    return {place: "flaky" if one == "changed" else one for place, one in answers.items()}


def _outdated(
    again: Again, anew: Again, settle: Settle, baseline: Subject, cases: Mapping[str, Case]
) -> dict[str, Case]:
    """The cases with which the baseline does something else by now than in its kept runs, alike as these are.

    A minute or a date is the same in all runs of one side, and another one in those of the other side.
    """
    anew.run([baseline], cases.values(), 1)
    return {
        key: case
        for key, case in cases.items()
        if _differ(settle, case, again.get(baseline, case, 0), [anew.get(baseline, case, 0)])
    }


def _settle_anew(
    anew: Again, settle: Settle, both: tuple[Subject, Subject], cases: Mapping[str, Case]
) -> dict[str, Answers]:
    """What runs that are made by turns say of each case, as far as there is time."""
    began = anew.clock()
    sure: dict[str, Answers] = {}
    for some in _chunks(cases, _AT_ONCE * anew.lanes):
        if anew.clock() - began < _PATIENCE:
            counts = _run_many(anew, settle, both, some)
            sure |= {
                key: settle(case, *(anew.seen(one, case, counts[key]) for one in both)) for key, case in some.items()
            }
    return sure


def _settle_steady(
    again: Again, settle: Settle, both: tuple[Subject, Subject], cases: Mapping[str, Case], most: int
) -> dict[str, int]:
    """Runs the cases that do not vary at once; gives how often each was run."""
    again.run(both, cases.values(), _FEW)

    def too_few(case: Case) -> bool:
        if any(again.varies(one, case, _FEW, settle) for one in both):
            return True
        return "flaky" in settle(case, *(again.seen(one, case, _FEW) for one in both)).values()

    varying = {key: case for key, case in cases.items() if too_few(case)}
    return dict.fromkeys(cases, _FEW) | _run_many(again, settle, both, varying, most)


def _run_many(
    again: Again, settle: Settle, both: tuple[Subject, Subject], cases: Mapping[str, Case], most: int = MOST_RUNS
) -> dict[str, int]:
    """Runs cases that vary ten times, or `most` where these are too few; gives how often each was run."""
    again.run(both, cases.values(), _MANY)
    baseline, candidate = both

    def may_be_rare(case: Case) -> bool:
        """Whether a race that is rare on both sides may have missed the baseline so far."""
        if "flaky" in settle(case, *(again.seen(one, case, _MANY) for one in both)).values():
            return True
        return not again.varies(baseline, case, _MANY, settle) and again.varies(candidate, case, _MANY, settle)

    rare = {key: case for key, case in cases.items() if most > _MANY and may_be_rare(case)}
    again.run(both, rare.values(), most)
    return {key: most if key in rare else _MANY for key in cases}


def _as_long_as_there_is_time(
    again: Again, both: tuple[Subject, Subject], cases: Mapping[str, Case]
) -> Iterator[dict[str, Case]]:
    """Cases to go on with: many together where their first runs took little time, else a few."""
    began = again.clock()
    for many in _chunks(cases, _AT_ONCE * again.lanes):
        if (started := again.clock()) - began >= _PATIENCE:
            return
        again.run(both, many.values(), _FEW)
        quick = again.clock() - started < _QUICK
        for some in _chunks(many, len(many) if quick else again.lanes):
            if again.clock() - began >= _PATIENCE:
                return
            yield some


def _chunks(cases: Mapping[str, Case], size: int) -> Iterator[dict[str, Case]]:
    items = iter(cases.items())
    while some := dict(itertools.islice(items, size)):
        yield some
