"""A case as the request that a runner takes, and its answer as an observation."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import msgspec

from harness.compare.output import CASE_DIRECTORY, ROOT, SERVICES, Beyond, CommandObservation, FileChange
from harness.compare.screen import OnTerminal
from harness.errors import HarnessError
from harness.model import Case
from harness.probes.runner.message import LEFT, pack
from harness.probes.services import server_environment
from harness.server import Server

__all__ = ["Place", "environment", "observation_from", "request_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a runner is: its root, and which port stands for that of a server where it is not alone in its network."""

    root: str = ROOT
    ports: Mapping[int, int] = field(default_factory=dict)

    def given(self, text: str) -> str:
        """A text of a case as its program gets it."""
        if self.root != ROOT:
            text = text.replace(CASE_DIRECTORY, f"{self.root}/case").replace(SERVICES, f"{self.root}/services")
        for port, actual in self.ports.items():
            text = re.sub(rf"(?<!\d){port}(?!\d)", str(actual), text)
        return text

    def seen(self, data: bytes) -> bytes:
        """What a program wrote, as if its runner were alone at /tmp: that it is not is nobody's doing but ours."""
        if self.root != ROOT:
            data = data.replace(self.root.encode(), ROOT.encode())
        for port, actual in self.ports.items():
            data = re.sub(rb"(?<!\d)%d(?!\d)" % actual, str(port).encode(), data)
        return data


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
    whole = fixed | case.env
    return {name: value for name, value in whole.items() if name not in case.unset}


def request_for(case: Case, place: Place) -> bytes:
    env = [f"{name}={place.given(value)}" for name, value in environment(case, place.root).items()]
    _check_paths((*case.files, *case.sockets))
    head = f"{case.timeout:g} {len(case.argv)} {len(env)} {len(case.sockets)} {case.read_only:d} {case.endless:d}"
    words = [head, case.program]
    fields = [os.fsencode(word) for word in words]
    fields += (case.stdin, msgspec.json.encode(case.terminal) if case.terminal else b"")
    fields += [pack([_told_of(one, place) for one in case.services]) if case.services else b""]
    fields += [os.fsencode(place.given(word)) for word in case.argv]
    fields += [os.fsencode(word) for word in (*env, *case.sockets)]
    for name, content in case.files.items():
        fields += (os.fsencode(name), content)
    return pack(fields)


def _told_of(one: Server, place: Place) -> bytes:
    """A server as the runner takes it."""
    _check_paths(one.files)
    told = msgspec.to_builtins(replace(one, files={}, env=server_environment(one, place.root)))
    fields = [place.given(msgspec.json.encode(told).decode()).encode()]
    for name, content in one.files.items():
        fields += (os.fsencode(name), content)
    return pack(fields)


def _check_paths(names: Iterable[str]) -> None:
    for name in names:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or name != str(path):
            raise HarnessError(f"A case has a file {name!r}, which is not a plain path below its directory.")


def observation_from(fields: list[bytes], place: Place, contained: bool, case: Case) -> CommandObservation:
    """What a runner answered. An endless program that was ended at its time did what it does: it was stopped."""
    if place != Place():
        fields = [place.seen(one) for one in fields]
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
