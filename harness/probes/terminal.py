"""The probe `terminal`: runs programs in a pseudo-terminal and compares what a person sees."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cases.on_terminal import terminal_cases
from harness.config import Config
from harness.model import Case
from harness.probes.base import Subject
from harness.probes.command import CommandProbe
from harness.store import Store

__all__ = ["TerminalProbe"]


class TerminalProbe(CommandProbe):
    """Observes screens; what else a run does (status, files) is held against each other as for command lines."""

    name = "terminal"
    version = 3

    def core(self, first: Subject, config: Config, store: Store) -> Sequence[Case]:
        """Sessions of harness.toml, and a choice of command lines as they are on a terminal.

        Raises:
            ConfigError: harness.toml asks for what is not there.
        """
        return terminal_cases(self._ground(first, config, store))

    def extras(self, baseline: Subject, candidate: Subject, config: Config, store: Store) -> Sequence[Case]:
        """Nothing: what one side alone knows is tried by the command probe."""
        return ()
