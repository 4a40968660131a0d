"""The probes: one file each, and the registry of all of them, in the order in which their verdicts appear.

Other distributions add theirs by an entry point in the group `refactor_harness.probes`.
"""

from __future__ import annotations

from harness.cases.outside import outside
from harness.probes.base import CaseProbe, SlotProbe
from harness.probes.benchmark import BenchmarkProbe
from harness.probes.command import CommandProbe
from harness.probes.layout import Layout
from harness.probes.lints import Lints
from harness.probes.public_api import PublicApi
from harness.probes.terminal import TerminalProbe
from harness.probes.test_suite import TestSuite

__all__ = ["PROBES"]

_ALL: tuple[SlotProbe | CaseProbe, ...] = (
    Layout(),
    CommandProbe(),
    TerminalProbe(),
    BenchmarkProbe(),
    PublicApi(),
    Lints(),
    TestSuite(),
)

PROBES: dict[str, SlotProbe | CaseProbe] = {probe.name: probe for probe in (*_ALL, *outside("probes"))}
