"""A stand-in for a slot: crates in a folder, written anew for each visit. Holds no tests."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.build.visit import CargoRun
from harness.built import Target, Workspace
from harness.compare.redact import Redactor
from harness.config import Config
from harness.model import Revision
from harness.probes.base import Findings, Pair
from harness.probes.public_api import PublicApi
from harness.store import Store

__all__ = ["Crates", "FolderVisit", "make_crates", "one", "told", "two"]

REVISION = Revision(sha="a" * 40, tree="b" * 40, subject="a revision", date="2024-01-01T00:00:00+00:00")
MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'


@dataclasses.dataclass(kw_only=True, eq=False)
class FolderVisit:
    """A visit of a folder as it is, with one target folder for all of them."""

    root: Path
    target_dir: Path
    store: Store
    feature_args: tuple[str, ...] = ()
    revision: Revision = REVISION
    config: Config = dataclasses.field(default_factory=Config)
    path: str = ""
    calls: int = 0

    @property
    def workspace(self) -> Workspace:
        argv = ["cargo", "metadata", "--no-deps", "--format-version=1", "--offline"]
        found = json.loads(subprocess.run(argv, cwd=self.root, check=True, capture_output=True).stdout)
        packages = found["packages"]
        return Workspace(
            packages={
                one["name"]: str(Path(one["manifest_path"]).parent.relative_to(self.root.resolve())) for one in packages
            },
            targets=tuple(
                Target(package=one["name"], name=target["name"], kind=target["kind"][0], src_path=target["src_path"])
                for one in packages
                for target in one["targets"]
            ),
            features={
                one["name"]: {name: tuple(enables) for name, enables in one["features"].items()} for one in packages
            },
            rust_versions={one["name"]: one["rust_version"] for one in packages if one["rust_version"]},
        )

    def cargo(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        self.calls += 1
        done = self.execute(["cargo", argv[0], "--offline", *argv[1:]], cwd=self.root, env=env, timeout=timeout)
        lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line[:1] == b"{"]
        return dataclasses.replace(done, messages=[line for line in lines if keep is not None and keep(line)])

    def execute(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> CargoRun:
        began = time.monotonic()
        whole = dict(os.environ) | {"CARGO_TARGET_DIR": str(self.target_dir)} | dict(env or {})
        if self.path:
            whole["PATH"] = self.path
        done = subprocess.run(argv, cwd=cwd, env=whole, capture_output=True, timeout=timeout, check=False)
        seconds = time.monotonic() - began
        log = self.root / "build.log"
        return CargoRun(
            status=done.returncode, messages=(), stdout=done.stdout, stderr=done.stderr, log=log, seconds=seconds
        )


@dataclasses.dataclass(kw_only=True)
class Crates:
    """A workspace whose files are written anew for each visit, as a checkout would: only what differs."""

    root: Path
    store: Store
    target_dir: Path

    def visit(self, files: Mapping[str, str], *features: str) -> FolderVisit:
        kept = {self.root / name for name in files}
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path not in kept and path.name != "Cargo.lock":
                path.unlink()
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        return FolderVisit(root=self.root, target_dir=self.target_dir, store=self.store, feature_args=features)

    def findings(self, before: Mapping[str, str], after: Mapping[str, str]) -> Findings:
        probe = PublicApi()
        old, new = (probe.observe(self.visit(files)) for files in (before, after))
        return probe.compare(old, new, PAIR)


PAIR = Pair(
    baseline=REVISION,
    candidate=REVISION,
    before=Redactor((), REVISION),
    after=Redactor((), REVISION),
    config=Config(),
)


def make_crates(tmp_path: Path, shared_store_root: Path) -> Crates:
    """An empty workspace. Its target folder is new: what cargo holds fresh is what is tested with it."""
    root = tmp_path / "workspace"
    root.mkdir()
    return Crates(root=root, store=Store(shared_store_root), target_dir=tmp_path / "target")


def two(a: str, b: str) -> dict[str, str]:
    """A workspace of a crate `a` that depends on a crate `b`."""
    return {
        "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
        "a/Cargo.toml": MANIFEST.format(name="a") + '[dependencies]\nb = { path = "../b" }\n',
        "a/src/lib.rs": a,
        "b/Cargo.toml": MANIFEST.format(name="b"),
        "b/src/lib.rs": b,
    }


def one(files: Mapping[str, str], manifest: str = "") -> dict[str, str]:
    """A single crate."""
    return {"Cargo.toml": MANIFEST.format(name="demo") + manifest} | {
        f"src/{name}": text for name, text in files.items()
    }


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(difference.facet, difference.where) for difference in findings.differences]
