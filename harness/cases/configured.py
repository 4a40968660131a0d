"""Cases that harness.toml names: `[[command]]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from harness.cases.base import Ground
from harness.cases.by_hand import drawn
from harness.cases.services import served
from harness.compare.output import CASE_DIRECTORY
from harness.config import Command
from harness.errors import ConfigError
from harness.model import Case

__all__ = ["Configured", "Template", "with_config"]

_FILE = re.compile(r"\{file:([^{}]+)\}")


class Configured:
    """The source."""

    name = "configured"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """A case for every command, and one for each of its examples where it takes a configuration.

        Raises:
            ConfigError: a file, an example or a program that is not there.
        """
        return [case for command in ground.config.command for case in Template(command, ground).cases()]


class Template:
    """One `[[command]]` on its way to cases."""

    def __init__(self, command: Command, ground: Ground) -> None:
        self.command = command
        self.ground = ground
        self.files: dict[str, bytes] = {}

    @property
    def takes_config(self) -> bool:
        """Whether `{config}` stands anywhere in the command line or the environment."""
        return any("{config}" in word for word in (*self.command.argv, *self.command.env.values()))

    def cases(self) -> Iterator[Case]:
        """The command as it is, or with each of its examples; none where types or strategies make the configurations.

        Raises:
            ConfigError: a file, an example or a program that is not there.
        """
        blank = self.blank()
        if not self.takes_config:
            yield blank
        elif "python" in self.command.config:
            for name, files in drawn(self.command, self.ground):
                yield with_config(blank, name, files[name], name)
        else:
            for name, data in self.examples().items():
                yield with_config(blank, name, data, name)

    def blank(self) -> Case:
        """The case as far as it is the same for every configuration, with `{config}` left where its path belongs.

        Raises:
            ConfigError: a file or a program that is not there.
        """
        command = self.command
        for path, source in command.files.items():
            self._add(self._own(path), source)
        case = Case(
            argv=tuple(self._filled(word) for word in command.argv),
            env={name: self._filled(value) for name, value in command.env.items()},
            program=self._program(),
            files=self.files,
            stdin=command.stdin.encode(),
            timeout=command.timeout,
            origin=f"harness.toml: {command.name}",
        )
        ground = self.ground
        return served(case, command.services, ground.config, ground.repository, f"the command `{command.name}`")

    def _program(self) -> str:
        named, built = self.command.program, self.ground.programs
        if named and named not in built:
            raise self.error(f"names the program `{named}`, and the workspace has {_listed(built)}", "Correct it.")
        if named:
            return named
        if len(built) == 1:
            return built[0]
        raise self.error(f"names no program, and the workspace has {_listed(built)}", 'Add `program = "NAME"` to it.')

    def _filled(self, text: str) -> str:
        for path in _FILE.findall(text):
            self._add(self._own(path), path)
        return _FILE.sub(lambda match: str(PurePosixPath(match[1])), text).replace("{dir}", CASE_DIRECTORY)

    def examples(self) -> dict[str, bytes]:
        """The examples that the command names, by their paths and in their order; none where it names none.

        Raises:
            ConfigError: globs that match nothing.
        """
        globs = self.command.config.get("examples", ())
        globs = [globs] if isinstance(globs, str) else list(globs)
        found = {path: data for glob in globs for path, data in self._read(glob).items()}
        if globs and not found:
            raise self.error(f"has examples {globs} that match no file of the first revision", "Correct the globs.")
        return {path: found[path] for path in sorted(found)[: self.command.cases or len(found)]}

    def _add(self, to: str, source: str) -> None:
        found = self._read(source)
        if not found:
            raise self.error(f"needs {source}, which the first revision does not have", "Correct the path.")
        for path, data in found.items():
            below = path.removeprefix(str(PurePosixPath(source))).lstrip("/")
            self.files[f"{to}/{below}" if below and to != "." else below or to] = data

    def _read(self, path: str) -> Mapping[str, bytes]:
        return self.ground.repository.read(path) if self.ground.repository else {}

    def _own(self, path: str) -> str:
        """A path of the case's own directory, in plain form."""
        plain = PurePosixPath(path)
        if plain.is_absolute() or ".." in plain.parts:
            raise self.error(f"names {path}, which is not inside the case's directory", "Use a relative path.")
        return str(plain)

    def error(self, what: str, step: str) -> ConfigError:
        """An error of this command, which `what` goes on to describe."""
        return ConfigError(f"{self.ground.config.path}: the command `{self.command.name}` {what}.", step=step)


def with_config(blank: Case, path: str, data: bytes, label: str) -> Case:
    """A case with a configuration in place of `{config}`."""
    return replace(
        blank,
        argv=tuple(word.replace("{config}", path) for word in blank.argv),
        files={**blank.files, path: data},
        env={key: value.replace("{config}", path) for key, value in blank.env.items()},
        origin=f"{blank.origin}: {label}" if label else blank.origin,
    )


def _listed(programs: Sequence[str]) -> str:
    if len(programs) > 1:
        return f"several programs ({', '.join(programs)})"
    return f"the program {programs[0]}" if programs else "no program"
