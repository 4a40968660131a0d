"""The private, disposable clone that revisions are checked out in.

It has no objects of its own: it borrows the user's and those of the harness's snapshots, as `git clone --shared`
does. So when the user's rebase and garbage collection take objects away, nothing in it breaks. Its index can
be made again from the files that lie there, by content, and they keep the modification times that cargo looks at.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from harness.errors import SourceError
from harness.model import Revision
from harness.source import lfs
from harness.source.git import Git
from harness.source.missing import explained
from harness.source.private import (
    ISOLATED,
    Settings,
    alternates_file,
    drop,
    git_dir_files,
    lfs_filter,
    settings_of,
    unprotect,
    write_git_dir,
)
from harness.source.repository import Repository, object_folders, reading
from harness.source.submodules import Gitlink, candidates, gitlinks, names_by_path

__all__ = ["Clone"]

_LEFT_BEHIND = ("index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock", "hooks")
_MISSING_LFS = "harness-lfs-missing"
_FREE_SPACE = "Free some space, or name another folder with --harness-store."


class Clone:
    """A checkout at a fixed path. One process at a time may use it (the slot's lock sees to that)."""

    def __init__(self, repo: Repository, folder: Path, objects: Path) -> None:
        """Nothing is written yet.

        Args:
            folder: where the checkout goes; everything in it belongs to this class.
            objects: where snapshots of the working tree are written to; shared by all clones.
        """
        self.repo = repo
        self.folder = folder
        self.objects = objects
        self.notes: tuple[str, ...] = ()
        """Sentences for the report on the last checkout: content that is not there, filters that failed."""
        self._git_dir = folder / ".git"
        self._files: dict[str, bytes] = {}
        self._stores: list[Path] = []
        self._inner: dict[tuple[str, Path], Clone] = {}

    def prepare(self) -> None:
        """Makes the clone, or brings it up to date with the user's repository; files that are there stay.

        Raises:
            SourceError: the user's repository cannot be read, or the folder cannot be written to.
        """
        settings = settings_of(self.repo)
        self._stores = [self.objects / "lfs", settings.lfs_storage]
        self._files = self._wanted_files(settings)
        self._repair()

    def checkout(self, revision: Revision) -> None:
        """Makes the folder hold exactly the files of a revision, and sets `notes`.

        Everything else in it is deleted, ignored files too. A file whose content is right already is not
        touched, whatever was done to the folder before, and by whom.

        Raises:
            SourceError: objects of the revision are not there (a partial clone, or history that was rewritten
                and collected), a submodule's commit is not there, or a required filter failed.
        """
        if not self._files:
            self.prepare()
        try:
            self._checkout(revision.sha, revision.name)
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    # -- the git directory --------------------------------------------------------------------------------

    @property
    def _git(self) -> Git:
        return Git(self.folder, ISOLATED | {"GIT_DIR": str(self._git_dir), "GIT_WORK_TREE": str(self.folder)})

    def _wanted_files(self, settings: Settings) -> dict[str, bytes]:
        smudging = lfs_filter(self._stores, missing=self._git_dir / _MISSING_LFS)
        files = git_dir_files(self.repo, settings, settings.taken_over() | smudging)
        files["objects/info/alternates"] = alternates_file([self.objects.absolute(), *object_folders(self.repo)])
        # Build scripts call `git describe`; no other references are needed.
        tags = reading(self.repo).output("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
        files["packed-refs"] = b"# pack-refs with: sorted \n" + tags
        return files

    def _repair(self) -> None:
        """Puts right what a killed process, a test or a build script did to the git directory."""
        try:
            if self.folder.is_symlink() or not self.folder.is_dir():
                drop(self.folder)
                self.folder.mkdir(parents=True)
            self.objects.mkdir(parents=True, exist_ok=True)
            if self._git_dir.is_symlink() or self._git_dir.is_file():
                drop(self._git_dir)
            for name in _LEFT_BEHIND:
                drop(self._git_dir / name)
            if any(path.is_file() for path in (self._git_dir / "refs").rglob("*")):
                drop(self._git_dir / "refs")
            write_git_dir(self._git_dir, self._files)
            if not re.fullmatch(r"[0-9a-f]{40,64}\n", self._head()):
                self._set_head("ref: refs/heads/none\n")
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def _head(self) -> str:
        try:
            return (self._git_dir / "HEAD").read_text("utf-8", "replace")
        except OSError:
            return ""

    def _set_head(self, content: str) -> None:
        if self._head() != content:
            drop(self._git_dir / "HEAD")
            (self._git_dir / "HEAD").write_text(content)

    # -- the files ----------------------------------------------------------------------------------------

    def _checkout(self, commit: str, name: str) -> None:
        self._repair()
        self._forget_pointers_that_came_back()
        try:
            said = self._place(commit)
        except SourceError:
            # Perhaps only the index is damaged. Nothing is lost with it.
            drop(self._git_dir / "index")
            try:
                said = self._place(commit)
            except SourceError as error:
                raise self._explained(error, name) from error
        notes = _filter_notes(said)
        notes += self._place_submodules(gitlinks(self._git), name)
        notes += self._pointer_notes()
        self._set_head(f"{commit}\n")
        self.notes = tuple(notes)

    def _place(self, commit: str) -> bytes:
        git = self._git
        if not (self._git_dir / "index").is_file():
            git.run("read-tree", commit)
            git.run("update-index", "-q", "--refresh", allowed=(0, 1))
        # Before the files are placed: what is in their way, a link instead of a folder say, goes first.
        self._clean(git)
        placed = git.run("read-tree", "--reset", "-u", commit)
        if placed.stderr:  # the folder of a submodule that the revision does not have was left behind
            self._clean(git)
        return placed.stderr

    def _clean(self, git: Git) -> None:
        try:
            git.run("clean", "-ffdxq")
        except SourceError:
            unprotect(self.folder)
            git.run("clean", "-ffdxq")

    def _explained(self, error: SourceError, name: str) -> SourceError:
        text = str(error)
        if "No space left" in text or "Out of diskspace" in text:
            return SourceError(f"The disk that holds {self.folder} is full.", step=_FREE_SPACE)
        if "filter" in text:
            return SourceError(
                f"A filter that {self.repo.top} configures failed on revision {name}: {text}.",
                step="`git config --get-regexp '^filter'` in it shows the filters; does their program run?",
            )
        return explained(error, self.repo, name)

    # -- submodules ---------------------------------------------------------------------------------------

    def _place_submodules(self, links: list[Gitlink], name: str) -> list[str]:
        names = names_by_path(self._git, self.folder) if links else {}
        notes: list[str] = []
        for link in links:
            sources = candidates(self.repo, link.path, names.get(link.path, link.path))
            if not sources:
                self._empty(link)
                notes.append(
                    f"The submodule {link.path} is empty at {name} because it was never initialised in "
                    f"{self.repo.top} (`git submodule update --init` does that)."
                )
                continue
            source = next((one for one in sources if _has_commit(one, link.commit, self.objects)), None)
            if source is None:
                raise SourceError(
                    f"Revision {name} needs commit {link.commit[:10]} of the submodule {link.path}, "
                    f"which is not in {self.repo.top}.",
                    step="Check that revision out there and call `git submodule update --init --recursive`.",
                )
            notes += self._place_submodule(source, link, name)
        return notes

    def _place_submodule(self, source: Repository, link: Gitlink, name: str) -> list[str]:
        key = (link.path, source.git_dir)
        if key not in self._inner:
            self._inner[key] = Clone(source, self.folder / link.path, self.objects)
            self._inner[key].prepare()
        inner = self._inner[key]
        inner._checkout(link.commit, f"{link.commit[:10]} of submodule {link.path} at {name}")
        return [f"In submodule {link.path}: {note}" for note in inner.notes]

    def _empty(self, link: Gitlink) -> None:
        drop(self.folder / link.path)
        (self.folder / link.path).mkdir(parents=True)

    # -- Git LFS ------------------------------------------------------------------------------------------

    def _pointers(self) -> dict[str, str]:
        """Paths that lie here as pointers because their content was nowhere, with the objects they name."""
        try:
            names = (self._git_dir / _MISSING_LFS).read_bytes().split(b"\0")
        except OSError:
            return {}
        found = {}
        for path in sorted({os.fsdecode(name) for name in names if name}):
            with contextlib.suppress(OSError):
                digest = lfs.object_of((self.folder / path).read_bytes())
                if digest:
                    found[path] = digest
        return found

    def _forget_pointers_that_came_back(self) -> None:
        for path, digest in self._pointers().items():
            if lfs.stored(self._stores, digest):
                drop(self.folder / path)

    def _pointer_notes(self) -> list[str]:
        pointers = self._pointers()
        log = self._git_dir / _MISSING_LFS
        if not pointers:
            drop(log)
            return []
        log.write_bytes(b"".join(os.fsencode(path) + b"\0" for path in pointers))
        return [
            f"{path} is only a Git LFS pointer, because its content is not in {self.repo.top} (`git lfs pull` "
            "there brings it)."
            for path in pointers
        ]


def _filter_notes(said: bytes) -> list[str]:
    lines = said.decode("utf-8", "replace").splitlines()
    return [f"A filter did not run: {line}" for line in lines if "external filter" in line]


def _has_commit(repo: Repository, commit: str, objects: Path) -> bool:
    return reading(repo, objects).run("cat-file", "-e", f"{commit}^{{tree}}", allowed=(0, 1, 128)).status == 0


def _unwritable(folder: Path, error: OSError) -> SourceError:
    return SourceError(
        f"The checkout {folder} cannot be written to: {error.strerror or error}.",
        step="Free some space, or name a folder that you may write to with --harness-store.",
    )
