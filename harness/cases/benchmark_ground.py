"""What a benchmark needs around it: the files of the repository that are no sources, as few as will do."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from harness.cases.base import Ground
from harness.compare.benchmark_report import TroubleError, read_report
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["DATA", "Trial", "data_files", "looks_like_benchmark", "needed"]

DATA = (".yaml", ".yml", ".json", ".toml")
"""Files that describe a pipeline, by how their names end."""

_NOT_DATA = re.compile(
    r"(?:^|/)(?:target|\.git|\.github|\.ci|src|node_modules)/|\.rs$|(?:^|/)(?:Cargo\.|rust-toolchain|\.)"
)
_BENCHMARK = re.compile(r"(?:^|[/_.-])(?:bench|benches|benchmark|benchmarks|perf|load)(?:[/_.-]|$)", re.IGNORECASE)
_LARGEST = 256 << 10
_ALL = 4 << 20


class Trial:
    """Runs cases on the build that cases are made from, one at a time."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.seconds = 0.0

    def run(self, case: Case) -> CommandObservation:
        """What one run gave; `seconds` is then how long it took."""
        began = time.monotonic()
        ((_, seen),) = self._ground.run([case])
        self.seconds = time.monotonic() - began
        return seen

    def reports(self, case: Case) -> bool:
        """Whether a run ends well and with the report of the case."""
        return _reports(case, self.run(case))

    def reporting(self, cases: Sequence[Case]) -> list[Case]:
        """Those of the cases that end well, in their time and with their report; run side by side."""
        seen = {id(case): one for case, one in self._ground.run(cases)}
        return [case for case in cases if id(case) in seen and _reports(case, seen[id(case)])]


def _reports(case: Case, seen: CommandObservation) -> bool:
    try:
        read_report(seen, case.report)
    except TroubleError:
        return False
    return seen.status == "exit 0"


def data_files(ground: Ground) -> dict[str, bytes]:
    """The files of the repository that are neither sources nor large, at their paths."""
    if ground.repository is None:
        return {}
    paths = {path for path in ground.repository.paths() if not _NOT_DATA.search(path)}
    found: dict[str, bytes] = {}
    room = _ALL
    contents = ground.repository.read("**/*") if paths else {}
    # What looks like a benchmark goes first, and what lies higher up before what lies deeper.
    for path in sorted(paths & set(contents), key=lambda one: (not looks_like_benchmark(one), one.count("/"), one)):
        if len(contents[path]) <= min(_LARGEST, room):
            found[path] = contents[path]
            room -= len(contents[path])
    return dict(sorted(found.items()))


def looks_like_benchmark(path: str) -> bool:
    """Whether the name of a file, or of a folder above it, says that it is about benchmarks."""
    return bool(_BENCHMARK.search(path))


def needed(case: Case, trial: Trial, like: Collection[str] = ()) -> Case:
    """The case with as few of its files as still give its report: top folders are left out one after another.

    The files that a case `like` it needed are tried first.
    """
    if like:
        few = replace(
            case, files={path: data for path, data in case.files.items() if path in like or path in case.argv}
        )
        if trial.reports(few):
            return few
    for some in _groups(case.files, case.argv):
        left = {path: data for path, data in case.files.items() if path not in some}
        smaller = replace(case, files=left)
        if trial.reports(smaller):
            case = smaller
    return case


def _groups(files: Mapping[str, bytes], argv: Sequence[str]) -> Iterator[set[str]]:
    """Files that stand together: below one top folder, first those that no argument names."""
    named = {str(PurePosixPath(word)) for word in argv}
    free = [path for path in files if path not in named]
    tops: dict[str, set[str]] = {}
    for path in free:
        tops.setdefault(path.partition("/")[0] if "/" in path else "", set()).add(path)
    yield from tops.values()
