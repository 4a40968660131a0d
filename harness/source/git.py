"""A small wrapper around the git program: fixed settings, NUL-separated output, failures as `SourceError`.

Nothing here writes to the repository that it looks at. What each setting is for stands beside it; they were
checked against the documentation and sources of git 2.47, and need git 2.32 or newer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from harness import process
from harness.errors import SourceError

__all__ = ["NOWHERE", "Git", "alternates_value", "c_quoted", "nul_separated"]

TIMEOUT = 600.0
"""Seconds that one git command may take."""

NOWHERE = "/nonexistent/pytest-refactor-harness"
"""A path where nothing is."""

_SETTINGS = {
    "safe.directory": "*",  # a checkout that CI made as another user is still only read
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",  # starts a daemon or a hook, which keep files under .git
    "core.untrackedCache": "false",
    "core.splitIndex": "false",  # alone made git write sharedindex.* under .git
    "index.sparse": "false",
    "core.fsync": "none",  # everything that is written can be made again
    "core.quotePath": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_VARIABLES = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": NOWHERE,
    # A partial clone would fetch what it lacks, and write that under the user's .git. Older versions of git
    # do not know the first of these; the second makes their fetch fail before it writes anything.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}


class Git:
    """Runs git in `cwd` with `variables` laid over the fixed environment."""

    def __init__(self, cwd: Path, variables: Mapping[str, str] | None = None) -> None:
        self.cwd = cwd
        self.variables = dict(variables or {})

    def having(self, variables: Mapping[str, str]) -> Git:
        """The same with more variables."""
        return Git(self.cwd, self.variables | dict(variables))

    def run(self, *argv: str, stdin: bytes = b"", allowed: Collection[int] = (0,)) -> process.Finished:
        """Runs one command to its end.

        Args:
            allowed: exit statuses that are no failure.

        Raises:
            SourceError: any other exit status, with the command and what git said; or it hung.
            MissingTool: git is not installed.
        """
        command = ["git", *argv]
        done = process.run(command, cwd=self.cwd, env=self.environment(), stdin=stdin, timeout=TIMEOUT)
        if done.timed_out:
            raise SourceError(f"git did not end within {TIMEOUT:.0f} s: {process.command_line(command, self.cwd)}")
        if done.status not in allowed:
            said = _meaning(done.stderr) or f"exit status {done.status}"
            raise SourceError(f"git failed: {said} (the command was: {process.command_line(command, self.cwd)})")
        return done

    def output(self, *argv: str, stdin: bytes = b"") -> bytes:
        """The standard output of a command. Raises as `run`."""
        return self.run(*argv, stdin=stdin).stdout

    def line(self, *argv: str) -> str:
        """The one line that a command prints; a newline that is part of a path stays. Raises as `run`."""
        return os.fsdecode(self.output(*argv).removesuffix(b"\n"))

    def items(self, *argv: str, stdin: bytes = b"") -> list[str]:
        """The NUL-terminated items that a command prints. Raises as `run`."""
        return nul_separated(self.output(*argv, stdin=stdin))

    def environment(self) -> dict[str, str]:
        """The whole environment that git is started with."""
        numbered = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
        for number, (key, value) in enumerate(_SETTINGS.items()):
            numbered |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return process.clean_environment(_VARIABLES | numbered | self.variables)


def nul_separated(output: bytes) -> list[str]:
    """NUL-terminated items as text; bytes that are no UTF-8 are kept as surrogates, as in `os.fsdecode`."""
    return [os.fsdecode(item) for item in output.split(b"\0") if item]


def c_quoted(path: str | Path) -> str:
    """A path in the C-style quotes that git reads in `info/alternates` and in lists of object directories."""
    escaped = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}" for byte in os.fsencode(path)
    )
    return f'"{escaped}"'


def alternates_value(folders: Sequence[Path]) -> str:
    """The value of GIT_ALTERNATE_OBJECT_DIRECTORIES for these folders."""
    texts = [str(folder) for folder in folders]
    return ":".join(c_quoted(text) if re.search(r'["\n:]', text) else text for text in texts)


def _meaning(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or [line for line in lines if line]
    return "; ".join(told[:3])
