"""All work that happens in the slot, done in the background in the order of the range.

Every process of a run (one, or each worker of pytest-xdist) has a foreman. They share the slot by its lock and
what they make by the store, so whoever comes first does a piece of work and the others find it done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.build.slot import SlotVisit
from harness.build.workshop import Workshop
from harness.built import Build
from harness.errors import HarnessError, Interrupted
from harness.model import Revision
from harness.probes.base import SlotObserver
from harness.store import Store, key_of
from harness.verify.estimate import remember

__all__ = ["BUILD", "Foreman", "Job"]

_T = TypeVar("_T")

BUILD = "build"
_POLL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What has to be made of one revision under one set of features, in one visit of the slot."""

    revision: Revision
    features: str
    build: bool
    probes: tuple[SlotObserver, ...]


class Foreman:
    """Works off jobs in their order on a thread of its own."""

    def __init__(
        self, workshop: Workshop, store: Store, first: Revision, jobs: Sequence[Job], announce: Callable[[Job], None]
    ) -> None:
        self._workshop = workshop
        self._first = first
        self._store = store
        self._jobs = list(jobs)
        self._next = 0
        self._announce = announce
        self._failures: dict[tuple[str, str, str], Exception] = {}
        self._changed = threading.Condition()
        self._demanded: set[tuple[str, str, str]] = set()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.seconds = 0.0

    def unmade(self) -> list[Revision]:
        """The revisions that still have to be visited."""
        return list({job.revision.tree: job.revision for job in self._jobs if self._missing(job)}.values())

    def visited(self) -> list[Revision]:
        """The revisions that were checked out in the slot of late, in this run or an earlier one."""
        return self._workshop.visited()

    def stop(self) -> None:
        """Takes no new job and waits for the present one, which another worker may be waiting for."""
        self._stopped.set()
        if (thread := self._thread) is not None:
            thread.join()

    def wait_until_idle(self) -> None:
        """Waits until all that is known to be needed is made, so that nothing of ours runs in the background."""
        while (thread := self._thread) is not None:
            thread.join()

    def build(self, revision: Revision, features: str) -> Build:
        """The build of a revision, as soon as it is made, as it counts in the range.

        Raises:
            HarnessError: it could not be tried.
        """
        job = Job(revision=revision, features=features, build=True, probes=())
        build = self._wait(job, BUILD, lambda: self._workshop.kept(revision, features))
        if not build.unbuilt:
            return build
        return build.since(build if revision == self._first else self.build(self._first, features))

    def known_build(self, revision: Revision, features: str) -> Build | None:
        """The build of a revision if it is made; nothing is waited for."""
        build = self._workshop.kept(revision, features)
        if build is None or not build.unbuilt:
            return build
        return build.since(self._workshop.kept(self._first, features) or build)

    def observation(self, probe: SlotObserver, revision: Revision, features: str) -> bytes:
        """What a probe saw of a revision in the slot, as soon as it did. Errors as `build`."""
        job = Job(revision=revision, features=features, build=probe.needs_build, probes=(probe,))
        return self._wait(job, probe.name, lambda: self._kept(probe, revision, features))

    def log_of(self, build: Build) -> str:
        """The file with the whole output of a build."""
        return str(self._store.blob(build.log) or "the store no more")

    # -- the thread ---------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                if self._missing(job):
                    self._visit(job)
            except Exception as error:
                self._fail(job, error)

    def _take(self) -> Job | None:
        with self._changed:
            if self._stopped.is_set() or self._next >= len(self._jobs):
                self._thread = None
                return None
            self._next += 1
            return self._jobs[self._next - 1]

    def _demand(self, job: Job, what: str) -> bool:
        """Sees to it that somebody works on this; gives whether there is still hope for it."""
        with self._changed:
            if self._thread is None and not self._stopped.is_set():
                if self._next >= len(self._jobs):
                    if (job.revision.tree, job.features, what) in self._demanded:
                        return False
                    self._demanded.add((job.revision.tree, job.features, what))
                    self._jobs.append(job)
                self._thread = threading.Thread(target=self._work, name="foreman", daemon=True)
                self._thread.start()
            return self._thread is not None

    def _visit(self, job: Job) -> None:
        with self._workshop.slot.held():
            if self._stopped.is_set() or not self._missing(job):
                return
            self._announce(job)
            began, cold = time.monotonic(), self._workshop.slot.is_cold
            with self._workshop.visit(job.revision, job.features) as visit:
                self._work_off(job, visit)
                self.seconds += visit.calls.seconds
            remember(self._workshop, self._store, time.monotonic() - began, cold=cold)

    def _work_off(self, job: Job, visit: SlotVisit) -> None:
        """Probes that need no build come first, so that they speak even of what does not compile."""
        for probe in job.probes:
            if not probe.needs_build:
                self._observe(probe, job, visit)
        if not job.build:
            return
        build = self.known_build(job.revision, job.features)
        if build is None:
            with_tests = any(probe.name == "test_suite" for probe in job.probes)
            self._workshop.build(visit, job.features, with_tests=with_tests)
            build = self.known_build(job.revision, job.features)
            self._tell()
        for probe in job.probes:
            if probe.needs_build and build and build.ok:
                self._observe(probe, job, visit)

    def _observe(self, probe: SlotObserver, job: Job, visit: SlotVisit) -> None:
        if self._stopped.is_set() or self._kept(probe, job.revision, job.features) is not None:
            return
        try:
            seen = probe.observe(visit)
        except HarnessError as error:
            self._failures[job.revision.tree, job.features, probe.name] = error
        else:
            self._store.put("observation", self._key(probe, job.revision, job.features), seen)
        self._tell()

    # -- waiting ------------------------------------------------------------------------------------------

    def _wait(self, job: Job, what: str, look: Callable[[], _T | None]) -> _T:
        while True:
            if (found := look()) is not None:
                return found
            if (failure := self._failures.get((job.revision.tree, job.features, what))) is not None:
                raise failure
            if not self._demand(job, what) and look() is None:
                raise Interrupted(f"The {what} of {job.revision.name} was not made, because the run was stopped.")
            with self._changed:
                self._changed.wait(_POLL)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _fail(self, job: Job, error: Exception) -> None:
        for what in (BUILD, *(probe.name for probe in job.probes)):
            self._failures.setdefault((job.revision.tree, job.features, what), error)
        self._tell()

    # -- what is there already ----------------------------------------------------------------------------

    def _missing(self, job: Job) -> bool:
        build = self.known_build(job.revision, job.features) if job.build else None
        if job.build and build is None:
            return True
        return any(self._missing_observations(job, build))

    def _missing_observations(self, job: Job, build: Build | None) -> Iterator[bool]:
        for probe in job.probes:
            if not probe.needs_build or (build is not None and build.ok):
                yield self._kept(probe, job.revision, job.features) is None

    def _kept(self, probe: SlotObserver, revision: Revision, features: str) -> bytes | None:
        return self._store.get("observation", self._key(probe, revision, features))

    def _key(self, probe: SlotObserver, revision: Revision, features: str) -> str:
        return key_of("slot", probe.name, probe.version, self._workshop.key(revision, features))
