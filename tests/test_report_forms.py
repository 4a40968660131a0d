"""The forms of what is printed: quiet, verbose, for a CI, without colour; and where the report lies stands last."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pexpect
import pytest

from harness.report.ci import error_lines, guarded
from harness.report.terminal import render
from tests.support.crates import crate
from tests.support.repo import Repo
from tests.support.reports import hostile_report, large_report
from tests.support.run import run_pytest

LAYOUT = ("--harness-range=HEAD~1..HEAD", "--harness-probes=layout")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A commit that only adds a file."""
    made = crate(tmp_path / "repo")
    made.commit("say more", {"README.md": "More.\n"})
    return made


def test_quiet_has_the_table_and_the_verdict_and_no_details() -> None:
    text = render(large_report(2, 6), width=100, colour=False, verbose=-1)
    assert text.startswith("commit ")
    assert text.splitlines()[-1].startswith("CHANGED: ")
    assert "reproduce" not in text


def test_twice_quiet_is_the_verdict_alone() -> None:
    assert render(large_report(2, 6), width=100, colour=False, verbose=-2) == "CHANGED: made up\n"


@pytest.mark.slow
def test_a_quiet_run_prints_no_line_for_each_verdict(repo: Repo, tmp_path: Path) -> None:
    outcome = run_pytest(repo.root, *LAYOUT, "-q", store=tmp_path / "store")
    assert outcome.status == 0, outcome.output
    assert "01-say-more layout" not in outcome.output
    assert "SAME: 1 of 1 commits" in outcome.output


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("-q",), ("--junitxml=junit.xml",), ("-v", "--durations=3")])
def test_the_paths_of_the_report_are_printed_last(repo: Repo, tmp_path: Path, more: tuple[str, ...]) -> None:
    folder = tmp_path / "report"
    argv = (*LAYOUT, *more, f"--harness-report={folder}", f"--harness-store={tmp_path / 'store'}")
    outcome = run_pytest(repo.root, *argv)
    assert outcome.status == 0, outcome.output
    paths = [f"report: {folder / name}" for name in ("report.json", "report.html", "summary.md")]
    assert outcome.output.splitlines()[-3:] == paths


def on_a_terminal(repo: Repo, store: Path, *argv: str, env: dict[str, str]) -> str:
    """What a run prints to a terminal."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    words = ["-m", "pytest", *LAYOUT, f"--harness-store={store}", *argv]
    child = pexpect.spawn(sys.executable, words, cwd=str(repo.root), env=clean | env, encoding="utf-8", timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    return str(child.before)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("argv", "env"),
    [(("--color=no",), {"TERM": "xterm"}), ((), {"TERM": "xterm", "NO_COLOR": "1"}), ((), {"TERM": "dumb"})],
    ids=["--color=no", "NO_COLOR", "TERM=dumb"],
)
def test_no_colour_is_printed_when_asked(
    repo: Repo, tmp_path: Path, argv: tuple[str, ...], env: dict[str, str]
) -> None:
    assert not re.search(r"\x1b\[[0-9;]*m", on_a_terminal(repo, tmp_path / "store", *argv, env=env))


@pytest.mark.slow
def test_a_terminal_gets_colours(repo: Repo, tmp_path: Path) -> None:
    assert "\x1b[32mSAME" in on_a_terminal(repo, tmp_path / "store", env={"TERM": "xterm-256color"})


# -- GitHub Actions -----------------------------------------------------------------------------------------------


def test_a_runner_obeys_nothing_that_a_program_printed() -> None:
    lines = guarded("a\n::add-mask::all\n ::error::no\n", "token").splitlines()
    assert (lines[0], lines[-1]) == ("::stop-commands::token", "::token::")


def test_each_failing_commit_is_an_annotation_and_no_more_than_are_shown() -> None:
    assert len(list(error_lines(large_report(3, 6)))) == 3
    assert len(list(error_lines(large_report(50, 100)))) == 10


def test_no_text_of_a_commit_ends_its_annotation() -> None:
    (line,) = error_lines(hostile_report())
    title, _, message = line.removeprefix("::error title=").partition("::")
    assert "\n" not in line
    assert not {":", ","} & set(title)
    assert "\r" not in message


@pytest.mark.slow
def test_a_run_on_github_is_guarded_and_elsewhere_is_not(repo: Repo, tmp_path: Path) -> None:
    there = run_pytest(repo.root, *LAYOUT, store=tmp_path / "store", env={"GITHUB_ACTIONS": "true"}).output
    token = re.search(r"^::stop-commands::([0-9a-f]{32})$", there, re.MULTILINE)
    assert token is not None
    assert f"\n::{token.group(1)}::\n" in there
    here = run_pytest(repo.root, *LAYOUT, store=tmp_path / "store", env={"GITHUB_ACTIONS": ""}).output
    assert "stop-commands" not in here
