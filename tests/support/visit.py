"""A visit without slots: a crate in a folder, a target folder, and cargo as it is installed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from harness.build.cargo import Cargo
from harness.build.metadata import parse_metadata
from harness.build.visit import CargoRun
from harness.built import Workspace
from harness.config import BuildConfig, Config
from harness.model import Revision
from harness.process import clean_environment
from harness.store import Store

__all__ = ["FakeVisit", "visiting", "write_tree"]


def write_tree(root: Path, files: Mapping[str, str]) -> Path:
    """Makes a folder hold exactly these text files (and Cargo.lock, where there is one) and gives it.

    A file whose text is already the same is not touched, so that cargo holds what it made of it fresh.
    """
    for old in [path for path in root.rglob("*") if path.is_file()] if root.exists() else []:
        if old.relative_to(root).as_posix() not in files and old.name != "Cargo.lock":
            old.unlink()
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    return root


@contextlib.contextmanager
def visiting(shared: Path, name: str) -> Iterator[Callable[..., FakeVisit]]:
    """A fixed place for a crate below the shared store, held by one test process at a time.

    Yields a function from files (and what `FakeVisit` takes) to a visit of them; a later one replaces the files.
    """
    folder = shared / "visits" / name
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):

        def visit(files: Mapping[str, str], **options: object) -> FakeVisit:
            root = write_tree(folder / "checkout", files)
            return FakeVisit(root, shared, target_dir=folder / "target", **options)  # type: ignore[arg-type]

        shutil.rmtree(folder / "scratch", ignore_errors=True)
        (folder / "scratch").mkdir()
        yield visit


class FakeVisit:
    """What a probe needs of `harness.build.visit.Visit`, for a workspace in `root`.

    `env` is laid over the environment; `calls` remembers every command line.
    """

    def __init__(
        self,
        root: Path,
        store_root: Path,
        *,
        target_dir: Path,
        config: Config | None = None,
        env: Mapping[str, str] | None = None,
        feature_args: tuple[str, ...] = (),
    ) -> None:
        self.root = root
        self.target_dir = target_dir
        self.store = Store(store_root)
        self.config = config or Config(build=BuildConfig(timeout=300.0))
        self.revision = Revision(sha="0" * 40, tree="1" * 40, subject="test", date="2024-01-01T00:00:00+00:00")
        self.feature_args = feature_args
        self.calls: list[tuple[str, ...]] = []
        self._cargo = Cargo(
            folder=root,
            env=clean_environment({"CARGO_TARGET_DIR": str(target_dir), "CARGO_PROFILE_DEV_DEBUG": "0", **(env or {})}),
            log=self.store.log(f"visit-{root.name}.log"),
            timeout=self.config.build.timeout,
            on_crate=lambda name: None,
            lock_args=("--offline",),
        )

    @cached_property
    def workspace(self) -> Workspace:
        """What cargo says of the folder now."""
        done = self._cargo.call(["metadata", "--no-deps", "--format-version", "1"])
        return parse_metadata(done.stdout, self.root)

    def cargo(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        """Runs cargo and remembers the call."""
        self.calls.append(("cargo", *argv))
        return self._cargo.call(argv, env=env, keep=keep, timeout=timeout)

    def execute(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> CargoRun:
        """Runs any other program and remembers the call."""
        self.calls.append(tuple(argv))
        return self._cargo.execute(argv, cwd=cwd, env=env, timeout=timeout)
