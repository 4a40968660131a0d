"""What a whole run shows and writes: report.json, the terminal, JUnit, and lines that reproduce what they claim."""

from __future__ import annotations

import json
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.histories import Histories
from tests.support.run import Outcome, run_pytest
from tests.test_verdicts_end_to_end import commands
from tests.test_verdicts_of_ranges import shapes

pytestmark = pytest.mark.rust

_REPORT = {
    "format", "base", "head", "verdict", "reason", "platform", "toolchains", "commits", "overall", "redactions",
    "seconds", "changed_by_range", "surfaces",
}  # fmt: skip
_COMMIT = {"sha", "subject", "baseline", "verdict", "reason", "notes", "probes", "evidence"}
_PROBE = {"name", "verdict", "reason", "cases", "seconds", "differences", "notes"}
_DIFFERENCE = {"facet", "where", "before", "after", "count", "case", "reproduce", "summary", "intended", "forms"}
_VERDICTS = {
    "INCOMPLETE", "BUILD_FAILED", "CHANGED", "UNMET", "TIMED_OUT", "BASELINE_FAILED", "FLAKY", "SKIPPED", "INTENDED",
    "SAME",
}  # fmt: skip


def _commands(histories: Histories) -> Outcome:
    return histories.verify(commands, "--harness-range=HEAD~5..HEAD", "--harness-probes=command")


