"""A repository together with the place for snapshots of its working tree: what the rest of the harness asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.model import Revision
from harness.source.contents import list_files, read_file, read_files
from harness.source.repository import Repository
from harness.source.revisions import commits_called, resolve_range
from harness.source.snapshot import resolve_base
from harness.store import Store, key_of

__all__ = ["RevisionFiles", "Source", "Span"]

_LARGEST_KEPT, _MOST_KEPT = 1 << 20, 24 << 20  # bytes of one file, and of all that are kept
_TOOLCHAIN_FILES = ("rust-toolchain", "rust-toolchain.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The revisions to compare, oldest first, and what a reader should know of how they were read."""

    revisions: tuple[Revision, ...]
    notes: tuple[str, ...] = ()


class RevisionFiles:
    """The files of one revision below the workspace root, by paths relative to that."""

    def __init__(self, source: Source, revision: Revision) -> None:
        self._source = source
        self._revision = revision
        self._paths: list[str] | None = None

    def paths(self) -> Sequence[str]:
        """Every file."""
        if self._paths is None:
            root = self._source.repository.workspace
            inside = (PurePosixPath(path) for path in self._source.files(self._revision))
            self._paths = [path.relative_to(root).as_posix() for path in inside if path.is_relative_to(root)]
        return self._paths

    def read(self, path: str) -> dict[str, bytes]:
        """The files that `path` names: a file, a folder, or a glob in which `**` stands for any folders."""
        folder = "" if PurePosixPath(path) == PurePosixPath() else f"{PurePosixPath(path).as_posix()}/"
        wanted = [one for one in self.paths() if f"{one}/".startswith(folder) or _matches(one, path)]
        root = self._source.repository.workspace
        from_top = {(root / one).as_posix(): one for one in wanted}
        contents = self._source.contents(self._revision, from_top)
        return {from_top[one]: content for one, content in contents.items()}


class Source:
    """Reads revisions of one repository. Nothing of the user's is written to."""

    def __init__(self, repository: Repository, store: Store) -> None:
        self.repository = repository
        self.slot_id = key_of("slot", str(repository.common_dir), str(repository.workspace))[:16]
        self.slot_folder = store.root / "slots" / self.slot_id
        self.objects = self.slot_folder / "objects"
        self._files: dict[str, dict[str, str]] = {}
        self._contents: dict[str, bytes] = {}

    def range(self, text: str) -> Span:
        """The revisions of `A..B`. Errors as `resolve_range`."""
        return Span(revisions=tuple(resolve_range(self.repository, text)))

    def working_tree_against(self, base: str) -> Span:
        """A revision and the working tree as it is now. Errors as `resolve_base`."""
        found = resolve_base(self.repository, base, self.objects)
        return Span(revisions=found.revisions, notes=found.notes)

    def commits_called(self, subject: str, head: Revision) -> list[str]:
        """The commits with exactly this subject among `head` (or HEAD, for the working tree) and all before it."""
        return commits_called(self.repository, subject, "HEAD" if head.is_working_tree else head.sha)

    def files(self, revision: Revision) -> dict[str, str]:
        """Every file of a revision, from the top of the repository, with the id of its content."""
        if (known := self._files.get(revision.tree)) is None:
            known = self._files[revision.tree] = list_files(self.repository, revision, objects=self.objects)
        return known

    def has_file(self, revision: Revision, path: str) -> bool:
        """Whether a revision has this file."""
        return path in self.files(revision)

    def read(self, revision: Revision, path: str) -> bytes | None:
        """The content of a file of a revision, None where it has none such."""
        return read_file(self.repository, revision, path, objects=self.objects)

    def contents(self, revision: Revision, paths: Iterable[str]) -> dict[str, bytes]:
        """The contents of those of the files that a revision has.

        Every source of cases looks at the same files, most of which no commit of a range changes, so that those that
        are not large are kept as long as they are few.
        """
        blobs, kept = self.files(revision), self._contents
        wanted = {path: blobs[path] for path in paths if path in blobs}
        found = {path: kept[blob] for path, blob in wanted.items() if blob in kept}
        if missing := wanted.keys() - found.keys():
            read = read_files(self.repository, revision, missing, objects=self.objects)
            self._keep({wanted[path]: content for path, content in read.items()})
            found |= read
        return {path: found[path] for path in wanted}

    def _keep(self, contents: Mapping[str, bytes]) -> None:
        """Keeps them, or nothing where it is too much. The old ones stay as they are for whoever reads in them now."""
        kept = self._contents | {blob: content for blob, content in contents.items() if len(content) <= _LARGEST_KEPT}
        self._contents = kept if sum(map(len, kept.values())) <= _MOST_KEPT else {}

    def files_of(self, revision: Revision) -> RevisionFiles:
        """The files of a revision, as sources of cases ask for them."""
        return RevisionFiles(self, revision)

    def toolchain_file(self, revision: Revision) -> tuple[str, bytes] | None:
        """The name and content of the toolchain file that rustup obeys in the workspace; the nearest one.

        Of two in one folder, the one without an extension wins (The rustup book, "The toolchain file").
        """
        folder = self.repository.workspace
        for above in (folder, *folder.parents):
            for name in _TOOLCHAIN_FILES:
                path = (above / name).as_posix()
                if self.has_file(revision, path) and (content := self.read(revision, path)) is not None:
                    return name, content
        return None


def _matches(path: str, pattern: str) -> bool:
    """Whether a glob stands for a path. `fnmatch` alone would let `*` run over folders."""
    parts = re.split(r"(\*\*/|\*|\?)", pattern)
    special = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.fullmatch("".join(special.get(part, re.escape(part)) for part in parts), path) is not None
