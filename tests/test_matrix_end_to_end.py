"""One, two and four jobs, each a process with a home of its own, come to the same report; a lost one is INCOMPLETE."""

from __future__ import annotations

import itertools
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.verify.exports import read
from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo
from tests.support.run import run_pytest
from tests.support.watch import CargoWatch, begin, wait_until

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

    def home(self, name: str) -> tuple[Path, dict[str, str]]:
        """The home of a job, and the environment with it."""
        home = self.folder / name
        home.mkdir(parents=True)
        self.watch = watch = CargoWatch(home)
        toolchain = {"CARGO_HOME": str(Path.home() / ".cargo"), "RUSTUP_HOME": str(Path.home() / ".rustup")}
        return home, {**watch.env, **toolchain, "HOME": str(home), "XDG_CACHE_HOME": ""}

    def job(self, name: str, *argv: str) -> dict[str, Any]:
        """What a job reports, without its timings."""
        home, env = self.home(name)
        outcome = run_pytest(self.root, _RANGE, _PROBES, f"--harness-report={home}/report", *argv, env=env)
        path = home / "report" / "report.json"
        assert path.is_file(), outcome.output
        return timeless(json.loads(path.read_text()))

    def export(self, shard: str) -> Path:
        """Where a shard leaves what it found."""
        return self.folder / f"{shard.replace('/', '-of-')}.bin"

    def of(self, count: int) -> dict[str, Any]:
        """The report of the last job of so many, which run at the same time."""
        shards = [f"{number}/{count}" for number in range(1, count + 1)]

        def run(shard: str) -> None:
            self.job(shard.replace("/", "-of-"), f"--harness-shard={shard}", f"--harness-export={self.export(shard)}")

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(run, shards))
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


def test_no_shard_observes_again_what_another_one_did_but_baselines(matrix: Matrix, alone: dict[str, Any]) -> None:
    if not matrix.export("4/4").exists():
        matrix.of(4)
    exports = [read(matrix.export(f"{number}/4")) for number in range(1, 5)]
    # The sources of the second commit's programs are those of the first one.
    revisions = [alone["base"], *(commit["sha"] for commit in alone["commits"])]
    assert sum(bool(one.observed) for one in exports) == 2
    for one, other in itertools.combinations(exports, 2):
        assert set(one.observed) & set(other.observed) <= {revisions[0]}
    assert {sha for one in exports for sha in one.observed} >= {revisions[0], revisions[1], revisions[3]}


def test_a_shard_that_is_lost_makes_the_verdict_incomplete_and_is_named(matrix: Matrix, alone: dict[str, Any]) -> None:
    assert alone["verdict"] == "CHANGED"
    if not matrix.export("1/2").exists():
        matrix.of(2)
    report = matrix.judged("lost", "1/2")
    assert report["verdict"] == "INCOMPLETE"
    assert "shard 2/2 is missing" in json.dumps(report)


@pytest.mark.parametrize(("how", "said"), [(signal.SIGKILL, "is missing"), (signal.SIGTERM, "did not come to it")])
def test_a_shard_that_is_killed_makes_the_verdict_incomplete_and_is_named(
    matrix: Matrix, how: signal.Signals, said: str
) -> None:
    if not matrix.export("1/2").exists():
        matrix.of(2)
    home, env = matrix.home(f"killed-by-{how.name}")
    export = home / "2-of-2.bin"
    shard = ["--harness-shard=2/2", f"--harness-export={export}"]
    running = begin(matrix.root, _RANGE, _PROBES, *shard, store=home / "store", env=env, output=home / "output")
    wait_until(lambda: b"building " in (home / "output").read_bytes())
    os.killpg(running.pid, how) if how is signal.SIGKILL else running.send_signal(how)
    assert running.wait(60) != 0
    assert export.exists() == (how is signal.SIGTERM)
    imported = [
        f"--harness-import={matrix.export('1/2')}",
        *([f"--harness-import={export}"] if export.exists() else []),
    ]
    report = matrix.job(f"after-{how.name}", *imported)
    assert report["verdict"] == "INCOMPLETE"
    assert f"shard 2/2 {said}" in json.dumps(report)
