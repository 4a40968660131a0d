"""Relations between the numbers of a report: equal, in another unit, a sum of parts, a product, at most."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeVar

from harness.compare.benchmark_facts import Fact, Fit, Kind, Term, fit
from harness.compare.benchmark_table import Table
from harness.compare.benchmark_units import Unit, unit_of

__all__ = ["relations"]

_T = TypeVar("_T")

MOST_NUMBERS = 48
"""Varying numbers that are held against each other; of a longer report, the first."""
MOST_PARTS = 4
_MOST_SUMS = 60_000
_CHANCE = 1e-4
"""How likely it may be, at most, that an exact relation held in all runs by luck."""
_CHANCE_AT_MOST = 1e-2
_EXACT = 1e-3
"""How much of a value rounding may take away, at most, so that a relation can be told from a resemblance."""
_PART = 0.1
_RATIOS = (1e3, 1e6, 1e9, 60.0, 1024.0)
_TOO_COARSE = 10.0  # an integer below this may be another one by a tenth through rounding alone
_MOST_PAIRS = 400
_ADDABLE = ("time", "bytes", "count")


def relations(runs: Sequence[Table]) -> list[Fact]:
    """The relations that held in all runs, each with what supports it; none that follows from another equality."""
    numbers = [path for path in runs[0].kinds if all(run.number(path) is not None for run in runs)]
    varying = [path for path in numbers if len({run.number(path) for run in runs}) > 1][:MOST_NUMBERS]
    found = list(_equalities(varying, runs))
    same = {one.path for one in found}
    others = [path for path in varying if path not in same]
    found += _sums(others, runs)
    found += _products(others, numbers, runs)
    told = {(one.path, term.path) for one in found if one.kind is Kind.SUM for term in one.terms}
    found += [one for one in _at_most(others, runs) if (one.path, one.terms[0].path) not in told]
    return found


def _supported(fact: Fact, runs: Sequence[Table], tried: int) -> Fact | None:
    """The fact with the chance that it held in all runs by luck, where it did hold and that chance is small.

    How likely one run would be to fit is estimated by how near the values of different runs come to fitting; and of
    very many relations that are `tried`, some fit by luck.
    """
    if not all(how is not None and how.holds for how in (fit(fact, run) for run in runs)) or not _exact(fact, runs):
        return None
    return _by_chance(fact, [fit(fact, one, other) for one, other in _pairs(runs)], len(runs), tried)


def _exact(fact: Fact, runs: Sequence[Table]) -> bool:
    """Whether every part counts: what is smaller than the rounding of the others could as well not be there."""
    fits = [how for run in runs if (how := fit(fact, run)) is not None]
    value, slack = median(abs(how.value) for how in fits), median(how.slack for how in fits)
    parts = [median(abs(_scaled(run, term)) for run in runs) for term in fact.terms]
    return slack <= _EXACT * value and all(part >= slack / _PART for part in parts)


def _scaled(run: Table, term: Term) -> float:
    return float(run.number(term.path) or 0) * term.factor


def _by_chance(fact: Fact, mixed: Sequence[Fit | None], runs: int, tried: int) -> Fact | None:
    near = [1.0 if how.holds else how.slack / how.away for how in mixed if how is not None]
    chance = tried * max(sum(near) / max(1, len(near)), 1e-9) ** runs
    return replace(fact, chance=chance, runs=runs) if chance <= _CHANCE else None


def _pairs(runs: Sequence[_T]) -> Iterator[tuple[_T, _T]]:
    return itertools.islice(itertools.permutations(runs, 2), _MOST_PAIRS)


def _equalities(paths: Sequence[str], runs: Sequence[Table]) -> Iterator[Fact]:
    """Each number is told equal to the first that it equals, in its own unit or in another one."""
    first: list[str] = []
    for path in paths:
        for earlier in first:
            if not _may_be_equal(path, earlier, runs):
                continue
            if fact := next(
                filter(None, (_supported(one, runs, len(paths) ** 2) for one in _equal(path, earlier))), None
            ):
                yield fact
                break
        else:
            first.append(path)


def _may_be_equal(path: str, other: str, runs: Sequence[Table]) -> bool:
    """Whether the two are in the same proportion in all runs, roughly: cheap, and true of few."""
    pairs = [(float(run.number(path) or 0), float(run.number(other) or 0)) for run in runs]
    ratios = [own / theirs for own, theirs in pairs if theirs and abs(own) >= _TOO_COARSE and abs(theirs) >= 1e-3]
    return not ratios or max(ratios) - min(ratios) <= 0.2 * abs(max(ratios))


def _equal(path: str, other: str) -> Iterator[Fact]:
    own, theirs = unit_of(path), unit_of(other)
    if _known(own) and _known(theirs):
        if own.kind == theirs.kind:
            yield _sum(path, [other])
        return
    yield Fact(kind=Kind.SUM, path=path, firm=True, terms=(Term(path=other),))
    for ratio in _RATIOS:
        yield Fact(kind=Kind.SUM, path=path, firm=True, terms=(Term(path=other, factor=ratio),))
        yield Fact(kind=Kind.SUM, path=path, firm=True, terms=(Term(path=other),), factor=ratio)


def _known(unit: Unit) -> bool:
    return bool(unit.name)


def _sum(path: str, parts: Sequence[str]) -> Fact:
    terms = tuple(Term(path=part, factor=unit_of(part).factor) for part in parts)
    return Fact(kind=Kind.SUM, path=path, firm=True, terms=terms, factor=unit_of(path).factor)


# -- sums -----------------------------------------------------------------------------------------------------


def _sums(paths: Sequence[str], runs: Sequence[Table]) -> Iterator[Fact]:
    """Each number as the sum of two to four others of its kind, the fewest that do."""
    for kind in _ADDABLE:
        alike = [path for path in paths if unit_of(path).kind == kind]
        told: set[str] = set()
        for parts in range(2, MOST_PARTS + 1):
            for fact in _sums_of(alike, parts, runs):
                if fact.path not in told:
                    told.add(fact.path)
                    yield fact


def _sums_of(paths: Sequence[str], parts: int, runs: Sequence[Table]) -> Iterator[Fact]:
    numbers = [{path: (_normal(run, path), _coarse(run, path)) for path in paths} for run in runs]
    totals = sorted((value, path) for path, (value, _) in numbers[0].items())
    for chosen in itertools.islice(itertools.combinations(paths, parts), _MOST_SUMS):
        # What fits in all runs, roughly, is looked at closely; the first one says which numbers may fit at all.
        meant, slack = _sum_in(numbers[0], chosen)
        low, high = bisect_left(totals, (meant - slack, "")), bisect_right(totals, (meant + slack, "\U0010ffff"))
        for _, path in totals[low:high]:
            if path in chosen or any(_is_far(run[path][0], *_sum_in(run, chosen)) for run in numbers[1:]):
                continue
            if fact := _supported(_sum(path, chosen), runs, _MOST_SUMS):
                yield fact


def _sum_in(numbers: Mapping[str, tuple[float, float]], parts: Sequence[str]) -> tuple[float, float]:
    """The sum of some numbers of a run, and by how much another number may be off and still be it."""
    meant = sum(numbers[path][0] for path in parts)
    return meant, 1e-6 * abs(meant) + sum(numbers[path][1] for path in parts)


def _is_far(value: float, meant: float, slack: float) -> bool:
    return abs(value - meant) > slack


def _normal(run: Table, path: str) -> float:
    return float(run.number(path) or 0) * unit_of(path).factor


def _coarse(run: Table, path: str) -> float:
    return unit_of(path).factor * 10.0 ** -max(0, run.decimals.get(path, -1))


# -- products -------------------------------------------------------------------------------------------------


def _products(varying: Sequence[str], numbers: Sequence[str], runs: Sequence[Table]) -> Iterator[Fact]:
    """A number as the product of a rate and a time, as in `rows = rows_per_sec × seconds`."""
    told: set[str] = set()
    rates = [path for path in varying if unit_of(path).kind == "rate"]
    times = [path for path in varying if unit_of(path).kind == "time"]
    for rate, time in itertools.product(rates, times):
        terms = (Term(path=rate), Term(path=time, factor=unit_of(time).factor))
        for path in numbers:
            fact = Fact(kind=Kind.PRODUCT, path=path, firm=True, terms=terms)
            how = fit(fact, runs[0])
            if path in (rate, time) or rate in told or how is None or not how.holds:
                continue
            if supported := _supported_product(fact, runs):
                told.add(rate)
                yield supported


def _supported_product(fact: Fact, runs: Sequence[Table]) -> Fact | None:
    """As for other relations, but the total may be constant: what must fit is the rate to the time."""
    if not all(how is not None and how.holds for how in (fit(fact, run) for run in runs)) or not _exact(fact, runs):
        return None
    _, time = fact.terms
    mixed = (replace(one, values={**one.values, time.path: other.values[time.path]}) for one, other in _pairs(runs))
    return _by_chance(fact, [fit(fact, one) for one in mixed], len(runs), MOST_NUMBERS**2)


# -- at most --------------------------------------------------------------------------------------------------


def _at_most(paths: Sequence[str], runs: Sequence[Table]) -> Iterator[Fact]:
    values = {path: [_normal(run, path) for run in runs] for path in paths}
    for path, other in itertools.permutations(paths, 2):
        own, theirs = unit_of(path), unit_of(other)
        if own.kind != theirs.kind or own.kind not in _ADDABLE:
            continue
        if any(one > most for one, most in zip(values[path], values[other], strict=True)):
            continue
        hits = sum(one <= most for one, most in _mixed(values[path], values[other]))
        terms = (Term(path=other, factor=theirs.factor),)
        fact = Fact(kind=Kind.AT_MOST, path=path, firm=False, terms=terms, factor=own.factor)
        chance = ((hits + 1) / (min(_MOST_PAIRS, len(runs) * (len(runs) - 1)) + 1)) ** len(runs)
        if chance <= _CHANCE_AT_MOST:
            yield replace(fact, chance=chance, runs=len(runs))


def _mixed(values: Sequence[float], others: Sequence[float]) -> Iterator[tuple[float, float]]:
    for (_, one), (place, _) in _pairs(list(enumerate(values))):
        yield one, others[place]
