"""What the cases that are shown did as a whole, so that a reader need not run them to see more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.model import Case, Difference
from harness.probes.base import Subject, TellsLogs
from harness.verify.observer import Observer, key_of_case

__all__ = ["with_logs"]

_MOST = 60
"""Cases of one comparison whose logs are kept, in the order of their differences."""


def with_logs(
    observer: Observer, baseline: Subject, candidate: Subject, differences: Iterable[Difference]
) -> list[Difference]:
    """The differences, the first one of each case with what that did on both sides."""
    found: list[Difference] = []
    told: set[str] = set()
    for one in differences:
        if one.case is None or len(told) >= _MOST or (key := key_of_case(one.case)) in told:
            found.append(one)
            continue
        told.add(key)
        found.append(replace(one, logs=_logs(observer, baseline, candidate, one.case)))
    return found


def _logs(observer: Observer, baseline: Subject, candidate: Subject, case: Case) -> tuple[str, str] | None:
    """None where a side has not seen the case: nothing is run for it."""
    probe = observer.probe
    if not isinstance(probe, TellsLogs) or not all(observer.has(side, case) for side in (baseline, candidate)):
        return None
    return probe.log(observer.get(baseline, case)), probe.log(observer.get(candidate, case))
