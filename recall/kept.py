"""Rows that are kept, so that a run that was cut goes on, and one of the unchanged does nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fixtures.make_engine_repo import CataloguePatch
from recall.row import Row

__all__ = ["Kept", "digest_of_files"]


class Kept:
    """A folder with one file a row. The key of a row says everything that it depends on."""

    def __init__(self, folder: Path, *, basis: str) -> None:
        """`basis` stands for what all rows depend on: the harness, the engine, the options."""
        self._folder = folder
        self._basis = basis
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, patch: CataloguePatch) -> Row | None:
        """The row of a patch, None where there is none or only a damaged one."""
        try:
            return msgspec.json.decode(self._path(patch).read_bytes(), type=Row)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def put(self, patch: CataloguePatch, row: Row) -> None:
        """Keeps a row; it appears whole or not at all."""
        path = self._path(patch)
        beside = path.with_suffix(".new")
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(row)))
        beside.replace(path)

    def _path(self, patch: CataloguePatch) -> Path:
        key = hashlib.sha256(json.dumps([self._basis, patch.path.read_text(encoding="utf-8")]).encode()).hexdigest()
        return self._folder / f"{patch.path.parent.name}-{patch.name}-{key[:16]}.json"


def digest_of_files(root: Path, files: Iterable[Path]) -> str:
    """One digest for files with their names below `root` and their contents."""
    state = hashlib.sha256()
    for path in sorted(files):
        state.update(f"{path.relative_to(root)}\0".encode())
        state.update(hashlib.sha256(path.read_bytes()).digest())
    return state.hexdigest()
