"""Cases that harness.toml names: `[[command]]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from harness.cases.base import Ground
from harness.compare.output import CASE_DIRECTORY
from harness.config import Command
from harness.errors import ConfigError
from harness.model import Case

__all__ = ["Configured"]

_FILE = re.compile(r"\{file:([^{}]+)\}")


class Configured:
    """The source."""

    name = "configured"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """A case for every command, and one for each of its examples where it takes a configuration.

        Raises:
            ConfigError: a file, an example or a program that is not there.
        """
        return [case for command in ground.config.command for case in _Template(command, ground).cases()]


class _Template:
    """One `[[command]]` on its way to cases."""

    def __init__(self, command: Command, ground: Ground) -> None:
        self.command = command
        self.ground = ground
        self.files: dict[str, bytes] = {}

    def cases(self) -> Iterator[Case]:
        command = self.command
        for path, source in command.files.items():
            self._add(self._own(path), source)
        argv = [self._filled(word) for word in command.argv]
        env = {name: self._filled(value) for name, value in command.env.items()}
        takes_config = any("{config}" in word for word in (*argv, *env.values()))
        for name, example in self._examples() if takes_config else (("", {}),):
            yield Case(
                program=self._program(),
                argv=tuple(word.replace("{config}", name) for word in argv),
                files={**self.files, **example},
                env={key: value.replace("{config}", name) for key, value in env.items()},
                stdin=command.stdin.encode(),
                timeout=command.timeout,
                origin=f"harness.toml: {command.name}" + (f": {name}" if name else ""),
            )

    def _program(self) -> str:
        named, built = self.command.program, self.ground.programs
        if named and named not in built:
            raise self._error(f"names the program `{named}`, and the workspace has {_listed(built)}", "Correct it.")
        if named:
            return named
        if len(built) == 1:
            return built[0]
        raise self._error(f"names no program, and the workspace has {_listed(built)}", 'Add `program = "NAME"` to it.')

    def _filled(self, text: str) -> str:
        for path in _FILE.findall(text):
            self._add(self._own(path), path)
        return _FILE.sub(lambda match: str(PurePosixPath(match[1])), text).replace("{dir}", CASE_DIRECTORY)

    def _examples(self) -> list[tuple[str, dict[str, bytes]]]:
        """Configurations, each by its path and with its content, in the order of their paths."""
        globs = self.command.config.get("examples", ())
        globs = [globs] if isinstance(globs, str) else list(globs)
        if not globs:
            raise self._error(
                "has {config} in it, but no examples, and configurations are not yet made from types or by strategies",
                'Add `config = { examples = ["GLOB"] }` to it.',
            )
        found = {path: data for glob in globs for path, data in self._read(glob).items()}
        if not found:
            raise self._error(f"has examples {globs} that match no file of the first revision", "Correct the globs.")
        most = self.command.cases or len(found)
        return [(path, {path: found[path]}) for path in sorted(found)][:most]

    def _add(self, to: str, source: str) -> None:
        found = self._read(source)
        if not found:
            raise self._error(f"needs {source}, which the first revision does not have", "Correct the path.")
        for path, data in found.items():
            below = path.removeprefix(str(PurePosixPath(source))).lstrip("/")
            self.files[f"{to}/{below}" if below and to != "." else below or to] = data

    def _read(self, path: str) -> Mapping[str, bytes]:
        return self.ground.repository.read(path) if self.ground.repository else {}

    def _own(self, path: str) -> str:
        """A path of the case's own directory, in plain form."""
        plain = PurePosixPath(path)
        if plain.is_absolute() or ".." in plain.parts:
            raise self._error(f"names {path}, which is not inside the case's directory", "Use a relative path.")
        return str(plain)

    def _error(self, what: str, step: str) -> ConfigError:
        return ConfigError(f"{self.ground.config.path}: the command `{self.command.name}` {what}.", step=step)


def _listed(programs: Sequence[str]) -> str:
    if len(programs) > 1:
        return f"several programs ({', '.join(programs)})"
    return f"the program {programs[0]}" if programs else "no program"
