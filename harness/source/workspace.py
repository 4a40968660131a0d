"""Which folder holds the Cargo workspace, by cargo's own rule.

Source: https://doc.rust-lang.org/cargo/reference/workspaces.html and `find_workspace_root` in cargo: the nearest
manifest; from there upwards the first one with `[workspace]` that does not exclude it, or where
`package.workspace` points.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import SourceError

__all__ = ["find_workspace"]

_DEPTH = 3
"""How many folders below the top a workspace is looked for when none lies around the start."""


def find_workspace(top: Path, start: Path, tracked_manifests: Callable[[], list[PurePosixPath]]) -> PurePosixPath:
    """The folder of the workspace's Cargo.toml relative to `top`.

    Args:
        tracked_manifests: gives the paths of every Cargo.toml that git knows; asked only when there is none
            between `start` and `top`.

    Raises:
        SourceError: there is no Cargo.toml, or several unrelated ones to choose from.
    """
    manifest = next((path for path in _upwards(start, top) if path.is_file()), None)
    if manifest is None:
        return _only_one_below(top, start, tracked_manifests())
    root = _root_of(manifest, top)
    return PurePosixPath(root.relative_to(top).as_posix())


def _root_of(manifest: Path, top: Path) -> Path:
    for path in _upwards(manifest.parent, top):
        content = _read(path)
        workspace = content.get("workspace")
        if isinstance(workspace, dict):
            if path == manifest or not _excludes(path.parent, workspace, manifest):
                return path.parent
        elif (pointed := _pointed_to(path, content, top)) is not None:
            return pointed
    return manifest.parent


def _upwards(start: Path, top: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder / "Cargo.toml"
        if folder == top:
            return


def _pointed_to(path: Path, content: dict[str, Any], top: Path) -> Path | None:
    package = content.get("package")
    pointer = package.get("workspace") if isinstance(package, dict) else None
    if not isinstance(pointer, str):
        return None
    folder = Path(os.path.normpath(path.parent / pointer))
    return folder if folder.is_relative_to(top) and (folder / "Cargo.toml").is_file() else None


def _excludes(root: Path, workspace: dict[str, Any], manifest: Path) -> bool:
    def named(key: str) -> bool:
        entries = workspace.get(key)
        names = [entry for entry in entries if isinstance(entry, str)] if isinstance(entries, list) else []
        return any(manifest.is_relative_to(os.path.normpath(root / name)) for name in names)

    return named("exclude") and not named("members")


def _read(path: Path) -> dict[str, Any]:
    # A manifest that is broken just now says nothing about the revisions; cargo tells it better.
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _only_one_below(top: Path, start: Path, manifests: list[PurePosixPath]) -> PurePosixPath:
    folders = sorted(path.parent for path in manifests if len(path.parts) - 1 <= _DEPTH and (top / path).is_file())
    outermost = [one for one in folders if not any(other in one.parents for other in folders)]
    if len(outermost) == 1:
        return outermost[0]
    if outermost:
        names = ", ".join(map(str, outermost[:5])) + (", …" if len(outermost) > 5 else "")
        raise SourceError(
            f"No Cargo.toml lies around {start}, and below {top} there are several workspaces: {names}.",
            step="Call pytest in the folder of one of them, or name it with --harness-repo=DIR.",
        )
    raise SourceError(
        f"There is no Cargo.toml between {start} and {top}, nor one that git knows up to {_DEPTH} folders below.",
        step="Call pytest inside the Cargo workspace, or name its folder with --harness-repo=DIR.",
    )
