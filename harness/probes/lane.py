"""A lane: one runner that stays, in its sandbox, and the cases that it has."""

from __future__ import annotations

import collections
import contextlib
import os
import select
import shlex
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness import process
from harness.compare.output import ROOT, CommandObservation
from harness.errors import HarnessError
from harness.model import Case
from harness.probes.containment import ENVIRONMENT, Containment, runner_argv
from harness.probes.lane_messages import Place, observation_from, request_for
from harness.probes.lane_programs import link
from harness.probes.runner.folder import clear
from harness.probes.runner.message import FAILED, HELLO, RETIRE, SERVICE, unpack
from harness.probes.services import ServiceFailed, free_ports

__all__ = ["Lane"]

_QUICK = 0.05  # seconds; behind a program that takes longer another would wait, which a lane that is idle could run
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


@dataclass(slots=True, kw_only=True)
class Lane:
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

    def most(self, ahead: int) -> int:
        """How many cases this lane may have: so many as long as its programs are quick."""
        return ahead if 0.0 < self.seconds[0] < _QUICK else 1

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
