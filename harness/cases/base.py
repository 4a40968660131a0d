"""What a source of cases gets to know, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from harness.built import Build
from harness.cases.types.model import Schema
from harness.compare.output import CommandObservation
from harness.config import Config
from harness.model import Case
from harness.store import Store, key_of

__all__ = ["Ground", "PairSource", "Repository", "Run", "Source"]

_T = TypeVar("_T")

Run = Callable[[Sequence[Case]], Iterable[tuple[Case, CommandObservation]]]
"""Runs cases on the build that cases are made from."""


class Repository(Protocol):
    """The files of one revision."""

    def paths(self) -> Sequence[str]:
        """Every file, relative to the workspace root."""
        ...

    def read(self, path: str) -> Mapping[str, bytes]:
        """The files that `path` names (a file, a folder or a glob), by their paths relative to the workspace root.

        Nothing is found: an empty mapping.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What cases grow on: one build, what it can be asked, and the files of its revision (None: not known).

    Without `contained`, only what is known to be harmless may be made. `tracer` is the path of strace, where it can
    be used inside the sandbox. `first` is the ground of the range's first revision, where this is another. `types`
    gives the types that the programs read. `servers` is equal where the programs of all services are.
    """

    build: Build
    programs: tuple[str, ...]
    config: Config
    store: Store
    run: Run
    repository: Repository | None = None
    contained: bool = True
    tracer: str = ""
    first: Ground | None = None
    types: Callable[[], Schema] = Schema
    servers: str = ""
    _made: dict[Callable[[Ground], Any], Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def once(self, make: Callable[[Ground], _T]) -> _T:
        """What a function makes of this ground; for what several sources ask and none of them changes."""
        if make not in self._made:
            self._made[make] = make(self)
        found: _T = self._made[make]
        return found

    def remember(self, kind: str, parts: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """What `make` gives, made once for everything whose programs and `parts` are equal."""
        key = key_of(self.build.runtime_digest(), self.contained, *parts)
        kept = self.store.get(kind, key)
        if kept is None:
            kept = make()
            self.store.put(kind, key, kept)
        return kept


def sources_of(repository: Repository) -> dict[str, str]:
    """The Rust sources of a revision as texts, by their paths."""
    return {path: content.decode("utf-8", "replace") for path, content in repository.read("**/*.rs").items()}


class Source(Protocol):
    """One source of cases."""

    name: str

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Its cases, the most promising first. `others` are those of the sources before it.

        Raises:
            ConfigError: harness.toml asks for what is not there.
        """
        ...


class PairSource(Protocol):
    """A source that looks at both sides of a comparison. One class may be this and a `Source`."""

    name: str

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """The cases that this pair suggests, beyond what the first revision of a range does."""
        ...
