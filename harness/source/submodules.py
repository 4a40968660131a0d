"""Where the commits of submodules are on this machine. Nothing is fetched.

Source of the layout: gitsubmodules(7), gitrepository-layout(5).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.source.git import Git
from harness.source.repository import Repository

__all__ = ["Gitlink", "candidates", "gitlinks", "names_by_path", "repository_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gitlink:
    """One submodule of a revision: the commit that it is at."""

    path: str
    commit: str


def gitlinks(git: Git) -> list[Gitlink]:
    """The submodules in the index of a private git directory."""
    output = git.output("ls-files", "-s", "-z")
    if b"160000 " not in output:
        return []
    links = []
    for entry in output.split(b"\0"):
        if entry.startswith(b"160000 "):
            kind, _, path = entry.decode("utf-8", "surrogateescape").partition("\t")
            links.append(Gitlink(path=path, commit=kind.split()[1]))
    return links


def names_by_path(git: Git, folder: Path) -> dict[str, str]:
    """The names of submodules, which their git directories are named after, as .gitmodules in `folder` has it."""
    file = folder / ".gitmodules"
    if file.is_symlink() or not file.is_file():
        return {}
    done = git.run("config", "--file", str(file), "--list", "-z", allowed=(0, 1, 128))
    names = {}
    for item in done.stdout.decode("utf-8", "surrogateescape").split("\0"):
        key, _, path = item.partition("\n")
        if key.startswith("submodule.") and key.endswith(".path"):
            names[path] = key.removeprefix("submodule.").removesuffix(".path")
    return names


def candidates(repo: Repository, path: str, name: str) -> list[Repository]:
    """The user's repositories that may hold the commits of a submodule: checked out, or kept under modules/."""
    found = []
    here = repository_in(repo.top / path)
    if here is not None:
        found.append(here)
    if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
        return found
    for parent in dict.fromkeys((repo.git_dir, repo.common_dir)):
        git_dir = parent / "modules" / name
        if (git_dir / "HEAD").is_file():
            top = repo.top / path
            found.append(_at(top if top.is_dir() else git_dir, git_dir))
    return found


def repository_in(folder: Path) -> Repository | None:
    """The repository whose work tree a folder is; None where it is none."""
    entry = folder / ".git"
    if entry.is_file():
        words = entry.read_text("utf-8", "surrogateescape").removesuffix("\n").partition("gitdir: ")
        git_dir = (folder / words[2]).resolve()
    else:
        git_dir = entry
    return _at(folder, git_dir) if (git_dir / "HEAD").is_file() else None


def _at(top: Path, git_dir: Path) -> Repository:
    try:
        common = (git_dir / (git_dir / "commondir").read_text("utf-8", "surrogateescape").strip()).resolve()
    except OSError:
        common = git_dir
    return Repository(top=top, git_dir=git_dir, common_dir=common)
