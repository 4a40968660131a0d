"""The files of a workspace, their lengths, and its modules held against the table in each crate's documentation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from harness.build.visit import Visit
from harness.built import Target
from harness.compare.layout import CrateLayout, compare_layouts, documented_modules, facts_of, modules_of
from harness.compare.layout import Layout as LayoutFacts
from harness.compare.rust_source import crate_modules
from harness.probes.base import Findings, Pair
from harness.store import digest_of

__all__ = ["Layout", "decode"]

_CRATES = ("lib", "proc-macro", "rlib", "dylib", "cdylib", "staticlib", "bin")


class Layout:
    """The `layout` probe. By itself it finds notes only; contracts make targets of them."""

    name = "layout"
    version = 1
    needs_build = False

    def observe(self, visit: Visit) -> bytes:
        """Reads every file of the checkout below the workspace's root."""
        files = {}
        for name, path in _walk(visit.root, visit.target_dir):
            data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            files[name] = facts_of(data, digest_of(data))
        crates = [_crate(visit.root, target) for target in visit.workspace.of_kind(*_CRATES)]
        return msgspec.msgpack.encode(LayoutFacts(files=files, crates=tuple(crates)))

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """What `harness.compare.layout` says of the two."""
        old, new = decode(before), decode(after)
        return Findings(notes=compare_layouts(old, new), cases=len(new.files))


def decode(observation: bytes) -> LayoutFacts:
    """The facts in an observation of this probe."""
    return msgspec.msgpack.decode(observation, type=LayoutFacts)


def _walk(root: Path, target_dir: Path) -> Iterator[tuple[str, Path]]:
    for here, folders, names in os.walk(root):
        folder = Path(here)
        folders[:] = sorted(
            one for one in folders if one != ".git" and folder / one != target_dir and not (folder / one).is_symlink()
        )
        if folder == root and "target" in folders and (root / "target" / "CACHEDIR.TAG").exists():
            folders.remove("target")
        for name in sorted(names):
            path = folder / name
            if name != ".git" and (path.is_file() or path.is_symlink()):
                yield path.relative_to(root).as_posix(), path


def _crate(root: Path, target: Target) -> CrateLayout:
    def read(name: str) -> str | None:
        path = root / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None

    return CrateLayout(
        package=target.package,
        target=target.name,
        kind="bin" if target.kind == "bin" else "proc-macro" if target.kind == "proc-macro" else "lib",
        root=target.src_path,
        modules=modules_of(crate_modules(target.src_path, read)),
        table=documented_modules(read(target.src_path) or ""),
    )
