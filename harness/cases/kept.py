"""Regression cases that were kept: harness-cases.toml, beside harness.toml.

`harness keep` writes it and people may; each `[[case]]` is run on every revision, before all other cases.
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import msgspec

from harness.cases import toml_text
from harness.cases.base import Ground
from harness.cases.services import again
from harness.errors import ConfigError
from harness.model import Case
from harness.server import Server

__all__ = ["FILE_NAME", "Kept", "KeptCase", "cases_of", "parse", "read", "render", "written_after"]

FILE_NAME = "harness-cases.toml"
_HEAD = """\
# Regression cases, each run on every revision before all other cases. `harness keep` adds to this file.
"""
_ORIGIN = "kept: "
_DEFAULT = Case(program="")


class KeptCase(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: a case, what it is called, and why it was kept."""

    name: str
    case: Case
    why: str = ""


class _Bytes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base64: str


_Text = str | _Bytes


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As the file has it."""

    name: str
    program: str
    why: str = ""
    argv: list[_Text] = []
    env: dict[str, _Text] = {}
    files: dict[str, _Text] = {}
    stdin: _Text = ""
    unset: list[str] = []
    sockets: list[str] = []
    timeout: float = _DEFAULT.timeout
    read_only: bool = False
    endless: bool = False
    services: list[str] = []


class Kept:
    """The source."""

    name = "kept"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """The kept cases of programs that there are; one whose program came later is for later revisions.

        Raises:
            ConfigError: one needs a service that harness.toml does not name.
        """
        there = (case for case in ground.config.kept if case.program in ground.programs)
        return [again(case, ground.config, ground.repository) for case in there]


def cases_of(entries: Iterable[KeptCase]) -> tuple[Case, ...]:
    """The cases, each with its name as where it came from."""
    return tuple(replace(one.case, origin=f"{_ORIGIN}{one.name}") for one in entries)


def read(folder: Path) -> tuple[KeptCase, ...]:
    """The kept cases of the workspace in `folder`; none where there is no such file. Errors as `parse`."""
    path = folder / FILE_NAME
    try:
        return parse(path.read_text(encoding="utf-8-sig"), str(path))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error


def parse(text: str, path: str) -> tuple[KeptCase, ...]:
    """The cases of a file; `path` is for messages.

    Raises:
        ConfigError: it is not TOML, or an entry is not a case.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error
    if unknown := [name for name in table if name != "case"]:
        raise ConfigError(f"{path}: unknown key `{unknown[0]}`. Only [[case]] is known here.")
    entries = table.get("case", [])
    if not isinstance(entries, list):
        raise ConfigError(f"{path}: `case` is no array of tables.", step="Begin each case with [[case]].")
    found = tuple(_kept(entry, number, path) for number, entry in enumerate(entries, 1))
    names = [one.name for one in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{path}: two cases are called `{twice}`.", step="Give one of them another name.")
    return found


def _kept(data: object, number: int, path: str) -> KeptCase:
    name = data.get("name") if isinstance(data, Mapping) else None
    where = f"{path}: the case `{name}`" if isinstance(name, str) else f"{path}: case {number}"
    try:
        entry = msgspec.convert(data, _Entry)
        case = Case(
            program=entry.program,
            argv=tuple(map(_text, entry.argv)),
            env={key: _text(one) for key, one in entry.env.items()},
            files={key: _bytes(one) for key, one in entry.files.items()},
            stdin=_bytes(entry.stdin),
            unset=tuple(entry.unset),
            sockets=tuple(entry.sockets),
            timeout=entry.timeout,
            read_only=entry.read_only,
            endless=entry.endless,
            services=tuple(Server(name=name) for name in entry.services),
        )
    except (msgspec.ValidationError, binascii.Error) as error:
        raise ConfigError(f"{where} cannot be read: {error}.") from error
    for one in (*case.files, *case.sockets):
        plain = PurePosixPath(one)
        if plain.is_absolute() or ".." in plain.parts or str(plain) != one:
            raise ConfigError(f"{where} has a file {one!r}, which is not a plain path below its directory.")
    if not re.fullmatch(r"[^\s/]+", entry.program):
        raise ConfigError(f"{where} has the program {entry.program!r}, which is no name of a program.")
    return KeptCase(name=entry.name, case=case, why=entry.why)


def written_after(text: str, entries: Sequence[KeptCase]) -> str:
    """The content of the file with more cases at its end; what a person wrote there stays as it is."""
    if not entries:
        return text
    before = text or _HEAD
    return f"{before.rstrip()}\n\n{render(entries)}"


def render(entries: Iterable[KeptCase]) -> str:
    """Entries as they stand in the file."""
    return "\n".join(toml_text.document({"case": [_table(one)]}) for one in entries)


def _table(one: KeptCase) -> dict[str, object]:
    case = one.case
    table: dict[str, object] = {"name": one.name, "why": one.why, "program": case.program}
    table["argv"] = toml_text.Raw(toml_text.value([_written(word) for word in case.argv]))
    table["env"] = toml_text.Raw(toml_text.value({key: _written(text) for key, text in case.env.items()}))
    table |= {
        "stdin": _plain(case.stdin),
        "unset": list(case.unset),
        "sockets": list(case.sockets),
        "services": [one.name for one in case.services],
        "read_only": case.read_only,
    }
    table |= {"endless": case.endless, "timeout": case.timeout}
    table["files"] = {name: _plain(content) for name, content in case.files.items()}
    defaults = {
        "why": "",
        "env": "{}",
        "stdin": "",
        "unset": [],
        "sockets": [],
        "services": [],
        "read_only": False,
        "endless": False,
        "files": {},
    }
    defaults["timeout"] = _DEFAULT.timeout
    return {key: value for key, value in table.items() if key not in defaults or value != defaults[key]}


def _plain(content: bytes) -> object:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return toml_text.Raw(toml_text.value({"base64": base64.b64encode(content).decode("ascii")}))


def _written(text: str) -> object:
    return _plain(text.encode("utf-8", "surrogateescape"))


def _bytes(value: _Text) -> bytes:
    return base64.b64decode(value.base64, validate=True) if isinstance(value, _Bytes) else value.encode()


def _text(value: _Text) -> str:
    return _bytes(value).decode("utf-8", "surrogateescape")
