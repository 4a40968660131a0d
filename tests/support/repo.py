"""A throw-away git repository with fixed dates and authors."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["Repo"]

_ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class Repo:
    """A repository in `root`, made when it is not there. Commits are a minute apart, so ids are always the same."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._commits = 0
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *argv: str, env: Mapping[str, str] | None = None) -> str:
        """Runs git in the repository and gives its output, stripped."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *argv],
            cwd=self.root,
            env=inherited | _ENVIRONMENT | dict(env or {}),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Writes files below the root, making folders as needed."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self, subject: str, files: Mapping[str, str | bytes] | None = None, *, remove: Sequence[str] = ()
    ) -> str:
        """Writes and removes files, commits everything, and gives the commit id."""
        self.write(files or {})
        for name in remove:
            path = self.root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self._commits += 1
        date = f"2024-01-01T00:{self._commits:02d}:00+00:00"
        self.git("add", "-A")
        self.git(
            "commit", "-q", "--allow-empty", "-m", subject, env={"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        )
        return self.git("rev-parse", "HEAD")
