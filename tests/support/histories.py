"""Histories that lie at a fixed place, so that what was built of them is found again by the next run of the tests."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

from harness.store import digest_of
from tests.support.crates import MANIFEST
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest

__all__ = ["LOCK", "Histories", "lay", "program"]

LOCK = 'version = 4\n\n[[package]]\nname = "demo"\nversion = "0.1.0"\n'


def program(main: str, **files: str) -> dict[str, str]:
    """The files of a crate that has nothing but an executable, and whatever else is given."""
    return {
        "Cargo.toml": MANIFEST,
        "Cargo.lock": LOCK,
        ".gitignore": "/target\n",
        "src/main.rs": main,
        **files,
    }


def lay(shared: Path, build: Callable[[Repo], None]) -> Path:
    """A repository that `build` fills, below the shared store. It is laid anew when the file of `build` changed.

    The place is named after that file too: of two files with a builder of one name, running beside each other, each
    would take away what the other one works with.
    """
    source = Path(inspect.getfile(build))
    folder = shared / "repositories" / source.stem.removeprefix("test_") / build.__name__.strip("_")
    folder.mkdir(parents=True, exist_ok=True)
    root, marker = folder / "repo", folder / "laid"
    known = digest_of(source.read_bytes())
    with FileLock(folder / "lock"):
        if not marker.exists() or marker.read_text() != known:
            shutil.rmtree(root, ignore_errors=True)
            build(Repo(root))
            marker.write_text(known)
    return root


class Histories:
    """Verifies histories, each request once in a process."""

    def __init__(self, shared: Path) -> None:
        self.shared = shared
        self._seen: dict[tuple[object, ...], Outcome] = {}

    def verify(
        self, build: Callable[[Repo], None], *argv: str, name: str = "", env: Mapping[str, str] | None = None
    ) -> Outcome:
        """How `pytest *argv` ends in the history that `build` makes, with the shared store."""
        key = (build, name, argv, tuple(sorted((env or {}).items())))
        if key not in self._seen:
            root = self.root(build)
            self._seen[key] = run_pytest(root, *argv, store=self.shared, env=dict(env or {}))
        return self._seen[key]

    def root(self, build: Callable[[Repo], None]) -> Path:
        """The repository that `build` makes."""
        return lay(self.shared, build)
