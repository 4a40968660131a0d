"""Observing cases on several subjects side by side as they come, and telling which were seen on all."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from harness.model import Case
from harness.probes.base import Follows, Subject
from harness.probes.feed import Feed
from harness.verify.observer import Observer, key_of_case

__all__ = ["Flow"]


class Flow:
    """Inside, `ask` gives cases on their way, and `is_answered` says which came back."""

    def __init__(self, observer: Observer, probe: Follows, subjects: Sequence[Subject]) -> None:
        """`probe` is the observer's own."""
        self._observer = observer
        self._probe = probe
        self._subjects = list(subjects)
        self._feeds = [Feed() for _ in subjects]
        self._pool = ThreadPoolExecutor(len(self._subjects), thread_name_prefix="observing")
        self._told: queue.SimpleQueue[Case | Future[None]] = queue.SimpleQueue()
        self._missing: Counter[str] = Counter()

    def __enter__(self) -> Flow:
        for subject, feed in zip(self._subjects, self._feeds, strict=True):
            self._pool.submit(self._follow, subject, feed).add_done_callback(self._told.put)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for feed in self._feeds:
            feed.close()
        self._pool.shutdown(wait=kind is None or not issubclass(kind, KeyboardInterrupt))  # Ctrl-C waits for nothing

    def ask(self, cases: Iterable[Case]) -> None:
        """Gives cases on their way. Who was seen on all subjects before comes back at once."""
        for case in cases:
            key = key_of_case(case)
            if key in self._missing:
                continue
            unseen = [number for number, one in enumerate(self._subjects) if not self._observer.has(one, case)]
            self._missing[key] = len(unseen)
            for number in unseen:
                self._feeds[number].put([case])

    def is_answered(self, case: Case) -> bool:
        """Whether a case that was asked for was seen on all subjects."""
        return not self._missing[key_of_case(case)]

    def wait(self, seconds: float) -> bool:
        """Waits for an answer at most so long; False where none came.

        Raises:
            HarnessError: as the observer does.
        """
        try:
            told = self._told.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return False
        if isinstance(told, Future):
            told.result()
            return False
        self._missing[key_of_case(told)] -= 1
        return True

    def _follow(self, subject: Subject, feed: Feed) -> None:
        try:
            for case in self._observer.follow(self._probe, subject, feed):
                self._told.put(case)
        finally:
            feed.release()
