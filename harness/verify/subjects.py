"""A revision that builds, laid out so that its programs can be run."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.built import Build
from harness.errors import StoreError
from harness.model import Revision
from harness.probes.base import Subject
from harness.source import Source
from harness.store import Store, digest_of

__all__ = ["ProgramGone", "Side", "materialize"]


class ProgramGone(StoreError):
    """A program of a build is damaged or not there any more, so that it has to be built again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A revision that builds, and its build."""

    revision: Revision
    build: Build


def materialize(side: Side, source: Source, store: Store) -> Subject:
    """Lays a build's programs side by side under their own names, each checked against its digest.

    Raises:
        ProgramGone: one of them is damaged or gone; a damaged one was thrown away, and the build counts no more.
    """
    build = side.build
    folder = store.root / "programs" / digest_of(build.runtime_digest().encode())[:24]
    folder.mkdir(parents=True, exist_ok=True)
    for one in build.executables:
        _place(store, one.digest, folder / one.target)
    programs = {one.target: folder / one.target for one in build.executables if one.kind == "bin"}
    return Subject(
        revision=side.revision,
        build=build,
        folder=folder,
        named=_named(side, folder),
        executables=programs,
        files=source.files_of(side.revision),
        hidden=(store.root,),
    )


def _named(side: Side, folder: Path) -> Path:
    """A link to the folder that has the revision's name."""
    features = side.build.features
    path = folder.parent / (side.revision.name if features == "default" else f"{side.revision.name}-{features}")
    if not (path.is_symlink() and path.readlink() == Path(folder.name)):
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.unlink(missing_ok=True)
        beside.symlink_to(folder.name)
        beside.replace(path)
    return path


def _place(store: Store, digest: str, target: Path) -> None:
    source = store.blob(digest)
    if source is None:
        raise ProgramGone("A program is no longer in the store.", step="Run again: it is then built again.")
    if target.exists() and target.samefile(source):
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.link(source, beside)
    except OSError:
        shutil.copy2(source, beside)
    beside.replace(target)
