"""What a command of `harness` is."""

from __future__ import annotations

import argparse
from typing import Protocol

__all__ = ["CliCommand"]


class CliCommand(Protocol):
    """One command."""

    name: str
    help: str

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds its arguments to its own parser."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Does what it says and gives the exit status.

        Raises:
            HarnessError: said by the caller in one sentence.
        """
        ...
