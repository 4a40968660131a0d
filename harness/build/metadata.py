"""What `cargo metadata` says of a revision, reduced to what the probes need."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from harness.build.visit import Visit
from harness.built import Target, Workspace
from harness.store import key_of

__all__ = ["parse_metadata", "read_workspace"]

_FORMAT = 1


def read_workspace(visit: Visit, files: Mapping[str, str], machine: tuple[object, ...]) -> Workspace | None:
    """What `cargo metadata` says of the revision that is checked out; None where it fails.

    The answer is kept under all that cargo looks at for it: manifests, and the names of all files.

    Args:
        files: the revision's files with the ids of their contents; what lies in submodules is not among them.
        machine: what else decides the answer: the slot, the toolchain, configuration and environment.
    """
    manifests = {path: content for path, content in files.items() if path.endswith(".toml") or ".cargo/" in path}
    key = key_of("metadata", _FORMAT, machine, manifests, sorted(files))
    keeps = ".gitmodules" not in files
    if keeps and (kept := visit.store.get("metadata", key)) is not None:
        return msgspec.msgpack.decode(kept, type=Workspace)
    done = visit.cargo("metadata", "--no-deps", "--format-version", "1")
    if done.status != 0:
        return None
    workspace = parse_metadata(done.stdout, visit.root)
    if keeps:
        visit.store.put("metadata", key, msgspec.msgpack.encode(workspace))
    return workspace


def parse_metadata(text: bytes, root: Path) -> Workspace:
    """The members of the workspace in `root` from the output of `cargo metadata --no-deps --format-version 1`."""
    data = msgspec.json.decode(text)
    members = sorted(data["packages"], key=lambda package: str(package["name"]))
    return Workspace(
        packages={one["name"]: _relative(Path(one["manifest_path"]).parent, root) for one in members},
        targets=tuple(_target(one["name"], target, root) for one in members for target in one["targets"]),
        features={one["name"]: {name: tuple(on) for name, on in one["features"].items()} for one in members},
        rust_versions={one["name"]: one["rust_version"] for one in members if one.get("rust_version")},
        dependencies={one["name"]: _direct_dependencies(one) for one in members},
    )


def _target(package: str, target: dict[str, Any], root: Path) -> Target:
    return Target(
        package=package,
        name=target["name"],
        kind=target["kind"][0],
        src_path=_relative(Path(target["src_path"]), root),
        doctest=bool(target.get("doctest")),
        required_features=tuple(target.get("required-features") or ()),
    )


def _direct_dependencies(package: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({one["name"] for one in package["dependencies"] if one["kind"] is None}))


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
