"""One job's part in a CI matrix: what of the run is its own, what it hands on, and what other jobs handed to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.model import ProbeReport
from harness.store import Store
from harness.verify.exports import Export, Imports, Item, machine, plan_digest, read, write
from harness.verify.plan import Plan, Request
from harness.verify.shards import Shard, parse_shard, together

__all__ = ["Jobs", "in_a_matrix", "jobs_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """The options about matrices, read. `imports` is there only where jobs handed verdicts over."""

    digest: str = ""
    shard: Shard | None = None
    export: Path | None = None
    imports: Imports | None = None
    own: frozenset[tuple[str, str]] | None = None

    def hand_over(self, judged: Iterable[tuple[str, ProbeReport]], notes: dict[str, list[str]], **more: object) -> None:
        """Writes the export, if one is asked for. Raises OSError."""
        if self.export is None:
            return
        in_order = sorted(judged, key=_place)
        items = tuple(Item(comparison=name, report=one, notes=tuple(notes.get(name, ()))) for name, one in in_order)
        made = Export(plan=self.digest, platform=machine(), shard=str(self.shard or "1/1"), items=items)
        write(replace(made, **more), self.export)  # type: ignore[arg-type]


def in_a_matrix(config: pytest.Config) -> bool:
    """Whether this run is one job of several."""
    option = config.option
    return bool(option.harness_shard or option.harness_export or option.harness_import)


def jobs_of(config: pytest.Config, request: Request, plan: Plan, store: Store) -> Jobs:
    """What the options ask for. Prepared cases that were handed over are put into the store.

    Raises:
        HarnessError: an option or an imported file is not as it has to be.
    """
    option, folder = config.option, config.invocation_params.dir
    paths = [folder / Path(name).expanduser() for name in option.harness_import or ()]
    if not in_a_matrix(config):
        return Jobs()
    digest = plan_digest(plan, request.configuration(request.repository()))
    items = plan.items()
    shard = parse_shard(option.harness_shard) if option.harness_shard else None
    if shard and not shard.of(items):
        raise HarnessError(
            f"Shard {shard} has nothing to do: there are {len(together(items))} parts of work in all.",
            step=f"Give at most {len(together(items))} shards; `harness matrix` does.",
        )
    imports = Imports({path: read(path) for path in paths}, digest, items) if paths else None
    for key, cases in (imports.cases if imports else {}).items():
        store.put("prepared", key, cases)
    return Jobs(
        digest=digest,
        shard=shard,
        export=folder / Path(option.harness_export).expanduser() if option.harness_export else None,
        imports=imports if imports and imports.has_verdicts else None,
        own=frozenset(shard.of(items)) if shard else None,
    )


def _place(judged: tuple[str, ProbeReport]) -> tuple[str, str]:
    return judged[0], judged[1].name
