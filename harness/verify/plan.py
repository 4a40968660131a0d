"""What is to be verified: the request as the options give it, and the comparisons that follow from it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.config import Config, load
from harness.errors import ConfigError
from harness.model import Comparison, Revision
from harness.probes import PROBES
from harness.source import Repository, find_repository
from harness.store import Store, default_root

__all__ = ["Plan", "Request", "comparisons_of", "slug"]

_CONVENTIONAL_PREFIX = re.compile(r"^\w+(\([^)]*\))?!?:\s+")
_SLUG_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a run as plain data; empty texts and zeros mean that an option was not given."""

    folder: str
    range: str = ""
    base: str = ""
    config: str = ""
    probes: tuple[str, ...] = ()
    cases: int = 0
    seed: int = 0
    env: dict[str, str] = field(default_factory=dict)
    store: str = ""

    def repository(self) -> Repository:
        """The repository that is verified. Errors as `find_repository`."""
        return find_repository(Path(self.folder))

    def open_store(self) -> Store:
        """The store. Errors as `Store`."""
        return Store(Path(self.store) if self.store else default_root())

    def configuration(self, repository: Repository) -> Config:
        """harness.toml. Errors as `load`."""
        found = load(repository.top / repository.workspace, Path(self.config) if self.config else None)
        return replace(found, cases=self.cases)

    def selected_probes(self) -> tuple[str, ...]:
        """The probes to run, in the registry's order.

        Raises:
            ConfigError: a name that no probe has.
        """
        unknown = [name for name in self.probes if name not in PROBES]
        if unknown:
            raise ConfigError(
                f"There is no probe `{unknown[0]}`.", step=f"--harness-probes knows: {', '.join(PROBES)}."
            )
        return tuple(name for name in PROBES if not self.probes or name in self.probes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The comparisons of a run, as plain data that a controller can hand to its workers."""

    revisions: tuple[Revision, ...]
    comparisons: tuple[Comparison, ...]
    probes: tuple[str, ...]
    notes: tuple[str, ...] = ()


def comparisons_of(revisions: list[Revision]) -> tuple[Comparison, ...]:
    """Every revision against the one before it and, where there are more than two, the ends against each other."""
    pairs = list(itertools.pairwise(revisions))
    width = max(2, len(str(len(pairs))))
    found = [
        Comparison(id=_identifier(number, width, candidate), baseline=baseline, candidate=candidate)
        for number, (baseline, candidate) in enumerate(pairs, 1)
    ]
    if not revisions[-1].is_working_tree:
        found.append(Comparison(id="range", baseline=revisions[0], candidate=revisions[-1], is_range=True))
    return tuple(found)


def slug(subject: str) -> str:
    """A commit's subject as a part of a node id: `refactor(x): Rename a to b` gives `rename-a-to-b`."""
    words = re.findall(r"[a-z0-9]+", _CONVENTIONAL_PREFIX.sub("", subject.lower()))
    text = ""
    for word in words:
        if text and len(text) + 1 + len(word) > _SLUG_LENGTH:
            break
        text = f"{text}-{word}" if text else word[:_SLUG_LENGTH]
    return text or "commit"


def _identifier(number: int, width: int, candidate: Revision) -> str:
    if candidate.is_working_tree:
        return "working-tree"
    return f"{number:0{width}d}-{slug(candidate.subject)}"
