"""What one job of a matrix hands to another, as one file: verdicts with their evidence, or prepared cases.

A comparison is judged where both its sides were built and observed: programs that two machines build of one revision
differ in their bytes wherever a path got into them, so observations of different machines are never mixed.
"""

from __future__ import annotations

import platform
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness import __version__
from harness.config import Config
from harness.errors import HarnessError
from harness.model import ProbeReport, Verdict
from harness.store import digest_of, key_of
from harness.verify.plan import Plan
from harness.verify.shards import Shard, parse_shard

__all__ = ["Export", "Imports", "Item", "machine", "plan_digest", "read", "write"]

_MAGIC = b"harness-export 1 "
_AGAIN = "Export it again with the version that imports it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One probe's verdict on one comparison, and the notes on the comparison's builds."""

    comparison: str
    report: ProbeReport
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What one job found. `plan` is the digest of what all jobs are to verify, `seconds` what cargo and probes took.

    By commit id, `logs` has what cargo printed of each revision that this job built, and `observed` how many
    observations of cases it made.
    """

    plan: str
    platform: str
    toolchains: tuple[str, ...] = ()
    shard: str = ""
    items: tuple[Item, ...] = ()
    cases: dict[str, bytes] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    observed: dict[str, int] = field(default_factory=dict)
    version: str = __version__


def plan_digest(plan: Plan, config: Config) -> str:
    """One text for what is compared, how, and by which contract: equal for the jobs of one matrix."""
    compared = [(one.id, one.baseline.tree, one.candidate.tree, one.candidate.subject) for one in plan.comparisons]
    agreed = msgspec.to_builtins(plan.agreement.terms)
    return key_of("plan", compared, plan.probes, agreed, msgspec.to_builtins(config.anywhere()))


def machine() -> str:
    """What kind of machine this is."""
    return f"{platform.system()} {platform.machine()}"


def write(export: Export, path: Path) -> None:
    """Writes the file, whole or not at all. Raises OSError."""
    payload = zlib.compress(msgspec.msgpack.encode(export))
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(_MAGIC + digest_of(payload).encode() + b"\n" + payload)
    beside.replace(path)


def read(path: Path) -> Export:
    """An export from its file.

    Raises:
        HarnessError: there is none, it is damaged, or another version wrote it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise HarnessError(
            f"The export {path} cannot be read: {error.strerror or error}.", step="Correct --harness-import."
        ) from error
    head, _, payload = data.partition(b"\n")
    if not head.startswith(_MAGIC):
        raise HarnessError(f"{path} is no export of this version of the harness.", step=_AGAIN)
    if head[len(_MAGIC) :].decode("ascii", "replace") != digest_of(payload):
        raise HarnessError(f"The export {path} is damaged.", step="Carry it over again, or run its job again.")
    try:
        export = msgspec.msgpack.decode(zlib.decompress(payload), type=Export)
    except (msgspec.MsgspecError, zlib.error) as error:
        raise HarnessError(f"The export {path} cannot be understood: {error}.", step=_AGAIN) from error
    if export.version != __version__:
        raise HarnessError(
            f"The export {path} is of version {export.version} of the harness, and this is {__version__}.", step=_AGAIN
        )
    return export


class Imports:
    """What the jobs of a matrix found, put together."""

    def __init__(self, exports: Mapping[Path, Export], plan: str, items: Sequence[tuple[str, str]]) -> None:
        """Raises HarnessError where an export is of another range or configuration, or contradicts another."""
        self.cases: dict[str, bytes] = {}
        self._items: dict[tuple[str, str], Item] = {}
        self._order = list(items)
        self._exports = dict(exports)
        for path, export in exports.items():
            if export.plan != plan:
                raise HarnessError(
                    f"The export {path} is about another range, other probes or another configuration.",
                    step="Give every job of a matrix the same options and the same commits.",
                )
            self.cases |= export.cases
            for item in export.items:
                self._take(path, item)

    def _take(self, path: Path, item: Item) -> None:
        place = (item.comparison, item.report.name)
        known = self._items.setdefault(place, item)
        if _timeless(known) != _timeless(item):
            raise HarnessError(
                f"The export {path} contradicts another one about {' '.join(place)}.",
                step="Import the exports of one run of the matrix only.",
            )

    @property
    def has_verdicts(self) -> bool:
        """Whether jobs judged something: else there are only prepared cases."""
        return any(export.shard or export.items for export in self._exports.values())

    def find(self, comparison: str, probe: str) -> Item:
        """What a job said, or that none did, and which one should have."""
        if (item := self._items.get((comparison, probe))) is not None:
            return item
        reason = f"no import has it{self._owner(comparison, probe)}"
        return Item(comparison=comparison, report=ProbeReport(name=probe, verdict=Verdict.INCOMPLETE, reason=reason))

    def notes(self, comparison: str) -> tuple[str, ...]:
        """The notes on the builds of a comparison."""
        found = (item.notes for (name, _), item in self._items.items() if name == comparison)
        return next(filter(None, found), ())

    def _owner(self, comparison: str, probe: str) -> str:
        counts = {parse_shard(export.shard).count for export in self._exports.values() if export.shard}
        if len(counts) != 1:
            return ""
        (count,) = counts
        for number in range(1, count + 1):
            shard = Shard(number=number, count=count)
            if (comparison, probe) in shard.of(self._order):
                present = any(export.shard == str(shard) for export in self._exports.values())
                return f": shard {shard} did not come to it" if present else f": shard {shard} is missing"
        return ""

    def toolchains(self) -> list[str]:
        """The toolchains of all jobs, each once."""
        return list(dict.fromkeys(one for export in self._judging() for one in export.toolchains))

    def platform(self) -> str:
        """The machine of the jobs; where they are of different kinds, all of them."""
        return ", ".join(dict.fromkeys(export.platform for export in self._judging()))

    def remarks(self) -> list[str]:
        """What a reader should know of how the jobs differ."""
        machines = {(export.platform, export.toolchains) for export in self._judging() if export.items}
        if len(machines) <= 1:
            return []
        named = "; ".join(sorted(f"{platform} with {', '.join(tools)}" for platform, tools in machines))
        return [f"the jobs ran on machines that differ ({named}); each comparison was made on one of them"]

    def logs(self) -> dict[str, str]:
        """What cargo printed of each revision, in the first job that built it."""
        found: dict[str, str] = {}
        for export in self._judging():
            found = export.logs | found
        return found

    def seconds(self) -> list[dict[str, float]]:
        """What each job took."""
        return [export.seconds for export in self._judging()]

    def _judging(self) -> list[Export]:
        return [export for export in self._exports.values() if export.shard or export.items]


def _timeless(item: Item) -> object:
    """An item without what differs between two jobs that are right: what the clock says, and raw logs."""
    differences = tuple(replace(one, logs=None) for one in item.report.differences)
    return (
        item.comparison,
        replace(item.report, seconds=0.0, differences=differences, structures=(), timings=()),
    )
