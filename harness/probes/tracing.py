"""Whether programs can be watched inside the sandbox: what they look for and do not find shows what to give them."""

from __future__ import annotations

import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness import process
from harness.errors import MissingTool
from harness.probes.containment import ENVIRONMENT, Containment, containment

__all__ = ["Tracing", "tracing"]

_CHECK_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """The path of strace, empty where it cannot be used, and then `reason` says why."""

    tool: str = ""
    reason: str = ""


@functools.cache
def tracing() -> Tracing:
    """What this machine allows, found out by trying it once."""
    return tried(containment(), shutil.which("strace", path=ENVIRONMENT["PATH"]))


def tried(contained: Containment, tool: str | None) -> Tracing:
    """Whether this strace can be used in this sandbox."""
    if not contained.works:
        return Tracing(reason="there is no sandbox")
    if tool is None:
        return Tracing(reason="strace is not installed")
    with tempfile.TemporaryDirectory() as folder:
        argv = contained.argv(Path(folder), [tool, "-f", "-qq", "-Z", "-o", "/dev/null", "/bin/sh", "-c", "exit 3"])
        try:
            ended = process.run(argv, cwd=Path("/"), env=ENVIRONMENT, timeout=_CHECK_SECONDS)
        except (MissingTool, OSError) as error:
            return Tracing(reason=f"strace cannot be started: {error}")
    if ended.status == 3:
        return Tracing(tool=tool)
    told = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return Tracing(reason=f"strace does not work here: {told[-1] if told else f'it ended with status {ended.status}'}")
