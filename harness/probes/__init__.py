"""The probes: one file each, and the registry of all of them, in the order in which their verdicts appear."""

from __future__ import annotations

from harness.probes.base import CaseProbe, SlotProbe
from harness.probes.command import CommandProbe
from harness.probes.layout import Layout
from harness.probes.lints import Lints
from harness.probes.public_api import PublicApi
from harness.probes.test_suite import TestSuite

__all__ = ["PROBES"]

_ALL: tuple[SlotProbe | CaseProbe, ...] = (Layout(), CommandProbe(), PublicApi(), Lints(), TestSuite())

PROBES: dict[str, SlotProbe | CaseProbe] = {probe.name: probe for probe in _ALL}
