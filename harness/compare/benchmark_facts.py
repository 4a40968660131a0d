"""What may be known of a benchmark's report, and whether one report agrees with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import log10

from harness.compare.benchmark_table import Table, Value
from harness.compare.benchmark_units import unit_of

__all__ = ["Fact", "Fit", "Kind", "Term", "breach", "fit", "shown", "slack_of"]

_FAR = 2.0
"""Powers of ten between what was usual and what is taken for another unit."""
_OUTSIDE = 0.5
"""Powers of ten that it has to lie outside of all that was seen."""
_RELATIVE = 1e-9
_ALL_DECIMALS = 12  # a float that is written with more was not rounded
_LONGEST = 120


class Kind(Enum):
    """What a fact says of the value at its path."""

    KEYS = "keys"
    KEYS_IN_ANY_ORDER = "keys in any order"
    SOME_KEYS = "some keys"
    TYPE = "type"
    ALWAYS = "always"
    POSITIVE = "never 0"
    NOT_NEGATIVE = "never negative"
    LENGTH = "length"
    SUM = "sum"
    PRODUCT = "product"
    AT_MOST = "at most"
    MAGNITUDE = "magnitude"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A path in a relation: its value times `factor`, which brings it to the unit of the others."""

    path: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that held in every run.

    One run that breaks a `firm` fact counts; the others are about what is measured, so that only many together do.
    `value` is what the kind needs: a constant, the keys, types, a length. `usual` are the lowest, the middle and
    the highest value as powers of ten. `terms` are the
    parts of a sum, the factors of a product, or what the value is at most; `factor` is that of the value itself.
    `chance` is how likely it would be that this held in all runs if the values had nothing to do with each other.
    """

    kind: Kind
    path: str
    firm: bool
    value: Value | tuple[str, ...] | tuple[tuple[str, ...], tuple[str, ...]] = None
    usual: tuple[float, float, float] = (0.0, 0.0, 0.0)
    terms: tuple[Term, ...] = ()
    factor: float = 1.0
    runs: int = 0
    chance: float = 0.0

    def says(self) -> str:
        """The fact in words, without its path; what was seen in which run does not show in it."""
        match self.kind:
            case Kind.KEYS | Kind.KEYS_IN_ANY_ORDER | Kind.SOME_KEYS:
                return _keys(self.value)
            case Kind.TYPE:
                return " or ".join(map(str, self.value if isinstance(self.value, tuple) else ()))
            case Kind.ALWAYS:
                return f"always {shown(self.value)}"
            case Kind.LENGTH:
                return f"always of length {self.value}"
            case Kind.SUM:
                return f"= {' + '.join(self._scaled(one) for one in self.terms)}"
            case Kind.PRODUCT:
                return f"= {' × '.join(one.path for one in self.terms)}"
            case Kind.AT_MOST:
                return f"at most {self.terms[0].path}"
            case Kind.MAGNITUDE:
                return "of the usual magnitude"
        return str(self.kind.value)

    def _scaled(self, term: Term) -> str:
        ratio = term.factor / self.factor
        if abs(ratio - 1) < _RELATIVE:
            return term.path
        # Powers of ten are written as the larger one, so that no rounding shows.
        return f"{term.path} × {ratio:g}" if ratio > 1 else f"{term.path} / {1 / ratio:g}"


def breach(fact: Fact, table: Table) -> str | None:
    """What a report has instead of what the fact says; None where it agrees or has nothing to hold against it."""
    path = fact.path
    if fact.kind in (Kind.KEYS, Kind.KEYS_IN_ANY_ORDER, Kind.SOME_KEYS):
        return _keys_breach(fact, table.keys[path]) if path in table.keys else None
    if fact.kind is Kind.TYPE:
        kind = table.kinds.get(path)
        known = fact.value if isinstance(fact.value, tuple) else ()
        return kind if kind is not None and kind not in known else None
    if fact.kind is Kind.LENGTH:
        length = table.lengths.get(path)
        return f"of length {length}" if length is not None and length != fact.value else None
    if fact.kind is Kind.ALWAYS:
        same_type = path in table.values
        return shown(table.values[path]) if same_type and table.values[path] != fact.value else None
    return _number_breach(fact, table)


def _number_breach(fact: Fact, table: Table) -> str | None:
    number = table.number(fact.path)
    if number is None:
        return None
    match fact.kind:
        case Kind.POSITIVE:
            return None if number > 0 else "0" if number == 0 else "negative"
        case Kind.NOT_NEGATIVE:
            return None if number >= 0 else "negative"
        case Kind.MAGNITUDE:
            return _magnitude(number, *fact.usual)
    how = fit(fact, table)
    return None if how is None or how.holds else "not so"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How far a value is from what a relation says, and how far rounding alone may bring it."""

    value: float
    away: float
    slack: float

    @property
    def holds(self) -> bool:
        """Whether rounding explains all of the distance."""
        return self.away <= self.slack


