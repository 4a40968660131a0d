"""Holding the reports of two sides of a benchmark against each other: what was learned of one, the other breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import comb

import msgspec

from harness.compare.benchmark_facts import Fact, Kind, breach
from harness.compare.benchmark_learn import learn
from harness.compare.benchmark_report import TroubleError, place_of, read_report
from harness.compare.benchmark_table import Table, flatten
from harness.compare.output import CommandObservation
from harness.compare.redact import Redactor

__all__ = [
    "ERROR_RATE",
    "FACET",
    "BenchmarkObservation",
    "Break",
    "Reports",
    "breaks",
    "decode",
    "encode",
    "reports_of",
]

FACET = "timing structure"
ERROR_RATE = 1e-3
"""How often what holds only mostly may be taken for broken (one-sided, by Fisher's exact test)."""

_A_REPORT = "a report"
_MOST_VALUES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkObservation:
    """The runs of one case on one revision, raw."""

    runs: tuple[CommandObservation, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(BenchmarkObservation)


def encode(seen: BenchmarkObservation) -> bytes:
    """An observation as the store keeps it."""
    return _encoder.encode(seen)


def decode(data: bytes) -> BenchmarkObservation:
    """An observation from `encode`. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What several runs gave: how each ended, its report and the place of that, or why there is none."""

    statuses: tuple[str, ...]
    outcomes: tuple[str, ...]
    tables: tuple[Table, ...]
    places: tuple[str, ...] = ()
    hits: Counter[str] = field(default_factory=Counter)

    @property
    def trouble(self) -> str:
        """Why no run gave a report that can be compared; empty where one did."""
        return "" if self.tables or not self.outcomes else self.outcomes[0]


def reports_of(runs: Sequence[CommandObservation], spec: str, redactor: Redactor | None = None) -> Reports:
    """The reports in these runs, what varies by itself in their texts redacted."""
    hits: Counter[str] = Counter()

    def hide(text: str) -> str:
        if redactor is None:
            return text
        hidden = redactor.redact("stdout", text)
        hits.update(hidden.hits)
        return hidden.text

    outcomes, tables = [], []
    for run in runs:
        try:
            tables.append(flatten(read_report(run, spec), hide))
            outcomes.append(_A_REPORT)
        except TroubleError as error:
            outcomes.append(str(error))
    statuses = tuple(run.status + ("; it left processes running" if run.left_running else "") for run in runs)
    places = tuple(place_of(run, spec) for run, outcome in zip(runs, outcomes, strict=True) if outcome == _A_REPORT)
    return Reports(statuses=statuses, outcomes=tuple(outcomes), tables=tuple(tables), places=places, hits=hits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Something that held on the baseline and does not on the candidate, in `count` of its `runs`."""

    facet: str
    where: str
    before: str
    after: str
    count: int
    runs: int
    held: int

    def summary(self) -> str:
        """A sentence with the counts."""
        name = self.where or self.facet
        return f"{name}: {self.before} in {self.held} of {self.held} runs, {self.after} in {self.count} of {self.runs}"


def breaks(old: Reports, new: Reports, *, final: bool) -> list[Break]:
    """What is learned of the baseline and does not hold on the candidate.

    At first, one run is reason enough to look closer at what held always, and all of them for what is measured.
    In the `final` word, the former has to show twice, and the latter significantly more often than on the baseline.
    """
    found = [
        *_outcomes("exit status", old.statuses, new.statuses, final=final),
        *_outcomes("report", old.outcomes, new.outcomes, final=final),
    ]
    if not old.tables or not new.tables:
        return found
    found += _outcomes("report", old.places, new.places, final=final)
    judge = _believable if final else _suspicious
    for fact in learn(old.tables):
        texts = _breaches(fact, new.tables)
        if texts and judge(fact.firm, len(texts), len(old.tables), len(new.tables)):
            found.append(_broken(fact, texts, len(new.tables)))
    return _without_echoes(found)


def _breaches(fact: Fact, tables: Sequence[Table]) -> list[str]:
    """What the runs have instead. Of a magnitude the middle one speaks for all: single runs are far off by nature."""
    if fact.kind is not Kind.MAGNITUDE:
        return [text for table in tables if (text := breach(fact, table)) is not None]
    numbered = sorted(tables, key=lambda table: table.number(fact.path) or 0)
    text = breach(fact, numbered[len(numbered) // 2])
    return [text] * len(tables) if text else []


def _outcomes(facet: str, old: Sequence[str], new: Sequence[str], *, final: bool) -> list[Break]:
    """What came of the runs, where that was always the same on the baseline, or is now significantly rarer."""
    usual, times = Counter(old).most_common(1)[0]
    others = [one for one in new if one != usual]
    if not others:
        return []
    if times == len(old):
        sure = len(others) >= min(2, len(new)) if final else True
    else:
        sure = _rarer(times, len(old), len(new) - len(others), len(new)) <= ERROR_RATE
    after = Counter(others).most_common(1)[0][0]
    facet = "timeout" if facet == "exit status" and after.startswith("timed out") else facet
    made = Break(facet=facet, where="", before=usual, after=after, count=len(others), runs=len(new), held=times)
    return [made] if sure else []


def _suspicious(firm: bool, count: int, held: int, runs: int) -> bool:
    return firm or count == runs


def _believable(firm: bool, count: int, held: int, runs: int) -> bool:
    if firm:
        return count >= min(2, runs)
    return comb(runs, count) / comb(held + runs, count) <= ERROR_RATE


def _rarer(times: int, runs: int, others_times: int, others_runs: int) -> float:
    """Fisher's exact test, one-sided: how likely so few of the second are, were the two alike."""
    total, drawn = runs + others_runs, times + others_times
    ways = sum(comb(others_runs, k) * comb(runs, drawn - k) for k in range(others_times + 1) if drawn - k <= runs)
    return ways / comb(total, drawn)


def _broken(fact: Fact, texts: Sequence[str], runs: int) -> Break:
    common = [text for text, _ in Counter(sorted(texts)).most_common(_MOST_VALUES)]
    after = " or ".join(common)
    more = len(set(texts)) - len(common)
    return Break(
        facet=FACET,
        where=fact.path,
        before=fact.says(),
        after=f"{after} and {more} other values" if more else after,
        count=len(texts),
        runs=runs,
        held=fact.runs,
    )


def _without_echoes(found: Sequence[Break]) -> list[Break]:
    """One break for a place, the first: a number that is now zero is not also another magnitude and relation."""
    first: dict[tuple[str, str], Break] = {}
    for one in found:
        first.setdefault((one.facet, one.where), one)
    return list(first.values())
