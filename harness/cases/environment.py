"""Cases that differ in what is around a program: variables, HOME, a directory that cannot be written to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from harness.cases.base import Ground
from harness.cases.help_discovery import discover
from harness.cases.known_good import known_good
from harness.cases.values import files_named, values_for
from harness.cases.variables import variables_in_help, variables_in_sources
from harness.compare.output import CASE_DIRECTORY, CommandObservation
from harness.model import Case

__all__ = ["MOST", "Environment"]

MOST = 400
"""How many of these cases there are at most."""

VERSION = 1
_COMMANDS = 8
_REACTING = 2  # commands on which all values of a variable that they react to are tried
_NOBODYS = "zq-odd"
_SECONDS = 3.0
_ODD = ("", " ", "0", "1", "true", "false", "folder", "input.txt", "missing-folder", "a:b,c", "ünïcödé", "long-" * 60)
_ALREADY = {"HOME", "PATH", "TERM", "NO_COLOR", "RUST_LOG", "LANG", "LC_ALL", "TZ"}

_AROUND: tuple[tuple[str, Mapping[str, str], Mapping[str, object]], ...] = (
    ("without HOME", {}, {"unset": ("HOME",)}),
    ("with HOME empty", {"HOME": ""}, {}),
    ("with HOME missing", {"HOME": f"{CASE_DIRECTORY}/missing-folder"}, {}),
    ("with HOME a file", {"HOME": f"{CASE_DIRECTORY}/input.txt"}, {"files": files_named(["input.txt"])}),
    ("in a read-only directory", {}, {"read_only": True}),
    ("without colours", {"NO_COLOR": "1"}, {}),
    ("with forced colours", {"CLICOLOR_FORCE": "1", "FORCE_COLOR": "1"}, {}),
    ("on another terminal", {"TERM": "xterm-256color"}, {}),
    ("without TERM and PATH", {}, {"unset": ("TERM", "PATH")}),
    ("in the plain locale", {"LANG": "C", "LC_ALL": "C"}, {}),
    ("without a place for temporary files", {"TMPDIR": f"{CASE_DIRECTORY}/missing-folder"}, {}),
    ("with the folders of the desktop elsewhere", {"XDG_CONFIG_HOME": "folder", "XDG_CACHE_HOME": "folder/cache"}, {}),
)


class Environment:
    """The source."""

    name = "environment"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Known command lines in odd surroundings, and with odd values of the variables that are read."""
        bases = _bases(ground)
        if not bases:
            return ()
        names = [name for name in _read_by(ground) if name not in _ALREADY]
        made = [case for name, reacting in _reactions(ground, names, bases) for case in _valued(name, reacting)]
        return [*_surroundings(bases), *made][: ground.config.cases or MOST]


def _bases(ground: Ground) -> list[Case]:
    """A command line of each command, those that do something first."""
    best = sorted(known_good(ground).best(), key=lambda one: not one.accepted)
    by_command: dict[object, Case] = {}
    for one in best:
        by_command.setdefault((one.case.program, one.case.argv[:1]), one.case)
    return list(by_command.values())[:_COMMANDS]


def _read_by(ground: Ground) -> list[str]:
    files = ground.repository.read("**/*.rs") if ground.repository else {}
    sources = {path: content.decode("utf-8", "replace") for path, content in files.items()}
    told = variables_in_help(page.text for page in discover(ground))
    return list(dict.fromkeys((*told, *variables_in_sources(sources))))


def _surroundings(bases: Sequence[Case]) -> Iterator[Case]:
    for what, env, more in _AROUND:
        for case in bases:
            given = dict(more)
            given["files"] = {**case.files, **msgspec.convert(given.get("files", {}), dict[str, bytes])}
            yield replace(case, env={**case.env, **env}, origin=f"environment: {what}", **given)  # type: ignore[arg-type]


def _valued(name: str, bases: Sequence[Case]) -> Iterator[Case]:
    values = values_for(name)
    for value in dict.fromkeys((*values.good, *values.bad, *_ODD)):
        for case in bases:
            yield _with(case, name, value)


def _with(case: Case, name: str, value: str) -> Case:
    files = {**case.files, **files_named([value])}
    return replace(case, env={**case.env, name: value}, files=files, origin=f"environment: {name}={value[:20]!r}")


# -- which commands a variable is for -------------------------------------------------------------------------


def _reactions(ground: Ground, names: Sequence[str], bases: Sequence[Case]) -> Iterator[tuple[str, list[Case]]]:
    """The variables, each with a few of the command lines that it makes a difference to, or else with the first."""
    parts = (VERSION, list(names), msgspec.msgpack.encode(bases, order="deterministic"))
    kept = ground.remember("variables", parts, lambda: msgspec.msgpack.encode(_tried(ground, names, bases)))
    reacting = msgspec.msgpack.decode(kept, type=dict[str, list[int]])
    for name in sorted(names, key=lambda one: not reacting[one]):
        yield name, [bases[index] for index in reacting[name][:_REACTING]] or list(bases[:1])


def _tried(ground: Ground, names: Sequence[str], bases: Sequence[Case]) -> dict[str, list[int]]:
    quick = [replace(case, timeout=_SECONDS) for case in bases]
    cases = {(name, index): _with(case, name, _NOBODYS) for name in names for index, case in enumerate(quick)}
    seen = {id(case): one for case, one in ground.run([*quick, *cases.values()])}
    usual = [_shape(seen.get(id(case))) for case in quick]
    return {
        name: [index for index in range(len(bases)) if _shape(seen.get(id(cases[name, index]))) != usual[index]]
        for name in names
    }


def _shape(seen: CommandObservation | None) -> object:
    """What a run said, without its numbers: times are in there."""
    if seen is None:
        return None
    texts = [re.sub(rb"[0-9]+", b"#", text) for text in (seen.stdout, seen.stderr)]
    return (seen.status, *texts, sorted(one.path for one in seen.files))
