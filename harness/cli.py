"""The small command `harness`: what is no test."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness import __version__
from harness.errors import HarnessError
from harness.store import Store, default_root, parse_size, size_limit

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it did what it says, 2 after an error in one sentence."""
    options = _parser().parse_args(argv)
    try:
        return _store(options)
    except HarnessError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harness",
        description="Housekeeping for pytest-refactor-harness. Verifying is done by `pytest --harness-range`.",
    )
    parser.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    store = commands.add_parser("store", help="show or shrink the store of builds and observations")
    store.add_argument("action", choices=("show", "collect"), nargs="?", default="show")
    store.add_argument("--store", metavar="DIR", help="default: the user's cache folder")
    store.add_argument("--limit", metavar="SIZE", help="collect: how much may stay, such as 5GB (default: its limit)")
    return parser


def _store(options: argparse.Namespace) -> int:
    store = Store(Path(options.store) if options.store else default_root())
    if options.action == "collect":
        gone = store.collect(parse_size(options.limit) if options.limit else size_limit())
        print(f"deleted {gone.files} entries, {_megabytes(gone.size)}")
    print(f"store {store.root}")
    for part, usage in store.usage().items():
        print(f"  {part:<9} {usage.files:>7} files {_megabytes(usage.size):>12}")
    return 0


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


if __name__ == "__main__":
    sys.exit(main())
