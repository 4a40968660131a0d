"""Lanes: runners that stay, each in its sandbox, and one loop that keeps all of them busy.

A request is always on its way while another runs, so that no lane waits for this process; nothing here waits for
one lane while another could go on.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import select
import shlex
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from harness import process
from harness.compare.output import ROOT, CommandObservation
from harness.errors import HarnessError
from harness.model import Case
from harness.probes.containment import ENVIRONMENT, Containment, runner_argv
from harness.probes.idleness import Idleness
from harness.probes.lane_messages import Place, observation_from, request_for
from harness.probes.lane_programs import link, together
from harness.probes.runner.folder import clear
from harness.probes.runner.message import FAILED, HELLO, RETIRE, SERVICE, unpack
from harness.probes.services import ServiceFailed, free_ports

__all__ = ["OpenLanes", "Solo", "run_cases"]

_AHEAD = 3  # requests that a lane holds, the running one included
_BESIDE = 16  # programs that do not end run beside each other
_BESIDE_WAITING = 6  # lanes more, as long as the programs in the others leave processors idle
_LOOK = 0.25  # seconds between two looks at that
_PATIENCE = 30.0  # seconds beyond a case's timeout after which its runner is taken for lost
_TRIES = 2  # how often a case may lose its runner
_STOPPING = 2.0  # seconds
_SERVED = 10.0  # seconds beyond the limits of all of its steps after which a server is taken for lost
_CHUNK = 1 << 20


@dataclass(slots=True, kw_only=True)
class _Order:
    """A case on its way."""

    case: Case
    request: bytes
    lost: int = 0


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
        self._made: dict[tuple[bool, bool], list[_Lane]] = {}
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
                for lane in self._made.get(kind, ()):
                    if lane.orders:  # nobody wants the rest
                        lane.end()
                        lane.orders.clear()

    def _lanes(self, kind: tuple[bool, bool], count: int) -> list[_Lane]:
        if self._folder is None:
            self._folder = self._stack.enter_context(together(self._programs))
        made = self._made.setdefault(kind, [])
        while len(made) < max(1, count):
            lane = _Lane(contained=self._contained, programs=self._folder, hidden=self._hidden, served=kind[1])
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
        self._lane = _Lane(contained=contained, programs=folder, hidden=tuple(hidden), served=served)
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

    def __init__(self, lanes: Callable[[int], list[_Lane]]) -> None:
        self._lanes = lanes
        self._idle = Idleness()
        self._opened: list[_Lane] = []

    def take(self, lanes: list[_Lane], cases: Iterator[Case]) -> None:
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

    def ahead_of(self, lane: _Lane, ahead: int) -> int:
        """How many cases a lane may have: one more has none but what it is given where processors are idle."""
        return 0 if any(one is lane for one in self._opened) else ahead


def _loop(
    lanes: Sequence[_Lane], cases: Iterator[Case], ahead: int, spare: _Spare | None = None
) -> Iterator[tuple[Case, CommandObservation]]:
    every = list(lanes)
    # In turns, so that few cases are spread over all lanes.
    for _ in range(ahead):
        for lane in every:
            lane.take(itertools.islice(cases, 1))
    while any(lane.orders for lane in every):
        for lane in _Poller(every).ready(_LOOK if spare else None):
            answers = list(lane.turn())
            room = (spare.ahead_of(lane, ahead) if spare else ahead) - len(lane.orders)
            lane.take(itertools.islice(cases, max(0, room)))
            yield from answers
        if spare:
            spare.take(every, cases)


class _Poller:
    """Finds the lanes that something can be done for."""

    def __init__(self, lanes: Sequence[_Lane]) -> None:
        self._lanes = lanes

    def ready(self, longest: float | None = None) -> list[_Lane]:
        """Those lanes, as soon as there is one; none where there is none after so many seconds."""
        busy = [lane for lane in self._lanes if lane.orders]
        poll = select.poll()
        owner = {}
        for lane in busy:
            lane.start()
            for file, events in lane.interests():
                poll.register(file, events)
                owner[file] = lane
        wait = min(lane.due for lane in busy) - time.monotonic()
        wait = wait if longest is None else min(wait, longest)
        found = {id(owner[file]): owner[file] for file, _ in poll.poll(max(0, wait) * 1000 + 1)}
        late = [lane for lane in busy if lane.due < time.monotonic()]
        return list(found.values()) + [lane for lane in late if id(lane) not in found]


@dataclass(slots=True, kw_only=True)
class _Lane:
    """One runner and the cases that it has."""

    contained: Containment
    programs: Path
    hidden: tuple[Path, ...]
    served: bool = False
    place: Place = field(default_factory=Place)
    argv: list[str] = field(default_factory=list)
    tool: process.Tool | None = None
    orders: collections.deque[_Order] = field(default_factory=collections.deque)
    unsent: collections.deque[memoryview] = field(default_factory=collections.deque)
    received: bytearray = field(default_factory=bytearray)
    greeted: bool = False
    failures: int = 0
    seconds: tuple[float, float] = (0.0, 0.0)
    due: float = 0.0

    # -- the runner ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts a runner, where there is none, with all that is to be done."""
        if self.tool is not None:
            return
        self.argv = self._argv()
        self.tool = process.start(self.argv, cwd=Path("/"), env=ENVIRONMENT, stdin=process.PIPE)
        os.set_blocking(self.tool.stdin.fileno(), False)
        os.set_blocking(self.tool.stdout.fileno(), False)
        for order in self.orders:
            order.request = self._request(order.case)
        self.unsent.extend(memoryview(order.request) for order in self.orders)
        self._expect()

    def _argv(self) -> list[str]:
        if self.contained.works:
            return self.contained.argv(
                self.programs, runner_argv(ROOT, contained=True), self.hidden, named_user=self.served
            )
        # All of these have the same length, so that nothing that is wrapped or padded differs between lanes.
        self.place = Place(root=os.path.realpath(tempfile.mkdtemp(prefix="harness-")))
        folder = Path(self.place.root, "bin")
        folder.mkdir()
        for program in self.programs.iterdir():
            link(program, folder / program.name)
        return runner_argv(self.place.root, contained=False)

    def _request(self, case: Case) -> bytes:
        if case.services and not self.contained.works:
            self.place = replace(self.place, ports=free_ports(case.services, self.place.ports))
        return request_for(case, self.place)

    def end(self) -> None:
        """Ends the runner and all that runs in it, and removes what it wrote."""
        if self.tool is not None:
            if not self.contained.works:
                # Without a sandbox, a runner must end its program itself, which is in no group of ours.
                self.tool.ask_to_end(_STOPPING)
            self.tool.end()
        self.tool, self.greeted = None, False
        self.received.clear()
        self.unsent.clear()
        if self.place.root != ROOT:
            with contextlib.suppress(OSError):
                clear(os.fsencode(self.place.root))
        self.place = Place()

    def _expect(self) -> None:
        patience = _patience(self.orders[0].case) if self.orders else 0
        self.due = time.monotonic() + _PATIENCE + patience

    # -- requests and answers -----------------------------------------------------------------------------

    def take(self, cases: Iterator[Case]) -> None:
        """Takes cases on."""
        for case in cases:
            order = _Order(case=case, request=self._request(case) if self.tool else b"")
            self.orders.append(order)
            if self.tool is not None:
                self.unsent.append(memoryview(order.request))
            if len(self.orders) == 1:
                self._expect()
        self._send()

    def interests(self) -> Iterator[tuple[int, int]]:
        """The files to be waited for, and what for."""
        assert self.tool is not None
        yield self.tool.stdout.fileno(), select.POLLIN
        if self.unsent:
            yield self.tool.stdin.fileno(), select.POLLOUT

    def turn(self) -> Iterator[tuple[Case, CommandObservation]]:
        """Sends and receives what can be at once, and gives the cases that have ended."""
        alive = self._receive()
        self._send()
        while (fields := self._message()) is not None:
            if fields == [HELLO]:
                self.greeted = True
                continue
            if fields[0] == SERVICE:
                self._not_served(fields)
                return
            if fields[0] == FAILED:
                self._failed(fields[3].decode("utf-8", "replace"))
                return
            order = self.orders.popleft()
            self.failures = 0
            wall, processor, *_ = fields[1].split()
            self.seconds = int(wall) / 1e9, int(processor) / 1e9
            yield order.case, observation_from(fields, self.place, self.contained.works, order.case)
            if RETIRE in fields[1]:
                self.end()
                return
        if not alive or self.due < time.monotonic():
            yield from self._lost()

    def _receive(self) -> bool:
        """Takes in what has arrived; whether the runner lives."""
        assert self.tool is not None
        try:
            chunk = os.read(self.tool.stdout.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        self.received += chunk
        if chunk:
            self._expect()
        return bool(chunk)

    def _send(self) -> None:
        if self.tool is None:
            return
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self.unsent:
                left = self.unsent[0][os.write(self.tool.stdin.fileno(), self.unsent[0]) :]
                if left:
                    self.unsent[0] = left
                else:
                    self.unsent.popleft()

    def _message(self) -> list[bytes] | None:
        if len(self.received) < 4:
            return None
        end = 4 + int.from_bytes(self.received[:4], "little")
        if len(self.received) < end:
            return None
        body = bytes(memoryview(self.received)[4:end])
        del self.received[:end]
        return unpack(body)

    def _failed(self, why: str) -> None:
        """The runner could not do its own part. Were that an observation, it would be the same on both sides."""
        self.orders[0].lost += 1
        if self.orders[0].lost >= _TRIES:
            last = why.strip().splitlines()[-1]
            raise HarnessError(
                f"A case could not be prepared or looked through: {last}.",
                step=f"It was {self.orders[0].case.program} {list(self.orders[0].case.argv)}; is the disk full?",
            )
        self.end()

    def _not_served(self, fields: list[bytes]) -> None:
        """A server was not there. What a program does without it says nothing, on neither side."""
        name, what, log = (self.place.seen(one) for one in fields[2:5])
        case = self.orders[0].case
        self.orders[0].lost += 1
        self.end()
        if self.orders[0].lost >= _TRIES:
            raise ServiceFailed(
                f"The service `{name.decode()}` {what.decode('utf-8', 'replace')}.",
                service=name.decode(),
                output=log,
                step=f"The case was {shlex.join([case.program, *case.argv])} ({case.origin or 'without a name'}).",
            )

    def _lost(self) -> Iterator[tuple[Case, CommandObservation]]:
        """Makes up for a runner that died or does not answer: the case that it had is at fault, or nothing is."""
        greeted = self.greeted
        self.end()
        if not greeted:
            self.failures += 1
            if self.failures >= _TRIES:
                raise HarnessError(
                    "The process that runs the cases ends as soon as it is started.",
                    step=f"Try it by hand: {process.command_line(self.argv)}",
                )
            return
        if self.orders:
            self.orders[0].lost += 1
            if self.orders[0].lost >= _TRIES:
                case = self.orders.popleft().case
                yield case, CommandObservation(status="runner lost", contained=self.contained.works)


def _patience(case: Case) -> float:
    """Seconds that a case with all that it needs may take."""
    steps = sum((len(one.setup) + len(one.seed) + 2) * one.timeout + _SERVED for one in case.services)
    return case.timeout + steps
