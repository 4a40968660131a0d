"""From a regression to a regression case in the repository, as a user goes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.cases.kept import FILE_NAME, parse
from harness.cli import main
from tests.support.edits import edit
from tests.support.histories import program
from tests.support.repo import Repo
from tests.support.run import run_pytest

pytestmark = pytest.mark.rust

MAIN = """use std::env::args;
fn main() {
    let words: Vec<String> = args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("--help" | "-h") => println!("Usage: demo [OPTIONS] [FILE]\\n\\nOptions:\\n  --limit <NUM>  How many"),
        Some("--limit") => println!("limit {:?}", words.get(1).map(|word| word.parse::<i32>())),
        other => println!("no limit, {}", other.is_some()),
    }
}
"""


def test_what_a_run_finds_becomes_a_regression_case(
    tmp_path: Path, shared_store_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("base", program(MAIN))
    edit(repo, "Parse more", ("src/main.rs", "parse::<i32>", "parse::<u8>"))
    argv = ("--harness-range=HEAD~1..HEAD", "--harness-probes=command")
    first = run_pytest(repo.root, *argv, store=shared_store_root)
    shown = first.differences("Parse more", "command")
    assert shown, first.output
    assert re.search(r"cases? will be tried first by the next run; `harness keep`", first.output)
    assert all(len(one["case"]["argv"]) <= 2 and not one["case"]["files"] for one in shown)

    assert main(["keep", "--repo", str(repo.root), "--store", str(shared_store_root)]) == 0
    assert "added" in capsys.readouterr().out
    kept = parse((repo.root / FILE_NAME).read_text(), FILE_NAME)
    assert {one.case.argv for one in kept} == {tuple(one["case"]["argv"]) for one in shown}

    again = run_pytest(repo.root, *argv, "--harness-cases=3", store=shared_store_root)
    assert {tuple(one["case"]["argv"]) for one in again.differences("Parse more", "command")} == {
        one.case.argv for one in kept
    }
