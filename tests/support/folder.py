"""Everything that can be seen of a folder, to hold two moments against each other."""

from __future__ import annotations

import os
import stat
from pathlib import Path

__all__ = ["contents", "everything", "times"]


def everything(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Mode, modification time and content of every file, link and folder below `root`, `.git` included."""
    found = {}
    for here, folders, names in os.walk(root):
        for name in (".", *folders, *names):
            path = Path(here, name)
            info = path.lstat()
            found[str(path.relative_to(root))] = (info.st_mode, info.st_mtime_ns, _content(path, info))
    return found


def contents(root: Path) -> dict[str, bytes]:
    """The content of every file and link below `root`, except in git directories; empty folders end in "/"."""
    found = {}
    for here, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".git"]
        if not folders and not names and Path(here) != root:
            found[f"{Path(here).relative_to(root)}/"] = b""
        for name in (*names, *(one for one in folders if Path(here, one).is_symlink())):
            path = Path(here, name)
            if name != ".git":
                found[str(path.relative_to(root))] = _content(path, path.lstat())
    return found


def times(root: Path) -> dict[str, int]:
    """The modification time in nanoseconds of every file, except in git directories."""
    return {name: (root / name).lstat().st_mtime_ns for name in contents(root) if not name.endswith("/")}


def _content(path: Path, info: os.stat_result) -> bytes:
    if stat.S_ISLNK(info.st_mode):
        return os.fsencode(path.readlink())
    return path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
