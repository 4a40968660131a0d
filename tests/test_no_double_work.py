"""What is known already is not asked, read or held a second time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.build.metadata import read_workspace
from harness.config import Config, RedactionRule
from harness.model import Case
from harness.probes.base import CaseProbe, Findings, Pair, Subject
from harness.probes.command import CommandProbe
from harness.store import Store
from harness.verify.cases import CaseJudge
from harness.verify.compared import Compared
from harness.verify.repeats import Again
from harness.verify.subjects import Side
from tests.support.programs import OPEN, pair, revision, shell, subject
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
        ensure=lambda one, cases, repeat: None,
        get=lambda one, case, repeat: bytes(1000),
        lanes=1,
        clock=lambda: 0.0,
    )
    seen = again.seen(subject({"prog": shell(tmp_path, "true")}), Case(program="prog"), 10)
    assert len(seen) == 10
    assert len({id(one) for one in seen}) == 1


class Counting(CommandProbe):
    """A probe that counts how often its cases are made, and how often a case is compared."""

    def __init__(self) -> None:
        super().__init__(lambda: OPEN)
        self.made = self.compared = 0

    def core(self, first: Subject, config: Config, store: Store) -> list[Case]:
        self.made += 1
        return [Case(program="prog", argv=("--version",))]

    def extras(self, baseline: Subject, candidate: Subject, config: Config, store: Store) -> list[Case]:
        return []

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        self.compared += 1
        return super().compare(case, before, after, pair)


Judge = Callable[..., Findings]


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Judges two programs that differ, each time anew as another run would."""
    programs = {name: subject({"prog": shell(tmp_path / name, f"echo {name}")}) for name in ("old", "new")}
    sides = [Side(revision=revision(name), build=replace(one.build, key=name)) for name, one in programs.items()]
    monkeypatch.setattr("harness.verify.cases.materialize", lambda side, source, store: programs[side.revision.subject])

    def judged(probe: CaseProbe, config: Config = Config(), **more: Any) -> Findings:  # noqa: B008  never changed
        judging = CaseJudge(None, Store(tmp_path / "store"), config, 1)  # type: ignore[arg-type]
        return judging.judge(probe, first=sides[0], sides=sides, pair=pair(), **more)

    return judged


def test_cases_are_made_once_and_anew_when_their_sources_change(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = Counting()

    def made() -> int:
        assert judge(probe).cases == 1
        return probe.made

    monkeypatch.setattr(Compared, "once", lambda self, probe, sides, others, make: make()[0])
    assert [made(), made()] == [1, 1]
    monkeypatch.setattr("harness.verify.cases.sources_digest", lambda: "another")
    assert [made(), made()] == [2, 2]


def test_what_was_compared_is_not_compared_again_and_told_alike(judge: Judge) -> None:
    probe = Counting()
    first = judge(probe)
    assert [one.after for one in first.differences] == ["new\n"]
    compared = probe.compared
    assert judge(probe) == first
    assert probe.compared == compared


@pytest.mark.parametrize("what", ["the harness", "the contract", "the configuration"])
def test_what_was_compared_is_compared_again_when_something_else_may_be_found(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    probe = Counting()
    judge(probe)
    compared = probe.compared
    if what == "the harness":
        monkeypatch.setattr("harness.verify.compared._code", lambda: "another")
    rule = RedactionRule(name="word", pattern="nothing", reason="It varies.")
    config = Config(redaction=(rule,)) if what == "the configuration" else Config()
    judge(probe, config, agreed=("terms",) if what == "the contract" else ())
    assert probe.compared > compared


def test_what_ended_for_lack_of_time_goes_on_in_the_next_run(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.verify.doubts.Doubts.unfinished", 1)
    probe = Counting()
    assert judge(probe).differences
    compared = probe.compared
    assert judge(probe).differences
    assert probe.compared > compared
