"""Where cases come from: one file a source, and the registry of all of them, in the order of what they promise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from harness.cases.base import Ground, Source
from harness.cases.configured import Configured
from harness.cases.help_text import HelpText
from harness.cases.log_filters import LogFilters
from harness.model import Case

__all__ = ["SOURCES", "distinct", "made_from", "suggested_by"]

SOURCES: tuple[Source, ...] = (Configured(), HelpText(), LogFilters())


def made_from(ground: Ground) -> tuple[Case, ...]:
    """The cases of all sources, each once."""
    made: list[Case] = []
    for source in SOURCES:
        made += source.cases(ground, made)
    return distinct(made)


def suggested_by(*grounds: Ground) -> tuple[Case, ...]:
    """What the programs say of themselves on any of these grounds, each once."""
    return distinct(case for ground in grounds for case in HelpText().cases(ground, ()))


def distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases without repetitions; where a case came from does not count."""
    return tuple({_identity(case): case for case in reversed(list(cases))}.values())[::-1]


def _identity(case: Case) -> bytes:
    parts: Sequence[object] = (case.program, case.argv, case.files, case.env, case.stdin, case.timeout)
    return msgspec.msgpack.encode(parts, order="deterministic")
