"""The folder `snapshots/` of the user's workspace: read by every run, written only on request, and shown by syrupy.

snapshots/approved/SUBJECT.PROBE.txt   what a commit changes on purpose (harness.compare.approval_file)
snapshots/surfaces/KIND/NAME.txt       what the workspace offers, one text each
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.data import Snapshot, SnapshotCollection, SnapshotCollections
from syrupy.extensions.base import AbstractSyrupyExtension
from syrupy.location import PyTestLocation

from harness.compare.approval_file import ApprovalFile, identity, parse, render
from harness.errors import HarnessError
from harness.model import Form

__all__ = [
    "APPROVED",
    "SURFACES",
    "ApprovedDifferences",
    "SurfaceText",
    "add_forms",
    "as_text",
    "asserting",
    "drop_forms",
    "files_below",
    "is_surface",
    "parsed",
    "put_text",
    "write_text",
]

APPROVED = "snapshots/approved"
SURFACES = "snapshots/surfaces"


# -- the folder -------------------------------------------------------------------------------------------------


def files_below(workspace: Path, folder: str) -> dict[str, bytes]:
    """The text files of a folder below the workspace, by their paths from there; hidden ones are nobody's.

    Raises:
        HarnessError: one cannot be read.
    """
    found = {}
    for path in sorted((workspace / folder).rglob("*.txt")):
        name = path.relative_to(workspace).as_posix()
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            found[name] = path.read_bytes()
        except OSError as error:
            raise HarnessError(f"{path} cannot be read: {error.strerror or error}.") from error
    return found


def parsed(contents: Mapping[str, bytes]) -> dict[str, ApprovalFile]:
    """The files of approvals among these, by their paths."""
    return {name: parse(data) for name, data in contents.items() if name.startswith(f"{APPROVED}/")}


def as_text(data: bytes | None) -> str:
    """The text of a file, line ends of another system aside; empty where there is none."""
    return (data or b"").decode("utf-8", "replace").replace("\r\n", "\n")


def is_surface(name: str) -> bool:
    """Whether a path from the workspace is one that a text of a surface can have."""
    kind, *rest = name.removeprefix(f"{SURFACES}/").split("/")
    return name.startswith(f"{SURFACES}/") and len(rest) == 1 and ".." not in (kind, *rest) and name.endswith(".txt")


def put_text(path: Path, text: str) -> None:
    """Puts a text of a surface in its place; an empty one takes it away. Errors as `write_text`."""
    if text:
        write_text(path, text)
    else:
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all.

    Raises:
        HarnessError: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(text.encode())
        beside.replace(path)
    except OSError as error:
        raise HarnessError(
            f"{path} cannot be written: {error.strerror or error}.", step="What is approved is kept there."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def add_forms(path: Path, subject: str, probe: str, forms: Iterable[Form]) -> None:
    """Adds approved forms to a file, which is made where it is not there.

    Raises:
        HarnessError: there is a file whose content would be lost, or it cannot be written.
    """
    write_text(path, render(subject, probe, [*_ours(path).forms, *forms]))


def drop_forms(path: Path, identities: Iterable[str]) -> None:
    """Takes forms out of a file, by their identities; an empty one is deleted. Errors as `add_forms`."""
    gone = set(identities)
    known = _ours(path)
    left = [form for form in known.forms if identity(form) not in gone]
    if left:
        write_text(path, render(known.subject, known.probe, left))
    else:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def _ours(path: Path) -> ApprovalFile:
    if not path.exists():
        return ApprovalFile(subject="", probe="", forms=())
    known = parse(path.read_bytes())
    if not known.is_ours:
        [problem] = known.problems
        raise HarnessError(
            f"{path}:{problem.line} was not overwritten: {problem.what}.",
            step="Put it in order or delete it, then update again.",
        )
    return known


# -- syrupy -----------------------------------------------------------------------------------------------------


class _InSnapshots(AbstractSyrupyExtension):
    """One file a snapshot, at a place that does not depend on a test. What is unused is not found by looking around.

    syrupy would delete whatever this run did not look at; `unused` says what may go.
    """

    write_immediately = True
    file_extension = "txt"
    unused: ClassVar[Mapping[str, Sequence[str]]] = {}

    def serialize(self, data: Any, **options: object) -> str:
        """The text that is kept."""
        return str(data)

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: object) -> str:
        """The file, which the location names."""
        return str(test_location.filepath)

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        """Whether a file is the location's."""
        return str(test_location.filepath) == snapshot_location

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        """What may be told, and deleted, as unused."""
        found = SnapshotCollections()
        for location, names in self.unused.items():
            found.add(SnapshotCollection(location, {name: Snapshot(name=name) for name in names}))
        return found

    def read_snapshot_collection(self, *, snapshot_location: str) -> SnapshotCollection:
        """A file as syrupy counts it: one snapshot."""
        name = Path(snapshot_location).stem
        return SnapshotCollection(snapshot_location, {name: Snapshot(name=name)})

    def read_snapshot_data_from_location(
        self, *, snapshot_location: str, snapshot_name: str, session_id: str
    ) -> str | None:
        """The text of a file, None where there is none."""
        try:
            return Path(snapshot_location).read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None

    @classmethod
    def write_snapshot_collection(
        cls, *, snapshot_collection: SnapshotCollection, name_order: dict[str, int] | None = None
    ) -> None:
        """Writes the one snapshot of a file."""
        [snapshot] = snapshot_collection
        write_text(Path(snapshot_collection.location), str(snapshot.data))

    def delete_snapshots(self, *, snapshot_location: str, snapshot_names: set[str]) -> None:
        """Deletes the file."""
        Path(snapshot_location).unlink(missing_ok=True)


