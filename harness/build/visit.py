"""A revision checked out in its slot, as probes see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.built import Workspace
from harness.config import Config
from harness.model import Revision
from harness.store import Store

__all__ = ["CargoRun", "Visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CargoRun:
    """How a cargo call in a slot ended. `messages` are its JSON messages that `keep` selected, decoded."""

    status: int
    messages: Sequence[Mapping[str, object]]
    stdout: bytes
    stderr: bytes
    log: Path
    seconds: float
    timed_out: bool = False


class Visit(Protocol):
    """A revision checked out in its slot. Only one visit of a slot goes on at a time."""

    @property
    def revision(self) -> Revision:
        """What is checked out."""
        ...

    @property
    def root(self) -> Path:
        """The folder of the workspace's Cargo.toml inside the checkout."""
        ...

    @property
    def target_dir(self) -> Path:
        """Where cargo puts what it makes."""
        ...

    @property
    def workspace(self) -> Workspace:
        """What `cargo metadata` says."""
        ...

    @property
    def feature_args(self) -> tuple[str, ...]:
        """The arguments that select the features under observation, such as `--all-features`."""
        ...

    @property
    def store(self) -> Store:
        """Where blobs can be kept."""
        ...

    @property
    def config(self) -> Config:
        """harness.toml."""
        ...

    def cargo(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        """Runs `cargo *argv` in `root` with the visit's toolchain, lock options and environment.

        Progress is shown. With `keep`, `--message-format=json` is expected to be among `argv`, each line of
        standard output is decoded, and the messages for which it is true are kept; without it, standard
        output is kept whole.
        """
        ...

    def execute(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> CargoRun:
        """Runs another program in the slot, with the same environment; for test executables."""
        ...
