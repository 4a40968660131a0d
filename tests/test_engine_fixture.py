"""The engine workspace as a repository: the plan's eight commits, and a catalogue of patches that still apply."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fixtures.make_engine_repo import CataloguePatch, catalogue, make_repository

ROOT = Path(__file__).parent.parent
SUBJECTS = [
    "feat: pipeline workspace",
    "refactor(engine): rename errors.rs to error.rs for naming consistency",
    "refactor(engine): extract pipeline result types into result.rs",
    "refactor(engine): extract resolve.rs for connector resolution and state backend",
    "refactor(engine): remove StreamError wrapper, use PipelineError directly",
    "refactor(engine): introduce StreamParams to consolidate per-stream cloning",
    "refactor(engine): update lib.rs re-exports and crate doc table",
    "fix(engine): resolve clippy pedantic warnings after refactor",
    "docs: update CLAUDE.md with engine module structure",
]
PATCHES = list(catalogue())


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, made once."""
    folder = tmp_path_factory.mktemp("engine") / "repository"
    make_repository(folder)
    return folder


def git(folder: Path, *argv: str, stdin: str | None = None) -> str:
    """Runs git and gives its output."""
    done = subprocess.run(["git", *argv], cwd=folder, check=True, capture_output=True, text=True, input=stdin)
    return done.stdout.strip()


def lines(folder: Path, revision: str, path: str) -> int:
    """How many lines a file has at a revision."""
    return git(folder, "show", f"{revision}:{path}").count("\n") + 1


def test_the_commits_are_the_tasks_of_the_plan_with_a_tag_each(engine: Path) -> None:
    assert git(engine, "log", "--reverse", "--format=%s").splitlines() == SUBJECTS
    tags = ["base", *(f"task-{number}" for number in range(1, 9))]
    assert [git(engine, "log", "-1", "--format=%s", tag) for tag in tags] == SUBJECTS


def test_the_commit_ids_are_the_same_every_time(engine: Path, tmp_path: Path) -> None:
    script = ROOT / "fixtures" / "make_engine_repo.py"
    subprocess.run([sys.executable, str(script), str(tmp_path / "again")], check=True, capture_output=True)
    assert git(tmp_path / "again", "rev-parse", "task-8") == git(engine, "rev-parse", "task-8")


def test_the_god_module_and_the_runner_shrink_as_the_plan_says(engine: Path) -> None:
    source = "crates/rapidbyte-engine/src"
    assert lines(engine, "base", f"{source}/orchestrator.rs") > 1200
    assert lines(engine, "task-8", f"{source}/orchestrator.rs") < 950
    assert lines(engine, "base", f"{source}/runner.rs") > 740
    assert lines(engine, "task-8", f"{source}/runner.rs") < 700


def test_the_catalogue_is_large_enough_and_each_regression_names_its_probe() -> None:
    regressions = [one for one in PATCHES if one.breaks]
    harmless = [one for one in PATCHES if one.harmless]
    assert len(regressions) >= 60
    assert len(harmless) >= 15
    assert len(regressions) + len(harmless) == len(PATCHES)
    probes = Counter(one.probe for one in regressions)
    assert set(probes) <= {"command", "terminal", "benchmark", "public_api", "test_suite", "lints", "layout"}


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_a_patch_of_the_catalogue_applies_to_its_task(engine: Path, patch: CataloguePatch) -> None:
    git(engine, "read-tree", patch.on)
    git(engine, "apply", "--cached", "--check", "-", stdin=patch.diff)


def test_a_patch_that_does_not_exist_is_an_error_that_names_it(tmp_path: Path) -> None:
    script = ROOT / "fixtures" / "make_engine_repo.py"
    argv = [sys.executable, str(script), str(tmp_path / "x"), "--patch", "no-such-patch"]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "no-such-patch" in done.stderr
    assert "Traceback" not in done.stderr
