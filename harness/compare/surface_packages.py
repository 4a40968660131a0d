"""What packages promise apart from their libraries, compared: features, targets, rust-version, dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.compare.surface_model import Package
from harness.model import Difference

__all__ = ["package_changes"]

_NUMBER = re.compile(r"\d+")


def package_changes(
    before: Mapping[str, Package], after: Mapping[str, Package]
) -> tuple[list[Difference], list[Difference]]:
    """Differences and notes. What is lost breaks; what is new is a note."""
    differences: list[Difference] = []
    notes: list[Difference] = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, Package()), after.get(name, Package())
        for breaks, one in _changes(name, old, new):
            (differences if breaks else notes).append(one)
    return differences, notes


def _changes(name: str, old: Package, new: Package) -> Iterator[tuple[bool, Difference]]:
    yield from _features(name, old, new)
    yield from _sets(name, "target", old.targets, new.targets)
    yield from _sets(name, "dependency", old.dependencies, new.dependencies)
    if old.rust_version != new.rust_version:
        raised = _version(new.rust_version) > _version(old.rust_version)
        what = "raised" if raised else "lowered"
        summary = (
            f"`rust-version` of {name} was {what} from {old.rust_version or 'none'} to {new.rust_version or 'none'}."
        )
        yield raised, _one("rust-version", name, old.rust_version, new.rust_version, summary)


def _features(name: str, old: Package, new: Package) -> Iterator[tuple[bool, Difference]]:
    yield from _sets(name, "feature", tuple(old.features), tuple(new.features))
    for feature in sorted(old.features.keys() & new.features.keys()):
        enabled, enables = set(old.features[feature]), set(new.features[feature])
        if enabled == enables:
            continue
        lost, more = sorted(enabled - enables), sorted(enables - enabled)
        words = [f"no longer enables {', '.join(lost)}"] if lost else []
        words += [f"now enables {', '.join(more)}"] if more else []
        summary = f"The feature `{feature}` of {name} {' and '.join(words)}."
        before, after = (f"{feature} = [{', '.join(sorted(one))}]" for one in (enabled, enables))
        yield bool(lost), _one("feature", f"{name}/{feature}", before, after, summary)


_LOST = {"feature": "lost its feature", "target": "lost its target", "dependency": "no longer shows the dependency"}
_NEW = {"feature": "has a new feature", "target": "has a new target", "dependency": "now shows the dependency"}


def _sets(name: str, facet: str, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[tuple[bool, Difference]]:
    tail = " in its public signatures" if facet == "dependency" else ""
    for one in sorted({*old} - {*new}):
        yield True, _one(facet, f"{name}/{one}", one, "", f"{name} {_LOST[facet]} `{one}`{tail}.")
    for one in sorted({*new} - {*old}):
        yield False, _one(facet, f"{name}/{one}", "", one, f"{name} {_NEW[facet]} `{one}`{tail}.")


def _one(facet: str, where: str, before: str, after: str, summary: str) -> Difference:
    return Difference(facet=facet, where=where, before=before, after=after, summary=summary)


def _version(text: str) -> tuple[int, ...]:
    """None at all compares as the lowest: it promises nothing, so giving one up is no loss."""
    numbers = [int(one) for one in _NUMBER.findall(text)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
