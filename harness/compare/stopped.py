"""Runs that were stopped on their way: how far a run had come by then is the clock's choice. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from harness.compare.output import Place
from harness.compare.repeated import MOST_RUNS, any_differs_in_frequency, distinguishable
from harness.compare.screen_races import calmed
from harness.compare.weighed import CLOCK_RATE, Answer, Weighed
from harness.model import Case, Step

__all__ = ["is_stopped", "weigh_stopped"]

_END: Place = ("exit status", "")
_DRAWN_OVER: Place = ("screens", "")
_FEWEST = 4  # runs of a side that ended alike, of which something can be said
_DOUBTFUL = 0.2  # below this, more runs are worth their time
_TOO_FEW = "among runs that ended alike, of which there are too few"

Runs = Sequence[dict[Place, str]]


def is_stopped(case: Case | None) -> bool:
    """Whether the script of a case ends the program: by Ctrl-C, a signal, or a terminal that is closed."""
    return case is not None and case.terminal is not None and any(map(_stops, case.terminal.script))


def _stops(step: Step) -> bool:
    return step.send == "\x03" or bool(step.signal) or step.close


def weigh_stopped(
    places: Iterable[Place], old: Runs, new: Runs, weigh: Callable[[Place, Runs, Runs], Weighed]
) -> dict[Place, Weighed]:
    """What runs that were stopped say of each place, where `weigh` says it of runs that were left to themselves.

    Whether a run was over before it could be stopped is a race. So runs that ended alike are held against each other,
    and how often a run ends in each way is a place of its own.
    """
    if len({run.get(_END) for run in old}) == len({run.get(_END) for run in new}) == 1:
        return {place: _of_one_end(place, old, new, weigh, len(new)) for place in places}
    return {place: _weigh_ends(old, new) if place == _END else _of_all_ends(place, old, new, weigh) for place in places}


def _weigh_ends(old: Runs, new: Runs) -> Weighed:
    known, others = ([run.get(_END) for run in runs] for runs in (old, new))
    form = "by how often a run that is stopped ends in each way"
    if distinguishable(known, others, CLOCK_RATE):
        return Weighed(answer="changed", form=form)
    doubtful = distinguishable(known, others, _DOUBTFUL)
    return Weighed(answer=_undecided(len(new)) if doubtful else "same", form=form)


def _of_all_ends(place: Place, old: Runs, new: Runs, weigh: Callable[[Place, Runs, Runs], Weighed]) -> Weighed:
    found = []
    for end in {run.get(_END) for run in old}:
        alike, others = ([run for run in runs if run.get(_END) == end] for runs in (old, new))
        if min(len(alike), len(others)) >= _FEWEST:
            found.append(_of_one_end(place, alike, others, weigh, len(new)))
    order: tuple[Answer, ...] = ("changed", "flaky", "same")
    unlike = sorted(found, key=lambda one: order.index(one.answer))
    return unlike[0] if unlike else Weighed(answer=_undecided(len(new)), form=_TOO_FEW)


def _of_one_end(
    place: Place, old: Runs, new: Runs, weigh: Callable[[Place, Runs, Runs], Weighed], runs: int
) -> Weighed:
    """Runs that ended alike: where they vary, each line may or may not have been written when they were stopped."""
    found = weigh(place, old, new)
    known, others = ([run.get(place, "") for run in side] for side in (old, new))
    if found.answer == "same" or len(set(known)) == len(set(others)) == 1:
        return found
    texts = calmed(known, others, [run.get(_DRAWN_OVER, "") for run in (*old, *new)])
    had, has = ([set(text.splitlines()) for text in side] for side in texts)
    form = "by how often each line comes, since a run is stopped on its way"
    if any_differs_in_frequency({*itertools.chain(*had, *has)}, had, has, CLOCK_RATE):
        return Weighed(answer="changed", form=form)
    return Weighed(answer=_undecided(runs), form=form)


def _undecided(runs: int) -> Answer:
    """Flaky as long as more runs may decide; runs of which each was stopped elsewhere need not agree in anything."""
    return "same" if runs >= MOST_RUNS else "flaky"
