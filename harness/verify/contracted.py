"""What contracts are judged by, brought together: observations of the store and files of the revisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from harness.compare import surface
from harness.contract.facts import Ground, Places, Side
from harness.contract.judging import ContractJudge
from harness.contract.terms import Terms
from harness.errors import HarnessError
from harness.model import Case, Comparison, Revision
from harness.probes import layout, lints, public_api, test_suite
from harness.probes.base import CaseProbe, Findings, Pair, SlotProbe
from harness.source import Source
from harness.verify.foreman import Foreman

__all__ = ["Contracts", "marked_probe"]

_LAYOUT = layout.Layout()
_OF_FIRST = ("lints", "test_suite")
"""Probes some targets of which look back to the first revision of the range."""


class _MarkedProbe:
    """A `CaseProbe` whose differences are marked as the contract says, case by case, before they are clustered."""

    def __init__(self, probe: CaseProbe, judge: ContractJudge) -> None:
        self._probe = probe
        self._judge = judge

    def __getattr__(self, name: str) -> Any:
        return getattr(self._probe, name)

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        """What the probe finds, marked."""
        found = self._probe.compare(case, before, after, pair)
        return replace(found, differences=tuple(self._judge.marked(found.differences)))


def marked_probe(probe: CaseProbe, judge: ContractJudge) -> CaseProbe:
    """The probe with differences marked as the contract says."""
    # The protocol names its parameters, and a method that is handed on does not.
    return cast(CaseProbe, _MarkedProbe(probe, judge))


class Contracts:
    """The terms of every comparison, and who judges by them."""

    def __init__(
        self, terms: Mapping[str, Terms], revisions: Sequence[Revision], source: Source, foreman: Foreman
    ) -> None:
        self._terms = terms
        self._revisions = revisions
        self._source = source
        self._foreman = foreman
        self._texts: dict[str, Callable[[str], str | None]] = {}

    def judge(self, comparison: Comparison, probe: SlotProbe | CaseProbe, features: str) -> ContractJudge | None:
        """Who judges what a probe finds; None where no contract speaks of the comparison."""
        terms = self._terms.get(comparison.id)
        if terms is None:
            return None
        slot = probe if isinstance(probe, SlotProbe) else None
        first = self._revisions[0]
        before, after = (self._side(one, features, slot) for one in (comparison.baseline, comparison.candidate))
        origin = before if first == comparison.baseline else self._first(first, features, slot)
        places = Places(terms.folder, terms.named, origin.layout, before.layout, after.layout)
        return ContractJudge(probe.name, terms, Ground(first=origin, before=before, after=after, places=places))

    def _first(self, revision: Revision, features: str, slot: SlotProbe | None) -> Side:
        wanted = slot if slot and slot.name in _OF_FIRST else None
        try:
            return self._side(revision, features, wanted)
        except HarnessError:
            return self._side(revision, features, None)

    def _side(self, revision: Revision, features: str, probe: SlotProbe | None) -> Side:
        files = layout.decode(self._foreman.observation(_LAYOUT, revision, features))
        read = self._reader(revision)
        if probe is None or probe.name not in ("lints", "test_suite", "public_api"):
            return Side(layout=files, read=read)
        if not self._foreman.build(revision, features).ok:
            return Side(layout=files, read=read)
        seen = self._foreman.observation(probe, revision, features)
        if probe.name == "lints":
            return Side(layout=files, read=read, lints=lints.decode(seen))
        if probe.name == "test_suite":
            return Side(layout=files, read=read, inventory=test_suite.decode(seen))
        return Side(layout=files, read=read, surface=surface.decode(public_api.decode(seen).surface))

    def _reader(self, revision: Revision) -> Callable[[str], str | None]:
        if revision.tree not in self._texts:
            self._texts[revision.tree] = _reader(self._source, revision)
        return self._texts[revision.tree]


def _reader(source: Source, revision: Revision) -> Callable[[str], str | None]:
    files = source.files_of(revision)
    known: dict[str, str | None] = {}

    def read(path: str) -> str | None:
        if path not in known:
            # git is asked once for all sources, and once for each other file.
            found = files.read("**/*.rs" if path.endswith(".rs") else path)
            known.update({name: content.decode("utf-8", "replace") for name, content in found.items()})
            known.setdefault(path, None)
        return known[path]

    return read
