"""harness.toml: what cannot be found out, every table and key of it optional."""

from __future__ import annotations

import dataclasses
import difflib
import re
import signal
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from harness.errors import ConfigError
from harness.model import Case, Step
from harness.server import Ready

__all__ = [
    "Benchmark",
    "BuildConfig",
    "ByHand",
    "Command",
    "Config",
    "RedactionRule",
    "Service",
    "Terminal",
    "Verify",
    "load",
    "parse",
]

FILE_NAME = "harness.toml"
_METADATA = ("workspace", "metadata", "harness")
_WIDEST = 1000
_PORTS = (1024, 65535)  # those below are for root alone
_NOT_IN_THE_FILE = ("path", "cases", "seed", "kept", "by_hand", "timing", "names_profile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """`[verify]`: what plain `pytest` compares."""

    base: str = ""
    range: str = ""
    surfaces: bool = False

    def __bool__(self) -> bool:
        return bool(self.base or self.range or self.surfaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildConfig:
    """`[build]`: how revisions are built. `timeout` is in seconds, for one cargo call."""

    profile: str = "dev"
    features: tuple[str, ...] = ("default",)
    env: dict[str, str] = field(default_factory=dict)
    timeout: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`[[command]]`: a command line that is run besides what help texts suggest.

    In `argv` and `env`, `{dir}` is the case's directory and `{file:PATH}` a file of the repository, copied
    there. `files` maps a path in the case's directory to a file or folder of the repository. `services` names those
    that run beside it; one that is named by a placeholder, such as `{service.NAME.port}`, need not be.
    """

    name: str
    argv: tuple[str, ...]
    program: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    stdin: str = ""
    cases: int = 0
    timeout: float = 10.0
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """`[[benchmark]]`: a pipeline whose report's structure is compared. `env` and `services` are as for a command."""

    name: str
    argv: tuple[str, ...]
    report: dict[str, Any] = field(default_factory=dict)
    repeat: int = 5
    env: dict[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """`[[terminal]]`: a scripted session in a pseudo-terminal. What it shares with `[[command]]` means the same."""

    name: str
    argv: tuple[str, ...]
    script: tuple[Step, ...] = ()
    columns: int = 80
    rows: int = 24
    program: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`[[service]]`: a server that cases need, in the sandbox of the case.

    In all texts `{dir}` is a directory of its own, in which it runs, `{data}` a fresh folder below that, `{port}` a
    port that is free (`{port.NAME}` another one; `port` chooses the first), and `{file:PATH}` a file of the
    repository, copied to its directory. Programs are looked for among those of the workspace, in the folders `path`
    (globs; of several, the last version) and on the PATH. `setup` are commands that are run once, before it starts for
    the first time, and `seed` once it is ready. It is up when all of `ready` holds: connections are taken at the port
    `tcp`, a line of its output matches `line`, `command` ends with exit status 0; without any, when `{port}` takes
    connections. With `per = "case"` every case gets it started anew, on data as they were after `seed`; with
    `per = "run"` it serves one case after another. Cases have the variables `provides`, and name it by
    `{service.NAME.port}`, `{service.NAME.port.OTHER}`, `{service.NAME.dir}` and `{service.NAME.data}`. It is stopped
    with the signal `stop`. `timeout` is in seconds, for each set-up command and until it is up.
    """

    name: str
    argv: tuple[str, ...]
    path: tuple[str, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()
    seed: tuple[tuple[str, ...], ...] = ()
    ready: Ready = field(default_factory=Ready)
    env: dict[str, str] = field(default_factory=dict)
    provides: dict[str, str] = field(default_factory=dict)
    port: int = 0
    per: str = "case"
    stop: str = "SIGTERM"
    timeout: float = 30.0

    def texts(self) -> list[str]:
        """Everything in which placeholders stand."""
        commands = [self.argv, *self.setup, *self.seed, self.ready.command, (self.ready.tcp, self.ready.line)]
        return [*(word for words in commands for word in words), *self.env.values(), *self.provides.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRule:
    """`[[redaction]]`: a pattern (Python's `re`) that is hidden in these facets, and why."""

    pattern: str
    reason: str
    facets: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """The folder that Python files with strategies are looked for in, and by `module:strategy` what those files are."""

    folder: str = ""
    digests: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of harness.toml. `path` is where it was read, empty for the defaults.

    `cases` is no key of the file but the option `--harness-cases`: at most how many cases help texts suggest for a
    build; 0 leaves it to the source. `seed` is the option `--harness-seed`: what is drawn is drawn from it. `kept` are
    the cases of harness-cases.toml, `by_hand` is where strategies in Python are. `timing` is the option
    `--harness-timing`; with it, the profile is `release` where the file names none.
    """

    verify: Verify = field(default_factory=Verify)
    build: BuildConfig = field(default_factory=BuildConfig)
    command: tuple[Command, ...] = ()
    benchmark: tuple[Benchmark, ...] = ()
    terminal: tuple[Terminal, ...] = ()
    service: tuple[Service, ...] = ()
    redaction: tuple[RedactionRule, ...] = ()
    path: str = ""
    cases: int = 0
    seed: int = 0
    kept: tuple[Case, ...] = ()
    by_hand: ByHand = field(default_factory=ByHand)
    timing: bool = False
    names_profile: bool = False

    def anywhere(self) -> Config:
        """The same without where it lies: equal on every machine that reads the same files."""
        return dataclasses.replace(self, path="", by_hand=dataclasses.replace(self.by_hand, folder=""))

    def timed(self) -> Config:
        """The same for a run that compares durations too."""
        profile = self.build.profile if self.names_profile else "release"
        return dataclasses.replace(self, timing=True, build=dataclasses.replace(self.build, profile=profile))


def load(folder: Path, explicit: Path | None = None) -> Config:
    """The configuration of the workspace in `folder`: `explicit`, harness.toml, or its Cargo.toml's metadata.

    Raises:
        ConfigError: a file that is not there, not TOML, or says something without a meaning.
    """
    path = explicit or folder / FILE_NAME
    if path.is_file():
        return parse(_read(path), str(path))
    if explicit:
        raise ConfigError(f"There is no configuration file {explicit}.", step="Correct --harness-config.")
    manifest = folder / "Cargo.toml"
    if manifest.is_file() and "harness" in (text := _read(manifest)):
        return _checked(_metadata(_toml(text, str(manifest)), str(manifest)), text, str(manifest), _METADATA)
    return Config()


def parse(text: str, path: str) -> Config:
    """A configuration from the text of a harness.toml; `path` is for messages."""
    return _checked(_toml(text, path), text, path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error


def _toml(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _metadata(table: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    for key in _METADATA:
        table = table.get(key, {})
        if not isinstance(table, Mapping):
            raise ConfigError(f"{path}: `{key}` of `workspace.metadata.harness` is not a table.")
    return table


def _checked(table: Mapping[str, Any], text: str, path: str, above: tuple[str, ...] = ()) -> Config:
    _check_keys(table, Config, text, path, above)
    try:
        build = table.get("build")
        named = isinstance(build, Mapping) and "profile" in build
        config = msgspec.convert({**table, "path": path, "names_profile": named}, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}{_line_of_error(str(error), text)}: {error}.") from error
    for rule in config.redaction:
        _check_rule(rule, text, path)
    for session in config.terminal:
        _check_session(session, text, path)
    for service in config.service:
        _check_service(service, text, path)
    names = [one.name for one in config.service]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{path}: two services are called `{twice}`.", step="Give one of them another name.")
    return config


def _check_service(service: Service, text: str, path: str) -> None:
    where = f"{path}:{_line_of(text, 'name', service.name)}: the service `{service.name}`"
    if not re.fullmatch(r"[A-Za-z0-9_-]+", service.name):
        raise ConfigError(f"{where} has a name with other than letters, digits, `-` and `_`.")
    if not all((service.argv, *service.setup, *service.seed)):
        raise ConfigError(f"{where} has a command without a word.", step="Name a program.")
    if service.per not in ("case", "run"):
        raise ConfigError(f'{where} is per "{service.per}".', step='Say per = "case" or per = "run".')
    if service.stop not in signal.Signals.__members__:
        raise ConfigError(f"{where} is stopped with {service.stop!r}, which is no signal.", step="Say SIGTERM.")
    if service.port and not _PORTS[0] <= service.port <= _PORTS[1]:
        raise ConfigError(f"{where} has the port {service.port}.", step=f"Give {_PORTS[0]} to {_PORTS[1]}.")
    if not service.timeout > 0:
        raise ConfigError(f"{where} has {service.timeout:g} seconds to come up.", step="Give it more than 0.")
    try:
        re.compile(service.ready.line)
    except re.error as error:
        raise ConfigError(
            f"{where} is ready at the line {service.ready.line!r}, which is not a regular expression: {error}."
        ) from error
    if service.ready == Ready() and not any("{port}" in word for word in service.texts()):
        raise ConfigError(f"{where} does not say when it is ready.", step="Give it ready = { line = … } or a {port}.")


def _check_session(session: Terminal, text: str, path: str) -> None:
    where = f"{path}:{_line_of(text, 'name', session.name)}: the session `{session.name}`"
    for number, step in enumerate(session.script, 1):
        try:
            re.compile(step.expect)
        except re.error as error:
            raise ConfigError(
                f"{where} expects {step.expect!r} in step {number}, which is not a regular expression: {error}."
            ) from error
        for name in filter(None, (step.signal, step.catches)):
            if name not in signal.Signals.__members__:
                raise ConfigError(f"{where} names {name!r} in step {number}, which is no signal.", step="Say SIGTERM.")
        if step == Step():
            raise ConfigError(f"{where} does nothing in step {number}.", step="Give it expect, send or resize.")
    if not (1 <= session.columns <= _WIDEST and 1 <= session.rows <= _WIDEST):
        raise ConfigError(f"{where} has {session.columns} columns and {session.rows} rows.", step="Give 1 to 1000.")


def _check_rule(rule: RedactionRule, text: str, path: str) -> None:
    where = f"{path}:{_line_of(text, 'pattern', rule.pattern)}"
    try:
        pattern = re.compile(rule.pattern)
    except re.error as error:
        raise ConfigError(
            f"{where}: the redaction pattern {rule.pattern!r} is not a regular expression: {error}."
        ) from error
    if not rule.reason.strip():
        raise ConfigError(f"{where}: a redaction needs a reason.", step="Say why the pattern may be hidden.")
    if pattern.search(""):
        raise ConfigError(
            f"{where}: the redaction pattern {rule.pattern!r} matches the empty text, so it would hide everything."
        )


def _check_keys(table: Mapping[str, Any], kind: type, text: str, path: str, above: tuple[str, ...]) -> None:
    hints = typing.get_type_hints(kind)
    known = [one.name for one in dataclasses.fields(kind) if not (kind is Config and one.name in _NOT_IN_THE_FILE)]
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            meant = f" Perhaps `{near[0]}` was meant." if near else f" Known here: {', '.join(known)}."
            inside = f"[{'.'.join(above)}]" if above else "the top level"
            raise ConfigError(f"{path}:{_line_of(text, key)}: unknown key `{key}` in {inside}.{meant}")
        inner = _dataclass_in(hints[key])
        if inner is None:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, Mapping):
                _check_keys(part, inner, text, path, (*above, key))


def _dataclass_in(hint: Any) -> type | None:
    if dataclasses.is_dataclass(hint):
        return typing.cast(type, hint)
    if isinstance(hint, types.GenericAlias):
        return next((found for part in typing.get_args(hint) if (found := _dataclass_in(part))), None)
    return None


def _line_of(text: str, key: str, value: str | None = None) -> int:
    named = re.compile(
        rf"^\s*(\[+\s*)?([\w.-]+\.)?[\"']?{re.escape(key)}[\"']?\s*(=|\]|\.)|[{{,]\s*{re.escape(key)}\s*="
    )
    lines = text.splitlines()
    hits = [number for number, line in enumerate(lines, 1) if named.search(line)]
    with_value = [number for number in hits if value is not None and value in lines[number - 1]]
    return (with_value or hits or [1])[0]


def _line_of_error(message: str, text: str) -> str:
    keys = re.findall(r"\.(\w+)", message.rpartition("`$")[2])
    return f":{_line_of(text, keys[-1])}" if keys else ""
