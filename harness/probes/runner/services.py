"""The servers that cases need: set up once, started for a case or for all of them, and looked after."""

# Paths here are byte strings, which pathlib does not know.
# ruff: noqa: PTH103, PTH104, PTH123

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import time

from .family import SIGNALS, Family, told
from .folder import clear
from .keeper import Keeper, find
from .message import unpack

__all__ = ["ServiceError", "Services"]

LOG_KEPT = 64 << 10  # bytes of a log, its end: why a server ended stands there
LOOK = 0.005  # seconds between two looks at whether a server is up
CONNECTING = 1.0  # seconds
STOPPING = 5.0  # seconds that a server may take to stop, if it may take as many for other things


class ServiceError(Exception):
    """A server is not there. `name`, `what` and `log` say which, what of it, and what it wrote."""

    def __init__(self, name: str, what: str, log: bytes) -> None:
        super().__init__(what)
        self.name, self.what, self.log = name, what, log


class Services:
    """All servers of a runner. `folder` is where their directories are."""

    def __init__(self, folder: bytes, family: Family) -> None:
        self.folder, self.family = folder, family
        self.known: dict[bytes, _Server] = {}
        self.wanted: list[_Server] = []

    def up(self, field: bytes) -> None:
        """Sees to it that the servers of a case are up. Raises ServiceError where one is not."""
        self.wanted = []
        for data in unpack(field[4:]) if field else ():
            if data not in self.known:
                os.makedirs(self.folder, exist_ok=True)
                self.known[data] = _Server(unpack(data[4:]), self.folder, self.family)
            self.wanted.append(self.known[data])
            self.known[data].up()

    def check(self) -> None:
        """Raises ServiceError where a server of the case that was run is not there any more."""
        for one in self.wanted:
            one.check("ended while the case ran")

    def down(self) -> None:
        """Ends those that were for one case only, with what they wrote."""
        for one in self.wanted:
            if one.per_case:
                one.down()
                one.clear()
        self.wanted = []

    def failed(self, error: Exception) -> list[bytes]:
        """Ends all of them where an error is that of a server: its name, what it is and what the server wrote."""
        if not isinstance(error, ServiceError):
            return []
        self.kill()
        return [error.name.encode(), error.what.encode("utf-8", "replace"), error.log]

    def staying(self) -> bool:
        """Whether a server is up that will be so between two cases."""
        return any(one.keeper and not one.per_case for one in self.known.values())

    def kill(self) -> None:
        """Ends all of them at once."""
        for one in self.known.values():
            one.kill()


