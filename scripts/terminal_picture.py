"""Runs a command in a pseudo-terminal and draws what a person sees as an SVG: `terminal_picture.py FILE COMMAND…`."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

_COLUMNS, _MOST_LINES = 112, 60


def main(argv: list[str]) -> int:
    """Gives the command's exit status."""
    target, command = Path(argv[0]), argv[1:]
    env = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(_COLUMNS)}
    env.pop("CI", None)
    child = pexpect.spawn(command[0], command[1:], dimensions=(50, _COLUMNS), timeout=1800, encoding="utf-8", env=env)
    child.expect(pexpect.EOF)
    child.close()
    lines = [_last_of(line) for line in str(child.before).replace("\r\n", "\n").split("\n")]
    shown = lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], "…"]
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {' '.join(command)}", "bold"), soft_wrap=True)
    for line in shown:
        console.print(Text.from_ansi(line), soft_wrap=True)
    target.write_text(console.export_svg(title="pytest-refactor-harness"))
    return int(child.exitstatus or 0)


def _last_of(line: str) -> str:
    """What is left of a line that was written over again and again."""
    return re.split(r"\r(?:\x1b\[K)?", line)[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
