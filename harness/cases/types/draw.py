"""Values drawn through Hypothesis, ahead of time and through its public API: many of each kind by one call."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from harness.cases.types.tree import Tree
from harness.errors import HarnessError

__all__ = ["draw"]


def draw(strategies: Mapping[str, st.SearchStrategy[Tree]], count: int, number: int) -> dict[str, list[Tree]]:
    """About `count` values of each strategy, those for a seed `number` always the same with one version of Hypothesis.

    Raises:
        HarnessError: a strategy that refuses nearly everything it draws, or fails; it is named where it alone does.
    """
    try:
        return _draw(strategies, count, number)
    except _FAILURES as error:
        if len(strategies) == 1:
            name = next(iter(strategies))
            raise HarnessError(
                f"No values could be drawn for {name}: {error}.",
                step="A strategy must not refuse most of what it draws: build values instead of filtering them.",
            ) from error
    found: dict[str, list[Tree]] = {}
    for name, one in strategies.items():
        found |= draw({name: one}, count, number)
    return found


def _draw(strategies: Mapping[str, st.SearchStrategy[Tree]], count: int, number: int) -> dict[str, list[Tree]]:
    drawn: dict[str, list[Tree]] = {name: [] for name in strategies}

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[one for one in HealthCheck if one is not HealthCheck.filter_too_much],
    )
    @given(st.fixed_dictionaries(dict(strategies)))
    def collect(values: dict[str, Tree]) -> None:
        for name, value in values.items():
            drawn[name].append(value)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collect()
    return drawn


_FAILURES = (HypothesisException, ValueError, TypeError)
