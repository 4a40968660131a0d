"""How fast configurations are made from the engine's types, drawing and writing included; nothing of it is run."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from fixtures.laid_engine import REPOSITORY, STORE, laid_engine
from harness.build.workshop import Workshop
from harness.cases.types.documents import Recipe, changes_of, documents
from harness.cases.types.draw import draw
from harness.cases.types.examples import examples_in, fit, format_of
from harness.cases.types.maker import Maker
from harness.cases.types.meanings import MEANINGS
from harness.cases.types.model import Ref, Schema
from harness.cases.types.observe import TypesOfRevision, decode
from harness.cases.types.spots import spots_of
from harness.cases.types.supply import Supply
from harness.config import Config
from harness.source import Source, find_repository
from harness.store import Store

__all__ = ["measure_generation"]

_COUNT = 2000


def measure_generation(*, quick: bool) -> dict[str, object]:
    """`generated_per_second`: different documents, valid, nearly valid and hostile, on one core."""
    schema = _schema()
    root = next(root.name for root in schema.roots)
    files = _files(REPOSITORY)
    rates = []
    for number in range(3 if quick else 9):
        began = time.perf_counter()
        made = documents(_recipe(schema, root, files, number), _COUNT, number)
        rates.append(len(made) / (time.perf_counter() - began))
    return {
        "generated_per_second": statistics.median(rates),
        "details": {"type": root, "documents": _COUNT, "per_second": [round(one) for one in rates]},
    }


def _recipe(schema: Schema, name: str, files: dict[str, bytes], number: int) -> Recipe:
    root, supply = Ref(name=name), Supply(schema)
    for one in examples_in(files):
        if fit(schema, root, one.tree) > 0.9:
            supply.learn(root, one.tree, one.weight)
    meanings = ("size", "name", "version", "path")
    maker = Maker(schema, supply, draw({one: MEANINGS[one].drawn for one in meanings}, 24, number))
    spots, base = spots_of(schema, root), maker.least(root)
    changes = tuple((one,) for one in changes_of(maker, spots, base))
    return Recipe(maker=maker, base=base, changes=changes, spots=tuple(spots), form="yaml")


def _files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix == ".rs" or format_of(path.name)]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}


def _schema() -> Schema:
    """The engine's types, as a run would read them; its dependencies are checked the first time."""
    laid_engine()
    store = Store(STORE)
    source = Source(find_repository(REPOSITORY), store)
    revision = source.range("base..task-1").revisions[0]
    workshop = Workshop(source, store, Config(), {}, lambda revision, crate: None)
    with store.told():
        workshop.prepare([revision])
        with workshop.slot.held(), workshop.visit(revision, "default") as visit:
            return decode(TypesOfRevision().observe(visit))
