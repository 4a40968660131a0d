"""How often equal programs are told to differ in their durations, and how soon a slowdown of 5 % is found."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import subject_of
from benchmarks.place import Place, environment
from harness.compare.durations import Word
from harness.model import Case
from harness.probes.base import Subject
from harness.probes.containment import containment
from harness.probes.stopwatch import Timed, compare_durations
from tests.support.noise import Machine, compare

__all__ = ["measure_durations"]

_NOISES = (0.01, 0.05, 0.1, 0.3)
_PROGRAM = """
fn main() {
    let rounds: u64 = option_env!("ROUNDS").unwrap().parse().unwrap();
    let mut state = std::env::args().count() as u64;
    for _ in 0..rounds {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state ^= state >> 29;
    }
    println!("{state}");
}
"""
_MILLISECONDS = 50
_NOT_FOUND = 1e9


def measure_durations(place: Place) -> dict[str, object]:
    """`timing_false_alarms` of simulated machines, `timing_slower_seconds` of a real program, as the median."""
    trials = 100 if place.quick else 500
    words = [compare(Machine(seed, noise=noise), seed).word for noise in _NOISES for seed in range(trials)]
    alarms = sum(word in (Word.SLOWER, Word.FASTER) for word in words)
    slower, same = _on_this_machine(place)
    times = sorted(seconds if one.word is Word.SLOWER else _NOT_FOUND for seconds, one in slower)
    return {
        "timing_false_alarms": alarms / len(words),
        "timing_slower_seconds": times[len(times) // 2],
        "details": {
            "trials": len(words),
            "alarms": alarms,
            "five_percent": [[round(seconds, 1), one.word.value, str(one.seen)] for seconds, one in slower],
            "equal": [[round(seconds, 1), one.word.value, str(one.seen)] for seconds, one in same],
        },
    }


def _on_this_machine(place: Place) -> tuple[list[tuple[float, Timed]], list[tuple[float, Timed]]]:
    folder = place.folder / "durations"
    probe = 50_000_000
    began = time.perf_counter()
    subprocess.run([_built(folder / "probe", probe)], check=True, capture_output=True)
    rounds = int(probe * _MILLISECONDS / 1000 / (time.perf_counter() - began))
    before, after = (subject_of(_built(folder / name, count)) for name, count in _sides(rounds))
    repeats = 1 if place.quick else 3
    return (
        [_timed(before, after) for _ in range(repeats)],
        [_timed(before, before) for _ in range(repeats)],
    )


def _sides(rounds: int) -> Sequence[tuple[str, int]]:
    return (("before", rounds), ("after", rounds * 105 // 100))


def _timed(before: Subject, after: Subject) -> tuple[float, Timed]:
    began = time.perf_counter()
    found = compare_durations(Case(program="spin"), before, after, containment())
    return time.perf_counter() - began, found


def _built(folder: Path, rounds: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spin.rs").write_text(_PROGRAM, encoding="utf-8")
    subprocess.run(
        ["rustc", "-O", "--edition", "2021", "-o", "spin", "spin.rs"],
        cwd=folder,
        env=environment({"ROUNDS": str(rounds)}),
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return folder / "spin"
