"""What cargo says of a workspace, and what it made of a revision of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

__all__ = ["Artifact", "Build", "Target", "Workspace", "made_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One cargo target of a member: `kind` is cargo's first kind (`lib`, `bin`, `test`, `proc-macro`, …)."""

    package: str
    name: str
    kind: str
    src_path: str
    doctest: bool = False
    required_features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What `cargo metadata` says of a revision, as far as the probes need it.

    Paths are relative to the workspace root. `packages` maps a member's name to the folder of its manifest,
    `features` to its declared features (each with what it enables), `rust_versions` to its `rust-version`,
    `dependencies` to the names of its direct normal dependencies.
    """

    packages: dict[str, str]
    targets: tuple[Target, ...]
    features: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    rust_versions: dict[str, str] = field(default_factory=dict)
    dependencies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> tuple[Target, ...]:
        """The targets of these kinds, in cargo's order."""
        return tuple(target for target in self.targets if target.kind in kinds)


def made_of(package: str, kind: str, target: str) -> str:
    """What cargo makes of an executable or library, for people: `app bin tool`, `app lib`."""
    return f"{package} bin {target}" if kind == "bin" else f"{package} {kind}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One file that cargo made. `digest` (SHA-256, hex) is also its name among the store's blobs."""

    package: str
    target: str
    kind: str
    digest: str

    @property
    def label(self) -> str:
        """Whose file it is, for people, as in `Build.unbuilt`."""
        return made_of(self.package, self.kind, self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What cargo made of a revision under one set of features.

    `key` identifies everything that went in. `failure` is empty when it built, else the compiler's first
    error as rendered; `log` is the digest of the whole build output. `notes` are sentences for the report
    (a stale lock file completed, a changed toolchain). Where it failed, `unbuilt` are the executables and libraries
    that were not made, for people (`app bin tool`); the others may be used all the same, see `since`.
    """

    key: str
    revision: str
    tree: str
    features: str
    toolchain: str
    workspace: Workspace
    executables: tuple[Artifact, ...] = ()
    failure: str = ""
    timed_out: bool = False
    log: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    unbuilt: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the executables and libraries built."""
        return not self.failure

    def without(self, left_out: Sequence[str]) -> Build:
        """The build as if these targets were not there."""
        return replace(self, executables=tuple(one for one in self.executables if one.label not in left_out))

    def since(self, first: Build) -> Build:
        """The build as it counts in a range that begins with `first`: what never built is left out, and told."""
        if not self.unbuilt or not set(self.unbuilt) <= set(first.unbuilt):
            return self
        error = self.failure.strip().partition("\n")[0]
        told = f"left out, since it builds neither here nor at the first revision: {', '.join(self.unbuilt)} ({error})"
        return replace(self, failure="", notes=(*self.notes, told))

    def runtime_digest(self) -> str:
        """One text that is equal for two builds exactly if every program they can run is equal."""
        return ",".join(sorted(f"{one.package}/{one.target}={one.digest}" for one in self.executables))
