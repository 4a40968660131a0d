"""What the probes that run programs have in common: the lanes that cases run in, and the ground that cases grow on."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager

from harness.cases.base import Ground
from harness.compare.output import CommandObservation
from harness.config import Config
from harness.model import Case
from harness.probes.base import Observe, Subject
from harness.probes.containment import Containment, containment
from harness.probes.lanes import OpenLanes, run_cases
from harness.probes.services import identity_of, log_kept
from harness.store import Store

__all__ = ["OfPrograms"]


class OfPrograms:
    """The base of these probes; each says in `opened` what it makes of the runs of a case."""

    def __init__(self, contained: Callable[[], Containment] = containment) -> None:
        self._contained = contained

    def observe(self, subject: Subject, cases: Sequence[Case], lanes: int) -> Generator[tuple[Case, bytes]]:
        """Runs each case, on `lanes` processes at a time; yields as they end, in any order.

        Raises:
            HarnessError: the sandbox cannot be entered any more.
        """
        with self.opened(subject, lanes) as observe:
            yield from observe(cases)

    def opened(self, subject: Subject, lanes: int) -> AbstractContextManager[Observe]:
        """As `observe`, for several lots of cases one after another, in lanes that stay open. Errors as `observe`."""
        raise NotImplementedError

    def surroundings(self) -> str:
        """Whether there is a sandbox: what is read-only or out of reach there shows in what programs say."""
        return "sandbox 1" if self._contained().works else "no sandbox 1"

    def _lanes(self, subject: Subject, lanes: int) -> OpenLanes:
        return OpenLanes(subject.executables, lanes=lanes, contained=self._contained(), hidden=subject.hidden)

    def _ground(self, subject: Subject, config: Config, store: Store) -> Ground:
        def run(cases: Sequence[Case]) -> Iterable[tuple[Case, CommandObservation]]:
            lanes, contained = os.cpu_count() or 1, self._contained()
            with log_kept(store):
                yield from run_cases(
                    subject.executables, cases, lanes=lanes, contained=contained, hidden=subject.hidden
                )

        return Ground(
            build=subject.build,
            programs=tuple(sorted(subject.executables)),
            config=config,
            store=store,
            run=run,
            repository=subject.files,
            servers=identity_of(config.service) if config.service else "",
            contained=self._contained().works,
        )
