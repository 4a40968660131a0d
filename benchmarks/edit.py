"""The working tree after a one-line edit, everything observed, against the same typed by hand.

By hand means: cargo build, test, clippy and doc one after another in a warm clone, after the same edit.
"""

from __future__ import annotations

import statistics
import subprocess
from pathlib import Path

from benchmarks.place import Place, environment, harness_argv, timed
from benchmarks.subject import edit, edited_files, plain_clone

__all__ = ["measure_edits"]

_BY_HAND = (
    ("cargo", "build"),
    ("cargo", "test", "--no-fail-fast"),
    ("cargo", "clippy", "--all-targets"),
    ("cargo", "doc", "--no-deps"),
)


def measure_edits(place: Place, repository: Path) -> dict[str, object]:
    """`edit_vs_by_hand`: the median over several edits, each on top of the one before."""
    hand = plain_clone(repository, place.folder / "by-hand")
    for folder in (repository, hand):
        _restore(folder)
    edits = edited_files(repository, 2 if place.quick else 6)
    seconds: dict[str, list[float]] = {"harness": [], "by_hand": []}
    steps: list[list[float]] = []

    def ours() -> None:
        argv = harness_argv(place.store, "--harness-base=HEAD")
        seconds["harness"].append(timed(argv, repository, place.log, expected=(0, 1)))

    def typed() -> None:
        # 101: a test of the release needs a file that was not published with it.
        each = [timed(argv, hand, place.log, expected=(0, 101)) for argv in _BY_HAND]
        seconds["by_hand"].append(sum(each))
        steps.append([round(one, 2) for one in each])

    turns = [ours, typed]
    for number, name in enumerate([edits[-1], *edits]):
        for folder in (repository, hand):
            edit(folder / name, 1000 + number)
        for turn in turns:
            turn()
        if number == 0:  # untimed: HEAD gets into the store, dependencies into the clone
            seconds = {"harness": [], "by_hand": []}
            steps.clear()
        turns.reverse()
    _restore(repository)
    ratios = [one / other for one, other in zip(seconds["harness"], seconds["by_hand"], strict=True)]
    return {
        "edit_vs_by_hand": statistics.median(ratios),
        "details": {
            "ratios": [round(one, 3) for one in ratios],
            "seconds": {name: [round(one, 2) for one in each] for name, each in seconds.items()},
            "by_hand_steps": {"argv": [" ".join(argv) for argv in _BY_HAND], "seconds": steps},
        },
    }


def _restore(folder: Path) -> None:
    argv = ["git", "checkout", "-q", "--force", "HEAD"]
    subprocess.run(argv, cwd=folder, env=environment(), check=True, stdin=subprocess.DEVNULL)
