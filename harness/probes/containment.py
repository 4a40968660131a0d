"""The sandbox that cases run in: no network, nothing writable but the case's own directory.

bubblewrap (https://github.com/containers/bubblewrap) makes it out of namespaces of the Linux kernel, without
rights of its own. Entering costs about 5 ms, as much as a case, so a runner enters once and runs many cases.
"""

from __future__ import annotations

import functools
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.compare.output import ROOT
from harness.errors import MissingTool

__all__ = ["ENVIRONMENT", "Containment", "containment", "runner_argv"]

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
"""Of the runner itself; a case has its own."""

_HIDDEN = ("/tmp", "/var/tmp", "/run")  # /run has the sockets of services, which a read-only mount does not close
_TMPFS_SIZE = 2 << 30
_START = "import sys; sys.path.insert(0, sys.argv[1]); from runner.main import main; main(*sys.argv[2:])"
_CHECK_SECONDS = 30.0
_RUNNER = Path(__file__).resolve().parent / "runner"
_RUNNER_INSIDE = "/dev/harness"
"""Where the runner lies in a sandbox. Every sandbox has a /dev of its own, and no program looks around there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Containment:
    """Whether a sandbox can be had. `tool` is bubblewrap's path, empty where not, and then `reason` says why.

    `sized` says that this bubblewrap can limit how much memory the files of a case take (since 0.7).
    """

    tool: str = ""
    reason: str = ""
    sized: bool = True

    @property
    def works(self) -> bool:
        """Whether cases can be contained."""
        return bool(self.tool)

    def argv(
        self, programs: Path, command: Sequence[str], hidden: Sequence[Path] = (), *, named_user: bool = False
    ) -> list[str]:
        """The command line that runs `command` as process 1 of a sandbox in which `programs` is /tmp/bin.

        The folders `hidden` are empty there, besides those that are so anyway. With a `named_user`, the user of all
        sandboxes has a name there whatever users this machine has: servers of databases insist on it.
        """
        users = ("--ro-bind", str(_RUNNER / "passwd"), "/etc/passwd") if named_user else ()
        empty = [*(Path(one) for one in _HIDDEN), *hidden]
        return [
            self.tool,
            *("--unshare-all", "--as-pid-1", "--die-with-parent"),
            *("--uid", "1000", "--gid", "1000", "--hostname", "sandbox"),
            *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
            *(word for one in empty if one.is_dir() and not one.is_symlink() for word in self._tmpfs(one)),
            *(word for one in _needed() if _below(one, empty) for word in ("--ro-bind", str(one), str(one))),
            *users,
            *("--ro-bind", str(programs), f"{ROOT}/bin", "--ro-bind", str(_RUNNER), f"{_RUNNER_INSIDE}/{_RUNNER.name}"),
            *("--chdir", "/", "--", *command),
        ]

    def _tmpfs(self, folder: Path) -> tuple[str, ...]:
        size = ("--size", str(_TMPFS_SIZE)) if self.sized else ()
        return (*size, "--tmpfs", str(folder))


def runner_argv(root: str, *, contained: bool) -> list[str]:
    """The command line of a runner whose programs are in `root`/bin and whose cases in `root`/case."""
    place = _RUNNER_INSIDE if contained else str(_RUNNER.parent)
    return [_python(), "-I", "-S", "-c", _START, place, root, "1" if contained else "0"]


@functools.cache
def containment() -> Containment:
    """What this machine allows, found out by trying it once."""
    if sys.platform != "linux":
        return Containment(reason="this system has no namespaces to make a sandbox of")
    tool = shutil.which("bwrap")
    if tool is None:
        return Containment(reason="bubblewrap (the program bwrap) is not installed")
    reason = ""
    for sized in (True, False):
        made = Containment(tool=tool, sized=sized)
        reason = _refusal(made)
        if not reason:
            return made
    return Containment(reason=f"bubblewrap does not work here: {reason}")


def _refusal(made: Containment) -> str:
    """Why a sandbox cannot be entered; empty where it can."""
    with tempfile.TemporaryDirectory() as folder:
        argv = made.argv(Path(folder), runner_argv(ROOT, contained=True))
        try:
            ended = process.run(argv, cwd=Path("/"), env=ENVIRONMENT, timeout=_CHECK_SECONDS)
        except (MissingTool, OSError) as error:
            return str(error)
    if ended.status == 0 and b"hello" in ended.stdout:
        return ""
    told = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return told[-1] if told else f"it ended with status {ended.status}"


@functools.cache
def _python() -> str:
    """The interpreter itself, not the link to it in a virtual environment, whose folder the sandbox may not have."""
    base = getattr(sys, "_base_executable", "") or sys.executable
    return os.path.realpath(base)


@functools.cache
def _needed() -> tuple[Path, ...]:
    """What the runner's interpreter is made of."""
    paths = (sysconfig.get_path("stdlib"), _platform_library(), _python())
    return tuple(dict.fromkeys(Path(path).resolve() for path in paths))


def _platform_library() -> str:
    """Of the interpreter itself: inside a virtual environment, `platstdlib` names a folder of that."""
    return sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})


def _below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