def fit(fact: Fact, table: Table, others: Table | None = None) -> Fit | None:
    """How well a relation holds, its terms read from `others` where given; None where a number is missing.

    Numbers are as exact as they are written: the last decimal of each may be rounded.
    """
    others = others or table
    number = table.number(fact.path)
    terms = [others.number(one.path) for one in fact.terms]
    if number is None or any(one is None for one in terms):
        return None
    values = [float(one) * term.factor for one, term in zip(terms, fact.terms, strict=True) if one is not None]
    slacks = [slack_of(others, one.path) * one.factor for one in fact.terms]
    own, slack = number * fact.factor, slack_of(table, fact.path) * fact.factor
    if fact.kind is Kind.PRODUCT:
        meant = values[0] * values[1]
        slack += slacks[0] * abs(values[1]) + slacks[1] * abs(values[0])
    else:
        meant = sum(values)
        slack += sum(slacks)
    away = max(0.0, own - meant) if fact.kind is Kind.AT_MOST else abs(own - meant)
    return Fit(value=own, away=away, slack=slack + _RELATIVE * max(abs(own), abs(meant)))


def slack_of(table: Table, path: str) -> float:
    """What rounding may have taken away from a number: of a time, an integer is often cut off; a count is exact."""
    decimals = table.decimals.get(path, -1)
    if decimals < 0:
        unit = unit_of(path)
        return 0.0 if unit.kind == "count" or (unit.kind == "bytes" and unit.factor == 1) else 1.0
    return 0.0 if decimals > _ALL_DECIMALS else 10.0**-decimals


def _keys_breach(fact: Fact, keys: tuple[str, ...]) -> str | None:
    if fact.kind is Kind.KEYS:
        return None if keys == fact.value else _keys(keys)
    if fact.kind is Kind.KEYS_IN_ANY_ORDER:
        return (
            None
            if sorted(keys) == sorted(map(str, fact.value if isinstance(fact.value, tuple) else ()))
            else _keys(keys)
        )
    required, known = fact.value if isinstance(fact.value, tuple) else ((), ())
    return None if set(required) <= set(keys) <= set(known) else _keys(keys)


def _keys(value: object) -> str:
    match value:
        case (tuple() as required, tuple() as known):
            optional = [f"{key}?" for key in known if key not in required]
            return ", ".join([*required, *optional])
        case tuple():
            return ", ".join(map(str, value)) or "no key"
    return ""


def shown(value: object) -> str:
    """A value as JSON would show it, cut where it is long."""
    if isinstance(value, str):
        text = '"' + value + '"'
    elif isinstance(value, bool) or value is None:
        text = {True: "true", False: "false", None: "null"}[value]
    else:
        text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _magnitude(number: float, lowest: float, middle: float, highest: float) -> str | None:
    """How far a number is from all that was seen; zeros are another matter.

    What waits for others takes a microsecond or a thousand of them, so far from the middle alone says nothing.
    """
    if number == 0:
        return None
    power = log10(abs(number))
    away, outside = power - middle, max(lowest - power, power - highest)
    if abs(away) < _FAR or outside < _OUTSIDE:
        return None
    return f"about 10^{round(away)} times that"
