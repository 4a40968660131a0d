"""Servers of harness.toml as the plain data that cases carry, and the placeholders that lead to them."""

from __future__ import annotations

import difflib
import itertools
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from harness.cases.base import Repository
from harness.compare.output import SERVICES
from harness.config import Config, Service
from harness.errors import ConfigError
from harness.model import Case
from harness.server import Ready, Server

__all__ = ["again", "at_port", "served"]

_FIRST_PORT, _RANGE, _EACH = 20_000, 1_000, 10
"""Ports of services lie below those that the system hands out by itself (from 32768 on)."""

_OWN = re.compile(r"\{(?:(dir|data)|port(?:\.(\w+))?|file:([^{}]+))\}")
_FROM_OUTSIDE = re.compile(r"\{service\.([^{}.]*)(?:\.([^{}]*))?\}")
_PORT = re.compile(r"\{port(?:\.(\w+))?\}")


def served(case: Case, names: Sequence[str], config: Config, files: Repository | None, who: str) -> Case:
    """The case with the services that `names` or its own placeholders ask for; `who` is told in errors.

    Raises:
        ConfigError: there is no such service, or a file that it needs is not in the repository.
    """
    words = (*case.argv, *case.env.values())
    asked = [*names, *(match[1] for word in words for match in _FROM_OUTSIDE.finditer(word))]
    if not asked:
        return case
    made = {name: _made(name, config, files, who) for name in dict.fromkeys(asked)}

    def filled(text: str) -> str:
        return _FROM_OUTSIDE.sub(lambda match: made[match[1]].outside(match, who), text)

    env = {name: value for one in made.values() for name, value in one.provided().items()}
    return replace(
        case,
        argv=tuple(map(filled, case.argv)),
        env=env | {name: filled(value) for name, value in case.env.items()},
        services=tuple(one.server() for one in made.values()),
    )


def again(case: Case, config: Config, files: Repository | None) -> Case:
    """A case that was written down with the mere names of its services, with what these are now. Errors as `served`."""
    if not case.services:
        return case
    who = f"the case `{case.origin or case.program}`"
    servers = (_made(one.name, config, files, who).server() for one in case.services)
    return replace(case, services=tuple(servers))


def at_port(port: int, config: Config) -> str:
    """The name of the service that is at this port; empty where none is."""
    ports = ((one.name, _ports(one, config.service)) for one in config.service)
    return next((name for name, numbers in ports if port in numbers.values()), "")


def _made(name: str, config: Config, files: Repository | None, who: str) -> _Making:
    for one in config.service:
        if one.name == name:
            return _Making(one, _ports(one, config.service), files, config.path)
    known = [one.name for one in config.service]
    near = difflib.get_close_matches(name, known, n=1)
    there = f"There are: {', '.join(known)}." if known else "Name it in a table [[service]]."
    raise ConfigError(
        f"{config.path or 'harness.toml'}: {who} needs the service `{name}`, which is not named there.",
        step=f"Perhaps `{near[0]}` was meant." if near else there,
    )


@dataclass(frozen=True, slots=True)
class _Making:
    """One `[[service]]` on its way to plain data."""

    service: Service
    ports: dict[str, int]
    files: Repository | None
    path: str

    def server(self) -> Server:
        one, found = self.service, dict[str, bytes]()

        def filled(text: str) -> str:
            return self._filled(text, found)

        def commands(some: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
            return tuple(tuple(map(filled, words)) for words in some)

        ready = one.ready if one.ready != Ready() else Ready(tcp="{port}")
        (argv, command), setup, seed = commands((one.argv, ready.command)), commands(one.setup), commands(one.seed)
        return Server(
            name=one.name,
            argv=argv,
            path=one.path,
            setup=setup,
            seed=seed,
            ready=Ready(tcp=self._port(filled(ready.tcp)), line=filled(ready.line), command=command),
            env={name: filled(value) for name, value in one.env.items()},
            ports=tuple(self.ports.values()),
            per=one.per,
            stop=one.stop,
            timeout=one.timeout,
            files=found,
        )

    def provided(self) -> dict[str, str]:
        return {name: self._filled(value, {}) for name, value in self.service.provides.items()}

    def outside(self, match: re.Match[str], who: str) -> str:
        """What a placeholder of a case stands for."""
        what, _, other = (match[2] or "").partition(".")
        if what in ("dir", "data") and not other:
            return self._place(what)
        if what == "port" and other in self.ports:
            return str(self.ports[other])
        ports = (".".join(filter(None, ["port", one])) for one in self.ports)
        known = ", ".join(f"{{service.{self.service.name}.{one}}}" for one in (*ports, "dir", "data"))
        raise ConfigError(f"{self.path}: {who} says {match[0]}, which means nothing.", step=f"Known are {known}.")

    def _filled(self, text: str, found: dict[str, bytes]) -> str:
        return _OWN.sub(lambda match: self._own(match, found), text)

    def _own(self, match: re.Match[str], found: dict[str, bytes]) -> str:
        if match[1]:
            return self._place(match[1])
        return self._file(match[3], found) if match[3] else str(self.ports[match[2] or ""])

    def _place(self, what: str) -> str:
        own = f"{SERVICES}/{self.service.name}"
        return own if what == "dir" else f"{own}/data"

    def _file(self, path: str, found: dict[str, bytes]) -> str:
        plain = PurePosixPath(path)
        if plain.is_absolute() or ".." in plain.parts or plain.parts[:1] == ("data",):
            raise self._error(f"names {path}", "Use a relative path below the repository, and not below `data`.")
        contents = self.files.read(str(plain)) if self.files else {}
        if not contents:
            raise self._error(f"needs {path}, which the first revision does not have", "Correct the path.")
        found.update(contents)
        return f"{self._place('dir')}/{plain}"

    def _port(self, text: str) -> str:
        if text and not text.isdecimal():
            raise self._error(f"is ready at the port {text!r}, which is no number", 'Say ready = { tcp = "{port}" }.')
        return text

    def _error(self, what: str, step: str) -> ConfigError:
        return ConfigError(f"{self.path or 'harness.toml'}: the service `{self.service.name}` {what}.", step=step)


def _ports(one: Service, all_of_them: Sequence[Service]) -> dict[str, int]:
    """The numbers of a service's ports, by what it calls them: the same ones whatever other services there are.

    Whoever wants another one says so; two services whose names fall together get what is free beside each other.
    """
    taken = {service.port for service in all_of_them}
    made: dict[str, dict[str, int]] = {}
    for service in sorted(all_of_them, key=lambda service: service.name):
        start = _FIRST_PORT + zlib.crc32(service.name.encode()) % _RANGE * _EACH
        free = (number for number in itertools.count(start + 1) if number not in taken)
        made[service.name] = {name: _next(name, service, free.__next__) for name in _names_of_ports(service)}
        taken.update(made[service.name].values())
    return made[one.name]


def _next(name: str, service: Service, free: Callable[[], int]) -> int:
    return service.port if service.port and not name else free()


def _names_of_ports(service: Service) -> list[str]:
    named = (match[1] or "" for text in service.texts() for match in _PORT.finditer(text))
    return list(dict.fromkeys(["", *named]))
