"""Which patches a run looks at: all, those that a pattern names, or a fixed sample. Pure."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterable, Sequence

from fixtures.make_engine_repo import CataloguePatch

__all__ = ["HARMLESS", "REGRESSIONS", "chosen", "in_order", "probes_of", "quick"]

REGRESSIONS = 20
HARMLESS = 4
"""How many of each a sample holds: with them a run ends within a quarter of an hour on two cores."""


def probes_of(patch: CataloguePatch) -> tuple[str, ...]:
    """The probes that must see a regression; empty for a harmless patch."""
    return tuple(name.strip() for name in (patch.probe or "").split(",") if name.strip())


def chosen(patches: Iterable[CataloguePatch], pattern: str) -> list[CataloguePatch]:
    """The patches whose name, or `regressions/NAME` or `harmless/NAME`, fits a pattern of a shell; all without one."""
    return [
        one
        for one in patches
        if not pattern
        or any(fnmatch.fnmatch(name, pattern) for name in (one.name, f"{one.path.parent.name}/{one.name}"))
    ]


def quick(patches: Sequence[CataloguePatch], seed: int) -> list[CataloguePatch]:
    """The sample of a seed: of every probe as many as are its share, but at least one.

    A patch has the same place in the draw whatever else is in the catalogue, so the sample hardly changes when
    the catalogue grows.
    """
    regressions = [one for one in patches if probes_of(one)]
    groups: dict[tuple[str, ...], list[CataloguePatch]] = {}
    for patch in sorted(regressions, key=lambda one: _draw(one, seed)):
        groups.setdefault(probes_of(patch), []).append(patch)
    shares = {probes: max(1, round(REGRESSIONS * len(group) / len(regressions))) for probes, group in groups.items()}
    sample = [patch for probes, group in groups.items() for patch in group[: shares[probes]]]
    harmless = sorted((one for one in patches if not probes_of(one)), key=lambda one: _draw(one, seed))
    return in_order([*sample, *harmless[:HARMLESS]])


def in_order(patches: Iterable[CataloguePatch]) -> list[CataloguePatch]:
    """By the task they are on, so that little has to be built anew from one to the next."""
    return sorted(patches, key=lambda one: (one.on, bool(one.harmless), one.name))


def _draw(patch: CataloguePatch, seed: int) -> str:
    return hashlib.sha256(f"{seed} {patch.name}".encode()).hexdigest()
