"""What a benchmark's report is like, for people: the facts learned of it, and how the candidate keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.compare.benchmark import Reports
from harness.compare.benchmark_facts import Fact, Kind, breach
from harness.compare.benchmark_learn import learn
from harness.compare.benchmark_table import Table
from harness.measured import Structure, Trait

__all__ = ["structure_of"]

_MOST_TRAITS = 150
_KINDS = {
    Kind.ALWAYS: "exact",
    Kind.LENGTH: "exact",
    Kind.POSITIVE: "not zero",
    Kind.NOT_NEGATIVE: "measured",
    Kind.MAGNITUDE: "measured",
    Kind.SUM: "related",
    Kind.PRODUCT: "related",
    Kind.AT_MOST: "related",
    Kind.TYPE: "type",
}


def structure_of(benchmark: str, old: Reports, new: Reports) -> Structure | None:
    """The traits in the order of the report, broken ones included; None where a side has no report."""
    if not old.tables or not new.tables:
        return None
    facts = learn(old.tables)
    places = {path: number for number, path in enumerate(dict.fromkeys(fact.path for fact in facts))}
    traits = [_trait(fact, new.tables) for fact in _telling(facts)]
    # Where not all can be shown, what does not hold any more is what must not be missing.
    kept = sorted(traits, key=lambda one: not one.broken)[:_MOST_TRAITS]
    in_order = sorted(kept, key=lambda one: places[one.path])
    return Structure(
        benchmark=benchmark, runs=len(old.tables), traits=tuple(in_order), more=len(traits) - len(in_order)
    )


def _telling(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Of what has an exact value, nobody asks for its type as well."""
    said = {fact.path for fact in facts if fact.kind is not Kind.TYPE}
    return (fact for fact in facts if fact.kind is not Kind.TYPE or fact.path not in said)


def _trait(fact: Fact, tables: Sequence[Table]) -> Trait:
    broken = [text for table in tables if (text := breach(fact, table)) is not None]
    instead = Counter(sorted(broken)).most_common(1)
    return Trait(
        path=fact.path,
        kind=_kind(fact),
        says=fact.says(),
        runs=len(tables),
        broken=len(broken),
        instead=instead[0][0] if instead else "",
    )


def _kind(fact: Fact) -> str:
    is_zero = fact.kind is Kind.ALWAYS and not isinstance(fact.value, bool | str) and fact.value == 0
    return "zero" if is_zero else _KINDS.get(fact.kind, "keys")
