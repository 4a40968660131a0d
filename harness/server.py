"""The servers that cases need, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Ready", "Server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """When a server is up: all of this that is given has to hold.

    Something takes connections at the port `tcp`, a line that it wrote matches `line` (Python's `re`), and `command`
    ends with exit status 0.
    """

    tcp: str = ""
    line: str = ""
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that a case needs, in full, so that nobody has to look anything up to run the case.

    The keys are those of `[[service]]` in harness.toml, their placeholders filled. `files` lie in its directory, and
    `ports` are the numbers that it has wherever it is alone, which cases name too.
    """

    name: str
    argv: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()
    seed: tuple[tuple[str, ...], ...] = ()
    ready: Ready = field(default_factory=Ready)
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    per: str = "case"
    stop: str = "SIGTERM"
    timeout: float = 30.0
