"""Terminals, very long outputs and very many files, against the times that they may take."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.cases import built, subject_of
from benchmarks.place import Place
from harness.model import Case, Session
from harness.probes.command import CommandProbe
from harness.probes.runner.folder import Folder, clear
from harness.probes.terminal import TerminalProbe

__all__ = ["measure_large"]

_CASES = 100
_QUICK = 'fn main() { println!("done"); }'
_LONG = r"""
use std::io::Write;
fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let changed = std::env::args().nth(1).is_some();
    for number in 0..1_000_000u32 {
        let word = if changed && number % 1000 == 999 { "other" } else { "usual" };
        let filler = "a line of a hundred bytes that says nothing at all but is there and is long enough,";
        writeln!(out, "{number:08} {filler} {word}").unwrap();
    }
}
"""


def measure_large(place: Place) -> dict[str, object]:
    """`terminal_ms`, `tree_seconds`, `long_seconds` and `long_mb`, medians."""
    repeats = 3 if place.quick else 7
    over = [1000 * (_run_cases(place, terminal=True) - _run_cases(place, terminal=False)) for _ in range(repeats)]
    trees = [_tree() for _ in range(repeats)]
    long = [_long(place) for _ in range(repeats)]
    return {
        "terminal_ms": statistics.median(over),
        "tree_seconds": statistics.median(trees),
        "long_seconds": statistics.median(seconds for seconds, _ in long),
        "long_mb": max(megabytes for _, megabytes in long),
        "details": {"terminal_ms": over, "tree_seconds": trees, "long": long},
    }


def _run_cases(place: Place, *, terminal: bool) -> float:
    """Seconds of one case of a small program."""
    subject = subject_of(built(place.folder / "quick", _QUICK))
    session = Session() if terminal else None
    cases = [Case(program="small", argv=(str(number),), terminal=session) for number in range(_CASES)]
    probe = TerminalProbe() if terminal else CommandProbe()
    return _timed(lambda: sum(1 for _ in probe.observe(subject, cases, 1))) / _CASES


def _tree() -> float:
    """Seconds to look through 10,000 small files."""
    with tempfile.TemporaryDirectory() as made:
        root = os.fsencode(Path(made, "case"))
        folder = Folder(root)
        folder.lay_out([])
        for number in range(100):
            Path(made, "case", str(number)).mkdir()
            for inner in range(100):
                Path(made, "case", str(number), str(inner)).write_bytes(b"%d of %d\n" % (inner, number) * 10)
        seconds = _timed(folder.changes)
        clear(root)
    return seconds


def _long(place: Place) -> tuple[float, float]:
    """Seconds to compare two outputs of 100 MB of which a line in 1,000 differs, and the most memory of doing so."""
    built(place.folder / "long", _LONG)
    argv = [sys.executable, "-m", "benchmarks.large", str(place.folder / "long" / "small")]
    done = subprocess.run(argv, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def _compare(program: Path) -> None:
    """In a process of its own, whose memory is measured: observes both, and times the comparison."""
    from tests.support.programs import pair

    probe, subject = CommandProbe(), subject_of(program)
    cases = [Case(program="small"), Case(program="small", argv=("x",))]
    seen = {case.argv: data for case, data in probe.observe(subject, cases, 1)}
    seconds = _timed(lambda: probe.compare(cases[0], seen[()], seen["x",], pair()))
    assert probe.compare(cases[0], seen[()], seen["x",], pair()).differences
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    _compare(Path(sys.argv[1]))
