"""What can go wrong, each with what to do about it.

A `HarnessError` is an expected end: it is shown as one sentence with the next step and never as a traceback.
"""

from __future__ import annotations

__all__ = ["ConfigError", "HarnessError", "Interrupted", "MissingTool", "SourceError", "StoreError"]


class HarnessError(Exception):
    """Something outside the harness is not as it has to be.

    `step` is what the reader can do next; `log` the path of the whole output, where there is one.
    """

    def __init__(self, what: str, *, step: str = "", log: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.step = step
        self.log = log

    def __str__(self) -> str:
        parts = [self.what]
        if self.log:
            parts.append(f"The whole output is in {self.log}.")
        if self.step:
            parts.append(self.step)
        return " ".join(parts)


class SourceError(HarnessError):
    """The repository or the range cannot be read."""


class ConfigError(HarnessError):
    """harness.toml, or an option, says something that has no meaning."""


class MissingTool(HarnessError):
    """A program that the harness needs is not installed."""


class StoreError(HarnessError):
    """The store cannot be written to or read from."""


class Interrupted(HarnessError):
    """The work was stopped on request before it ended."""
