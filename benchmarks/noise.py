"""The engine workspace against itself, again and again: every difference that is told is a false one.

Each repeat observes everything anew on two sides. Both are the same build, whose programs carry another mark behind
their last section: nothing of that is loaded, so they behave alike, but they are other programs to the harness, for
which nothing is in the store. What looks at the sources (API, tests, lints, layout) looks again at the same checkout.
Figures are added to out/noise.json after every repeat, so a run that was interrupted goes on where it was.

A repeat of all cases takes minutes. With `--parts 10` (or PARTS=10) each repeat takes one of ten parts of them in turn,
so that a hundred repeats run each case in ten.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.place import ROOT, hardware
from fixtures.laid_engine import CONFIG, REPOSITORY, STORE, engine_digest, laid_engine
from harness import process
from harness.build.workshop import Workshop
from harness.built import Artifact, Build
from harness.compare.redact import Redactor, default_rules
from harness.config import parse
from harness.errors import HarnessError
from harness.model import Case, Difference, Revision, Verdict
from harness.probes import PROBES
from harness.probes.base import CaseProbe, Findings, Pair, SlotProbe
from harness.source import Source, find_repository
from harness.store import Store
from harness.verify.cases import CaseJudge
from harness.verify.subjects import Side
from harness.verify.verdicts import verdict_of

__all__ = ["main", "marked"]

REPEATS, QUICK_REPEATS = 100, 2
_QUICK_CASES = 60
_SHARED = ("cases", "help", "log filters", "benchmarks")
"""Records that are made from the first build alone, and so are the same in every repeat."""


def main() -> None:
    """Runs what is missing of the repeats and tells what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise", description=__doc__)
    parser.add_argument("--quick", action="store_true", default=os.environ.get("QUICK") == "1", help="or QUICK=1")
    parts = os.environ.get("PARTS") or "1"  # argparse reads a default that is text as it reads an argument
    parser.add_argument(
        "--parts", type=positive_number, default=parts, metavar="K", help="one of K parts of the cases in turn"
    )
    parser.add_argument("--probes", default=",".join(PROBES), help="some of them")
    parser.add_argument("--again", action="store_true", help="forget the figures that there are")
    options = parser.parse_args()
    path = ROOT / "out" / "noise.json"
    path.parent.mkdir(exist_ok=True)
    with process.end_all():
        figures = _run(options.probes.split(","), path, quick=options.quick, parts=options.parts, again=options.again)
    print(f"{figures['repeats']} repeats, {figures['differences']} differences; written to {path.relative_to(ROOT)}")
    raise SystemExit(1 if figures["differences"] else 0)


def positive_number(text: str) -> int:
    """The number of a text; argparse tells a ValueError as a usage error."""
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def _run(names: Sequence[str], path: Path, *, quick: bool, parts: int, again: bool) -> dict[str, Any]:
    subject = _Engine(quick=quick, parts=parts)
    what = {
        "quick": quick,
        "parts": parts,
        "probes": list(names),
        "harness": _harness_digest(),
        "engine": engine_digest(),
    }
    figures = None if again else _known(path, what)
    figures = figures or {**what, "repeats": 0, "differences": 0, "flaky": 0, "hardware": hardware(), "found": []}
    for number in range(int(figures["repeats"]), QUICK_REPEATS if quick else REPEATS):
        began = time.monotonic()
        found = subject.repeat(number, names)
        figures["repeats"] = number + 1
        figures["differences"] += sum(verdict_of([one]).fails for _, one in found)
        figures["flaky"] += sum(verdict_of([one]) is Verdict.FLAKY for _, one in found)
        figures["found"] += [[number, probe, one.facet, one.where, one.before, one.after] for probe, one in found]
        figures["cases"] = subject.cases
        path.write_text(json.dumps(figures, indent=2, default=str) + "\n", encoding="utf-8")
        print(f"repeat {number + 1}: {len(found)} differences, {time.monotonic() - began:.0f} s", flush=True)
    return figures


def _known(path: Path, what: dict[str, Any]) -> dict[str, Any] | None:
    """The figures of an earlier run of the same harness on the same sources."""
    try:
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return known if all(known.get(key) == value for key, value in what.items()) else None


def _harness_digest() -> str:
    state = hashlib.sha256()
    for path in sorted((ROOT / "harness").rglob("*.py")):
        state.update(path.read_bytes())
    return state.hexdigest()


def _add(store: Store, program: bytes) -> str:
    path = store.scratch() / "program"
    path.write_bytes(program)
    return store.add_file(path, executable=True)


