"""`make recall`: the harness over every patch of the catalogue, with the two numbers that matter at the end.

    QUICK=1     a fixed sample, in under a quarter of an hour
    ONLY=GLOB   patches of these names only, for instance ONLY='dlq-*' or ONLY='harmless/*'
    SEED=N      another seed, for the sample and for the harness

Rows are kept by the digest of the patch, the engine and the harness: a run that was cut goes on where it ended.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable

from rich.console import Console

from demo.harness_run import ROOT, short
from fixtures.laid_engine import CONFIG, engine_digest, laid_engine
from fixtures.make_engine_repo import CataloguePatch, FixtureError, catalogue
from recall.kept import Kept, digest_of_files
from recall.measure import CONTRACTS, Measure
from recall.row import Row
from recall.sample import chosen, in_order, quick
from recall.table import as_json, line, misses, numbers, table

WORK = ROOT / ".cache" / "recall"
REPORT = ROOT / "out" / "recall.json"


def main() -> int:
    """0 when every chosen patch was measured, whatever was seen; 1 for an error of the fixture."""
    try:
        seed = int(os.environ.get("SEED") or 0)
    except ValueError:
        print(f"error: SEED={os.environ['SEED']} is not a number", file=sys.stderr)
        return 1
    try:
        patches = selected(os.environ.get("ONLY", ""), quickly=bool(os.environ.get("QUICK")), seed=seed)
        measure = Measure(repository=laid_engine(), work=WORK, seed=seed)
    except (FixtureError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    try:
        rows, errors = measured(patches, measure, Kept(WORK / "rows", basis=basis(seed)))
    except KeyboardInterrupt:
        print("\nstopped; what was measured is kept, and `make recall` goes on from there", file=sys.stderr)
        return 130
    show(rows)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(as_json(rows), indent=1) + "\n", encoding="utf-8")
    print(f"written: {short(REPORT)}")
    for failed in errors:
        print(f"error: {failed}", file=sys.stderr)
    return 1 if errors else 0


def selected(pattern: str, *, quickly: bool, seed: int) -> list[CataloguePatch]:
    """The patches to measure. Raises FixtureError where a pattern fits none."""
    patches = list(catalogue())
    found = chosen(quick(patches, seed) if quickly else patches, pattern)
    if not found:
        raise FixtureError(f"ONLY={pattern} fits no patch of the catalogue")
    return in_order(found)


def measured(
    patches: Iterable[CataloguePatch], measure: Callable[[CataloguePatch], Row], kept: Kept
) -> tuple[list[Row], list[str]]:
    """A row for every patch, and what is wrong with those that gave none. What was measured before is not again."""
    rows, errors = [], []
    for patch in patches:
        row = kept.get(patch)
        if row is None:
            try:
                row = measure(patch)
            except FixtureError as error:
                errors.append(str(error))
                print(f"ERROR   {error}", flush=True)
                continue
            kept.put(patch, row)
            print(line(row), flush=True)
        rows.append(row)
    return rows, errors


def basis(seed: int) -> str:
    """What every row depends on besides its patch."""
    sources = [*(ROOT / "harness").rglob("*.py"), *(ROOT / "recall").glob("*.py"), CONFIG, *CONTRACTS]
    rustc = subprocess.run(["rustc", "-vV"], check=False, capture_output=True, text=True).stdout
    parts = [engine_digest(), digest_of_files(ROOT, sources), seed, rustc, shutil.which("bwrap")]
    return json.dumps(parts)


def show(rows: list[Row]) -> None:
    """The table and the numbers, at whatever width there is; in full where it is no terminal."""
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(table(rows), markup=False)
    print(f"\n{numbers(rows)}")
    if told := misses(rows):
        print(told)


if __name__ == "__main__":
    sys.exit(main())
