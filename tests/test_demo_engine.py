"""The demonstration on the engine's commits: which verdicts it takes for right, and when it lays the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from demo.engine import EXPECTED, compare
from demo.harness_run import HarnessRun
from fixtures import laid_engine as module
from fixtures.laid_engine import laid_engine
from fixtures.make_engine_repo import Repository
from harness.probes import PROBES

_INTENDED = ("command", "layout", "public_api", "terminal", "test_suite")


def commit(but: dict[str, str]) -> dict[str, Any]:
    """A commit of report.json whose probes say SAME but for some."""
    probes = [{"name": name, "verdict": but.get(name, "SAME"), "reason": "why"} for name in PROBES]
    return {"verdict": "INTENDED" if but else "SAME", "probes": probes}


@pytest.fixture
def report() -> dict[str, Any]:
    """A report with the expected verdicts."""
    commits = [commit(one.but) for one in EXPECTED]
    whole = dict.fromkeys(_INTENDED, "INTENDED")
    return {"verdict": "INTENDED", "commits": commits, "overall": commit(whole)}


def wrong(report: dict[str, Any]) -> list[str]:
    """The lines that say what is unexpected."""
    return [line.strip() for line, right in compare(report) if not right]


def test_the_expected_verdicts_are_as_expected(report: dict[str, Any]) -> None:
    assert wrong(report) == []


def test_a_false_alarm_is_unexpected_and_names_its_probe(report: dict[str, Any]) -> None:
    report["commits"][3] = commit({"layout": "INTENDED", "command": "CHANGED"})
    head, line = wrong(report)
    assert head.startswith("UNEXPECTED   4")
    assert line == "command says CHANGED instead of SAME: why"


def test_a_change_that_is_not_seen_is_unexpected(report: dict[str, Any]) -> None:
    report["commits"][0] = commit({"layout": "INTENDED"})
    assert wrong(report)[1] == "public_api says SAME instead of INTENDED: why"


def test_a_range_that_differs_otherwise_is_unexpected(report: dict[str, Any]) -> None:
    whole = dict.fromkeys(_INTENDED, "INTENDED")
    report["overall"] = commit(whole | {"lints": "FLAKY"})
    assert wrong(report)[1] == "lints says FLAKY instead of SAME: why"


def test_a_commit_or_a_probe_that_is_missing_is_unexpected(report: dict[str, Any]) -> None:
    del report["commits"][7]
    report["commits"][1]["probes"] = []
    told = wrong(report)
    assert any("public_api said nothing" in line for line in told)
    assert any(line.startswith("MISSING  8") for line in told)


def test_the_repository_is_laid_once_and_anew_when_the_fixture_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid: list[Path] = []

    def make(folder: Path) -> Repository:
        laid.append(folder)
        (folder / ".git").mkdir(parents=True)
        return Repository(folder)

    monkeypatch.setattr(module, "make_repository", make)
    folder = tmp_path / "repository"
    for _ in range(2):
        assert laid_engine(folder).folder == folder
    assert len(laid) == 1
    monkeypatch.setattr(module, "engine_digest", lambda: "another")
    laid_engine(folder)
    assert len(laid) == 2


def test_a_repository_that_was_cut_while_it_was_laid_is_laid_anew(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "left-over").touch()
    repository = laid_engine(folder)
    assert not (folder / "left-over").exists()
    assert repository.git("tag").split() == ["base", *(f"task-{number}" for number in range(1, 9))]


@pytest.mark.slow
def test_a_run_that_ended_without_verdicts_leaves_no_report(tmp_path: Path) -> None:
    run = HarnessRun(repository=tmp_path, range="a..b", store=tmp_path / "store", report=tmp_path / "report")
    (tmp_path / "report").mkdir()
    old = tmp_path / "report" / "report.json"
    old.write_text("{}")
    status = run.start(tmp_path / "log")
    assert status not in (0, 1)
    assert run.read(status) is None
    assert not old.exists()
    assert (tmp_path / "log").read_text().startswith("ERROR: ")
