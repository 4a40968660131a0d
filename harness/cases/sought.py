"""Cases with what programs looked for and did not find, so that they get past the first "not found"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from harness.cases.base import Ground
from harness.cases.known_good import Base, known_good
from harness.cases.minimal import custom_sections, minimal
from harness.cases.services import at_port, served
from harness.cases.trace import Sought
from harness.compare.output import CASE_DIRECTORY
from harness.model import Case

__all__ = ["MOST", "WhatWasSought"]

MOST = 400
"""How many of these cases there are at most."""

_PER_COMMAND = 4
_TOOL = b'#!/bin/sh\necho tool "$@"\n'


class WhatWasSought:
    """The source."""

    name = "what was looked for"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Known command lines with one thing there that they look for in vain, or without one that they were given."""
        bases = known_good(ground).best()
        sections = custom_sections(_sources(ground)) if any(one.missing for one in bases) else ()
        made: dict[object, Case] = {}
        for base in bases:
            for number, case in enumerate((*_beside_services(base, ground), *_of(base, sections))):
                command = (base.case.program, base.case.argv[:1])
                made.setdefault(
                    (command, case.origin) if number >= _PER_COMMAND else (command, case.argv, number), case
                )
        return list(made.values())[: ground.config.cases or MOST]


def _sources(ground: Ground) -> Iterator[str]:
    if ground.repository is not None:
        for path, content in ground.repository.read("**/*.rs").items():
            if b"section" in content.lower() and "target" not in PurePosixPath(path).parts:
                yield content.decode("utf-8", "replace")


def _beside_services(base: Base, ground: Ground) -> Iterator[Case]:
    """With the services of harness.toml at whose ports the program looked for somebody."""
    for one in base.missing:
        port = one.path.rpartition(":")[2]
        if one.kind == "port" and (name := at_port(int(port), ground.config)):
            names = [*(known.name for known in base.case.services), name]
            case = served(base.case, names, ground.config, ground.repository, f"what listens at {one.path}")
            yield replace(case, origin=f"{one.path} there: the service {name}")


def _of(base: Base, sections: Sequence[str]) -> Iterator[Case]:
    case = base.case
    for one in base.missing:
        if one.kind in ("socket", "port") and not any(_same_place(one.path, known) for known in case.files):
            yield replace(case, sockets=(one.path,), origin=f"{one.path} there: a socket")
        for what, files, env in _provided(one, sections):
            if not any(_same_place(path, known) for path in files for known in case.files):
                yield replace(
                    case, files={**case.files, **files}, env={**case.env, **env}, origin=f"{one.path} there: {what}"
                )
    for path in base.given:
        without = {name: data for name, data in case.files.items() if name != path}
        yield replace(case, files=without, origin=f"{path} not there")
        for what, data in minimal(path, sections):
            yield replace(case, files={**case.files, path: data}, origin=f"{path}: {what}")


def _same_place(path: str, known: str) -> bool:
    """Whether two files cannot both be there: they are one, or one is where the other needs a folder."""
    one, other = PurePosixPath(path), PurePosixPath(known)
    return one.is_relative_to(other) or other.is_relative_to(one)


def _provided(one: Sought, sections: Sequence[str]) -> Iterator[tuple[str, dict[str, bytes], dict[str, str]]]:
    """Things that may stand where this was looked for: what it is, files, variables."""
    if one.kind == "executable":
        env = {"PATH": f"{CASE_DIRECTORY}/tools:/tmp/bin:/usr/local/bin:/usr/bin:/bin"}
        yield "a tool that answers", {f"tools/{one.path}": _TOOL}, env
        yield "a tool that fails", {f"tools/{one.path}": b"#!/bin/sh\nexit 1\n"}, env
        return
    if one.kind == "port":
        return
    yield "a folder", {f"{one.path}/inside": b""}, {}
    if one.kind in ("file", "socket"):
        for what, data in minimal(one.path, sections):
            yield what, {one.path: data}, {}
