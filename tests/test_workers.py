"""Workers of pytest-xdist, and the options that choose and order tests, change no verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.crates import crate
from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest
from tests.support.watch import CargoWatch

pytestmark = pytest.mark.rust

_LIBRARY = '/// Speaks.\npub fn speak() -> &\'static str {\n    "hello"\n}\n'
_MAIN = """fn main() {
    if std::env::args().nth(1).as_deref() == Some("slow") {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    println!("{}", demo::speak());
}
"""
_RANGE = "--harness-range=HEAD~3..HEAD"
_PROBES = "--harness-probes=command,public_api,layout"


def talk(repo: Repo) -> None:
    """A change that a command shows, one that the public surface shows, and a harmless one."""
    repo.commit("base", program(_MAIN, **{"src/lib.rs": _LIBRARY}))
    edit(repo, "say hi", ("src/lib.rs", '"hello"', '"hi"'))
    edit(repo, "own it", ("src/lib.rs", "&'static str", "String"), ("src/lib.rs", '"hi"', '"hi".into()'))
    edit(repo, "own it otherwise", ("src/lib.rs", '"hi".into()', '"hi".to_owned()'))


def _without_seconds(report: dict[str, Any]) -> Any:
    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(one) for key, one in value.items() if key != "seconds"}
        return [strip(one) for one in value] if isinstance(value, list) else value

    return strip(report)


def _expected(histories: Histories) -> Outcome:
    outcome = histories.verify(talk, _RANGE, _PROBES)
    assert {name: probes["command"] for name, probes in outcome.verdicts().items()} == {
        "say hi": "CHANGED",
        "own it": "SAME",
        "own it otherwise": "SAME",
        "range": "CHANGED",
    }
    return outcome


@pytest.mark.parametrize("how", ["load", "loadscope", "loadfile", "worksteal", "each"])
def test_workers_come_to_the_same_report_however_the_tests_are_spread(histories: Histories, how: str) -> None:
    expected = _expected(histories)
    outcome = histories.verify(talk, _RANGE, _PROBES, "-n", "2", "--dist", how)
    assert outcome.status == expected.status
    assert _without_seconds(outcome.report) == _without_seconds(expected.report)


def test_without_xdist_everything_is_the_same(histories: Histories) -> None:
    outcome = histories.verify(talk, _RANGE, _PROBES, "-p", "no:xdist")
    assert _without_seconds(outcome.report) == _without_seconds(_expected(histories).report)


def test_without_the_cache_plugin_everything_is_the_same(histories: Histories) -> None:
    outcome = histories.verify(talk, _RANGE, _PROBES, "-p", "no:cacheprovider")
    assert _without_seconds(outcome.report) == _without_seconds(_expected(histories).report)


def _verdicts(outcome: Outcome) -> list[str]:
    return [
        probe["verdict"] for commit in (*outcome.report["commits"], outcome.report["overall"])
        for probe in commit["probes"]
    ]  # fmt: skip


def test_what_k_leaves_out_is_skipped_and_not_judged(histories: Histories) -> None:
    outcome = histories.verify(talk, _RANGE, _PROBES, "-k", "own-it and public_api and not otherwise")
    assert outcome.status == 1
    assert sorted(_verdicts(outcome)) == ["CHANGED", *["SKIPPED"] * 11]
    assert outcome.probe("own it", "public_api")["verdict"] == "CHANGED"
    assert outcome.probe("own it", "command")["reason"] == "left out of this run"


def test_a_node_id_chooses_one_verdict(histories: Histories) -> None:
    outcome = histories.verify(talk, _RANGE, _PROBES, "Cargo.toml::03-own-it-otherwise::command")
    assert (outcome.status, outcome.report["verdict"]) == (0, "SAME")
    assert sorted(_verdicts(outcome)) == ["SAME", *["SKIPPED"] * 11]


def test_x_stops_at_the_first_failure_and_what_was_not_judged_is_incomplete(histories: Histories) -> None:
    outcome = histories.verify(talk, _RANGE, _PROBES, "-x")
    assert outcome.status == 1
    assert outcome.report["verdict"] == "INCOMPLETE"
    assert outcome.verdicts()["say hi"] == {"layout": "SAME", "command": "CHANGED", "public_api": "INCOMPLETE"}
    assert "the run ended before it was judged" in outcome.output


def test_lf_judges_only_what_failed(histories: Histories) -> None:
    histories.verify(talk, _RANGE, _PROBES, name="before --lf")
    outcome = histories.verify(talk, _RANGE, _PROBES, "--lf")
    assert outcome.status == 1
    verdicts = {name: set(probes.values()) for name, probes in outcome.verdicts().items()}
    assert verdicts == {
        "say hi": {"CHANGED", "SKIPPED"},
        "own it": {"CHANGED", "SKIPPED"},
        "own it otherwise": {"SKIPPED"},
        "range": {"CHANGED", "SKIPPED"},
    }


def test_no_work_is_done_twice_by_two_workers(histories: Histories, tmp_path: Path) -> None:
    seen = []
    for name, argv in (("one", ()), ("two", ("-n", "2"))):
        watch = CargoWatch(tmp_path / name)
        outcome = run_pytest(histories.root(talk), _RANGE, _PROBES, *argv, store=tmp_path / name, env=watch.env)
        assert outcome.report["verdict"] == "CHANGED", outcome.output
        assert len(watch.builds()) == 4
        assert watch.repeated() == []
        seen.append(sorted(watch.calls()))
    assert seen[0] == seen[1]


def test_programs_run_while_the_next_commit_is_built(histories: Histories, tmp_path: Path) -> None:
    config = tmp_path / "slow.toml"
    config.write_text('[[command]]\nname = "slow"\nargv = ["slow"]\n')
    outcome = run_pytest(
        histories.root(talk), _RANGE, "--harness-probes=command", f"--harness-config={config}", store=tmp_path / "store"
    )
    lines = outcome.output.splitlines()
    third = next(number for number, line in enumerate(lines) if line.startswith("building 3 of 4"))
    first = next(number for number, line in enumerate(lines) if "01-say-hi command" in line)
    assert third < first


def test_verdicts_of_workers_reach_junit(histories: Histories, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    run_pytest(histories.root(talk), _RANGE, _PROBES, "-n", "2", f"--junitxml={file}", store=histories.shared)
    assert file.read_text().count('name="verdict" value="CHANGED"') == len(
        [one for one in _verdicts(_expected(histories)) if one == "CHANGED"]
    )


def test_the_report_is_valid_json_with_workers(histories: Histories) -> None:
    outcome = histories.verify(talk, _RANGE, _PROBES, "-n", "2", "--dist", "load")
    assert json.loads(json.dumps(outcome.report)) == outcome.report


def test_a_probe_that_needs_no_build_speaks_without_one(histories: Histories, tmp_path: Path) -> None:
    watch = CargoWatch(tmp_path)
    outcome = run_pytest(
        histories.root(talk), _RANGE, "--harness-probes=layout", store=tmp_path / "store", env=watch.env
    )
    assert outcome.report["verdict"] == "SAME"
    assert watch.builds() == []


def test_a_probe_that_needs_no_build_is_not_kept_waiting_for_one(histories: Histories, tmp_path: Path) -> None:
    outcome = run_pytest(histories.root(talk), _RANGE, "--harness-probes=layout,public_api", store=tmp_path / "store")
    lines = outcome.output.splitlines()
    layout = next(number for number, line in enumerate(lines) if "01-say-hi layout" in line)
    third = next(number for number, line in enumerate(lines) if line.startswith("building 3 of 4"))
    assert layout < third


def test_lf_of_one_repository_knows_nothing_of_another_that_has_the_same_node_ids(tmp_path: Path) -> None:
    failing, passing = (crate(tmp_path / name) for name in ("failing", "passing"))
    failing.commit("broken", {"src/lib.rs": "mod absent;\n"})
    passing.commit("broken", {"README.md": "Not broken.\n"})
    argv = ("--harness-range=HEAD~1..HEAD", "--harness-probes=layout,public_api")
    assert run_pytest(failing.root, *argv, store=tmp_path / "store").status == pytest.ExitCode.TESTS_FAILED
    outcome = run_pytest(passing.root, *argv, "--lf", store=tmp_path / "store")
    assert outcome.status == pytest.ExitCode.OK
    assert outcome.verdicts()["broken"] == {"layout": "SAME", "public_api": "SAME"}
