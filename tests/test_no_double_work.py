"""What is known already is not asked, read or held a second time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.build.metadata import read_workspace
from harness.config import Config
from harness.model import Case
from harness.probes.base import Subject
from harness.probes.command import CommandProbe
from harness.store import Store
from harness.verify.cases import CaseJudge
from harness.verify.repeats import Again
from harness.verify.subjects import Side
from tests.support.programs import OPEN, shell, subject
from tests.support.visit import FakeVisit, visiting

MANIFEST = '[package]\nname = "known"\nversion = "0.1.0"\nedition = "2021"\n'
FILES = {"Cargo.toml": "a manifest", "src/lib.rs": "a library"}


@pytest.fixture
def visit(shared_store_root: Path) -> Iterator[FakeVisit]:
    with visiting(shared_store_root, "known") as make:
        yield make({"Cargo.toml": MANIFEST, "src/lib.rs": ""})


@pytest.fixture
def asked(visit: FakeVisit) -> Callable[[dict[str, str]], int]:
    """How many calls of cargo it takes to know the workspace of a revision with these files."""
    machine = (os.urandom(8).hex(),)

    def ask(files: dict[str, str]) -> int:
        before = len(visit.calls)
        found = read_workspace(visit, files, machine)
        assert found is not None
        assert found.packages == {"known": "."}
        return len(visit.calls) - before

    return ask


@pytest.mark.rust
@pytest.mark.parametrize(
    ("files", "calls"),
    [
        (FILES, 0),
        (FILES | {"src/lib.rs": "another library"}, 0),
        (FILES | {"Cargo.toml": "another manifest"}, 1),
        (FILES | {"src/bin/tool.rs": "a target that cargo finds by its name"}, 1),
    ],
)
def test_cargo_is_asked_for_the_workspace_only_when_that_can_differ(
    asked: Callable[[dict[str, str]], int], files: dict[str, str], calls: int
) -> None:
    assert asked(FILES) == 1
    assert asked(files) == calls


@pytest.mark.rust
def test_a_workspace_with_submodules_is_asked_for_every_time(asked: Callable[[dict[str, str]], int]) -> None:
    files = FILES | {".gitmodules": "names folders whose manifests are not among the files"}
    assert [asked(files), asked(files)] == [1, 1]


def test_equal_observations_of_repeats_are_one_object(tmp_path: Path) -> None:
    again = Again(
        ensure=lambda one, cases, repeat: None, get=lambda one, case, repeat: bytes(1000), lanes=1, clock=lambda: 0.0
    )
    seen = again.seen(subject({"prog": shell(tmp_path, "true")}), Case(program="prog"), 10)
    assert len(seen) == 10
    assert len({id(one) for one in seen}) == 1


class Counting(CommandProbe):
    """A probe that counts how often its cases are made."""

    def __init__(self) -> None:
        super().__init__(lambda: OPEN)
        self.made = 0

    def core(self, first: Subject, config: Config, store: Store) -> list[Case]:
        self.made += 1
        return [Case(program="prog")]


def test_cases_are_made_once_and_anew_when_their_sources_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = subject({"prog": shell(tmp_path / "bin", "true")})
    monkeypatch.setattr("harness.verify.cases.materialize", lambda side, source, store: one)
    side = Side(revision=one.revision, build=one.build)
    probe = Counting()

    def judge() -> int:
        judging = CaseJudge(None, Store(tmp_path / "store"), Config(), 1)  # type: ignore[arg-type]
        found = judging.judge(probe, first=side, sides=[side, side], pair=None)  # type: ignore[arg-type]
        assert found.cases == 1
        return probe.made

    assert [judge(), judge()] == [1, 1]
    monkeypatch.setattr("harness.verify.cases.sources_digest", lambda: "another")
    assert [judge(), judge()] == [2, 2]