def marked(program: bytes, mark: str) -> bytes:
    """An executable that is another file and does the same: what stands behind its last section is not loaded.

    https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.intro.html
    """
    return program + b"\n" + mark.encode() + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """The one revision, built."""

    revision: Revision
    build: Build


class _Engine:
    """The engine's first revision, and how all probes look at it."""

    def __init__(self, *, quick: bool, parts: int) -> None:
        laid_engine(REPOSITORY)
        self._store = Store(STORE)
        self._source = Source(find_repository(REPOSITORY), self._store)
        self._config = replace(
            parse(CONFIG.read_text(encoding="utf-8"), str(CONFIG)), cases=_QUICK_CASES if quick else 0
        )
        self._workshop = Workshop(self._source, self._store, self._config, {}, lambda revision, crate: None)
        self._parts = parts
        self._built = self._build()
        self._seen: dict[str, bytes] = {}
        self.cases: dict[str, int] = {}

    def _build(self) -> _Built:
        revision = self._source.range("base..task-1").revisions[0]
        self._workshop.prepare([revision])
        build = self._workshop.kept(revision, "default")
        if build is None:
            with self._workshop.slot.held(), self._workshop.visit(revision, "default") as visit:
                build = self._workshop.build(visit, "default", with_tests=True)
        if not build.ok:
            raise HarnessError(f"The engine does not build: {build.failure}")
        return _Built(revision=revision, build=build)

    def repeat(self, number: int, names: Sequence[str]) -> list[tuple[str, Difference]]:
        """What all probes find in one repeat."""
        found = [(name, one) for name in names for one in self._by_slot(PROBES[name]).differences]
        with tempfile.TemporaryDirectory(dir=self._store.scratch()) as folder:
            store = self._fresh(Path(folder))
            judge = CaseJudge(self._source, store, self._config, os.cpu_count() or 1)
            first, sides = self._first(store), [self._side(store, f"repeat {number}, side {side}") for side in "ab"]
            for name in names:
                if isinstance(probe := PROBES[name], CaseProbe):
                    self._choose(number, store, *judge.prepare(probe, first))
                    seen = judge.judge(probe, first=first, sides=sides, pair=self._pair())
                    self.cases[name] = seen.cases
                    found += [(name, one) for one in (*seen.differences, *seen.notes)]
            self._keep(store)
        return found

    def _choose(self, number: int, store: Store, key: str, prepared: bytes) -> None:
        """Leaves this repeat's part of the cases, as if they came from another job."""
        cases = msgspec.msgpack.decode(prepared, type=list[Case])
        store.put("prepared", key, msgspec.msgpack.encode(cases[number % self._parts :: self._parts]))

    def _by_slot(self, probe: SlotProbe | CaseProbe) -> Findings:
        """A probe of the sources looks again, and what it saw is held against what it saw before."""
        if isinstance(probe, CaseProbe):
            return Findings()
        revision = self._built.revision
        with self._workshop.slot.held(), self._workshop.visit(revision, "default") as visit:
            before = self._seen.get(probe.name) or probe.observe(visit)
            after = self._seen[probe.name] = probe.observe(visit)
        self.cases[probe.name] = 1
        return probe.compare(before, after, self._pair())

    def _pair(self) -> Pair:
        one, rules = self._built.revision, default_rules()
        return Pair(
            baseline=one, candidate=one, before=Redactor(rules, one), after=Redactor(rules, one), config=self._config
        )

    # -- stores -------------------------------------------------------------------------------------------

    def _fresh(self, folder: Path) -> Store:
        """A store without observations."""
        store = Store(folder / "store")
        for kind in _SHARED:
            kept = self._store.root / "records" / kind
            if kept.is_dir():
                shutil.copytree(kept, store.root / "records" / kind)
        return store

    def _keep(self, store: Store) -> None:
        for kind in _SHARED:
            made = store.root / "records" / kind
            if made.is_dir():
                shutil.copytree(made, self._store.root / "records" / kind, dirs_exist_ok=True)

    def _first(self, store: Store) -> Side:
        """The build as it is, from which the cases are made."""
        for one in self._built.build.executables:
            _add(store, self._program(one))
        return Side(revision=self._built.revision, build=self._built.build)

    def _side(self, store: Store, mark: str) -> Side:
        build = self._built.build
        executables = tuple(
            replace(one, digest=_add(store, marked(self._program(one), mark))) for one in build.executables
        )
        made = replace(build, key=f"{build.key} {mark}", executables=executables)
        return Side(revision=self._built.revision, build=made)

    def _program(self, one: Artifact) -> bytes:
        data = self._store.read_blob(one.digest)
        if data is None:
            raise HarnessError("A program of the engine is gone from the store.", step=f"Delete {STORE} and try again.")
        return data


if __name__ == "__main__":
    main()
