"""What servers of cases are on this machine: their programs, what these are known by, and ports that are free."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import shutil
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.compare.output import ROOT, SERVICES
from harness.config import Service
from harness.errors import HarnessError
from harness.server import Server
from harness.store import Store, digest_of, key_of

__all__ = ["ServiceFailed", "free_ports", "identity_of", "log_kept", "search_path", "server_environment"]

_FREE = range(21_000, 30_000)
"""Where a port is looked for that nobody else has; as many digits as those that services have in a sandbox."""

_TURN = itertools.count(os.getpid())
"""Another one each time, since nobody has a port that was found until a server is started."""


class ServiceFailed(HarnessError):
    """A server did not come up, or ended while a case ran. `service` is its name, `output` what it wrote."""

    def __init__(self, what: str, *, service: str, output: bytes, step: str = "") -> None:
        super().__init__(what, step=step)
        self.service = service
        self.output = output


@contextlib.contextmanager
def log_kept(store: Store) -> Iterator[None]:
    """Inside, the output of a server that fails is written to the store, and the error names the file."""
    try:
        yield
    except ServiceFailed as error:
        path = store.log(f"service-{error.service}.log")
        path.write_bytes(error.output)
        raise HarnessError(error.what, step=error.step, log=str(path)) from error


def search_path(patterns: Sequence[str], programs: str = f"{ROOT}/bin") -> str:
    """Where the programs of a server are looked for: the build, its own folders, the PATH of this process.

    Of the folders that a pattern finds, the last version comes first.
    """
    found = (one for pattern in patterns for one in sorted(_folders(pattern), key=_version, reverse=True))
    return os.pathsep.join([programs, *map(str, found), os.environ.get("PATH", os.defpath)])


def _folders(pattern: str) -> list[Path]:
    path = Path(pattern)
    if not path.is_absolute():
        return []
    return [one for one in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if one.is_dir()]


def _version(path: Path) -> list[tuple[int, str]]:
    """Numbers in a path by their value: 9 comes before 15."""
    parts = re.findall(r"\d+|\D+", str(path))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def server_environment(one: Server, root: str) -> dict[str, str]:
    """The whole environment of a server: as small as that of a case, its own variables laid over it."""
    fixed = {
        "PATH": search_path(one.path, f"{root}/bin"),
        "HOME": f"{SERVICES}/{one.name}",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
    }
    return fixed | one.env


def identity_of(services: Iterable[Server | Service]) -> str:
    """What these servers are besides what is written of them: the programs that they consist of on this machine.

    A program of the build is not among them; builds are known by what they consist of anyway.
    """
    known = []
    for one in services:
        path = search_path(one.path)
        commands = [one.argv, *one.setup, *one.seed, one.ready.command]
        known.append([one.name, *(_digest(words[0], one.env.get("PATH", path)) for words in commands if words)])
    return key_of(known)


def _digest(program: str, path: str) -> str:
    found = shutil.which(program, path=path)
    if found is None:
        return ""
    state = os.stat(found)  # noqa: PTH116  follows the link that a program often is
    return _digest_of_file(found, state.st_ino, state.st_size, state.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _digest_of_file(path: str, *state: int) -> str:
    try:
        return digest_of(Path(path).read_bytes())
    except OSError:
        return str(state)  # it may be run by everybody and read by nobody


def free_ports(servers: Iterable[Server], taken: Mapping[int, int]) -> dict[int, int]:
    """A free port for each that these servers have and that is not in `taken`, where they are not alone.

    Raises:
        HarnessError: there is none.
    """
    found = dict(taken)
    for port in (port for one in servers for port in one.ports):
        if port not in found:
            found[port] = _free_port()
    return found


def _free_port() -> int:
    for _ in _FREE:
        port = _FREE[next(_TURN) % len(_FREE)]
        with contextlib.suppress(OSError), socket.socket() as one:
            one.bind(("127.0.0.1", port))
            return port
    raise HarnessError(f"No port from {_FREE.start} to {_FREE.stop - 1} is free.", step="End what uses them.")
