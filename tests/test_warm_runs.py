"""What was done is not done again: after a run, after a killed one, after an interrupted one; unless it is damaged."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.edits import edit
from tests.support.folder import everything
from tests.support.histories import LOCK, Histories, program
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest
from tests.support.watch import CargoWatch, begin, processes_of, wait_until

pytestmark = pytest.mark.rust

_RANGE = "--harness-range=HEAD~3..HEAD"
_PROBES = "--harness-probes=command,public_api,test_suite"
_VERDICTS = {"say hi": "CHANGED", "say more": "SAME", "say ho": "CHANGED", "range": "CHANGED"}
_SLOW_BUILD = """fn main() {
    std::thread::sleep(std::time::Duration::from_millis(800));
}
"""


def words(repo: Repo) -> None:
    """Two changes of what a program says, and a file that no build looks at between them."""
    main = 'fn main() {\n    println!("{}", demo::word());\n}\n'
    library = '/// One.\npub fn word() -> &\'static str {\n    "hello"\n}\n'
    test = "#[test]\nfn speaks() {\n    assert!(demo::word().starts_with('h'));\n}\n"
    repo.commit("base", program(main, **{"src/lib.rs": library, "tests/speaks.rs": test}))
    edit(repo, "say hi", ("src/lib.rs", '"hello"', '"hi"'))
    repo.commit("say more", {"README.md": "More.\n"})
    edit(repo, "say ho", ("src/lib.rs", '"hi"', '"ho"'))


def slow(repo: Repo) -> None:
    """As `words`, in a crate that takes more than a second to build."""
    words(repo)
    repo.commit("take time", {"build.rs": _SLOW_BUILD, "Cargo.lock": LOCK})
    edit(repo, "say hi again", ("src/lib.rs", '"ho"', '"hi!"'))
    edit(repo, "say ho again", ("src/lib.rs", '"hi!"', '"ho!"'))
    edit(repo, "say hey", ("src/lib.rs", '"ho!"', '"hey"'))


def commands_of(outcome: Outcome) -> dict[str, str]:
    """The verdict of the probe `command` on each commit."""
    return {name: probes["command"] for name, probes in outcome.verdicts().items()}


@pytest.fixture(scope="module")
def filled(histories: Histories, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CargoWatch]:
    """A store of its own after a first run, and the cargo that was watched meanwhile."""
    folder = tmp_path_factory.mktemp("warm")
    watch = CargoWatch(folder)
    outcome = run_pytest(histories.root(words), _RANGE, _PROBES, store=folder / "store", env=watch.env)
    assert commands_of(outcome) == _VERDICTS, outcome.output
    return folder / "store", watch


@pytest.fixture
def store(filled: tuple[Path, CargoWatch], tmp_path: Path) -> Path:
    """A copy of the filled store that may be damaged. Its programs are the blobs themselves, as in the original."""
    copy = tmp_path / "store"
    subprocess.run(["cp", "-a", filled[0], copy], check=True)
    return copy


def again(histories: Histories, store: Path, watch: CargoWatch) -> Outcome:
    """A second run, in the environment of the first."""
    return run_pytest(histories.root(words), _RANGE, _PROBES, store=store, env=watch.env)


def test_a_second_run_calls_cargo_for_nothing(histories: Histories, filled: tuple[Path, CargoWatch]) -> None:
    store, watch = filled
    before = watch.calls()
    outcome = again(histories, store, watch)
    assert commands_of(outcome) == _VERDICTS
    assert watch.calls() == before
    assert "building" not in outcome.output


def test_a_second_run_starts_no_program_of_the_target(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path
) -> None:
    for path in (*(store / "blobs").rglob("*"), *(store / "programs").rglob("*")):
        if path.is_file():
            path.chmod(0o644)
    assert commands_of(again(histories, store, filled[1])) == _VERDICTS


def test_one_more_commit_observes_nothing_again(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path
) -> None:
    _, watch = filled
    before = len(watch.builds())
    outcome = run_pytest(histories.root(words), "--harness-range=HEAD~2..HEAD", _PROBES, store=store, env=watch.env)
    assert outcome.report["verdict"] == "CHANGED"
    assert len(watch.builds()) == before


# -- damage ---------------------------------------------------------------------------------------------------


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    mode = path.stat().st_mode
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(mode)


def _records(store: Path, kind: str) -> list[Path]:
    return [path for path in sorted((store / "records" / kind).rglob("*")) if path.is_file()]


def _executables(store: Path) -> list[Path]:
    return [path for path in sorted((store / "blobs").rglob("*")) if path.is_file() and os.access(path, os.X_OK)]


@pytest.mark.parametrize("kind", ["build", "observation", "cases"])
def test_damaged_records_are_told_and_made_again(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path, kind: str
) -> None:
    damaged = _records(store, kind)
    assert damaged
    for path in damaged:
        _flip(path)
    outcome = again(histories, store, filled[1])
    assert commands_of(outcome) == _VERDICTS
    assert f"store: {kind} " in outcome.output
    assert "is damaged; it was thrown away and is made again" in outcome.output
    assert "is damaged" not in again(histories, store, filled[1]).output


def test_damage_that_the_controller_of_workers_finds_is_told(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path
) -> None:
    damaged = _records(store, "build")
    for path in damaged:
        _flip(path)
    outcome = run_pytest(histories.root(words), _RANGE, _PROBES, "-n", "2", store=store, env=filled[1].env)
    assert commands_of(outcome) == _VERDICTS
    assert outcome.output.count("store: build ") == len(damaged)


def test_damaged_programs_are_told_and_built_again(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path
) -> None:
    damaged = _executables(store)
    assert len(damaged) >= 3
    for path in damaged:
        _flip(path)
    outcome = again(histories, store, filled[1])
    assert commands_of(outcome) == _VERDICTS, outcome.output
    assert "store: blob " in outcome.output
    assert "is damaged" not in again(histories, store, filled[1]).output


def test_programs_that_are_gone_are_built_again(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path
) -> None:
    for path in _executables(store):
        path.unlink()
    assert commands_of(again(histories, store, filled[1])) == _VERDICTS


def test_a_slot_that_was_thrown_away_does_not_matter(
    histories: Histories, filled: tuple[Path, CargoWatch], store: Path
) -> None:
    shutil.rmtree(store / "slots")
    assert commands_of(again(histories, store, filled[1])) == _VERDICTS


def test_the_users_folder_is_byte_identical_after_a_run(histories: Histories, tmp_path: Path) -> None:
    root = histories.root(words)
    before = everything(root)
    run_pytest(root, "--harness-range=HEAD~1..HEAD", "-n", "2", store=tmp_path / "store")
    run_pytest(root, "--harness-base=HEAD~1", store=tmp_path / "store")
    assert everything(root) == before


def test_two_runs_at_the_same_time_share_the_work(histories: Histories, tmp_path: Path) -> None:
    root, store = histories.root(words), tmp_path / "store"
    watch = CargoWatch(tmp_path)
    runs = [
        begin(root, _RANGE, _PROBES, store=store, env=watch.env, output=tmp_path / f"output-{number}")
        for number in range(2)
    ]
    texts = []
    for number, run in enumerate(runs):
        status = run.wait(timeout=120)
        texts.append((tmp_path / f"output-{number}").read_text())
        assert status == 1, texts[-1]
    assert len(watch.builds()) == 4
    assert watch.repeated() == []
    tables = [text.partition("= refactor harness =")[2].rpartition("\n=")[0].splitlines()[1:] for text in texts]
    assert tables[0] == tables[1]


# -- stopped in the middle ------------------------------------------------------------------------------------

_FEW = "--harness-probes=command,public_api"


def _in_the_third(output: Path) -> Callable[[], bool]:
    return lambda: "building 3 of 4" in output.read_text()


def _stopped(histories: Histories, folder: Path, sign: signal.Signals, *argv: str) -> tuple[int, str, CargoWatch]:
    """A run on a store of its own that gets a signal while the third revision is built."""
    watch, output, store = CargoWatch(folder), folder / "output", folder / "store"
    run = begin(
        histories.root(slow), _RANGE, _FEW, *argv, f"--harness-report={folder / 'report'}",
        store=store, env=watch.env, output=output,
    )  # fmt: skip
    wait_until(_in_the_third(output))
    wait_until(lambda: len(watch.builds()) >= 3)
    if sign is signal.SIGINT:
        os.killpg(run.pid, sign)  # as a terminal does
    else:
        run.send_signal(sign)
    status = run.wait(timeout=30)
    wait_until(lambda: not processes_of(store), seconds=15)
    return status, output.read_text(), watch


@pytest.mark.parametrize("argv", [(), ("-n", "2")], ids=["one-process", "two-workers"])
def test_after_being_killed_a_run_goes_on_and_nothing_was_left_running(
    histories: Histories, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    _, _, watch = _stopped(histories, tmp_path, signal.SIGKILL, *argv)
    done = watch.builds()[:2]
    assert len(set(done)) == 2
    outcome = run_pytest(histories.root(slow), _RANGE, _FEW, store=tmp_path / "store", env=watch.env)
    assert commands_of(outcome)["say hey"] == "CHANGED", outcome.output
    assert watch.repeated(done) == []


@pytest.mark.parametrize("argv", [(), ("-n", "2")], ids=["one-process", "two-workers"])
def test_an_interrupted_run_reports_what_it_knows_and_the_next_one_goes_on(
    histories: Histories, tmp_path: Path, argv: tuple[str, ...]
) -> None:
    status, output, watch = _stopped(histories, tmp_path, signal.SIGINT, *argv)
    assert status == pytest.ExitCode.INTERRUPTED, output
    assert "INCOMPLETE" in output
    assert "Traceback" not in output
    assert (tmp_path / "report" / "report.json").read_text().count("INCOMPLETE") > 3
    done = watch.builds()[:2]
    assert len(set(done)) == 2
    outcome = run_pytest(histories.root(slow), _RANGE, _FEW, store=tmp_path / "store", env=watch.env)
    assert commands_of(outcome)["say hey"] == "CHANGED", outcome.output
    assert watch.repeated(done) == []
