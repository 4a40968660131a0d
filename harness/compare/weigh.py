"""When a difference between repeated runs is to be believed. Pure."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from harness.compare.numbers import weigh_without_numbers
from harness.compare.output import CommandObservation, Place, redacted, texts
from harness.compare.redact import Redactor
from harness.compare.repeated import MOST_RUNS, any_differs_in_frequency, by_processors, distinguishable
from harness.compare.screen_races import (
    drawn_by_all_and_none,
    in_front_on_both_sides,
    unlike_in_front_only,
    unlike_in_numbers_only,
    without_numbers_that_vary,
    without_progress,
    without_what_comes_in_front,
)
from harness.compare.stopped import is_stopped, weigh_stopped
from harness.compare.volatile import varying_places, without
from harness.compare.weighed import ERROR_RATE, Answer, Weighed, by_chance, by_the_clock
from harness.model import Case

__all__ = ["Sides", "settle", "weigh"]

_DRAWN_OVER: Place = ("screens", "")
_SCREEN: Place = ("screen", "")
_BEYOND = "beyond its beginning, in blocks"
_EXACTLY = re.compile(r"^\d+ bytes, sha256 \w+, ", re.MULTILINE)


class Sides(Protocol):
    """The redactions of both sides of a comparison; a `Pair` is one."""

    @property
    def before(self) -> Redactor:
        """Of the baseline."""
        ...

    @property
    def after(self) -> Redactor:
        """Of the candidate."""
        ...


def settle(
    before: Sequence[CommandObservation], after: Sequence[CommandObservation], sides: Sides, case: Case | None = None
) -> Answer:
    """Whether repeated observations of both sides show a change: the worst that `weigh` says of any place."""
    answers = {one.answer for one in weigh(before, after, sides, case).values()}
    return "changed" if "changed" in answers else "flaky" if "flaky" in answers else "same"


def weigh(
    before: Sequence[CommandObservation], after: Sequence[CommandObservation], sides: Sides, case: Case | None = None
) -> dict[Place, Weighed]:
    """What repeated observations say of each place of each facet.

    A place that is the same in all runs of the baseline is `changed` as soon as the candidate differs in one: a new
    race is a regression. Only lines in another order, and progress that comes in between, have to come so often that
    the baseline would have shown it; it is `flaky` where there are too few runs to say.
    Where the baseline itself varies, what comes and goes there is left out on both sides first; it is `changed` only
    if then no outcome of the candidate is among those of the baseline, or if outcomes or lines come significantly
    more or less often. What varies with the number of processors alone does not vary.
    """
    old, new = _redacted_once(before, sides.before, case), _redacted_once(after, sides.after, case)
    places = sorted({place for run in (*old, *new) for place in run})
    if is_stopped(case):
        return weigh_stopped(places, old, new, partial(_weigh_place, stopped=True))
    return {place: _weigh_place(place, old, new) for place in places}


def _weigh_place(
    place: Place, old: Sequence[dict[Place, str]], new: Sequence[dict[Place, str]], stopped: bool = False
) -> Weighed:
    known, others = [run.get(place) for run in old], [run.get(place) for run in new]
    if len({*known, *others}) > 1 and None not in (*known, *others):
        if place[1] == _BEYOND and len(set(known)) > 1:
            loose = [[_EXACTLY.sub("", one or "") for one in runs] for runs in (known, others)]
            return replace(_weigh(place[0], *loose), form="as blocks without their digits")
        if place == _DRAWN_OVER:
            return _weigh_drawn([one or "" for one in known], [one or "" for one in others])
        if place == _SCREEN:
            drawn_over = [run.get(_DRAWN_OVER, "") for run in (*old, *new)]
            return _weigh_screen([one or "" for one in known], [one or "" for one in others], drawn_over, stopped)
        if place[0] == "files" and (places := varying_places([one or "" for one in known])):
            hidden = [[without(one or "", places) for one in runs] for runs in (known, others)]
            found = _weigh("files", *hidden)
            named = f"without {', '.join(sorted(places))}, which varies on the baseline"
            return replace(found, form=f"{named}; {found.form}" if found.form else named)
    return _weigh(place[0], known, others)


def _weigh_screen(known: Sequence[str], others: Sequence[str], drawn_over: Sequence[str], stopped: bool) -> Weighed:
    """Which line progress is drawn into is decided by the clock; whether it ever is, by the program.

    So where all runs of the baseline agree in it, another outcome has to come so often that the baseline would have
    shown it. How far a run had come that was `stopped` is the clock's choice too: numbers that vary by themselves on
    either side are left out.
    """
    progress = [*drawn_over, *in_front_on_both_sides(known, others)]
    old, new = without_progress(known, progress), without_progress(others, progress)
    steady = len(set(known)) == 1
    if stopped and (plain := without_numbers_that_vary(old, new)) != (old, new):
        old, new = plain
        if {*old} == {*new}:
            return Weighed(answer="same", form="without the numbers of a run that was stopped")
    if not steady:
        old, new = without_what_comes_in_front(old), without_what_comes_in_front(new)
    found = _weigh("screen", old, new)
    found = found if found.form else replace(found, form="without the progress in front of lines")
    never = old[0] == known[0]
    if steady and found.answer == "same" and (numbers := sum(unlike_in_numbers_only(known[0], one) for one in others)):
        return by_the_clock("another number in front of lines", numbers, others, known)
    if not steady or (found.answer == "same" and not never):
        return found
    if all(one == old[0] or unlike_in_front_only(old[0], one) for one in new):
        return by_the_clock("something in front of lines", sum(one != known[0] for one in others), others, known)
    return _weigh("screen", known, others) if never else found


def _weigh_drawn(old: Sequence[str], new: Sequence[str]) -> Weighed:
    if drawn_by_all_and_none(old, new):
        return by_the_clock("something that is drawn over", len(new), new, old)
    return Weighed(answer="same", form="as what is drawn over in every run or in none")


def _redacted_once(runs: Sequence[CommandObservation], redactor: Redactor, case: Case | None) -> list[dict[Place, str]]:
    """Each run's parts, redacted; of runs that are one and the same object, the work and the texts are shared."""
    known = {id(one): one for one in runs}
    made = {identity: redacted(texts(one), redactor, case)[0] for identity, one in known.items()}
    return [made[id(one)] for one in runs]


