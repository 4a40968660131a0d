"""Whether processors are idle, from what the kernel counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.model import Case
from harness.probes import lanes
from harness.probes.idleness import Idleness, ticks
from harness.probes.lanes import run_cases
from tests.support.programs import OPEN, python


def told(*counts: dict[int, tuple[int, int]]) -> Iterator[bool]:
    """What is said after each further count, a second apart."""
    left, now = iter(counts), iter(range(100))
    idle = Idleness(lambda: next(left), lambda: float(next(now)))
    return (idle() for _ in counts[1:])


@pytest.mark.parametrize(
    ("after", "idle"),
    [
        ({0: (50, 100), 1: (0, 100)}, True),
        ({0: (30, 100), 1: (30, 100)}, True),
        ({0: (20, 100), 1: (20, 100)}, False),
        ({0: (0, 0), 1: (0, 0)}, False),
        ({}, False),
    ],
    ids=["one half", "both a third", "both a fifth", "no time", "nobody tells"],
)
def test_half_of_a_processor_has_to_be_idle(after: dict[int, tuple[int, int]], idle: bool) -> None:
    before = dict.fromkeys(after, (0, 0))
    assert list(told(before, after)) == [idle]


def test_only_what_was_counted_since_the_last_look_counts() -> None:
    assert list(told({0: (0, 0)}, {0: (100, 100)}, {0: (100, 200)})) == [True, False]


def test_the_kernel_counts_every_processor_that_may_be_used() -> None:
    counts = ticks()
    assert all(idle <= total for idle, total in counts.values())
    assert counts or not Path("/proc/stat").exists()


@pytest.mark.slow
def test_cases_that_wait_run_beside_each_other_where_processors_are_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "Idleness", lambda: lambda: True)
    programs = {"prog": python(tmp_path, "import time, sys\ntime.sleep(2)\nprint(sys.argv[1])\n")}
    cases = [Case(program="prog", argv=(str(number),)) for number in range(8)]
    began = time.monotonic()
    seen = {case.argv[0]: one.stdout for case, one in run_cases(programs, cases, lanes=1, contained=OPEN)}
    assert seen == {str(number): f"{number}\n".encode() for number in range(8)}
    assert time.monotonic() - began < 12
