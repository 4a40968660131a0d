"""Observations of cases: what was seen before is taken from the store, the rest is run."""

from __future__ import annotations

import contextlib
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import msgspec

from harness.errors import StoreError
from harness.model import Case, Revision
from harness.probes.base import CaseProbe, Follows, Observe, Subject
from harness.probes.conditions import conditions, provoked
from harness.probes.feed import Feed
from harness.probes.services import identity_of, log_kept
from harness.store import Store, digest_of, key_of

__all__ = ["MOST_TIMEOUTS", "Observer", "key_of_case"]

# A program that hangs this often in one revision is not asked again: each time costs a whole time limit.
MOST_TIMEOUTS = 20


class Observer:
    """Observes one probe's cases, `lanes` programs at a time."""

    def __init__(
        self, probe: CaseProbe, store: Store, lanes: int, watch: Callable[[Revision, str], None], total: int = 0
    ) -> None:
        """`total` says, for those who watch, how many cases there will be, where they come in parts."""
        self.probe = probe
        self.lanes = lanes
        self.total = total
        self._store = store
        self._watch = watch
        self._opened: dict[str, Observe] = {}
        self._observed: Counter[tuple[str, int]] = Counter()

    @contextlib.contextmanager
    def opened(self, *subjects: Subject) -> Iterator[None]:
        """Inside, sandboxes stay open between two calls of `ensure`: for many calls with few cases each."""
        with contextlib.ExitStack() as stack:
            for one in subjects:
                observe = stack.enter_context(self.probe.opened(one, self.lanes))
                self._opened[one.build.runtime_digest()] = observe
            try:
                yield
            finally:
                self._opened.clear()

    def ensure(
        self,
        subject: Subject,
        cases: Sequence[Case],
        repeat: int = 0,
        hung: Counter[str] | None = None,
        beside: str = "",
    ) -> list[Case]:
        """Observes what was not observed yet; gives the cases that were.

        That is all of them, unless the program hangs again and again: then the rest is given up. `hung` counts how
        often, by program, over several calls. The lock keeps another worker from doing the same meanwhile. `beside`
        names the sides that are run by turns, where runs of another time do not do.
        """
        hung = Counter() if hung is None else hung
        digest = subject.build.runtime_digest()
        self._observed[digest, repeat] += len(cases)
        if not self._missing(subject, cases, repeat, beside):
            return list(cases)
        with self._store.lock(f"observe {self.probe.name} {digest}"):
            missing = self._missing(subject, cases, repeat, beside)
            # What is open already runs as it was when it was opened, so a repeat begins anew under its conditions.
            opened = None if repeat else self._opened.get(digest)
            before = self._observed[digest, repeat] - len(missing)
            total = max(self.total if not repeat else 0, before + len(missing))
            again = f", run {repeat + 1}" if repeat else ""
            running = opened(missing) if opened else self.probe.observe(subject, missing, self.lanes)
            with log_kept(self._store), provoked(repeat), contextlib.closing(running):
                while hung[digest] <= MOST_TIMEOUTS and (one := next(running, None)) is not None:
                    before += 1
                    self._watch(subject.revision, f"{self.probe.name}: case {before} of {total}{again}")
                    self._store.put("observation", self._key(subject, one[0], repeat, beside), one[1])
                    hung[digest] += self.probe.ran_out(one[1])
        left = {key_of_case(case) for case in self._missing(subject, cases, repeat, beside)}
        return [case for case in cases if key_of_case(case) not in left]

    def follow(self, probe: Follows, subject: Subject, feed: Feed) -> Iterator[Case]:
        """Observes cases as they come; yields each when it was. `probe` is the observer's own.

        Without the lock: nobody else tries what is proposed here.
        """
        running = probe.follow(subject, feed, self.lanes)
        with log_kept(self._store), contextlib.closing(running):
            for case, seen in running:
                self._store.put("observation", self._key(subject, case, 0), seen)
                yield case

    def has(self, subject: Subject, case: Case) -> bool:
        """Whether a case was observed."""
        return self._store.has("observation", self._key(subject, case, 0))

    def get(self, subject: Subject, case: Case, repeat: int = 0, beside: str = "") -> bytes:
        """One observation. A damaged one is made again.

        Raises:
            StoreError: it vanished twice.
        """
        key = self._key(subject, case, repeat, beside)
        if (seen := self._store.get("observation", key)) is None:
            self.ensure(subject, [case], repeat, beside=beside)
            seen = self._store.get("observation", key)
        if seen is None:
            raise StoreError(
                "An observation vanished from the store twice.", step="Run again; name another --harness-store."
            )
        return seen

    def _missing(self, subject: Subject, cases: Sequence[Case], repeat: int, beside: str) -> list[Case]:
        return [case for case in cases if not self._store.has("observation", self._key(subject, case, repeat, beside))]

    def _key(self, subject: Subject, case: Case, repeat: int, beside: str = "") -> str:
        probe = self.probe
        machine = (platform.system(), platform.machine(), probe.surroundings())
        digest = subject.build.runtime_digest()
        others = [*([identity_of(case.services)] if case.services else []), *([beside] if beside else [])]
        return key_of(
            "case", probe.name, probe.version, machine, digest, key_of_case(case), conditions(repeat), *others
        )


def key_of_case(case: Case) -> str:
    """A case without its origin, which does not reach the program."""
    return digest_of(msgspec.msgpack.encode(replace(case, origin="")))