def _weigh(facet: str, old: Sequence[str | None], new: Sequence[str | None]) -> Weighed:
    if len(set(old)) == 1:
        return _against_the_steady(old, new)
    outcomes, others = by_processors(old), by_processors(new)
    if outcomes and others and not _reordered(*outcomes):
        same = others == outcomes
        return Weighed(answer="same" if same else "changed", form="for one processor and for all of them")
    if distinguishable(old, new):
        return Weighed(answer="changed", form="by how often each outcome comes")
    if facet == "exit status" or None in old:
        form = "as one of the outcomes that the baseline has"
        return Weighed(answer="flaky" if set(new) & set(old) else "changed", form=form)
    if None in new:
        return Weighed(answer="changed")
    return _by_lines([one or "" for one in old], [one or "" for one in new])


def _against_the_steady(old: Sequence[str | None], new: Sequence[str | None]) -> Weighed:
    """Where the baseline never varies, a candidate that does is a new race; an order may have held there by luck.

    An order that is seldom another one, after as many runs as there will be, could be the baseline's as well. Three
    runs of each side say nothing of it: a set of two has one order in all of them, and the other one on the other
    side, in one of 32 cases.
    """
    others = [one for one in new if one != old[0]]
    if not others:
        return Weighed(answer="same")
    if by_chance(len(others), len(new), len(old)) < ERROR_RATE or not all(_rearranged(old[0], one) for one in others):
        return Weighed(answer="changed")
    rare = f"by how often it is in another order: {len(others)} of {len(new)} times, and never in {len(old)}"
    return Weighed(answer="same" if len(new) >= MOST_RUNS else "flaky", form=rare)


def _reordered(one: str | None, other: str | None) -> bool:
    """Whether two texts have the same lines: then it is a race that the number of processors decides mostly."""
    return one is not None and other is not None and sorted(one.splitlines()) == sorted(other.splitlines())


def _rearranged(one: str | None, other: str | None) -> bool:
    """Whether two texts have the same lines, or the same entries or words in each of them."""
    return one is not None and other is not None and any(ordered(one) == ordered(other) for _, ordered in _ORDERS)


def _by_lines(old: Sequence[str], new: Sequence[str]) -> Weighed:
    weighed = _weaker(old, new)
    if weighed.answer == "changed":
        return weighed
    had, has = [set(text.splitlines()) for text in old], [set(text.splitlines()) for text in new]
    wavering = {line for run in had for line in run if not all(line in other for other in had)}
    if any_differs_in_frequency(wavering, had, has):
        return Weighed(answer="changed", form="by how often each line comes")
    return weighed


