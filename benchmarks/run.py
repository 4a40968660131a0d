"""Measures everything, prints a table, and writes out/bench.json. Nothing is asserted: a figure is only told."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.builds import measure_builds
from benchmarks.cases import measure_cases
from benchmarks.durations import measure_durations
from benchmarks.edit import measure_edits
from benchmarks.generation import measure_generation
from benchmarks.large import measure_large
from benchmarks.place import ROOT, Place, hardware
from benchmarks.reduction import measure_reduction
from benchmarks.reports import measure_reports
from benchmarks.subject import LARGE, MIDDLE, lay
from benchmarks.whole_runs import measure_memory, measure_range

__all__ = ["main"]

TARGETS = {
    "builds_vs_plain": ("at most", 0.7, "seconds of 8 builds, against a plain loop of git checkout and cargo build"),
    "builds_vs_same_env": ("at most", 1.05, "the same, the loop without debug information too"),
    "cases_vs_bare_loop": ("at least", 0.8, "1,000 cases a second, against spawning and collecting on all cores"),
    "edit_vs_by_hand": ("at most", 1.3, "the working tree, against cargo build, test, clippy and doc by hand"),
    "generated_per_second": ("at least", 500.0, "different configurations from the engine's types, on one core"),
    "warm_seconds": ("at most", 2.0, "a second run over 8 commits, nothing changed"),
    "timing_false_alarms": ("at most", 0.005, "equal programs told to differ in duration, on simulated machines"),
    "timing_slower_seconds": ("at most", 60.0, "until a slowdown of 5 % in a program of 50 ms is found"),
    "terminal_ms": ("at most", 50.0, "milliseconds that a case takes longer in a terminal"),
    "tree_seconds": ("at most", 0.5, "looking through 10,000 small files that a case left"),
    "long_seconds": ("at most", 2.0, "comparing two outputs of 100 MB that differ in a line of 1,000"),
    "long_mb": ("at most", 300.0, "the most memory of observing and comparing these"),
    "peak_mb": ("at most", 300.0, "the most memory of the harness itself"),
    "reduction_seconds": ("at most", 10.0, "a typical difference, from its case to the smallest"),
    "reduction_executions": ("at most", 500, "runs of the program for that"),
    "report_seconds": ("at most", 3.0, "writing all files of a report of 50 commits and 5,000 cases"),
    "report_mb": ("at most", 10.0, "megabytes of its report.html"),
    "report_paint_seconds": ("at most", 1.0, "until Chromium shows something of it"),
    "report_largest_seconds": ("at most", 0.5, "filtering a page of 200 commits and 10,000 cases by text"),
}
PARTS = ("cases", "large", "reports", "reduction", "memory", "builds", "range", "edit", "generation", "durations")


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", default=os.environ.get("QUICK") == "1", help="or QUICK=1")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "bench", help="what stays between runs")
    options = parser.parse_args()
    place = Place(folder=options.folder.resolve(), quick=options.quick)
    place.folder.mkdir(parents=True, exist_ok=True)
    place.log.write_bytes(b"")
    path = ROOT / "out" / "bench.json"
    path.parent.mkdir(exist_ok=True)
    figures = _known(path, place)
    for part in [part for part in PARTS if part in options.only.split(",")]:
        _add(figures, part, place)
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(_table(figures))
    print(f"\nwritten to {path.relative_to(ROOT)}; what the programs printed is in {place.log}")


def _known(path: Path, place: Place) -> dict[str, Any]:
    """What the file has of earlier parts of the same form, for those that are not measured now."""
    try:
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("quick") != place.quick:
        known = {}
    return {"quick": place.quick, "hardware": hardware(), "details": {}} | known


def _add(figures: dict[str, Any], part: str, place: Place) -> None:
    """Measures a part and adds what it gave."""
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "cases": lambda: measure_cases(place),
        "reduction": lambda: measure_reduction(place),
        "large": lambda: measure_large(place),
        "reports": lambda: measure_reports(place),
        "memory": lambda: measure_memory(place),
        "builds": lambda: measure_builds(place, *lay(place, LARGE)),
        "range": lambda: measure_range(place, *lay(place, MIDDLE)),
        "generation": lambda: measure_generation(quick=place.quick),
        "edit": lambda: measure_edits(place, lay(place, MIDDLE)[0]),
        "durations": lambda: measure_durations(place),
    }
    began = time.monotonic()
    print(f"{part} …", end=" ", flush=True)
    found = measures[part]()
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    figures["details"][part] = found.pop("details")
    if (peak := found.pop("peak_mb", None)) is not None:
        figures["details"][part]["peak_mb"] = round(peak, 1)
    figures |= {name: round(value, 3) for name, value in found.items()}
    peaks = [one["peak_mb"] for one in figures["details"].values() if "peak_mb" in one]
    if peaks:
        figures["peak_mb"] = max(peaks)
    figures["hardware"]["load_at_end"] = hardware()["load"]


def _table(figures: dict[str, Any]) -> str:
    lines = [""]
    for name, (direction, target, meaning) in TARGETS.items():
        if (value := figures.get(name)) is not None:
            met = value <= target if direction == "at most" else value >= target
            word = "met   " if met else "MISSED"
            lines.append(f"{name:<20} {value:>8.2f}   {direction:<8} {target:>6.2f}  {word}  {meaning}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
