"""What a commit was meant to change and to reach, and did: a few lines, since nobody has to act on it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model import CommitReport, Difference

__all__ = ["as_meant"]

_PLACES = 3
_TARGETS = 6


def as_meant(commit: CommitReport) -> Iterator[str]:
    """A line for each kind of difference that is intended, one for each target that was reached."""
    for probe in commit.probes:
        kinds: dict[str, list[Difference]] = {}
        for one in probe.differences:
            if one.intended:
                kinds.setdefault(one.facet, []).append(one)
        yield from (f"{probe.name} {_kind(facet, found)}" for facet, found in kinds.items())
    reached = [one for probe in commit.probes for one in probe.notes if one.facet == "reached"]
    # Figures first: that an item is where it should be says less than how many tests pass.
    for one in sorted(reached, key=lambda one: not any(character.isdigit() for character in one.after))[:_TARGETS]:
        yield f"reached {one.summary}"
    if len(reached) > _TARGETS:
        yield f"reached {len(reached) - _TARGETS} more targets"


def _kind(facet: str, found: list[Difference]) -> str:
    count = f" {len(found)} ×" if len(found) > 1 else ""
    places = ", ".join(_place(one) for one in found[:_PLACES])
    more = f" and {len(found) - _PLACES} more" if len(found) > _PLACES else ""
    because = list(dict.fromkeys(one.intended for one in found))
    others = f" and {len(because) - 1} more" if len(because) > 1 else ""
    return f"{facet}{count}: {places}{more} ({because[0]}{others})"


def _place(one: Difference) -> str:
    return f"{one.before} → {one.after}" if one.facet in ("moved", "renamed") else one.where
