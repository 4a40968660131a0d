"""The slot: one checkout and one target folder at a fixed path, used by one build at a time.

Two checkouts that share a target folder make cargo run the other revision's executable, and a path that changes
changes executables (docs/design.md, decision 2); so a repository's workspace has exactly one slot.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.build.cargo import Cargo
from harness.build.environment import outer_cargo_configs
from harness.build.visit import CargoRun
from harness.built import Workspace
from harness.config import Config
from harness.model import Revision
from harness.source import Clone, Source
from harness.store import Store, digest_of, key_of

__all__ = ["Slot", "SlotVisit"]


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class SlotVisit:
    """The `Visit` that probes are given: a revision checked out, with cargo ready to be called."""

    revision: Revision
    root: Path
    target_dir: Path
    feature_args: tuple[str, ...]
    store: Store
    config: Config
    calls: Cargo
    workspace: Workspace = field(default_factory=lambda: Workspace(packages={}, targets=()))

    def cargo(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        """See `Visit.cargo`."""
        return self.calls.call(argv, env=env, keep=keep, timeout=timeout)

    def execute(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> CargoRun:
        """See `Visit.execute`."""
        return self.calls.execute(argv, cwd=cwd, env=env, timeout=timeout)


class Slot:
    """Where the revisions of one workspace are checked out and built, one after another."""

    def __init__(self, source: Source, store: Store) -> None:
        self.repository = source.repository
        self.store = store
        self.id = source.slot_id
        self.folder = source.slot_folder
        self.outer_configs = outer_cargo_configs(self.repository.top)
        self.checkout = self._checkout_folder()
        self.target_dir = self.folder / "target"
        self.clone = Clone(self.repository, self.checkout, source.objects)
        self._ready = False

    @property
    def root(self) -> Path:
        """The folder of the workspace inside the checkout."""
        return self.checkout / self.repository.workspace

    @property
    def is_cold(self) -> bool:
        """Whether nothing was built here yet."""
        return not self.target_dir.exists()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Holds the slot; waits for another process that has it."""
        with self.store.lock(f"slot {self.id}"):
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "used").touch()
            yield

    def check_out(self, revision: Revision) -> None:
        """Makes the checkout exactly this revision. The slot must be held."""
        if not self._ready:
            # The user's settings and tags are read once a run.
            self._place_outer_configs()
            self.clone.prepare()
            self._ready = True
        self.clone.checkout(revision)

    def log_for(self, revision: Revision, features: str) -> Path:
        """A new, empty log for a visit."""
        name = f"{self.repository.top.name}-{self.id[:6]}-{revision.sha[:12]}-{key_of(features)[:4]}.log"
        path = self.store.log(name)
        path.write_bytes(f"{revision.name} {revision.subject}\n".encode())
        return path

    def config_digests(self) -> list[str]:
        """Digests of cargo's configuration files that lie above the repository."""
        return [digest_of(path.read_bytes()) for path in self.outer_configs]

    def _checkout_folder(self) -> Path:
        folder = self.folder
        for number in range(len(self.outer_configs)):
            folder = folder / f"above{number}"
        return folder / "src"

    def _place_outer_configs(self) -> None:
        """Puts copies of the configuration above the repository above the checkout, in the same order."""
        folder = self.checkout.parent
        for config in self.outer_configs:
            target = folder / ".cargo" / "config.toml"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(config, target)
            folder = folder.parent
