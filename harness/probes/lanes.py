"""Lanes: runners that stay, each in its sandbox, and one loop that keeps all of them busy.

A request is always on its way while another runs, so that no lane waits for this process; nothing here waits for
one lane while another could go on.
"""

from __future__ import annotations

import contextlib
import itertools
import select
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from harness.compare.output import CommandObservation
from harness.model import Case
from harness.probes.containment import Containment
from harness.probes.feed import Feed
from harness.probes.idleness import Idleness
from harness.probes.lane import Lane
from harness.probes.lane_programs import together

__all__ = ["OpenLanes", "Solo", "run_cases"]

_AHEAD = 3  # requests that a lane holds, the running one included, as long as its programs are quick
_BESIDE = 16  # programs that do not end run beside each other
_BESIDE_WAITING = 6  # lanes more, as long as the programs in the others leave processors idle
_LOOK = 0.25  # seconds between two looks at that


def run_cases(
    programs: Mapping[str, Path],
    cases: Sequence[Case],
    *,
    lanes: int,
    contained: Containment,
    hidden: Sequence[Path] = (),
) -> Iterator[tuple[Case, CommandObservation]]:
    """Runs each case once, on `lanes` processes at a time; yields as they end.

    Cases that are endless come last and beside each other, each alone in its sandbox and the network of that: they
    mostly wait. While others wait and leave processors idle, some more are run beside them. Those that need a server
    have sandboxes of their own, where it runs. Every program of `programs` is there for every case under its name. The
    folders `hidden` are empty for them, where there is a sandbox.

    Raises:
        HarnessError: a case names a file outside its directory, or the sandbox cannot be entered any more.
        ServiceFailed: a server that a case needs did not come up or ended meanwhile, twice.
        Interrupted: the run is being stopped.
    """
    with OpenLanes(programs, lanes=lanes, contained=contained, hidden=hidden) as opened:
        yield from opened.run(cases)


class OpenLanes:
    """Lanes that stay open between one lot of cases and the next: entering a sandbox costs more than a case."""

    def __init__(
        self, programs: Mapping[str, Path], *, lanes: int, contained: Containment, hidden: Sequence[Path] = ()
    ) -> None:
        self._programs = programs
        self._most = lanes
        self._contained = contained
        self._hidden = tuple(hidden)
        self._made: dict[tuple[bool, bool], list[Lane]] = {}
        self._stack = contextlib.ExitStack()
        self._folder: Path | None = None

    def __enter__(self) -> OpenLanes:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def run(self, cases: Sequence[Case]) -> Generator[tuple[Case, CommandObservation]]:
        """As `run_cases`."""
        for kind, most, ahead in (
            ((False, False), self._most, _AHEAD),
            ((False, True), self._most, _AHEAD),
            ((True, False), max(self._most, _BESIDE), 1),
            ((True, True), self._most, 1),
        ):
            some = [one for one in cases if (one.endless, bool(one.services)) == kind]
            lanes = self._lanes(kind, min(most, len(some))) if some else []
            more = _Spare(partial(self._lanes, kind)) if ahead > 1 and not kind[1] else None
            try:
                yield from _loop(lanes, iter(some), ahead, more)
            finally:
                self._give_up(kind)

    def follow(self, feed: Feed) -> Generator[tuple[Case, CommandObservation]]:
        """As `run_cases`, of cases that come meanwhile, none of which needs a server or is endless."""
        kind = (False, False)
        lanes = self._lanes(kind, self._most)
        try:
            while feed.wait():
                yield from _loop(lanes, feed, _AHEAD, _Spare(partial(self._lanes, kind)), feed)
        finally:
            self._give_up(kind)

    def _give_up(self, kind: tuple[bool, bool]) -> None:
        """Ends what still runs: nobody wants the rest."""
        for lane in self._made.get(kind, ()):
            if lane.orders:
                lane.end()
                lane.orders.clear()

    def _lanes(self, kind: tuple[bool, bool], count: int) -> list[Lane]:
        if self._folder is None:
            self._folder = self._stack.enter_context(together(self._programs))
        made = self._made.setdefault(kind, [])
        while len(made) < max(1, count):
            lane = Lane(contained=self._contained, programs=self._folder, hidden=self._hidden, served=kind[1])
            self._stack.callback(lane.end)
            made.append(lane)
        return made[: max(1, count)]