def _weaker(old: Sequence[str], new: Sequence[str]) -> Weighed:
    """Compares a text that varies on the baseline, in the strongest form that the baseline itself stands up to.

    Where its own runs do not fit each other in that form, so that a run of it would be taken for a change, this is
    a change only if the runs of the candidate fit significantly less often, or have something in common.
    """
    for form, ordered in _ORDERS:
        # Orders that are not promised (of a hash map, say): learned from the baseline, so that no rule hides them.
        if len({ordered(text) for text in old}) == 1:
            unlike = {ordered(text) for text in (*old, *new)}
            return Weighed(answer="same" if len(unlike) == 1 else "changed", form=form)
    if measured := weigh_without_numbers(old, new):
        return measured
    weighed = _against(old, new)
    if weighed.answer != "changed":
        return weighed
    fitting = sum(_fits(run, [*old[:index], *old[index + 1 :]]) for index, run in enumerate(old))
    luck = by_chance(fitting, len(old), len(new))
    if fitting == len(old) or luck <= ERROR_RATE or _have_in_common(new, old) or _have_in_common(old, new):
        return weighed
    return Weighed(answer="flaky", form=f"{weighed.form}, which no two runs of the baseline need to agree in")


def _entries(text: str) -> tuple[tuple[str, ...], ...]:
    """The entries of each line, as commas and brackets part them, in order; and so the lines."""
    return tuple(sorted(tuple(sorted(one.strip() for one in _PARTING.split(line))) for line in text.splitlines()))


def _words(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of each line in order, and so the lines."""
    return tuple(sorted(tuple(sorted(filter(None, _BETWEEN_WORDS.split(line)))) for line in text.splitlines()))


_PARTING = re.compile(r"[,;(){}\[\]]")
_BETWEEN_WORDS = re.compile(r"[\s,;(){}\[\]]+")
_ORDERS: tuple[tuple[str, Callable[[str], Hashable]], ...] = (
    ("as lines in any order", lambda text: tuple(sorted(text.splitlines()))),
    ("as the entries of each line, in any order", _entries),
    ("as the words of each line, in any order", _words),
)


def _fits(run: str, others: Sequence[str]) -> bool:
    return run in others or (len(set(others)) > 1 and _against(others, [run]).answer != "changed")


def _have_in_common(runs: Sequence[str], others: Sequence[str]) -> bool:
    """Whether every one of the runs has a line that no other one has; or a shape of lines, so often, or in a row."""
    for look in (_lines, _shapes, _counts, _neighbours):
        known = {one for text in others for one in look(text)}
        if set.intersection(*(set(look(text)) for text in runs)) - known:
            return True
    return False


def _lines(text: str) -> Iterable[Hashable]:
    return text.splitlines()


def _shapes(text: str) -> Iterable[Hashable]:
    return map(_shape, text.splitlines())


def _counts(text: str) -> Iterable[Hashable]:
    return Counter(_shapes(text)).items()


def _neighbours(text: str) -> Iterable[Hashable]:
    return itertools.pairwise(_shapes(text))


def _against(old: Sequence[str], new: Sequence[str]) -> Weighed:
    """Holds runs against those of the baseline: without the lines that come and go there, then in any order."""
    runs, others = [text.splitlines() for text in old], [text.splitlines() for text in new]
    unsteady = _unsteady([Counter(run) for run in runs])
    steady = [_without(run, unsteady) for run in runs]
    form = "without the lines that come and go on the baseline" if unsteady else "as lines in any order"
    if any(run != steady[0] for run in steady):
        form = "as lines in any order"
        runs, others = [sorted(run) for run in runs], [sorted(run) for run in others]
        steady = [_without(run, unsteady) for run in runs]
    if all(_without(run, unsteady) == steady[0] for run in others):
        return Weighed(answer="same", form=form)
    # The baseline's next run could have had other numbers too, so those cannot tell the two apart.
    shapes, known = {_shape(line) for line in unsteady}, set(steady[0])
    if any([line for line in run if line in known or _shape(line) not in shapes] == steady[0] for run in others):
        return Weighed(answer="flaky", form="by the shape of its lines")
    return Weighed(answer="changed", form=form)


def _unsteady(runs: Sequence[Counter[str]]) -> set[str]:
    """The lines that are not there equally often in all runs."""
    every = {line for run in runs for line in run}
    return {line for line in every if len({run[line] for run in runs}) > 1}


def _without(run: Sequence[str], lines: set[str]) -> list[str]:
    return [line for line in run if line not in lines]


_VARYING = re.compile(r"(?=[0-9A-Fa-f]*[0-9])[0-9A-Fa-f]+|[0-9]+")


def _shape(line: str) -> str:
    """A line without its numbers, and without the spaces that line them up."""
    return " ".join(_VARYING.sub("#", line).split())
