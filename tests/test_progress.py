"""What a person sees while a run works."""

from __future__ import annotations

import io

import pytest

from harness.model import Revision
from harness.plugin import progress
from harness.plugin.progress import Progress

REVISION = Revision(sha="a" * 40, tree="t", subject="Say hello", date="")


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def shown(clock: Clock, log: io.StringIO, pytestconfig: pytest.Config) -> Progress:
    made = Progress(pytestconfig)
    if made._out:
        made._out.close()
    made._out, made._file, made._live, made._quiet = log, None, False, False
    return made


def test_a_log_says_which_revision_is_built_once(shown: Progress, log: io.StringIO) -> None:
    for crate in ("", "one", "two"):
        shown.watch(REVISION, 2, 7, crate)
    assert log.getvalue() == "building 2 of 7: aaaaaaaaaaaa Say hello\n"


def test_a_log_says_now_and_then_how_far_long_cases_are(shown: Progress, clock: Clock, log: io.StringIO) -> None:
    for number in range(50):
        clock.now += 1.0
        shown.watch(REVISION, 2, 7, "", f"command: case {number} of 50")
    assert log.getvalue().splitlines() == [
        "observing 2 of 7: aaaaaaaaaaaa command: case 19 of 50",
        "observing 2 of 7: aaaaaaaaaaaa command: case 39 of 50",
    ]


def test_cases_that_end_quickly_are_not_told_of(shown: Progress, clock: Clock, log: io.StringIO) -> None:
    for number in range(500):
        clock.now += 0.01
        shown.watch(REVISION, 2, 7, "", f"command: case {number} of 500")
    assert log.getvalue() == ""
