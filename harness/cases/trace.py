"""What a program looked for and did not find, as strace (https://strace.io) saw it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from harness.compare.output import CASE_DIRECTORY, ROOT, CommandObservation
from harness.model import Case

__all__ = ["Sought", "looked_for", "traced"]

_LOG = ".what-it-looked-for"
_OPTIONS = ("-f", "-qq", "-y", "-Z", "-s", "4096", "-e", "trace=%file,connect", "-e", "signal=none", "-o", _LOG)
_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<args>.*)\) += -1 (?P<error>E\w+)")
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_AT = re.compile(rf"(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, {_TEXT}")
_PATH = re.compile(rf"(?:sun_path=)?{_TEXT}")
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-f]{2}|.)")
_LAST_OF_PATH = PurePosixPath("/bin")  # of the PATH of a case: what is not there either is nowhere
_LONGEST_NAME = 255  # bytes, NAME_MAX of Linux (limits.h)
_SECONDS = 20.0  # being watched takes several times as long
_MISSING = ("ENOENT", "ENOTDIR", "ECONNREFUSED")
# In the sandbox nobody listens, so that who connects without waiting for it will be refused.
_PORT = re.compile(
    r"sin6?_port=htons\((?P<port>\d+)\).*?"
    r'(?:inet_addr\("(?:127\.\d+\.\d+\.\d+|0\.0\.0\.0)"\)|inet_pton\(AF_INET6, "::1")'
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Sought:
    """One thing that was not there: `kind` is file, folder, socket, port or executable.

    `path` is below the case's directory; of an executable it is its name, of a port `127.0.0.1:5432`.
    """

    path: str
    kind: str = "file"


def traced(case: Case, tracer: str) -> Case:
    """The case with a tracer around its program."""
    argv = (*_OPTIONS, "--", f"{ROOT}/bin/{case.program}", *case.argv)
    return replace(case, program=tracer, argv=argv, timeout=_SECONDS, endless=False)


def looked_for(seen: CommandObservation) -> tuple[Sought, ...]:
    """What a traced program looked for in its own directory, and the executables, in the order in which it did."""
    log = next((one.content for one in seen.files if one.path == _LOG.encode()), b"")
    found = (one for line in log.decode("utf-8", "replace").splitlines() for one in _in_line(line))
    kinds: dict[str, Sought] = {}
    for one in found:
        if one.path not in kinds or one.kind != "file":  # what is opened as a folder was mostly looked at before
            kinds[one.path] = one
    return tuple(one for one in kinds.values() if one.path not in (_LOG, "."))


def _in_line(line: str) -> Iterator[Sought]:
    call = _CALL.match(line)
    if not call:
        return
    name, args = call["name"], call["args"]
    if name == "connect" and "sa_family=AF_INET" in args:
        port = _PORT.search(args)
        if port and call["error"] in ("ECONNREFUSED", "EINPROGRESS"):
            yield Sought(path=f"127.0.0.1:{port['port']}", kind="port")
        return
    if call["error"] not in _MISSING:
        return
    at = _AT.search(args)
    told = PurePosixPath(_plain(at[1]), _plain(at[2])) if at else _first_path(args)
    if told is None:
        return
    path = PurePosixPath(CASE_DIRECTORY, told)
    if name in ("execve", "execveat") or path.parent == _LAST_OF_PATH:
        if path.parent == _LAST_OF_PATH:
            yield Sought(path=path.name, kind="executable")
        return
    if ".." in path.parts or not path.is_relative_to(CASE_DIRECTORY) or not _may_be_made(path):
        return
    inside = path.relative_to(CASE_DIRECTORY)
    if name == "mkdir" or name == "mkdirat" or "O_CREAT" in args:
        inside = inside.parent  # it would be made, but where it should be there is nothing
        yield Sought(path=str(inside), kind="folder")
    else:
        kind = "socket" if name == "connect" else "folder" if "O_DIRECTORY" in args else "file"
        yield Sought(path=str(inside), kind=kind)


def _may_be_made(path: PurePosixPath) -> bool:
    """Whether a file can be called so: what stands in a list of files may be taken for a name too, whatever it is."""
    return "\n" not in str(path) and all(len(part.encode("utf-8", "replace")) <= _LONGEST_NAME for part in path.parts)


def _first_path(args: str) -> PurePosixPath | None:
    found = _PATH.search(args)
    return PurePosixPath(_plain(found[1])) if found and found[1] else None


def _plain(text: str) -> str:
    """A path without strace's escapes."""
    raw = _ESCAPE.sub(_unescaped, text)
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "01234567":
        return chr(int(code, 8) & 255)
    if code[0] == "x" and len(code) == 3:
        return chr(int(code[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f"}.get(code, code)
