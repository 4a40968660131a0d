"""The jobs of a CI matrix: which comparisons and probes each has. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from harness.errors import ConfigError

__all__ = ["Item", "Shard", "matrix", "parse_shard", "together"]

Item = tuple[str, str]
"""The id of a comparison, and the name of a probe."""

_T = TypeVar("_T")
_RANGE = "range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of `count` parts, counted from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, items: Sequence[Item]) -> list[Item]:
        """Its part of the items: comparisons with probes, in the order of the range."""
        return [item for group in self.part(together(items)) for item in group]

    def part(self, things: Sequence[_T]) -> list[_T]:
        """Its part of anything. The parts follow each other, so that neighbours share what they need."""
        first = len(things) * (self.number - 1) // self.count
        last = len(things) * self.number // self.count
        return list(things[first:last])


def together(items: Sequence[Item]) -> list[list[Item]]:
    """The items in groups that no cut divides: the last commit and the whole range observe the same revision."""
    last = next((comparison for comparison, _ in reversed(items) if comparison != _RANGE), "")
    groups = {item: [item] for item in items if item[0] != _RANGE or not last}
    for comparison, probe in items:
        if comparison == _RANGE and last:
            groups.setdefault((last, probe), []).append((comparison, probe))
    return list(groups.values())


def parse_shard(text: str) -> Shard:
    """A shard from `K/N`.

    Raises:
        ConfigError: it is not one.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if not found:
        raise ConfigError(f"--harness-shard={text} is not K/N.", step="Give for instance 2/4: the second of four jobs.")
    number, count = int(found.group(1)), int(found.group(2))
    if not 1 <= number <= count:
        most = max(1, count)
        raise ConfigError(f"There is no shard {text}.", step=f"The shards are 1/{most} to {most}/{most}.")
    return Shard(number=number, count=count)


def matrix(items: Sequence[Item], jobs: int) -> dict[str, list[dict[str, Any]]]:
    """The matrix of a CI, in the form that GitHub Actions takes with `fromJSON`: one entry a job that has work."""
    count = min(jobs, len(together(items)))
    shards = [Shard(number=number, count=count) for number in range(1, count + 1)]
    return {
        "include": [
            {
                "shard": str(shard),
                "name": f"{shard.number}-of-{shard.count}",
                "commits": list(dict.fromkeys(comparison for comparison, _ in shard.of(items))),
            }
            for shard in shards
        ]
    }
