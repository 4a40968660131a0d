"""One, two and four jobs, each a process with a home of its own, come to the same report; a lost one is INCOMPLETE."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo
from tests.support.run import run_pytest
from tests.support.watch import CargoWatch

pytestmark = pytest.mark.rust

_RANGE = "--harness-range=HEAD~3..HEAD"
_PROBES = "--harness-probes=layout,command"


def talk(repo: Repo) -> None:
    """Two changes of what a program says and one of its documentation."""
    main = 'fn main() {\n    println!("{}", demo::word());\n}\n'
    library = '/// One.\npub fn word() -> &\'static str {\n    "hello"\n}\n'
    repo.commit("base", program(main, **{"src/lib.rs": library}))
    edit(repo, "say hi", ("src/lib.rs", '"hello"', '"hi"'))
    repo.commit("say more", {"README.md": "More.\n"})
    edit(repo, "say ho", ("src/lib.rs", '"hi"', '"ho"'))


class Matrix:
    """Jobs of one matrix, each with a home and so a store of its own."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder

    def job(self, name: str, *argv: str) -> dict[str, Any]:
        """What a job reports, without its timings."""
        home = self.folder / name
        home.mkdir(parents=True)
        self.watch = CargoWatch(home)
        toolchain = {"CARGO_HOME": str(Path.home() / ".cargo"), "RUSTUP_HOME": str(Path.home() / ".rustup")}
        env = {**self.watch.env, **toolchain, "HOME": str(home), "XDG_CACHE_HOME": ""}
        outcome = run_pytest(self.root, _RANGE, _PROBES, f"--harness-report={home}/report", *argv, env=env)
        path = home / "report" / "report.json"
        assert path.is_file(), outcome.output
        return timeless(json.loads(path.read_text()))

    def export(self, shard: str) -> Path:
        """Where a shard leaves what it found."""
        return self.folder / f"{shard.replace('/', '-of-')}.bin"

    def of(self, count: int) -> dict[str, Any]:
        """The report of the last job of so many."""
        shards = [f"{number}/{count}" for number in range(1, count + 1)]
        for shard in shards:
            self.job(shard.replace("/", "-of-"), f"--harness-shard={shard}", f"--harness-export={self.export(shard)}")
        return self.judged(f"last-of-{count}", *shards)

    def judged(self, name: str, *shards: str) -> dict[str, Any]:
        """What the job that imports these shards reports."""
        return self.job(name, *(f"--harness-import={self.export(shard)}" for shard in shards))


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    """A report without what the clock says."""
    for commit in (*report["commits"], report["overall"]):
        for probe in commit["probes"]:
            probe["seconds"] = 0.0
    return {**report, "seconds": {}}


@pytest.fixture(scope="module")
def matrix(histories: Histories, tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """A matrix over the history."""
    return Matrix(histories.root(talk), tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def alone(matrix: Matrix) -> dict[str, Any]:
    """What one job without a matrix reports."""
    return matrix.job("alone")


@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_report_of_several_jobs_equals_that_of_one_to_the_byte(
    matrix: Matrix, alone: dict[str, Any], count: int
) -> None:
    together = matrix.of(count)
    assert matrix.watch.builds() == []
    assert json.dumps(together) == json.dumps(alone)


def test_a_shard_that_is_lost_makes_the_verdict_incomplete_and_is_named(matrix: Matrix, alone: dict[str, Any]) -> None:
    assert alone["verdict"] == "CHANGED"
    if not matrix.export("1/2").exists():
        matrix.of(2)
    report = matrix.judged("lost", "1/2")
    assert report["verdict"] == "INCOMPLETE"
    assert "shard 2/2 is missing" in json.dumps(report)
