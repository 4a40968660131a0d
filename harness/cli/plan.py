"""`harness plan`: read a refactor plan, and print it as a contract."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from harness.contract.model import May, Must
from harness.contract.render import render
from harness.verify.agreement import read_plan_file

__all__ = ["PlanCommand"]

_LONGEST = 100


class PlanCommand:
    """Prints a plan as contract.toml, and what in it is no check."""

    name = "plan"
    help = "print a refactor plan written in Markdown as a contract, and what in it could not be turned into a check"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which plan."""
        parser.add_argument("file", metavar="FILE", help="the plan, in Markdown")

    def run(self, options: argparse.Namespace) -> int:
        """The contract with the line of the plan that each of its lines came from; the rest follows as comments."""
        path = Path(options.file)
        reading = read_plan_file(path)
        lines = [
            f"# {reading.tasks} tasks of {path.name}. A contract.toml beside it completes it: both hold.",
            "",
            render(reading.contract),
        ]
        if reading.unread:
            lines += ["# Not turned into a check; say what matters of it in contract.toml:"]
            lines += [f"#   {path.name}:{one.line}: {_short(one.text)}  ({one.why})" for one in reading.unread]
        else:
            lines += ["# Every line of the plan is a check."]
        sys.stdout.write("\n".join(lines) + "\n")
        for entry in reading.contract.commits:
            if (entry.may, entry.must) == (May(), Must()):
                print(f"harness: nothing was read from {entry.called}", file=sys.stderr)
        return 0


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
