"""`harness store`: show or shrink the store."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.store import Store, default_root, parse_size, size_limit

__all__ = ["StoreCommand"]


class StoreCommand:
    """Shows how much the store holds, or deletes what was not used lately."""

    name = "store"
    help = "show or shrink the store of builds and observations"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """`show` or `collect`, of which store, down to which size."""
        parser.add_argument("action", choices=("show", "collect"), nargs="?", default="show")
        parser.add_argument("--store", metavar="DIR", help="default: the user's cache folder")
        parser.add_argument("--limit", metavar="SIZE", help="collect: how much may stay, such as 5GB")

    def run(self, options: argparse.Namespace) -> int:
        """Prints a line a part of the store."""
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
