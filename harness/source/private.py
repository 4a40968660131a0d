"""Private git directories that stand in for the user's: what they take over from it, and how they are written.

Both the clone and the snapshot work with a git directory of their own, so that no command of git that may write
ever looks at the user's. They are written by hand, without `git init`: no template or hook of anybody gets in.
Source of the layout: gitrepository-layout(5).
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.source import lfs
from harness.source.git import c_quoted
from harness.source.repository import Repository, reading

__all__ = [
    "ISOLATED",
    "Settings",
    "alternates_file",
    "drop",
    "git_dir_files",
    "lfs_filter",
    "settings_of",
    "unprotect",
    "write_git_dir",
]

ISOLATED = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Variables for git in a private directory: its own config holds everything that it shall know."""

_TAKEN_OVER = re.compile(
    r"core\.(autocrlf|eol|attributesfile|excludesfile|filemode|symlinks|ignorecase|precomposeunicode"
    r"|protecthfs|protectntfs|checkroundtripencoding|bigfilethreshold)"
    r"|filter\.(?!lfs\.).+\.(clean|smudge|process|required)",
    re.DOTALL,
)
_SPARSE = re.compile(r"core\.sparsecheckout(cone)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user's repository is set to, as far as contents of files depend on it.

    `values` are the effective ones of all configuration files, by key. `lfs_clean` says whether Git LFS is set
    up there, so that `git add` would make pointers.
    """

    values: dict[str, str]
    object_format: str
    lfs_clean: bool
    lfs_storage: Path

    def taken_over(self, *, sparse: bool = False) -> dict[str, str]:
        """The settings that a private directory shares; with `sparse` those of a sparse checkout too."""
        return {
            key: value
            for key, value in self.values.items()
            if _TAKEN_OVER.fullmatch(key) or (sparse and _SPARSE.fullmatch(key))
        }


def settings_of(repo: Repository) -> Settings:
    """Reads the effective configuration. Raises SourceError where git cannot."""
    values = {}
    for item in reading(repo).items("config", "--list", "--includes", "-z"):
        key, line_break, value = item.partition("\n")
        values[key] = value if line_break else "true"
    storage = repo.common_dir / values.get("lfs.storage", "lfs")
    return Settings(
        values=values,
        object_format=values.get("extensions.objectformat", "sha1"),
        lfs_clean="filter.lfs.clean" in values or "filter.lfs.process" in values,
        lfs_storage=storage / "objects",
    )


def lfs_filter(stores: Sequence[Path], *, keep_in: Path | None = None, missing: Path | None = None) -> dict[str, str]:
    """Settings that let `harness.source.lfs` do what git-lfs does, without network and without writing.

    Args:
        stores: folders with LFS objects, looked through in this order.
        keep_in: where new content is kept when it is turned into a pointer; without it only content that is
            already in a store is turned into one.
        missing: a file that the paths of pointers without an object are appended to.
    """
    script = [sys.executable, "-I", "-S", str(Path(lfs.__file__).resolve())]
    folders = [str(store) for store in stores]
    smudge = [*script, "smudge", str(missing or os.devnull), *folders]
    clean = [*script, "clean", str(keep_in or ""), *folders]
    return {
        "filter.lfs.smudge": f"{_command(smudge[:5])} %f {_command(smudge[5:])}",
        "filter.lfs.clean": _command(clean),
    }


def git_dir_files(repo: Repository, settings: Settings, extra: Mapping[str, str]) -> dict[str, bytes]:
    """The files of a private git directory by name: configuration and what the user keeps under info/."""
    own = {
        "core.repositoryformatversion": "1" if settings.object_format != "sha1" else "0",
        "core.bare": "false",
        "core.logallrefupdates": "false",
        "core.trustctime": "true",
        "core.safecrlf": "false",
        # Build scripts and tests call git in the checkout, with the user's global settings.
        "core.fsmonitor": "false",
        "core.untrackedcache": "false",
        "core.splitindex": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
    }
    if settings.object_format != "sha1":
        own["extensions.objectformat"] = settings.object_format
    files = {"config": _config_text({**extra, **own}).encode("utf-8", "surrogateescape")}
    for name, source in (
        ("info/exclude", repo.common_dir / "info" / "exclude"),
        ("info/attributes", repo.common_dir / "info" / "attributes"),
        ("shallow", repo.common_dir / "shallow"),
    ):
        with contextlib.suppress(OSError):
            files[name] = source.read_bytes()
    return files


def alternates_file(folders: Sequence[Path]) -> bytes:
    """The content of objects/info/alternates. Quotes are only used where they must be; libgit2 knows none."""
    texts = [str(folder) for folder in folders]
    lines = [c_quoted(text) if "\n" in text else text for text in texts]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def write_git_dir(git_dir: Path, files: Mapping[str, bytes]) -> None:
    """Makes a git directory, or makes one right again; what is right already keeps its modification time."""
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        folder = git_dir / name
        if not folder.is_dir() or folder.is_symlink():
            drop(folder)
            folder.mkdir(parents=True, exist_ok=True)
    for name in ("info/exclude", "info/attributes", "info/sparse-checkout", "shallow", "config.worktree"):
        if name not in files:
            drop(git_dir / name)
    for name, content in files.items():
        path = git_dir / name
        if not path.is_symlink() and path.is_file() and path.read_bytes() == content:
            continue
        drop(path)
        path.write_bytes(content)


def drop(path: Path) -> None:
    """Deletes a file, a link or a whole folder, also one that its maker protected; nothing there is fine."""
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        return
    unprotect(path)
    shutil.rmtree(path)


def unprotect(folder: Path) -> None:
    """Makes every folder below one readable and writable again."""
    with contextlib.suppress(OSError):
        folder.chmod(0o755)
    for here, names, _ in os.walk(folder):
        for name in names:
            path = Path(here, name)
            if not path.is_symlink():
                with contextlib.suppress(OSError):
                    path.chmod(0o755)


def _command(argv: Sequence[str]) -> str:
    return shlex.join(argv).replace("%", "%%")  # git puts the path where %f stands


def _config_text(values: Mapping[str, str]) -> str:
    lines = []
    for key, value in values.items():
        section, _, rest = key.partition(".")
        subsection, _, name = rest.rpartition(".")
        heading = f"[{section} {_quoted(subsection)}]" if subsection else f"[{section}]"
        lines.append(f"{heading}\n\t{name} = {_quoted(value)}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
