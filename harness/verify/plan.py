"""What is to be verified: the request as the options give it, and the comparisons that follow from it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.cases.by_hand import by_hand
from harness.cases.kept import cases_of
from harness.cases.kept import read as read_kept
from harness.config import Config, load
from harness.contract.terms import Agreement
from harness.errors import ConfigError
from harness.model import Case, Comparison, Revision
from harness.probes import PROBES
from harness.source import Repository, find_repository
from harness.store import Store, default_root

__all__ = ["Plan", "Request", "comparisons_of", "slug"]

_CONVENTIONAL_PREFIX = re.compile(r"^\w+(\([^)]*\))?!?:\s+")
_SLUG_LENGTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a run as plain data; empty texts and zeros mean that an option was not given.

    `update` says what differences the caller approves: `all`, or `new` where no file holds approvals yet.
    """

    folder: str
    range: str = ""
    base: str = ""
    config: str = ""
    plan: str = ""
    contract: str = ""
    probes: tuple[str, ...] = ()
    cases: int = 0
    seed: int = 0
    env: dict[str, str] = field(default_factory=dict)
    store: str = ""
    timing: bool = False
    update: str = ""

    def repository(self) -> Repository:
        """The repository that is verified. Errors as `find_repository`."""
        return find_repository(Path(self.folder))

    def open_store(self) -> Store:
        """The store. Errors as `Store`."""
        return Store(Path(self.store) if self.store else default_root())

    def configuration(self, repository: Repository) -> Config:
        """harness.toml, and the kept cases beside it. Errors as `load` and `read_kept`."""
        workspace = repository.top / repository.workspace
        kept = cases_of(read_kept(workspace))
        found = load(workspace, Path(self.config) if self.config else None)
        hand = by_hand(found.command, workspace)
        found = replace(found, cases=self.cases, seed=self.seed, kept=kept, by_hand=hand)
        return found.timed() if self.timing else found

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
    """The comparisons of a run, as plain data that a controller can hand to its workers.

    `remembered` are the cases that earlier runs found something by. They are fixed here, so that all workers and shards
    try the same. `surfaces` are those of the last revision that are held against the approved ones.
    """

    revisions: tuple[Revision, ...]
    comparisons: tuple[Comparison, ...]
    probes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    remembered: tuple[Case, ...] = ()
    changed_by_range: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    agreement: Agreement = field(default_factory=Agreement)

    def items(self) -> list[tuple[str, str]]:
        """All that is judged: each comparison's id with each probe's name, in the order of the range."""
        return [(comparison.id, probe) for comparison in self.comparisons for probe in self.probes]


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
