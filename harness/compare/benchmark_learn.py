"""Learning what a benchmark's report is like from several runs of the baseline, without being told anything.

A fact is learned where it held in every run and where luck would not explain that: for relations by asking how often
they would hold between values of different runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import log10
from statistics import median

from harness.compare.benchmark_facts import Fact, Kind
from harness.compare.benchmark_relations import relations
from harness.compare.benchmark_table import Table, Value
from harness.compare.benchmark_units import unit_of

__all__ = ["FEWEST", "learn"]

FEWEST = 3
"""Runs below which nothing is said of values."""
_EPOCH = (1e9, 2.2e9)


def learn(runs: Sequence[Table]) -> list[Fact]:
    """All that held in every run, in the order of the report; relations last."""
    if not runs:
        return []
    facts: list[Fact] = []
    for path in _in_order(runs):
        present = [run for run in runs if path in run.kinds]
        facts += _of_keys(path, present, len(runs))
        facts.append(
            Fact(
                kind=Kind.TYPE,
                path=path,
                firm=True,
                value=tuple(sorted({run.kinds[path] for run in present})),
                runs=len(present),
            )
        )
        if len(present) == len(runs) >= FEWEST:
            facts += _of_lengths(path, runs)
            facts += _of_values(path, runs)
    return [*facts, *relations(runs)] if len(runs) >= FEWEST else facts


def _in_order(runs: Sequence[Table]) -> Mapping[str, None]:
    return dict.fromkeys(path for run in runs for path in run.kinds)


def _of_keys(path: str, present: Sequence[Table], runs: int) -> Iterator[Fact]:
    seen = [run.keys[path] for run in present if path in run.keys]
    if not seen or len(seen) < len(present):
        return
    if len(set(seen)) == 1:
        yield Fact(kind=Kind.KEYS, path=path, firm=True, value=seen[0], runs=runs)
    elif len({frozenset(keys) for keys in seen}) == 1:
        yield Fact(kind=Kind.KEYS_IN_ANY_ORDER, path=path, firm=True, value=tuple(sorted(seen[0])), runs=runs)
    else:
        known = tuple(dict.fromkeys(key for keys in seen for key in keys))
        required = tuple(key for key in known if all(key in keys for keys in seen))
        yield Fact(kind=Kind.SOME_KEYS, path=path, firm=False, value=(required, known), runs=runs)


def _of_lengths(path: str, runs: Sequence[Table]) -> Iterator[Fact]:
    lengths = {run.lengths.get(path) for run in runs}
    (length,) = lengths if len(lengths) == 1 else (None,)
    if length is None:
        return
    is_list = all(run.kinds[path] == "list" for run in runs)
    if is_list or len({run.values.get(path) for run in runs}) == len(runs):
        yield Fact(kind=Kind.LENGTH, path=path, firm=is_list, value=length, runs=len(runs))


def _of_values(path: str, runs: Sequence[Table]) -> Iterator[Fact]:
    values = [run.values[path] for run in runs if path in run.values]
    unit = unit_of(path)
    if len(values) < len(runs) or unit.kind == "moment" or all(map(_is_moment, values)):
        return
    same_type = len({run.kinds[path] for run in runs}) == 1
    if len(set(values)) == 1 and same_type:
        measured = unit.varies and isinstance(values[0], int | float) and not isinstance(values[0], bool)
        yield Fact(kind=Kind.ALWAYS, path=path, firm=not measured, value=values[0], runs=len(runs))
        return
    numbers = [number for run in runs if (number := run.number(path)) is not None]
    if len(numbers) == len(runs):
        yield from _of_numbers(path, numbers)


def _of_numbers(path: str, numbers: Sequence[float]) -> Iterator[Fact]:
    if min(numbers) > 0:
        yield Fact(kind=Kind.POSITIVE, path=path, firm=False, runs=len(numbers))
    elif min(numbers) == 0:
        yield Fact(kind=Kind.NOT_NEGATIVE, path=path, firm=False, runs=len(numbers))
    if min(numbers) > 0:
        usual = (log10(min(numbers)), log10(median(numbers)), log10(max(numbers)))
        yield Fact(kind=Kind.MAGNITUDE, path=path, firm=False, usual=usual, runs=len(numbers))


def _is_moment(value: Value) -> bool:
    """Whether a number is a point in time since 1970 in seconds, or in thousandths of them and so on."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return any(_EPOCH[0] <= value / factor <= _EPOCH[1] and value > 1.4e9 * factor for factor in (1, 1e3, 1e6, 1e9))
