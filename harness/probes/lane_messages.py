"""A case as the request that a runner takes, and its answer as an observation."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import PurePosixPath

import msgspec

from harness.compare.output import CASE_DIRECTORY, ROOT, Beyond, CommandObservation, FileChange
from harness.compare.screen import OnTerminal
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
        "TERM": "xterm-256color" if case.terminal else "dumb",
        "RUST_BACKTRACE": "0",
    }
    whole = fixed | {name: value.replace(CASE_DIRECTORY, home) for name, value in case.env.items()}
    return {name: value for name, value in whole.items() if name not in case.unset}


def request_for(case: Case, root: str) -> bytes:
    own = f"{root}/case"
    env = [f"{name}={value}" for name, value in environment(case, root).items()]
    for name in (*case.files, *case.sockets):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or name != str(path):
            raise HarnessError(f"A case has a file {name!r}, which is not a plain path below its directory.")
    head = f"{case.timeout:g} {len(case.argv)} {len(env)} {len(case.sockets)} {case.read_only:d} {case.endless:d}"
    words = [head, case.program]
    fields = [os.fsencode(word) for word in words]
    fields += (case.stdin, msgspec.json.encode(case.terminal) if case.terminal else b"")
    fields += [os.fsencode(word.replace(CASE_DIRECTORY, own)) for word in case.argv]
    fields += [os.fsencode(word) for word in (*env, *case.sockets)]
    for name, content in case.files.items():
        fields += (os.fsencode(name), content)
    return pack(fields)


def observation_from(fields: list[bytes], root: str, contained: bool, case: Case) -> CommandObservation:
    """What a runner answered. An endless program that was ended at its time did what it does: it was stopped.

    Where `root` is not /tmp it is written as if it were: it is nobody's doing but ours."""
    if root != ROOT:
        fields = [field.replace(root.encode(), ROOT.encode()) for field in fields]
    status, flags, stdout, stderr = fields[:4]
    if case.endless:
        status = status.replace(b"timed out after", b"stopped after")
    parts = iter(fields[4:])
    return CommandObservation(
        status=status.decode("utf-8", "replace"),
        stdout=stdout,
        stderr=stderr,
        files=tuple(_file(*five) for five in zip(parts, parts, parts, parts, parts, strict=True)),
        left_running=LEFT in flags,
        contained=contained,
        terminal=_shown(flags, case),
        beyond=_beyond(flags, case),
    )


def _beyond(flags: bytes, case: Case) -> tuple[Beyond, ...]:
    if case.terminal is not None or b"{" not in flags:
        return ()
    told = msgspec.json.decode(flags[flags.find(b"{") : flags.rfind(b"}") + 1], type=dict[str, tuple[str, ...]])
    return tuple(Beyond(stream=name, blocks=blocks) for name, blocks in told.items())


def _shown(flags: bytes, case: Case) -> OnTerminal | None:
    if case.terminal is None:
        return None
    told = flags[flags.find(b"{") : flags.rfind(b"}") + 1]
    facts = msgspec.json.decode(told or b"{}", type=OnTerminal)
    return replace(facts, columns=case.terminal.columns, rows=case.terminal.rows, piped=case.terminal.piped)


def _file(path: bytes, told: bytes, digest: bytes, content: bytes, whole: bytes) -> FileChange:
    change, kind, mode, size, *moment = told.decode().split()
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
        set_time=moment[0] if moment else "",
    )
