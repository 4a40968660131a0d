"""Reading files and changes of revisions from git's objects, without a checkout.

`objects` is the folder that snapshots of the working tree were written to; without it only commits can be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import SourceError
from harness.model import Revision
from harness.source.git import Git
from harness.source.missing import explaining
from harness.source.repository import Repository, reading

__all__ = ["ChangedPath", "changed_paths", "diff_text", "list_files", "read_blobs", "read_file", "read_files"]

_RENAMES = ("-r", "-M", "-l2000")
_PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPath:
    """One changed path. `status` is git's letter: A, D, M, T (type changed) or R (renamed).

    `old` is empty for an added file, `new` for a deleted one.
    """

    status: str
    old: str
    new: str


def list_files(repo: Repository, revision: Revision, *, objects: Path | None = None) -> dict[str, str]:
    """Every file and symbolic link of a revision with the id of its blob; submodules are left out.

    Raises:
        SourceError: the revision's objects are not there.
    """
    with explaining(repo, revision.name):
        return _blobs_in(reading(repo, objects), revision, ())


def read_file(repo: Repository, revision: Revision, path: str, *, objects: Path | None = None) -> bytes | None:
    """The content of one file as git keeps it (before filters); None where it has no such file.

    Raises:
        SourceError: the revision's objects are not there.
    """
    git = reading(repo, objects)
    with explaining(repo, revision.name):
        blob = _blobs_in(git, revision, (path,)).get(path)
        return None if blob is None else git.output("cat-file", "blob", blob)


def read_files(
    repo: Repository, revision: Revision, paths: Iterable[str], *, objects: Path | None = None
) -> dict[str, bytes]:
    """The contents of many files in two calls of git; those that the revision does not have are left out.

    Raises:
        SourceError: the revision's objects are not there.
    """
    git = reading(repo, objects)
    with explaining(repo, revision.name):
        blobs = _blobs_in(git, revision, ())
        wanted = {path: blobs[path] for path in paths if path in blobs}
        contents = read_blobs(git, wanted.values())
        if missing := [path for path, blob in wanted.items() if blob not in contents]:
            raise SourceError(f"the content of {missing[0]} is missing")
    return {path: contents[blob] for path, blob in wanted.items()}


def read_blobs(git: Git, blobs: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs by id; missing ones are left out. Format: git-cat-file(1), *BATCH OUTPUT*."""
    asked = sorted(set(blobs))
    if not asked:
        return {}
    output = git.output("cat-file", "--batch", "--buffer", stdin="".join(f"{blob}\n" for blob in asked).encode())
    found: dict[str, bytes] = {}
    position = 0
    for _ in asked:
        end = output.index(b"\n", position)
        words = output[position:end].decode().split()
        position = end + 1
        if len(words) == 3:
            size = int(words[2])
            found[words[0]] = output[position : position + size]
            position += size + 1
    return found


def changed_paths(
    repo: Repository, before: Revision, after: Revision, *, objects: Path | None = None
) -> list[ChangedPath]:
    """What was added, deleted, modified or renamed between two revisions, in git's order.

    Raises:
        SourceError: the objects of one are not there.
    """
    git = reading(repo, objects)
    with explaining(repo, f"{before.name} or {after.name}"):
        words = iter(git.items("diff-tree", *_RENAMES, "-z", "--name-status", before.tree, after.tree))
    changes = []
    for status in words:
        letter, path = status[:1], next(words)
        new = next(words) if letter in "RC" else path
        changes.append(ChangedPath(status=letter, old="" if letter == "A" else path, new="" if letter == "D" else new))
    return changes


def diff_text(
    repo: Repository, before: Revision, after: Revision, paths: Sequence[str] = (), *, objects: Path | None = None
) -> str:
    """The unified diff of two revisions, of all files or only of these paths.

    Raises:
        SourceError: the objects of one are not there.
    """
    git = reading(repo, objects)
    with explaining(repo, f"{before.name} or {after.name}"):
        output = git.output("diff-tree", "-p", *_RENAMES, *_PLAIN, before.tree, after.tree, "--", *paths)
    return output.decode("utf-8", "replace")


def _blobs_in(git: Git, revision: Revision, paths: Sequence[str]) -> dict[str, str]:
    output = git.output("ls-tree", "-r", "-z", "--full-tree", revision.tree, "--", *paths)
    found = {}
    for entry in output.split(b"\0")[:-1]:
        kind, _, path = entry.partition(b"\t")
        words = kind.decode().split()
        if words[1] == "blob":
            found[os.fsdecode(path)] = words[2]
    return found
