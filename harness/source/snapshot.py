"""The working tree as a revision: staged, unstaged and untracked files as they lie, ignored ones left out.

The user's index is copied into a private git directory, brought up to date there, and written as a tree and a
commit into a folder of the harness. Two things that git does silently rule out every shorter way:

* it changes the modification time of `sharedindex.*` whenever it reads a split index of its own git directory;
* it changes the modification time of the user's object or pack file when it writes an object that is already
  there (`freshen_packed_object` in git's object-file.c), so the user's objects must not be seen while writing.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.errors import SourceError
from harness.model import Revision
from harness.source.contents import read_blobs
from harness.source.git import Git, alternates_value, nul_separated
from harness.source.private import ISOLATED, Settings, drop, git_dir_files, lfs_filter, settings_of, write_git_dir
from harness.source.repository import Repository, object_folders
from harness.source.revisions import head_revision, resolve_revision
from harness.source.submodules import repository_in
from harness.source.trees import Entry, index_entries, trees_of, write_object

__all__ = ["Against", "Snapshot", "resolve_base", "take_snapshot"]

SUBJECT = "working tree"
_IDENTITY = "pytest-refactor-harness <harness@localhost>"
_UNBORN_DATE = "2000-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The working tree as a revision, and sentences for the report on what is in it or could not be."""

    revision: Revision
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A revision and the working tree, in this order, and the notes of the snapshot."""

    revisions: tuple[Revision, Revision]
    notes: tuple[str, ...] = ()


def resolve_base(repo: Repository, rev: str, objects: Path) -> Against:
    """The revision `rev` and the working tree as it is now, whose snapshot is written to `objects`.

    Raises:
        SourceError: `rev` does not name a commit, or the working tree cannot be read.
    """
    base = resolve_revision(repo, rev)
    taken = take_snapshot(repo, objects)
    return Against(revisions=(base, taken.revision), notes=taken.notes)


def take_snapshot(repo: Repository, objects: Path) -> Snapshot:
    """Writes the working tree as a commit on top of HEAD into `objects`.

    The same content on the same HEAD gives the same id: the date is that of HEAD. Conflicting files are taken
    as they lie; a submodule with uncommitted changes is taken with them; other repositories below are left out.

    Raises:
        SourceError: a file cannot be read, one of the user's clean filters fails, or `objects` cannot be
            written to.
    """
    try:
        return _taken(repo, objects)
    except OSError as error:
        raise SourceError(
            f"The working tree of {repo.top} cannot be kept in {objects}: {error.strerror or error}.",
            step="Free some space, or name a folder that you may write to with --harness-store.",
        ) from error


def _taken(repo: Repository, objects: Path) -> Snapshot:
    objects.mkdir(parents=True, exist_ok=True)
    settings = settings_of(repo)
    with _private_git_dir(repo, objects, settings) as git_dir:
        writing = _writing(repo, objects, git_dir)
        folders = object_folders(repo)
        seeing = writing.having({"GIT_ALTERNATE_OBJECT_DIRECTORIES": alternates_value(folders)})
        notes = _bring_up_to_date(seeing, writing, git_dir, objects, settings)
        entries = _with_submodules_as_they_lie(repo, index_entries(writing), objects, notes)
        tree = _write_trees(seeing, entries, objects, settings.object_format)
    revision = _write_commit(objects, head_revision(repo), tree, settings.object_format)
    return Snapshot(revision=revision, notes=tuple(notes))


@contextlib.contextmanager
def _private_git_dir(repo: Repository, objects: Path, settings: Settings) -> Iterator[Path]:
    _sweep(objects)
    extra = settings.taken_over(sparse=True)
    if settings.lfs_clean:
        kept = objects / "lfs"
        extra |= lfs_filter([kept, settings.lfs_storage], keep_in=kept)
    files = git_dir_files(repo, settings, extra) | {"HEAD": b"ref: refs/heads/none\n"}
    with contextlib.suppress(OSError):
        files["info/sparse-checkout"] = (repo.git_dir / "info" / "sparse-checkout").read_bytes()
    git_dir = Path(tempfile.mkdtemp(dir=objects, prefix="index-"))
    try:
        write_git_dir(git_dir, files)
        for path in (repo.git_dir / "index", *repo.git_dir.glob("sharedindex.*")):
            # With its time: git looks into files that are not older than the index, since their stat may lie.
            with contextlib.suppress(FileNotFoundError):
                shutil.copy2(path, git_dir / path.name)
        yield git_dir
    finally:
        drop(git_dir)


def _writing(repo: Repository, objects: Path, git_dir: Path) -> Git:
    places = {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(repo.top), "GIT_OBJECT_DIRECTORY": str(objects)}
    return Git(repo.top, ISOLATED | places)


def _bring_up_to_date(seeing: Git, writing: Git, git_dir: Path, objects: Path, settings: Settings) -> list[str]:
    """Makes the private index say what lies in the working tree. `seeing` git sees the user's objects."""
    index = git_dir / "index"
    # A sparse index has to be made whole while the trees that it stands for can be seen.
    whole = ["--force-write-index"] if index.exists() and b"sdir" in index.read_bytes() else []
    seeing.run("update-index", "-q", "--unmerged", *whole, "--really-refresh", allowed=(0, 1))
    changed = _changed_entries(seeing)
    untracked = seeing.items("ls-files", "-z", "--others", "--exclude-standard")
    _copy_blobs_with_carriage_returns(seeing, objects, changed.values(), settings.object_format)
    nested = [path for path in untracked if path.endswith("/")]
    paths = [*changed, *(path for path in untracked if not path.endswith("/"))]
    if paths:
        listed = b"".join(os.fsencode(path) + b"\0" for path in paths)
        writing.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=listed)
    return [f"{path} is a git repository of its own and is not part of the working tree's revision." for path in nested]