def _every_commit(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from report["commits"]
    yield report["overall"]


def _every_probe(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for commit in _every_commit(report):
        yield from commit["probes"]


def test_the_report_has_the_keys_of_format_1_and_no_others(histories: Histories) -> None:
    report = _commands(histories).report
    assert report["format"] == 1
    assert set(report) - {"remarks"} == _REPORT
    assert set(report["seconds"]) == {"build", "observe", "compare", "total"}
    assert {key for one in report["redactions"] for key in one} <= {"name", "reason", "hits"}
    for commit in _every_commit(report):
        assert set(commit) == _COMMIT
    for probe in _every_probe(report):
        assert set(probe) - {"diversity", "remarks", "rules"} == _PROBE
        assert probe["verdict"] in _VERDICTS
        for one in (*probe["differences"], *probe["notes"]):
            assert set(one) == _DIFFERENCE


def test_the_report_names_whole_commit_ids(histories: Histories) -> None:
    report = _commands(histories).report
    ids = [report["base"], report["head"], *(one["sha"] for one in report["commits"])]
    assert all(re.fullmatch(r"[0-9a-f]{40}", one) for one in ids)
    assert [one["baseline"] for one in report["commits"]] == [report["base"], *ids[2:-1]]
    assert (report["overall"]["sha"], report["overall"]["baseline"]) == (report["head"], report["base"])


def test_the_report_names_platform_and_toolchain(histories: Histories) -> None:
    report = _commands(histories).report
    assert report["platform"]
    assert [one.split()[0] for one in report["toolchains"]] == ["rustc"]


def _reproducible(histories: Histories) -> list[dict[str, Any]]:
    every = [one for probe in _every_probe(_commands(histories).report) for one in probe["differences"]]
    return [one for one in every if one["facet"] != "timeout"]


def test_every_line_that_reproduces_a_difference_shows_it(histories: Histories) -> None:
    lines = {one["reproduce"] for one in _reproducible(histories)}
    assert len(lines) >= 4
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False
        )
        words = done.stdout.splitlines()
        assert len([word for word in words if word.startswith("exit ")]) == 2, done.stdout
        assert words[: len(words) // 2] != words[len(words) // 2 :], line


def test_junit_has_verdict_reason_and_counts_as_properties(histories: Histories, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    outcome = run_pytest(
        histories.root(commands),
        "--harness-range=HEAD~5..HEAD~3",
        "--harness-probes=command,layout",
        f"--junitxml={file}",
        store=histories.shared,
    )
    assert outcome.status == 1
    cases = ElementTree.parse(file).getroot().findall(".//testcase")
    assert len(cases) == 6
    properties = {
        (case.get("classname"), case.get("name")): {one.get("name"): one.get("value") for one in case.iter("property")}
        for case in cases
    }
    found = next(value for (_, name), value in properties.items() if name == "command")
    assert found["verdict"] == "CHANGED"
    assert found["reason"] == "stdout"
    assert found["differences"] == "1"
    assert int(found["cases"] or 0) > 5
    failures = [case.find("failure") for case in cases if case.find("failure") is not None]
    assert any("+HELLO" in (failure.text or "") for failure in failures if failure is not None)


def _table(output: str) -> list[str]:
    return output.partition("= refactor harness =")[2].splitlines()


@pytest.mark.parametrize("columns", ["80", "140"])
def test_the_table_has_a_row_for_every_commit_and_no_verdict_cut_off(histories: Histories, columns: str) -> None:
    outcome = histories.verify(shapes, "--harness-range=reverted~2..reverted", env={"COLUMNS": columns})
    lines = _table(outcome.output)
    (head,) = [line for line in lines if line.startswith("commit")]
    probes = ["layout", "command", "terminal", "benchmark", "public_api", "lints", "test_suite"]
    assert head.split() == ["commit", "subject", *probes]
    for commit in outcome.report["commits"]:
        (row,) = [line for line in lines if line.startswith(f"{commit['sha'][:12]}  ")]
        layout, command, terminal, benchmark, *others = row.split()[-7:]
        assert (layout, command, terminal, benchmark) == ("SAME", "CHANGED", "CHANGED", "SKIPPED")
        assert others == ["SAME", "SAME", "SAME"]
    (row,) = [line for line in lines if line.startswith("range ")]
    assert row.split()[-7:] == ["SAME"] * 7


@pytest.mark.parametrize("columns", ["80", "140"])
def test_each_difference_is_told_once_with_its_diff_and_a_line_to_reproduce_it(
    histories: Histories, columns: str
) -> None:
    outcome = histories.verify(
        commands, "--harness-range=HEAD~5..HEAD~1", "--harness-probes=command", env={"COLUMNS": columns}
    )
    lines = _table(outcome.output)
    for gone, come in (("-hello", "+HELLO"), ("-careful", "+watch out"), ("-one", "+two")):
        assert lines.count(f"    {gone}") == 1
        assert lines.count(f"    {come}") == 1
    heads = [line for line in lines if line.startswith("CHANGED command demo ")]
    assert len(heads) == 4
    assert all("range" in line for line in heads)
    assert sum(line.startswith("  reproduce: for p in ") for line in lines) == 4


def test_the_last_line_says_the_verdict_and_where(histories: Histories) -> None:
    outcome = _commands(histories)
    last = [line for line in outcome.output.splitlines() if line.startswith(("CHANGED:", "TIMED_OUT:"))][-1]
    first = outcome.report["commits"][0]["sha"][:12]
    assert last.startswith(f"CHANGED: at {first} (command: stdout)")


def test_a_pipe_gets_no_escape_sequences(histories: Histories) -> None:
    assert "\x1b" not in _commands(histories).output


def test_a_terminal_gets_colours_when_it_asks_for_them(histories: Histories) -> None:
    outcome = histories.verify(commands, "--harness-range=HEAD~5..HEAD~4", "--harness-probes=command", "--color=yes")
    assert "\x1b[1;31mCHANGED" in outcome.output


def test_verbose_shows_more(histories: Histories) -> None:
    asked = ("--harness-range=HEAD~5..HEAD~4", "--harness-probes=command")
    quiet, verbose = histories.verify(commands, *asked), histories.verify(commands, *asked, "-v")
    assert "Cargo.toml::01-greet-louder::command CHANGED" in verbose.output
    assert len(verbose.output.splitlines()) > len(quiet.output.splitlines())


def test_quiet_still_shows_the_table_and_the_verdict(histories: Histories) -> None:
    outcome = histories.verify(commands, "--harness-range=HEAD~5..HEAD~4", "--harness-probes=command", "-q")
    assert "building" not in outcome.output
    assert "CHANGED: at " in outcome.output


def test_the_report_is_the_same_data_in_the_file_and_on_the_terminal(histories: Histories) -> None:
    outcome = _commands(histories)
    paths = [Path(line.partition(": ")[2]) for line in outcome.output.splitlines() if line.startswith("report: ")]
    path = next(path for path in paths if path.suffix == ".json")
    assert json.loads(path.read_text()) == outcome.report