class _Server:
    """One server, as fields: what is told of it as JSON, then paths and contents of its files."""

    def __init__(self, fields: list[bytes], folder: bytes, family: Family) -> None:
        self.spec = json.loads(fields[0])
        self.files = list(zip(fields[1::2], fields[2::2], strict=True))
        self.name: str = self.spec["name"]
        self.per_case = self.spec["per"] == "case"
        self.env = {os.fsencode(name): os.fsencode(value) for name, value in self.spec["env"].items()}
        name = os.fsencode(self.name)
        self.folder, self.kept, self.log = (folder + b"/" + one for one in (name, b"." + name, b"." + name + b".log"))
        self.family, self.made = family, False
        self.keeper: Keeper | None = None

    # -- from nothing to ready ----------------------------------------------------------------------------

    def up(self) -> None:
        if self.keeper is not None:
            self.check("ended between two cases")
            return
        if not self.made:
            self._make()
        elif self.per_case:
            _copy(self.kept, self.folder)
        if self.keeper is None:
            self._start()

    def _make(self) -> None:
        """Sets up what each start begins with; where every case gets it anew, this is set aside."""
        self.clear()
        os.makedirs(self.folder + b"/data", 0o700)
        for name, content in self.files:
            path = self.folder + b"/" + name
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH120
            with open(path, "wb") as file:
                file.write(content)
        self._empty_log()
        for words in self.spec["setup"]:
            self._command(words, "its set-up")
        if self.spec["seed"]:
            self._start()
            for words in self.spec["seed"]:
                self._command(words, "what it is seeded with,")
                self.check(f"ended while it was seeded with {_shown(words)}")
        self.made = True
        if self.per_case:
            self.down()
            os.rename(self.folder, self.kept)
            _copy(self.kept, self.folder)

    def _start(self) -> None:
        self._empty_log()
        argv = [os.fsencode(word) for word in self.spec["argv"]]
        stop = signal.Signals[self.spec["stop"]], min(STOPPING, self.spec["timeout"])
        self.keeper = Keeper(argv, self.env, self.folder, self.log, stop)
        self.family.spared.add(self.keeper.pid)
        until = time.monotonic() + self.spec["timeout"]
        while not self._is_up():
            self.check("did not come up: it ended with")
            if time.monotonic() > until:
                raise self._error(f"is not ready after {self.spec['timeout']:g} s: {self._waiting_for()}")
            time.sleep(LOOK)
        self.check("did not come up: it ended with")

    def _waiting_for(self) -> str:
        ready = self.spec["ready"]
        if ready["tcp"] and not self._connects():
            return f"nothing takes connections at port {ready['tcp']}"
        if ready["line"] and not self._wrote():
            return f"no line that it wrote matches {ready['line']!r}"
        return f"{_shown(ready['command'])} does not end with exit status 0" if ready["command"] else "it only just is"

    def _is_up(self) -> bool:
        ready = self.spec["ready"]
        return (
            (not ready["tcp"] or self._connects())
            and (not ready["line"] or self._wrote())
            and (not ready["command"] or self._answers(ready["command"]))
        )

    def _connects(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", int(self.spec["ready"]["tcp"])), CONNECTING),
        ):
            return True
        return False

    def _wrote(self) -> bool:
        with open(self.log, "rb") as file:
            return bool(re.search(self.spec["ready"]["line"], file.read().decode("utf-8", "replace"), re.MULTILINE))

    def _answers(self, words: list[str]) -> bool:
        return self._run(words, os.devnull.encode()) == b"exit 0"

    # -- commands -----------------------------------------------------------------------------------------

    def _command(self, words: list[str], what: str) -> None:
        end = self._run(words, self.log)
        if end != b"exit 0":
            raise self._error(f"did not come up: {what} {_shown(words)} ended with {end.decode()}")

    def _run(self, words: list[str], log: bytes) -> bytes:
        """How a command ended. What it left running is ended too."""
        argv = [os.fsencode(word) for word in words]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, b"/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        os.chdir(self.folder)
        try:
            path = find(argv[0], self.env)
            pid = os.posix_spawn(path, argv, self.env, file_actions=actions, setsid=True, setsigdef=SIGNALS)
        except OSError as error:
            raise self._error(f"did not come up: {_shown(words)} could not start: {error.strerror}") from error
        finally:
            os.chdir(b"/")
        until = time.monotonic() + self.spec["timeout"]
        end = b""
        while not end:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                end = told(status)
            elif time.monotonic() > until:
                end = b"nothing after %g s" % self.spec["timeout"]
            else:
                time.sleep(LOOK)
        self.family.kill(pid)
        return end

    # -- its end ------------------------------------------------------------------------------------------

    def check(self, what: str) -> None:
        """Raises ServiceError where the server has ended by itself."""
        if self.keeper is not None and (end := self.keeper.ended()):
            told = end.decode("utf-8", "replace")
            raise self._error(f"{what} {told}" if what.endswith("with") else f"{what}, with {told}")

    def down(self) -> None:
        if self.keeper is not None:
            self.keeper.stop()
            self._gone()

    def kill(self) -> None:
        if self.keeper is not None:
            self.keeper.kill()
            self._gone()

    def _gone(self) -> None:
        assert self.keeper is not None
        self.family.spared.discard(self.keeper.pid)
        self.keeper = None

    def clear(self) -> None:
        """Removes what it wrote."""
        clear(self.folder)

    def _empty_log(self) -> None:
        with open(self.log, "wb"):
            pass

    def _error(self, what: str) -> ServiceError:
        with open(self.log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_KEPT))
            return ServiceError(self.name, what, file.read())


def _shown(words: list[str]) -> str:
    return f"`{' '.join(words)}`"


def _copy(source: bytes, to: bytes) -> None:
    """A folder again, without the sockets and pipes in it, which mean nothing there."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if not _can_be_copied(os.lstat(f"{folder}/{name}").st_mode)]

    shutil.copytree(os.fsdecode(source), os.fsdecode(to), symlinks=True, ignore=left_out)


def _can_be_copied(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
