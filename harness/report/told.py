"""What is told of a report's differences: each once, with every comparison that shows it.

The facets in which one case differs (exit status, stdout, a file) are one thing to a reader, so they are one block;
so is what a commit moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from harness.compare.cluster import signature
from harness.model import CommitReport, Difference, ProbeReport, Report, Verdict

__all__ = ["MOVED", "Block", "blocks_of", "blocks_of_probe", "without_sums"]

# What is missing on this machine is told once, though each revision has a name and a log of its own.
_NAMES = re.compile(r"\b[0-9a-f]{12}\b|\S+/(?:logs|blobs)/\S+")
_PLACE = re.compile(r"(?<=\.rs):\d+(?::\d+)?")


# Of what moved, one line each says it all, and a module's worth of them is one block.
MOVED = "moved"


@dataclass(slots=True, kw_only=True)
class Block:
    """Differences of one probe on one case (or a single one without a case), and the comparisons that show them."""

    probe: str
    verdict: Verdict
    differences: list[Difference]
    shown_by: list[str] = field(default_factory=list)

    @property
    def first(self) -> Difference:
        """The difference that stands for the block."""
        return self.differences[0]

    @property
    def count(self) -> int:
        """In how many cases the most frequent of its differences showed."""
        return max(one.count for one in self.differences)


def blocks_of(report: Report) -> list[Block]:
    """All blocks in the order of the range; a block that several comparisons show is named once, with all of them."""
    rows = [(commit.sha[:12], commit) for commit in report.commits]
    if report.overall not in report.commits and report.commits:
        rows.append(("range", report.overall))
    if report.surfaces:
        rows.append(("surfaces", report.surfaces))
    told: dict[object, Block] = {}
    for name, commit in rows:
        for block in _of_commit(commit):
            told.setdefault(_content(block), block).shown_by.append(name)
    return list(told.values())


def without_sums(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without those that only the whole range shows, and single commits are told of as well.

    That is, of the very same case, or with nothing but the very same changes, each reduced to a case of its own.
    """
    by_commits = [block for block in blocks if block.shown_by != ["range"] and block.first.case]
    told = {_place(block) for block in by_commits}
    changes = {(block.probe, signature(one)) for block in by_commits for one in block.differences}
    return [
        block
        for block in blocks
        if block.shown_by != ["range"]
        or (_place(block) not in told and not {(block.probe, signature(one)) for one in block.differences} <= changes)
    ]


def _place(block: Block) -> object:
    return (block.probe, repr(block.first.case))


def blocks_of_probe(probe: ProbeReport) -> list[Block]:
    """The blocks of one probe's report. A verdict that fails without a difference is a block of its reason."""
    if probe.differences:
        return list(_grouped(probe))
    if not probe.verdict.fails:
        return []
    silent = Difference(facet="", where="", before="", after="", summary=probe.reason)
    return [Block(probe=probe.name, verdict=probe.verdict, differences=[silent])]


def _of_commit(commit: CommitReport) -> Iterable[Block]:
    # A build that fails, or cannot be tried, is the same one sentence for every probe that needs it.
    stopped: dict[object, list[str]] = {}
    for probe in commit.probes:
        stopped.setdefault(_what_stopped(probe) or probe.name, []).append(probe.name)
    for probe in commit.probes:
        names = stopped[_what_stopped(probe) or probe.name]
        if names[0] == probe.name:
            for block in blocks_of_probe(probe):
                block.probe = ", ".join(names)
                yield block


def _what_stopped(probe: ProbeReport) -> object:
    """What kept a probe from looking; None where it looked."""
    if not probe.verdict.fails:
        return None
    if not probe.differences:
        return (probe.verdict, probe.reason)
    return (probe.verdict, probe.differences) if probe.differences[0].facet == "build" else None


def _grouped(probe: ProbeReport) -> Iterable[Block]:
    """What is not intended comes first."""
    blocks: dict[object, Block] = {}
    for number, one in enumerate(sorted(probe.differences, key=lambda one: bool(one.intended))):
        key: object = repr(one.case) if one.case else one.facet if one.facet == MOVED else number
        verdict = Verdict.INTENDED if one.intended else probe.verdict
        empty = Block(probe=probe.name, verdict=verdict, differences=[])
        blocks.setdefault((key, one.intended), empty).differences.append(one)
    return blocks.values()


def _content(block: Block) -> object:
    texts = tuple(
        (one.facet, one.where, *map(_steady(one), (one.before, one.after)), _NAMES.sub("", one.summary))
        for one in block.differences
    )
    case = block.first.case
    return (block.probe, block.verdict, texts, repr(case))


def _steady(one: Difference) -> Callable[[str], str]:
    """What is about no case does without the lines that it stands on, which later commits shift."""
    return str if one.case else lambda text: _PLACE.sub("", text)
