"""Variants that only got another number, told once per enum: one inserted variant renumbers all that follow."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.model import Difference

__all__ = ["fold_numbers"]

_NUMBERED = re.compile(r"(?P<variant>.*) = -?\d+", re.DOTALL)


def fold_numbers(differences: Sequence[Difference]) -> list[Difference]:
    """The differences, with those of renumbered variants of one enum as one. The order is kept."""
    groups: dict[str, list[Difference]] = {}
    for one in differences:
        if _is_renumbered(one):
            groups.setdefault(one.where.rpartition("::")[0], []).append(one)
    told: list[Difference] = []
    for one in differences:
        enum = one.where.rpartition("::")[0]
        group = groups.get(enum, [])
        if one not in group or len(group) == 1:
            told.append(one)
        elif one is group[0]:
            told.append(_folded(enum, group))
    return told


def _is_renumbered(one: Difference) -> bool:
    before, after = _NUMBERED.fullmatch(one.before), _NUMBERED.fullmatch(one.after)
    return one.facet == "changed" and bool(before and after and before["variant"] == after["variant"])


def _folded(enum: str, group: Sequence[Difference]) -> Difference:
    return Difference(
        facet="changed",
        where=enum,
        before="\n".join(one.before for one in group),
        after="\n".join(one.after for one in group),
        summary=f"{len(group)} variants of `{enum}` have other numbers, which `as` shows.",
    )
