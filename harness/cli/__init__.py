"""The small command `harness`: what is no test. One file a command, and the registry of all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness import __version__
from harness.cli.base import CliCommand
from harness.cli.init import InitCommand
from harness.cli.keep import KeepCommand
from harness.cli.matrix import MatrixCommand
from harness.cli.plan import PlanCommand
from harness.cli.review import ReviewCommand
from harness.cli.store import StoreCommand
from harness.errors import HarnessError

__all__ = ["COMMANDS", "main"]

COMMANDS: tuple[CliCommand, ...] = (
    InitCommand(),
    KeepCommand(),
    MatrixCommand(),
    PlanCommand(),
    ReviewCommand(),
    StoreCommand(),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; its exit status is the command's, or 2 after an error in one sentence."""
    options = _parser().parse_args(argv)
    try:
        command: CliCommand = options.run_by
        return command.run(options)
    except HarnessError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harness",
        description="What is no test. Verifying is done by `pytest --harness-range`.",
    )
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        own = commands.add_parser(command.name, help=command.help, description=command.help)
        command.arguments(own)
        own.set_defaults(run_by=command)
    return parser
