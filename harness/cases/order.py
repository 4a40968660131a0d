"""The order in which cases are run: what promises most comes first, each case once."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cases import distinct
from harness.model import Case

__all__ = ["before_the_core"]


def before_the_core(*, kept: Iterable[Case], extras: Iterable[Case], remembered: Iterable[Case]) -> list[Case]:
    """What is run before the core: what was kept in the repository, then what earlier runs found something by, then
    what this pair suggests (keys, flags and literals that one side alone has), each in the order of its source.
    """
    return list(distinct([*kept, *remembered, *extras]))
