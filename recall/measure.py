"""Runs the harness over one patch of the catalogue and judges what it says."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from demo.harness_run import HarnessRun, short
from fixtures.laid_engine import CONFIG, STORE
from fixtures.make_engine_repo import HERE, CataloguePatch, FixtureError, Repository, put_on_top
from harness.probes import PROBES
from harness.store import Store
from harness.verify.remember import forget
from recall.row import Row, RowError, blind, harmless_row, regression_row
from recall.sample import probes_of

__all__ = ["CONTRACTS", "Measure", "options"]

CONTRACTS = (HERE / "engine-contract.toml", HERE / "engine-contract-table.toml")
"""What every commit of the engine has to keep to; it makes targets of notes. The second one holds once the plan's
task about the table of modules is done."""
_TABLE_IS_TRUE = "task-6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Measures in one repository, so that all patches share a checkout, a target folder and a store."""

    repository: Repository
    work: Path
    seed: int

    def __call__(self, patch: CataloguePatch) -> Row:
        """The row of a patch.

        Raises:
            FixtureError: it does not apply or does not compile, or the run over it came to no verdict.
        """
        expected = probes_of(patch)
        there = [name for name in expected if name in PROBES]
        if expected and not there:
            return blind(patch.name, expected)
        put_on_top(self.repository, patch)
        run = HarnessRun(
            repository=self.repository.folder,
            range=f"{patch.on}..patch/{patch.name}",
            store=STORE,
            report=self.work / "reports" / patch.name,
            options=(*options(self.seed, patch.on), *((f"--harness-probes={','.join(there)}",) if there else ())),
        )
        # What the run over one patch found would be the first that the next one tries.
        forget(Store(STORE), self.repository.folder)
        log = self.work / "logs" / f"{patch.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        began = time.monotonic()
        status = run.start(log)
        seconds = time.monotonic() - began
        if (report := run.read(status)) is None:
            raise FixtureError(f"{patch.path}: the run over it ended with status {status}; see {short(log)}")
        try:
            return (
                regression_row(patch.name, expected, report, seconds)
                if expected
                else harmless_row(patch.name, report, seconds)
            )
        except RowError as error:
            raise FixtureError(f"{patch.path}: {error}; see {short(log)}") from error


def options(seed: int, on: str) -> tuple[str, ...]:
    """What every run over a patch on this task is called with. A seed of 0 leaves the harness its own."""
    seeded = (f"--harness-seed={seed}",) if seed else ()
    # The two ends of one commit are that commit: nothing would be learned from comparing them once more.
    contract = CONTRACTS[on >= _TABLE_IS_TRUE]
    return (f"--harness-config={CONFIG}", "--deselect=Cargo.toml::range", f"--harness-contract={contract}", *seeded)
