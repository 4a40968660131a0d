"""`harness init`: the file that it writes, and when it writes none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.cli import main
from harness.cli.init import TEMPLATE
from harness.config import load, parse
from tests.support.repo import Repo


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "demo"\n')
    repo = Repo(tmp_path)
    repo.commit("first")
    repo.git("branch", "-M", "trunk")
    return tmp_path


def test_the_working_tree_is_compared_with_the_usual_branch(workspace: Path) -> None:
    Repo(workspace).git("branch", "master")
    assert main(["init", "--repo", str(workspace)]) == 0
    assert load(workspace).verify.base == "master"


def test_without_a_usual_branch_it_is_compared_with_the_last_commit(workspace: Path) -> None:
    main(["init", "--repo", str(workspace)])
    assert load(workspace).verify.base == "HEAD"


def test_the_branch_that_a_remote_calls_its_own_goes_first(workspace: Path) -> None:
    repo = Repo(workspace)
    repo.git("update-ref", "refs/remotes/origin/develop", "HEAD")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/develop")
    repo.git("branch", "main")
    main(["init", "--repo", str(workspace)])
    assert load(workspace).verify.base == "origin/develop"


def test_a_file_that_is_there_is_never_written_over(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "harness.toml").write_text("# mine\n")
    assert main(["init", "--repo", str(workspace)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (workspace / "harness.toml").read_text() == "# mine\n"


def test_everything_that_it_suggests_has_a_meaning() -> None:
    suggested = re.sub(r"^# (?=\[|\w+ =)", "", TEMPLATE.format(base="main"), flags=re.MULTILINE)
    config = parse(suggested, "harness.toml")
    assert (len(config.command), len(config.benchmark), len(config.terminal), len(config.redaction)) == (1, 1, 1, 1)
    assert config.build.features == ("default", "all")