class SurfaceText(_InSnapshots):
    """A surface: its text, line ends of another system aside."""

    def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:
        """Whether the two are the same text."""
        return str(serialized_data) == str(snapshot_data).replace("\r\n", "\n")


class ApprovedDifferences(_InSnapshots):
    """A file of approved differences: it matches when it holds everything that is asserted."""

    def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:
        """Whether every form of the first is in the second, which may hold more."""
        asked, known = (parse(str(data).encode()) for data in (serialized_data, snapshot_data))
        return {identity(form) for form in asked.forms} <= {identity(form) for form in known.forms}

    @classmethod
    def write_snapshot_collection(
        cls, *, snapshot_collection: SnapshotCollection, name_order: dict[str, int] | None = None
    ) -> None:
        """Adds what is asserted to what the file holds."""
        [snapshot] = snapshot_collection
        asked = parse(str(snapshot.data).encode())
        add_forms(Path(snapshot_collection.location), asked.subject, asked.probe, asked.forms)

    def delete_snapshots(self, *, snapshot_location: str, snapshot_names: set[str]) -> None:
        """Takes entries out of the file; a name begins with the identity of its entry."""
        drop_forms(Path(snapshot_location), (name.partition(" ")[0] for name in snapshot_names))


class _Item:
    """As much of a test as syrupy asks for: what is asserted here belongs to a file and not to a test."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self.nodeid = f"Cargo.toml::{name}"
        self.obj = type(name, (), {"__module__": "Cargo"})
        self.stash = pytest.Stash()


def asserting(config: Any, extension: type[AbstractSyrupyExtension], path: Path, name: str) -> SnapshotAssertion | None:
    """syrupy's assertion on a file, with the options of this run; None where syrupy takes no part in it."""
    session = getattr(config, "_syrupy", None)
    if session is None:
        return None
    return SnapshotAssertion(
        session=session,
        extension_class=extension,
        test_location=PyTestLocation(_Item(path, name)),  # type: ignore[arg-type]
        update_snapshots=config.option.update_snapshots,
        update_new_snapshots_only=config.option.update_new_snapshots_only,
    )