class Solo:
    """One lane for one build, in which cases run one at a time and are timed; `close` ends it."""

    def __init__(
        self, programs: Mapping[str, Path], contained: Containment, hidden: Sequence[Path] = (), *, served: bool = False
    ) -> None:
        """With `served`, cases may need servers."""
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(together(programs))
        self._lane = Lane(contained=contained, programs=folder, hidden=tuple(hidden), served=served)
        self._stack.callback(self._lane.end)

    def run(self, case: Case) -> tuple[CommandObservation, float, float]:
        """What one run did, the seconds that passed, and those that a processor was busy with it.

        Errors as `run_cases`.
        """
        ((_, seen),) = _loop([self._lane], iter([case]), 1)
        return seen, *self._lane.seconds

    def close(self) -> None:
        """Ends the lane and all that runs in it."""
        self._stack.close()


class _Spare:
    """Lanes that take a case where those that are there wait."""

    def __init__(self, lanes: Callable[[int], list[Lane]]) -> None:
        self._lanes = lanes
        self._idle = Idleness()
        self._opened: list[Lane] = []

    def take(self, lanes: list[Lane], cases: Iterator[Case]) -> None:
        """Gives one case to a lane more, where processors are idle although every lane has work."""
        if not self._idle():
            return
        free = next((lane for lane in self._opened if not lane.orders), None)
        if free is None and len(self._opened) < _BESIDE_WAITING and (one := next(cases, None)) is not None:
            free = self._lanes(len(lanes) + 1)[-1]
            self._opened.append(free)
            lanes.append(free)
            free.take(iter([one]))
        elif free is not None:
            free.take(itertools.islice(cases, 1))

    def holds(self, lane: Lane) -> bool:
        """Whether a lane is one of these, which have no case but what they are given where processors are idle."""
        return any(one is lane for one in self._opened)


def _loop(
    lanes: Sequence[Lane], cases: Iterator[Case], ahead: int, spare: _Spare | None = None, feed: Feed | None = None
) -> Iterator[tuple[Case, CommandObservation]]:
    every = list(lanes)
    # In turns, so that few cases are spread over all lanes.
    for turn in range(ahead):
        for lane in every:
            if turn < lane.most(ahead):
                lane.take(itertools.islice(cases, 1))
    while any(lane.orders for lane in every) and not (feed and feed.is_closed):
        for lane in _Poller(every).ready(_LOOK if spare else None, feed):
            answers = list(lane.turn())
            room = 0 if spare and spare.holds(lane) else lane.most(ahead) - len(lane.orders)
            lane.take(itertools.islice(cases, max(0, room)))
            yield from answers
        if feed:
            feed.heard()
            for lane in lanes:
                if not lane.orders:
                    lane.take(itertools.islice(feed, 1))
        if spare:
            spare.take(every, cases)


class _Poller:
    """Finds the lanes that something can be done for."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes

    def ready(self, longest: float | None = None, feed: Feed | None = None) -> list[Lane]:
        """Those lanes, as soon as there is one; none where there is none after so many seconds, or something is fed."""
        busy = [lane for lane in self._lanes if lane.orders]
        poll = select.poll()
        owner = {}
        for lane in busy:
            lane.start()
            for file, events in lane.interests():
                poll.register(file, events)
                owner[file] = lane
        if feed:
            poll.register(feed.fileno(), select.POLLIN)
        wait = min(lane.due for lane in busy) - time.monotonic()
        wait = wait if longest is None else min(wait, longest)
        found = {id(owner[file]): owner[file] for file, _ in poll.poll(max(0, wait) * 1000 + 1) if file in owner}
        late = [lane for lane in busy if lane.due < time.monotonic()]
        return list(found.values()) + [lane for lane in late if id(lane) not in found]
