"""What comparing cases gave, kept in the store: what nothing is new to is not compared again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

import harness
from harness.compare.approvals import Approvals
from harness.config import Config
from harness.model import Case
from harness.probes.base import CaseProbe, Findings
from harness.probes.services import identity_of
from harness.store import Store, digest_of_code, key_of
from harness.verify.observer import key_of_case
from harness.verify.subjects import Side

__all__ = ["Compared"]

_KIND = "compared"


class Compared:
    """The findings of comparisons, by everything that they follow from."""

    def __init__(self, store: Store, config: Config, remembered: Sequence[Case], approvals: Approvals) -> None:
        self._store = store
        self._common = (
            _code(),
            str(store.root),
            config,
            identity_of(config.service),
            [key_of_case(case) for case in remembered],
            approvals.every,
        )
        self._config = config

    def once(
        self,
        probe: CaseProbe,
        sides: Sequence[Side],
        others: Sequence[object],
        make: Callable[[], tuple[Findings, bool]],
    ) -> Findings:
        """What `make` gives, made once. It says besides whether that is all there is to find, and may be kept.

        `others` is what the findings follow from besides the probe and the sides. Which other revisions a build may
        have embedded does not count: both builds were made before they were first compared.
        """
        if self._config.timing:  # durations are measured anew each time
            return make()[0]
        of = [(side.revision, side.build.key, side.build.revision) for side in sides]
        how = (probe.name, probe.version, probe.surroundings(), probe.caveat())
        key = key_of(self._common, how, of, others)
        if (kept := self._store.get(_KIND, key)) is not None:
            return msgspec.msgpack.decode(kept, type=Findings)
        found, whole = make()
        if whole:
            self._store.put(_KIND, key, msgspec.msgpack.encode(found))
        return found


def _code() -> str:
    """What the harness itself is: another version may find something else."""
    return digest_of_code(Path(harness.__file__).parent)
