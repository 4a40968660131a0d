"""Builds of a range, against a plain loop of `git checkout` and `cargo build`.

Every commit is built in turn by the harness, by the plain loop, and by the plain loop with the harness's build
environment, in an order that alternates, so that a machine that gets slower or faster does so for all of them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.place import SAME_ENVIRONMENT, Place, timed
from benchmarks.subject import plain_clone
from harness.build.workshop import Workshop
from harness.config import load
from harness.model import Revision
from harness.source import Source, find_repository
from harness.store import Store
from harness.verify.foreman import Foreman

__all__ = ["measure_builds"]


class _Ours:
    """Builds only, by the same foreman that builds for probes."""

    def __init__(self, repository: Path, commits: Sequence[str], store: Path) -> None:
        found = find_repository(repository)
        self._store = Store(store)
        source = Source(found, self._store)
        config = load(repository, None)
        self._workshop = Workshop(source, self._store, config, {}, lambda revision, crate: None)
        revisions = source.range(f"{commits[0]}..{commits[-1]}").revisions
        self._revisions: dict[str, Revision] = {revision.sha: revision for revision in revisions}

    def build(self, commit: str) -> float:
        revision = self._revisions[commit]
        self._store.forget("build", self._workshop.key(revision, "default"))
        began = time.perf_counter()
        foreman = Foreman(self._workshop, self._store, revision, [], lambda job: None)
        built = foreman.build(revision, "default")
        seconds = time.perf_counter() - began
        foreman.stop()
        assert built.ok, built.failure
        return seconds


def _plain(folder: Path, log: Path, env: Mapping[str, str]) -> Callable[[str], float]:
    def build(commit: str) -> float:
        checkout = timed(["git", "checkout", "-q", commit], folder, log)
        return checkout + timed(["cargo", "build", "--workspace"], folder, log, env)

    return build


def measure_builds(place: Place, repository: Path, commits: Sequence[str]) -> dict[str, object]:
    """`builds_vs_plain` and `builds_vs_same_env`, with the seconds of each commit."""
    sides: dict[str, Callable[[str], float]] = {
        "harness": _Ours(repository, commits, place.store).build,
        "plain": _plain(plain_clone(repository, place.folder / "plain"), place.log, {}),
        "same_env": _plain(plain_clone(repository, place.folder / "same-env"), place.log, SAME_ENVIRONMENT),
    }
    seconds: dict[str, list[list[float]]] = {name: [[] for _ in commits[1:]] for name in sides}
    order = list(sides)
    for _ in range(1 if place.quick else 2):
        for name in sides:
            sides[name](commits[0])  # dependencies and the base, untimed
        for number, commit in enumerate(commits[1:]):
            for name in order:
                seconds[name][number].append(sides[name](commit))
            order.reverse()
        order.reverse()
    sums = {name: sum(statistics.median(one) for one in each) for name, each in seconds.items()}
    return {
        "builds_vs_plain": sums["harness"] / sums["plain"],
        "builds_vs_same_env": sums["harness"] / sums["same_env"],
        "details": {"seconds": {name: [[round(s, 3) for s in one] for one in each] for name, each in seconds.items()}},
    }
