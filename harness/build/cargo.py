"""Calling cargo in a slot: its messages as data, its progress, and its log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from harness import process
from harness.build.visit import CargoRun

__all__ = ["Cargo", "first_error"]


@dataclass(slots=True, kw_only=True)
class Cargo:
    """The way cargo is called for one revision: folder, environment, lock options, log and time limit.

    `on_crate` is told the name of each crate as it is done. `seconds` is what all calls took together.
    """

    folder: Path
    env: dict[str, str]
    log: Path
    timeout: float
    on_crate: Callable[[str], None]
    lock_args: tuple[str, ...] = ("--locked",)
    seconds: float = field(default=0.0)

    def call(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        """Runs `cargo SUBCOMMAND <lock options> …` to its end. With `keep`, reads its JSON messages as they come."""
        line = ["cargo", argv[0], *self.lock_args, *argv[1:]]
        return self.execute(line, cwd=self.folder, env=env, keep=keep, timeout=timeout)

    def execute(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        """Runs any program with the same environment and log."""
        whole = self.env | dict(env or {})
        _write(self.log, f"\n$ {process.command_line(argv, cwd)}\n".encode())
        limit = timeout or self.timeout
        if keep is None:
            done = process.run(argv, cwd=cwd, env=whole, timeout=limit)
            _write(self.log, done.stderr + done.stdout)
            messages: list[dict[str, Any]] = []
        else:
            messages = []
            done = process.stream(
                argv,
                cwd=cwd,
                env=whole,
                log=self.log,
                timeout=limit,
                on_line=lambda line: self._read(line, keep, messages),
            )
        if done.timed_out:
            _write(self.log, f"\nended after {limit:g} s\n".encode())
        self.seconds += done.seconds
        return CargoRun(
            status=done.status,
            messages=tuple(messages),
            stdout=done.stdout,
            stderr=done.stderr,
            log=self.log,
            seconds=done.seconds,
            timed_out=done.timed_out,
        )

    def _read(self, line: bytes, keep: Callable[[Mapping[str, object]], bool], messages: list[dict[str, Any]]) -> None:
        if not line.startswith(b"{"):
            _write(self.log, line)
            return
        message = msgspec.json.decode(line)
        if message.get("reason") == "compiler-artifact":
            self.on_crate(message["target"]["name"])
        elif message.get("reason") == "compiler-message":
            _write(self.log, (message["message"].get("rendered") or "").encode())
        if keep(message):
            messages.append(message)


def first_error(output: str, lines: int = 20) -> str:
    """The first error in a compiler's or cargo's output, with what belongs to it; at most `lines` lines."""
    every = output.splitlines()
    start = next((number for number, line in enumerate(every) if re.match(r"error(\[\w+\])?:", line)), None)
    if start is None:
        return "\n".join(every[-lines:]).strip()
    end = next((number for number in range(start + 1, len(every)) if _ends_at(every, number)), len(every))
    return "\n".join(line for line in every[start : min(end, start + lines)] if line.strip())


def _ends_at(every: Sequence[str], number: int) -> bool:
    """Whether an error ends at an empty line: not where cargo goes on with its cause."""
    after = every[number + 1] if number + 1 < len(every) else ""
    return not every[number].strip() and not after.startswith("Caused by:")


def _write(log: Path, data: bytes) -> None:
    if data:
        with log.open("ab") as file:
            file.write(data)
