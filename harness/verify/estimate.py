"""What will be built and about how long that takes, said before the first build."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import msgspec

from harness.build.workshop import Workshop
from harness.compare.wording import counted
from harness.model import Revision
from harness.store import Store, key_of

__all__ = ["Timing", "announce", "remember"]

# Without a run to go by: measured on a workspace of 454 packages, 141 s on 2 cores and 1.2 GB without debug
# information (docs/design.md, decision 4), everything that the probes need included.
_SECONDS_PER_PACKAGE = 0.6
_MEGABYTES_PER_PACKAGE = 4
_SECONDS_PER_COMMIT = 15.0


class Timing(msgspec.Struct, frozen=True):
    """What earlier visits of a slot took, in seconds: the cold one, and the others on average."""

    cold: float = 0.0
    warm: float = 0.0
    warm_visits: int = 0


def announce(workshop: Workshop, store: Store, unmade: Sequence[Revision]) -> list[str]:
    """Lines for a person; none when nothing has to be built."""
    if not unmade:
        return []
    timing = _known(store, workshop)
    packages = workshop.locked_packages(unmade[0])
    cold = workshop.slot.is_cold
    each = timing.warm or _SECONDS_PER_COMMIT
    first = (timing.cold or packages * _SECONDS_PER_PACKAGE + each) if cold else each
    seconds = first + each * (len(unmade) - 1)
    line = f"{counted(len(unmade), 'revision')} to build"
    if cold:
        line += f", {counted(packages, 'package')} the first time"
    line += f": about {_span(seconds)}"
    if cold:
        free = shutil.disk_usage(store.root).free / 1e9
        line += f" and {max(50, packages * _MEGABYTES_PER_PACKAGE)} MB of disk ({free:.0f} GB free)"
    return [line]


def remember(workshop: Workshop, store: Store, seconds: float, *, cold: bool) -> None:
    """Keeps what a visit took, for the next estimate."""
    known = _known(store, workshop)
    if cold:
        updated = Timing(cold=seconds, warm=known.warm, warm_visits=known.warm_visits)
    else:
        visits = min(known.warm_visits + 1, 20)
        updated = Timing(cold=known.cold, warm=known.warm + (seconds - known.warm) / visits, warm_visits=visits)
    store.put("timing", key_of(workshop.slot.id), msgspec.msgpack.encode(updated))


def _known(store: Store, workshop: Workshop) -> Timing:
    record = store.get("timing", key_of(workshop.slot.id))
    return msgspec.msgpack.decode(record, type=Timing) if record else Timing()


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
