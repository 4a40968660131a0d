"""Where cases come from: one file a source, and the registry of all of them, in the order of what they promise.

Other distributions add theirs by an entry point in the group `refactor_harness.case_sources`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

from harness.cases.base import Ground, PairSource, Source
from harness.cases.configured import Configured
from harness.cases.environment import Environment
from harness.cases.examples import Examples
from harness.cases.flagged import Flagged
from harness.cases.flags_together import FlagsTogether
from harness.cases.help_text import HelpText
from harness.cases.kept import Kept
from harness.cases.log_filters import LogFilters
from harness.cases.of_the_commit import OfTheCommit
from harness.cases.outside import outside
from harness.cases.projects import Projects
from harness.cases.rust_types import RustTypes
from harness.cases.samples import Samples
from harness.cases.schemas import Schemas
from harness.cases.sought import WhatWasSought
from harness.cases.variants import Variants
from harness.cases.written import WrittenDown
from harness.model import Case
from harness.store import digest_of_code

__all__ = ["PAIR_SOURCES", "SOURCES", "distinct", "every_source", "made_from", "suggested_by"]

SOURCES: tuple[Source, ...] = (
    Kept(),
    Configured(),
    RustTypes(),
    HelpText(),
    WrittenDown(),
    Examples(),
    Variants(),
    Schemas(),
    Samples(),
    Projects(),
    Flagged(),
    WhatWasSought(),
    Environment(),
    LogFilters(),
)
"""Make the core: the cases of the whole range, from its first revision."""

PAIR_SOURCES: tuple[PairSource, ...] = (
    OfTheCommit(),
    WrittenDown(),
    RustTypes(),
    FlagsTogether(),
    Samples(),
    Projects(),
    HelpText(),
    LogFilters(),
)
"""Make the extras: what only the two revisions of one comparison suggest."""


def every_source() -> tuple[Source, ...]:
    """Our own sources and those of other distributions, which import ours. Errors as `outside`."""
    return (*SOURCES, *outside("case_sources"))


def made_from(ground: Ground) -> tuple[Case, ...]:
    """The cases of all sources, each once."""
    made: list[Case] = []
    for source in every_source():
        made += source.cases(ground, made)
    return distinct(made)


def suggested_by(before: Ground, after: Ground) -> tuple[Case, ...]:
    """The cases of all sources that look at both sides of a comparison, each once."""
    return distinct(case for source in PAIR_SOURCES for case in source.extras(before, after))


def distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases without repetitions, each where it first stands; where a case came from does not count."""
    unique: dict[bytes, Case] = {}
    for case in cases:
        unique.setdefault(_identity(case), case)
    return tuple(unique.values())


def _identity(case: Case) -> bytes:
    return hashlib.sha256(msgspec.msgpack.encode(replace(case, origin=""), order="deterministic")).digest()


def sources_digest() -> str:
    """What the sources themselves are: after an upgrade that changes one, cases that were kept are made anew."""
    return digest_of_code(Path(__file__).parent)
