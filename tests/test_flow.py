"""Cases that come while others run."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.model import Case
from harness.probes.base import Subject
from harness.probes.command import CommandProbe
from harness.probes.feed import Feed
from harness.store import Store
from harness.verify.flow import Flow
from harness.verify.observer import Observer
from tests.support.programs import OPEN, shell, subject


def case(*argv: str) -> Case:
    return Case(program="prog", argv=argv)


def test_a_feed_hands_out_what_is_there_and_then_more() -> None:
    feed = Feed()
    feed.put([case("1"), case("2")])
    assert [one.argv for one in feed] == [("1",), ("2",)]
    assert list(feed) == []
    threading.Timer(0.05, feed.put, [[case("3")]]).start()
    assert feed.wait()
    assert [one.argv for one in feed] == [("3",)]
    feed.release()


def test_a_feed_that_is_closed_has_nothing_more_and_takes_nothing_more() -> None:
    feed = Feed()
    feed.put([case("1")])
    feed.close()
    feed.put([case("2")])
    assert not feed.wait()
    assert list(feed) == []
    feed.release()


class Counting(CommandProbe):
    """Counts what it runs."""

    def __init__(self) -> None:
        super().__init__(lambda: OPEN)
        self.ran: Counter[tuple[str, ...]] = Counter()

    def follow(self, subject: Subject, feed: Feed, lanes: int) -> Generator[tuple[Case, bytes]]:
        for one, seen in super().follow(subject, feed, lanes):
            self.ran[one.argv] += 1
            yield one, seen


@pytest.fixture
def probe() -> Counting:
    return Counting()


def observer(probe: CommandProbe, tmp_path: Path) -> Observer:
    return Observer(probe, Store(tmp_path / "store"), 2, lambda revision, what: None)


def sides(tmp_path: Path, *texts: str) -> list[Subject]:
    return [subject({"prog": shell(tmp_path / str(number), text)}) for number, text in enumerate(texts)]


def test_a_case_is_answered_when_it_was_seen_on_all_sides_and_runs_once(tmp_path: Path, probe: Counting) -> None:
    seen = observer(probe, tmp_path)
    both = sides(tmp_path, "echo $1", "echo new $1")
    with Flow(seen, probe, both) as flow:
        flow.ask([case("a"), case("a")])
        while not flow.is_answered(case("a")):
            assert flow.wait(30)
        flow.ask([case("a"), case("b")])
        assert flow.is_answered(case("a"))
        while not flow.is_answered(case("b")):
            assert flow.wait(30)
    assert probe.ran == {("a",): 2, ("b",): 2}
    assert all(seen.has(one, case(word)) for one in both for word in "ab")


def test_what_was_seen_before_is_answered_at_once(tmp_path: Path, probe: Counting) -> None:
    seen = observer(probe, tmp_path)
    both = sides(tmp_path, "echo $1", "echo new $1")
    for one in both:
        seen.ensure(one, [case("a")])
    with Flow(seen, probe, both) as flow:
        flow.ask([case("a")])
        assert flow.is_answered(case("a"))
    assert not probe.ran


def test_a_program_that_waits_holds_up_nobody_else(tmp_path: Path, probe: Counting) -> None:
    both = sides(tmp_path, "sleep $1", "true; sleep $1")
    with Flow(observer(probe, tmp_path), probe, both) as flow:
        flow.ask([case("20")])
        for number in range(10):
            one = case("0", str(number))
            flow.ask([one])
            while not flow.is_answered(one):
                assert flow.wait(30)
        assert not flow.is_answered(case("20"))
        began = time.monotonic()
    # Nobody wants the rest.
    assert time.monotonic() - began < 10


def test_an_error_of_a_side_is_raised(tmp_path: Path) -> None:
    class Failing(Counting):
        def follow(self, subject: Subject, feed: Feed, lanes: int) -> Generator[tuple[Case, bytes]]:
            feed.wait()
            raise HarnessError("the sandbox cannot be entered")

    probe = Failing()
    with Flow(observer(probe, tmp_path), probe, sides(tmp_path, "true", "exit 1")) as flow:
        flow.ask([case()])
        with pytest.raises(HarnessError, match="cannot be entered"):
            flow.wait(30)
