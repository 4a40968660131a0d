"""From a difference to the smallest case that shows it: with programs, as a run does it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.cases.configured import Configured
from harness.cases.examples import Examples
from harness.cases.help_text import HelpText
from harness.config import Config, parse
from harness.model import Difference
from harness.probes.base import Findings
from harness.store import Store
from tests.support.judging import judged
from tests.support.programs import needs_sandbox

pytestmark = [needs_sandbox, pytest.mark.slow]

PROGRAM = """
import json, sys
args = sys.argv[1:]
if "--help" in args or "-h" in args:
    print("Usage: prog [OPTIONS] <FILE>")
    sys.exit(0)
quiet = "--quiet" in args
args = [one for one in args if not one.startswith("--")]
if not args:
    sys.exit("error: no file")
try:
    text = open(args[0]).read()
    data = json.loads(text)
except (OSError, ValueError) as error:
    sys.exit(f"error: {args[0]} cannot be read")
for key in data:
    if key not in ("name", "retry", "stages"):
        line = text[:text.index(key)].count(chr(10)) + 1
        sys.exit(f"error: unknown key `{key}` at line {line}")
attempts = data.get("retry", {}).get("attempts", 3)
print(f"retrying {attempts} times")
for stage in data.get("stages", []):
    print("stage", stage["kind"])
"""
PIPELINE = b"""{
  "name": "orders",
  "stages": [{"kind": "filter", "where": "x > 3"}, {"kind": "window", "size": 300}],
  "retry": {"attempts": 0, "backoff": "10s"}
}
"""
CONFIG = """
[[command]]
name = "check"
argv = ["{file:in.json}", "--quiet", "--level=high", "{file:notes.txt}"]
env = { LEVEL = "high" }
stdin = "some input"
"""
# Few of the cases that help suggests: they are not what is shown here.
SMALL = replace(parse(CONFIG, "harness.toml"), cases=6)
FILES = {"in.json": PIPELINE, "notes.txt": b"notes\\n" * 50}


@pytest.fixture(autouse=True)
def few_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cases come from is not what is shown here, and fewer of them make the tests quick."""
    monkeypatch.setattr("harness.cases.SOURCES", (Configured(), HelpText()))


def found(folder: Path, old: str, new: str, files: dict[str, bytes] | None = None, **more: object) -> Findings:
    assert old in PROGRAM
    return judged(folder, PROGRAM, PROGRAM.replace(old, new), files=files or FILES, config=SMALL, **more)  # type: ignore[arg-type]


def only(findings: Findings, facet: str) -> Difference:
    (one,) = [one for one in findings.differences if one.facet == facet]
    return one


def test_a_difference_is_told_with_what_a_person_would_have_written(tmp_path: Path) -> None:
    one = only(found(tmp_path, '.get("attempts", 3)', '.get("attempts") or 3'), "stdout")
    assert one.case is not None
    assert one.case.argv == ("in.json",)
    assert one.case.files == {"in.json": b'{"retry": {"attempts": 0}}\n'}
    assert (one.case.env, one.case.stdin) == ({}, b"")
    assert (one.before, one.after) == ("retrying 0 times\n", "retrying 3 times\n")
    assert '{"retry": {"attempts": 0}}' in one.reproduce


def test_an_error_on_another_line_is_still_the_same_error(tmp_path: Path) -> None:
    files = {**FILES, "in.json": PIPELINE.replace(b'"retry"', b'"retries"')}
    one = only(found(tmp_path, "unknown key", "no such key", files), "stderr")
    assert one.case is not None
    assert len(one.case.files["in.json"].splitlines()) == 1
    assert one.before.startswith("error: unknown key")


def test_what_several_cases_show_is_told_once_however_their_documents_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.cases.SOURCES", (Configured(), Examples()))
    files = {**FILES, "in.json": PIPELINE.replace(b'"retry"', b'"retries"')}
    one = only(found(tmp_path, "unknown key", "no such key", files), "stderr")
    assert one.count > 5


def test_a_smaller_case_with_another_difference_is_not_taken(tmp_path: Path) -> None:
    # Without a file, another message changes too; that is another finding.
    new = PROGRAM.replace('.get("attempts", 3)', '.get("attempts") or 3').replace("error: no file", "error: a file!")
    findings = judged(tmp_path, PROGRAM, new, files=FILES, config=SMALL)
    assert {(one.facet, one.case.argv) for one in findings.differences if one.case} == {
        ("stdout", ("in.json",)),
        ("stderr", ()),
    }


def test_two_runs_and_any_number_of_lanes_end_with_the_same_case(tmp_path: Path) -> None:
    change = ('.get("attempts", 3)', '.get("attempts") or 3')
    runs = [found(tmp_path / str(lanes), *change, lanes=lanes) for lanes in (1, 3)]
    first, second = ([replace(one, reproduce="") for one in run.differences] for run in runs)
    assert first == second


def test_what_was_observed_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    first = found(tmp_path, "retrying", "trying", store=store)

    def refuse(*_: object, **__: object) -> object:
        raise AssertionError("a program was run")

    monkeypatch.setattr("harness.probes.lanes.OpenLanes.run", refuse)
    assert found(tmp_path, "retrying", "trying", store=store) == first


def test_a_race_that_the_reduced_case_does_not_show_every_time_is_not_shown_by_it(tmp_path: Path) -> None:
    # The candidate differs in one of two runs, whatever the case is: nothing smaller is to be believed.
    racy = PROGRAM.replace("import json, sys", "import json, os, sys").replace(
        'print(f"retrying {attempts} times")', 'print(f"retrying {attempts} times" + "!" * (os.urandom(1)[0] % 2))'
    )
    findings = judged(tmp_path, PROGRAM, racy, files=FILES, config=SMALL)
    for one in findings.differences:
        assert (one.facet, one.after) == ("stdout", one.before.replace("times\n", "times!\n"))


def test_a_program_without_differences_is_not_run_for_reducing(tmp_path: Path) -> None:
    assert judged(tmp_path, PROGRAM, PROGRAM + "\n#\n", config=Config()).differences == ()
