"""A typical difference, from the case that showed it to the smallest: how long, and with how many executions."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from dataclasses import replace

from benchmarks.cases import built, subject_of
from benchmarks.place import Place
from harness.compare.redact import Redactor, default_rules
from harness.config import Config
from harness.model import Case, Difference
from harness.probes.base import Pair, Subject
from harness.probes.command import CommandProbe
from harness.store import Store
from harness.verify.observer import Observer
from harness.verify.reduction import reduce_all

__all__ = ["measure_reduction"]

# Reads `key: value` lines below sections, as much of YAML as this needs, and tells each retry.
_PROGRAM = """
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = words.iter().skip_while(|word| *word != "--config").nth(1) else {
        eprintln!("error: --config is needed");
        std::process::exit(2);
    };
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("error: {path} cannot be read");
        std::process::exit(1);
    };
    let (mut section, mut attempts) = (String::new(), 3);
    for line in text.lines() {
        if !line.starts_with(' ') {
            section = line.trim_end_matches(':').to_string();
        } else if let Some((key, value)) = line.trim().split_once(": ") {
            println!("{section}.{key} = {value}");
            if section == "retry" && key == "max_attempts" {
                attempts = value.parse().unwrap_or(3);
            }
        }
    }
    let attempts = CHANGE;
    eprintln!("will try {attempts} times");
}
"""
_CHANGES = {"before": "attempts", "after": "if attempts == 0 { 3 } else { attempts }"}
_SECTIONS = ("source", "mapping", "filters", "retry", "state", "limits", "destination", "notifications")


def measure_reduction(place: Place) -> dict[str, object]:
    """`reduction_seconds` and `reduction_executions` of one difference, in the middle of several."""
    folder = place.folder / "reduction"
    sides = [
        subject_of(built(folder / name, _PROGRAM.replace("CHANGE", change), name="app"))
        for name, change in _CHANGES.items()
    ]
    runs = [_reduced(place, sides[0], sides[1]) for _ in range(3 if place.quick else 7)]
    return {
        "reduction_seconds": statistics.median(seconds for seconds, _, _ in runs),
        "reduction_executions": max(executions for _, executions, _ in runs),
        "details": {"seconds": [round(seconds, 3) for seconds, _, _ in runs], "case": repr(runs[0][2])},
    }


def _reduced(place: Place, before: Subject, after: Subject) -> tuple[float, int, Case | None]:
    shutil.rmtree(place.folder / "reduction-store", ignore_errors=True)
    store = Store(place.folder / "reduction-store")
    observer = Observer(CommandProbe(), store, os.cpu_count() or 1, lambda revision, what: None)
    revision = replace(before.revision, sha="0" * 40)
    redactor = Redactor(default_rules(), revision)
    pair = Pair(baseline=revision, candidate=revision, before=redactor, after=redactor, config=Config())
    case = _typical()
    seen = [observer.get(side, case) for side in (before, after)]
    found: list[Difference] = [*observer.probe.compare(case, seen[0], seen[1], pair).differences]
    began = time.perf_counter()
    reduced = reduce_all(observer, before, after, pair, found)
    seconds = time.perf_counter() - began
    smallest = reduced.differences[0].case
    assert smallest is not None
    assert smallest.size() < case.size()
    return seconds, reduced.executions, smallest


def _typical() -> Case:
    """A configuration of eighty lines, with flags, files, variables and input around it."""
    lines = []
    for section in _SECTIONS:
        lines += [f"{section}:", *(f"  key_{number}: value {number}" for number in range(9))]
        lines += ["  max_attempts: 0"] if section == "retry" else []
    return Case(
        program="app",
        argv=("run", "--verbose", "--limit", "100", "--config", "pipeline.yaml", "--dry-run", "--tag=nightly"),
        files={"pipeline.yaml": "\n".join([*lines, ""]).encode(), "rows.csv": b"a,b\n1,2\n" * 20, "notes.txt": b"x"},
        env={"LEVEL": "debug", "REGION": "north"},
        stdin=b"yes\n",
    )
