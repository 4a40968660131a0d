"""What a benchmark prints, as one small text that a reviewer can read and that is the same after every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.compare.benchmark import BenchmarkObservation, reports_of
from harness.compare.benchmark_facts import Fact, Kind
from harness.compare.benchmark_learn import learn
from harness.compare.benchmark_units import unit_of
from harness.compare.redact import Redactor
from harness.compare.surface_text import file_stem
from harness.model import Case

__all__ = ["benchmark_surface", "benchmark_texts"]

_INDENT = "  "

Observed = tuple[Case, Sequence[BenchmarkObservation]]
"""A benchmark and what was seen of it."""


def benchmark_texts(observed: Iterable[Observed], redactor: Redactor | None = None) -> dict[str, str]:
    """A text for each benchmark, by its name in harness.toml, or by what it runs where it was found."""
    texts: dict[str, str] = {}
    times: Counter[str] = Counter()
    for case, seen in observed:
        name = _name(case)
        times[name] += 1
        texts[name if times[name] == 1 else f"{name}-{times[name]}"] = benchmark_surface(case, seen, redactor)
    return texts


def _name(case: Case) -> str:
    _, named, name = case.origin.partition("harness.toml: benchmark ")
    return file_stem(name) if named else file_stem(case.program, *case.argv)


def benchmark_surface(case: Case, seen: Sequence[BenchmarkObservation], redactor: Redactor | None = None) -> str:
    """The learned structure of a benchmark's report: keys, types, units, constants and exact relations.

    What is measured shows only with its unit: whether a time was ever zero depends on the machine.
    """
    return "\n".join([*_block(case, seen, redactor), ""])


def _block(case: Case, observations: Sequence[BenchmarkObservation], redactor: Redactor | None) -> Iterator[str]:
    yield f"{' '.join([case.program, *case.argv])}  ({_way(case)})"
    reports = reports_of([run for one in observations for run in one.runs], case.report, redactor)
    if reports.trouble:
        yield f"{_INDENT}no report: {reports.trouble}"
        return
    facts = learn(reports.tables)
    yield from _values([fact for fact in facts if not fact.terms])
    related = [f"{_INDENT * 2}{one.path} {one.says()}" for one in facts if one.terms and one.firm]
    if related:
        yield from (f"{_INDENT}always", *related)


def _way(case: Case) -> str:
    kind, _, what = case.report.partition(":")
    told = {"line": f"the line {what}", "file": f"the file {what}", "stdout": "all that it prints"}
    shown = told.get(kind, case.report)
    return f"{shown}; {case.origin.partition(', with ')[2]}" if ", with " in case.origin else shown


def _values(facts: Sequence[Fact]) -> Iterator[str]:
    by_path: dict[str, list[Fact]] = {}
    for fact in facts:
        by_path.setdefault(fact.path, []).append(fact)
    rows = [(path, _said(path, known)) for path, known in by_path.items() if path]
    width = max((len(path) for path, _ in rows), default=0)
    for path, said in rows:
        yield f"{_INDENT}{path:<{width}}  {said}"


def _said(path: str, facts: Sequence[Fact]) -> str:
    unit = unit_of(path)
    words = [fact.says() for fact in facts if fact.kind is Kind.TYPE]
    if unit.name:
        words.append(f"in {unit.name}")
    for fact in facts:
        if fact.kind is Kind.LENGTH and fact.firm:
            words.append(f"{fact.value} elements")
        elif fact.kind is Kind.ALWAYS and fact.firm:
            words.append(fact.says())
        elif fact.kind in (Kind.KEYS_IN_ANY_ORDER, Kind.SOME_KEYS):
            words.append(f"with {fact.says()} in any order")
    return ", ".join(words)
