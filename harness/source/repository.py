"""Finding the user's repository and the Cargo workspace in it. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from harness.errors import SourceError
from harness.source.git import NOWHERE, Git, alternates_value
from harness.source.workspace import find_workspace

__all__ = ["Repository", "find_repository", "object_folders", "reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where the user's repository lies; all but `workspace` are absolute.

    `top` is the root of the work tree, `git_dir` its git directory, `common_dir` the one that linked work
    trees share (the same where there are none). `workspace` is the folder of the workspace's Cargo.toml
    relative to `top`, "." when that is `top` itself.
    """

    top: Path
    git_dir: Path
    common_dir: Path
    workspace: PurePosixPath = field(default_factory=PurePosixPath)

    @property
    def is_shallow(self) -> bool:
        """Whether its history was cut off when it was cloned."""
        return (self.common_dir / "shallow").exists()


def find_repository(start: Path) -> Repository:
    """The repository around a folder, and the Cargo workspace that belongs to that folder.

    Raises:
        SourceError: there is no such folder, no git repository or no Cargo.toml; the repository is bare, or
            the folder lies inside a git directory; several workspaces are possible.
        MissingTool: git is not installed.
    """
    if not start.exists():
        raise SourceError(f"There is no folder {start}.", step="Name an existing one with --harness-repo.")
    start = start.resolve()
    folder = start if start.is_dir() else start.parent
    git = Git(folder, {"GIT_INDEX_FILE": NOWHERE})
    git_dir = _absolute_path(git, "--git-dir")
    if git_dir is None:
        raise SourceError(
            f"{folder} is not in a git repository.",
            step="Call pytest inside one, or name one with --harness-repo=DIR.",
        )
    top = _absolute_path(git, "--show-toplevel")
    if top is None:
        raise SourceError(
            f"{git_dir} is a git directory without a work tree around {folder} (a bare repository, or inside .git).",
            step="Call pytest in a checkout of it: `git clone` or `git worktree add` makes one.",
        )
    common_dir = _absolute_path(git, "--git-common-dir") or git_dir
    found = Repository(top=top, git_dir=git_dir, common_dir=common_dir)
    workspace = find_workspace(top, folder, lambda: _tracked_manifests(found))
    return Repository(top=top, git_dir=git_dir, common_dir=common_dir, workspace=workspace)


def reading(repo: Repository, objects: Path | None = None) -> Git:
    """Git for commands that only read revisions of the user's repository.

    With `objects`, the snapshots of the working tree that lie there can be read too. The index is hidden:
    git changes the modification time of `sharedindex.*` when it as much as reads a split one, and `diff-tree`
    reads it.
    """
    variables = {"GIT_DIR": str(repo.git_dir), "GIT_WORK_TREE": str(repo.top), "GIT_INDEX_FILE": NOWHERE}
    if objects is not None:
        variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = alternates_value([objects])
    return Git(repo.top, variables)


def object_folders(repo: Repository) -> list[Path]:
    """The folder with the repository's objects and all that it borrows from, each once.

    Source: gitrepository-layout(5), `objects/info/alternates`.
    """
    found: list[Path] = []
    waiting = [repo.common_dir / "objects"]
    while waiting:
        folder = waiting.pop(0)
        if folder in found:
            continue
        found.append(folder)
        try:
            lines = (folder / "info" / "alternates").read_text("utf-8", "surrogateescape").split("\n")
        except OSError:
            continue
        waiting += [(folder / line).resolve() for line in lines if line and not line.startswith(("#", '"'))]
    return found


def _absolute_path(git: Git, question: str) -> Path | None:
    # One question at a time, since a path may hold the newline that would separate two answers.
    done = git.run("rev-parse", "--path-format=absolute", question, allowed=(0, 128))
    if done.status:
        return None
    answer = done.stdout.removesuffix(b"\n").decode("utf-8", "surrogateescape")
    return Path(answer) if answer else None


def _tracked_manifests(repo: Repository) -> list[PurePosixPath]:
    done = reading(repo).run("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD", allowed=(0, 128))
    paths = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    return [PurePosixPath(path) for path in paths if PurePosixPath(path).name == "Cargo.toml"]
