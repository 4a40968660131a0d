"""Rustdoc JSON of dependencies, private items included: for the few whose types the workspace's own are made of."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from harness.build.rustdoc import document_packages
from harness.build.visit import Visit
from harness.store import key_of

__all__ = ["document_dependencies"]

_SECONDS = 180.0


class _Package(NamedTuple):
    """A package as `cargo metadata` has it; `fixed` says that its sources are never others under this version."""

    spec: str
    key: str
    fixed: bool


def document_dependencies(visit: Visit, crates: Collection[str]) -> dict[str, Path]:
    """The JSON of libraries outside the workspace by their crates' names, as far as rustdoc makes it.

    What comes from a registry is documented once in a slot: another toolchain's JSON says the same of its types.
    """
    packages = _packages(visit, crates)
    record = visit.target_dir / "harness-dependencies.json"
    known = _known(record)
    files = {name: visit.target_dir / "harness-private" / "lib" / f"{name}.json" for name in packages}
    stale = [
        name for name, one in packages.items() if not (one.fixed and known.get(name) == [one.key, _size(files[name])])
    ]
    if stale:
        for name in stale:
            files[name].unlink(missing_ok=True)
        document_packages(visit, [packages[name].spec for name in stale], _SECONDS)
        known |= {name: [packages[name].key, _size(files[name])] for name in stale}
        record.write_bytes(msgspec.json.encode(known))
    return {name: file for name, file in files.items() if file.is_file()}


def _packages(visit: Visit, crates: Collection[str]) -> dict[str, _Package]:
    """The packages that these crates are the libraries of; of several versions, the one that a member needs itself."""
    done = visit.cargo("metadata", "--format-version", "1")
    if done.status != 0:
        return {}
    data = msgspec.json.decode(done.stdout)
    nodes = {one["id"]: one for one in data["resolve"]["nodes"]}
    members = set(data["workspace_members"])
    direct = {one["pkg"] for name in members for one in nodes.get(name, {"deps": []})["deps"]}
    found: dict[str, _Package] = {}
    for package in sorted(data["packages"], key=lambda one: (one["id"] not in direct, one["version"])):
        if package["id"] not in members and package["id"] in nodes and (name := _library(package)) in crates:
            key = key_of(package["id"], sorted(nodes[package["id"]]["features"]))
            spec = f"{package['name']}@{package['version']}"
            found.setdefault(name, _Package(spec=spec, key=key, fixed=bool(package["source"])))
    return found


def _library(package: Mapping[str, Any]) -> str:
    named = (re.sub("-", "_", one["name"]) for one in package["targets"] if {"lib", "rlib"} & set(one["kind"]))
    return next(named, "")


def _known(record: Path) -> dict[str, list[object]]:
    with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
        return msgspec.json.decode(record.read_bytes(), type=dict[str, list[object]])
    return {}


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return -1
