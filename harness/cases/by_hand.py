"""Configurations from a Hypothesis strategy that somebody wrote: `config = { python = "module:strategy" }`.

The file is looked for in the folder that is verified, as harness.toml is. Values are drawn ahead, in a process of its
own, with the seed of the run, and stored as data.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from harness import process
from harness.cases.base import Ground
from harness.cases.draw import REFUSED
from harness.config import ByHand, Command
from harness.errors import ConfigError
from harness.store import digest_of

__all__ = ["by_hand", "drawn"]

_COUNT = 100
_PATIENCE = 60.0  # seconds for all values of a strategy
_FORMATS = ("yaml", "json", "toml")


def drawn(command: Command, ground: Ground) -> list[tuple[str, dict[str, bytes]]]:
    """The configurations of a command, each as the name of its file and the file.

    Raises:
        ConfigError: the strategy is not there, is none, rejects too much or takes for ever.
    """
    spec, form = str(command.config["python"]), str(command.config.get("format", "yaml"))
    where = f"{ground.config.path}: the strategy {spec} of the command `{command.name}`"
    if form not in _FORMATS:
        raise ConfigError(f"{where} is to be written as {form}.", step=f"Known are {', '.join(_FORMATS)}.")
    module, colon, name = spec.partition(":")
    if not (colon and re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", module) and name.isidentifier()):
        raise ConfigError(f"{where} is not written as module:strategy.", step="Write it like `strategies:pipelines`.")
    count = command.cases or _COUNT
    source, seed = ground.config.by_hand, ground.config.seed
    parts = ("drawn", spec, form, count, seed, source.digests.get(spec, ""))
    record = ground.remember(
        "drawn", parts, lambda: _draw(where, Path(source.folder), (module, name, form), count, seed)
    )
    values = msgspec.msgpack.decode(record, type=list[bytes])
    return [(f"config.{form}", {f"config.{form}": value}) for value in values]


def _draw(where: str, folder: Path, what: tuple[str, str, str], count: int, seed: int) -> bytes:
    module, name, form = what
    words = [str(folder), module, name, str(count), str(seed), form]
    done = process.run(
        [sys.executable, "-m", "harness.cases.draw", *words],
        cwd=Path("/"),
        # Nothing is to be written beside the user's file.
        env=process.clean_environment(
            {"PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_STORAGE_DIRECTORY": "/dev/null/none"}
        ),
        timeout=_PATIENCE,
    )
    if done.timed_out:
        raise ConfigError(
            f"{where} did not give {count} values in {_PATIENCE:g} s.",
            step="Make it simpler, or ask for fewer with `cases` of that [[command]].",
        )
    if done.status == REFUSED:
        raise ConfigError(f"{where} {done.text}.", step=f"Python files are looked for in {folder}.")
    if done.status:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ConfigError(f"{where} cannot be drawn from: {said[-1] if said else f'status {done.status}'}.")
    return done.stdout


def by_hand(commands: tuple[Command, ...], folder: Path) -> ByHand:
    """Where the strategies of these commands are, and what they are made of: the Python files beside each."""
    specs = [str(one.config["python"]) for one in commands if "python" in one.config]
    digests = {spec: _digest(folder.joinpath(*spec.partition(":")[0].split(".")[:-1])) for spec in specs}
    return ByHand(folder=str(folder), digests=digests) if specs else ByHand()


def _digest(folder: Path) -> str:
    texts: Mapping[str, str] = {path.name: digest_of(path.read_bytes()) for path in sorted(folder.glob("*.py"))}
    return digest_of(repr(texts).encode())