def _changed_entries(git: Git) -> dict[str, str]:
    """Changed paths with the blobs that the index has for them. Format: git-diff-files(1), *RAW OUTPUT FORMAT*."""
    words = nul_separated(git.output("diff-files", "-z", "--raw", "--no-renames", "--ignore-submodules=dirty"))
    return {path: kind.split()[2] for kind, path in zip(words[::2], words[1::2], strict=True)}


def _copy_blobs_with_carriage_returns(git: Git, objects: Path, blobs: Iterable[str], algorithm: str) -> None:
    """Lets git see, while it writes, those old blobs that decide whether line ends are converted.

    Source: `has_crlf_in_index` in git's convert.c.
    """
    for content in read_blobs(git, blobs).values():
        if b"\r" in content:
            write_object(objects, "blob", content, algorithm)


def _with_submodules_as_they_lie(
    repo: Repository, entries: list[Entry], objects: Path, notes: list[str]
) -> list[Entry]:
    """The entries, with submodules that have uncommitted changes replaced by snapshots of them."""
    return [_as_it_lies(repo, entry, objects, notes) if entry.mode == "160000" else entry for entry in entries]


def _as_it_lies(repo: Repository, entry: Entry, objects: Path, notes: list[str]) -> Entry:
    path = os.fsdecode(entry.path)
    inner = repository_in(repo.top / path)
    if inner is None:
        return entry
    taken = take_snapshot(inner, objects)
    notes += taken.notes
    head = head_revision(inner)
    if head is None or head.tree == taken.revision.tree:
        return entry
    notes.append(f"The submodule {path} has uncommitted changes; they are part of the working tree.")
    return Entry(mode=entry.mode, id=taken.revision.sha, path=entry.path)


def _write_trees(seeing: Git, entries: list[Entry], objects: Path, algorithm: str) -> str:
    """Writes those trees that neither the user nor an earlier snapshot has; gives the root's id."""
    root, contents = trees_of(entries, algorithm)
    asked = "".join(f"{identity}\n" for identity in contents).encode()
    answers = seeing.output("cat-file", "--batch-check", "--buffer", stdin=asked).decode().splitlines()
    for answer in answers:
        identity, _, rest = answer.partition(" ")
        if rest == "missing":
            write_object(objects, "tree", contents[identity], algorithm)
    return root


def _write_commit(objects: Path, head: Revision | None, tree: str, algorithm: str) -> Revision:
    date = head.date if head else _UNBORN_DATE
    when = datetime.fromisoformat(date)
    stamp = f"{_IDENTITY} {int(when.timestamp())} {when:%z}"
    parent = f"parent {head.sha}\n" if head else ""
    text = f"tree {tree}\n{parent}author {stamp}\ncommitter {stamp}\n\n{SUBJECT}\n"
    sha = write_object(objects, "commit", text.encode(), algorithm)
    return Revision(sha=sha, tree=tree, subject=SUBJECT, date=date, is_working_tree=True)


def _sweep(objects: Path) -> None:
    """Deletes what killed runs left behind a day or more ago."""
    for path in objects.glob("index-*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - 86400:
                drop(path)
