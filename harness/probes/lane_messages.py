"""A case as the request that a runner takes, and its answer as an observation."""

from __future__ import annotations

import hashlib
import os
from pathlib import PurePosixPath

from harness.compare.output import CASE_DIRECTORY, ROOT, CommandObservation, FileChange
from harness.errors import HarnessError
from harness.model import Case
from harness.probes.runner.message import LEFT, pack

__all__ = ["environment", "observation_from", "request_for"]


def environment(case: Case, root: str = ROOT) -> dict[str, str]:
    """The whole environment of a case: fixed and small, its own variables laid over it."""
    home = f"{root}/case"
    fixed = {
        "PATH": f"{root}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "RUST_BACKTRACE": "0",
    }
    return fixed | {name: value.replace(CASE_DIRECTORY, home) for name, value in case.env.items()}


def request_for(case: Case, root: str) -> bytes:
    own = f"{root}/case"
    env = [f"{name}={value}" for name, value in environment(case, root).items()]
    for name in case.files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or name != str(path):
            raise HarnessError(f"A case has a file {name!r}, which is not a plain path below its directory.")
    head = f"{case.timeout:g} {len(case.argv)} {len(env)}"
    words = [head, case.program]
    fields = [os.fsencode(word) for word in words]
    fields.append(case.stdin)
    fields += [os.fsencode(word.replace(CASE_DIRECTORY, own)) for word in case.argv]
    fields += [os.fsencode(word) for word in env]
    for name, content in case.files.items():
        fields += (os.fsencode(name), content)
    return pack(fields)


def observation_from(fields: list[bytes], root: str, contained: bool) -> CommandObservation:
    """What a runner answered. Where `root` is not /tmp it is written as if it were: it is nobody's doing but ours."""
    if root != ROOT:
        fields = [field.replace(root.encode(), ROOT.encode()) for field in fields]
    status, flags, stdout, stderr = fields[:4]
    parts = iter(fields[4:])
    return CommandObservation(
        status=status.decode("utf-8", "replace"),
        stdout=stdout,
        stderr=stderr,
        files=tuple(_file(*five) for five in zip(parts, parts, parts, parts, parts, strict=True)),
        left_running=LEFT in flags,
        contained=contained,
    )


def _file(path: bytes, told: bytes, digest: bytes, content: bytes, whole: bytes) -> FileChange:
    change, kind, mode, size = told.decode().split()
    kept = whole == b"1" and kind == "file" and change != "deleted"
    return FileChange(
        path=path,
        change=change,
        kind=kind,
        mode=mode,
        size=len(content) if kept else int(size),
        digest=hashlib.sha256(content).hexdigest() if kept else digest.decode(),
        content=content,
        whole=whole == b"1",
    )
