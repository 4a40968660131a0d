"""A distribution of somebody else's adds a probe and a source of cases, with two entry points and no change of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo
from tests.support.run import run_pytest

pytestmark = pytest.mark.slow

_METADATA = "Metadata-Version: 2.1\nName: our-own\nVersion: 1.0\n"
_ENTRY_POINTS = """[refactor_harness.probes]
licence = our_own:Licence

[refactor_harness.case_sources]
shout = our_own:Shout
"""
_MODULE = '''
from harness.model import Case, Difference
from harness.probes.base import Findings


class Licence:
    """Whether the licence of the workspace is still the same."""

    name = "licence"
    version = 1
    needs_build = False

    def observe(self, visit):
        path = visit.root / "LICENSE"
        return path.read_bytes() if path.exists() else b""

    def compare(self, before, after, pair):
        if before == after:
            return Findings()
        one = Difference(facet="licence", where="LICENSE", before=before.decode(), after=after.decode())
        return Findings(differences=(one,))


class Shout:
    """Every program with a word that nobody else would think of."""

    name = "shout"

    def cases(self, ground, others):
        return [Case(program=program, argv=("a-secret-word",), origin="shout") for program in ground.programs]
'''


@pytest.fixture
def installed(tmp_path: Path) -> str:
    """The folder that the distribution is installed in."""
    folder = tmp_path / "site"
    metadata = folder / "our_own-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "our_own.py").write_text(_MODULE)
    (metadata / "METADATA").write_text(_METADATA)
    (metadata / "entry_points.txt").write_text(_ENTRY_POINTS)
    return str(folder)


def secret(repo: Repo) -> None:
    """A program that answers one word in another way, and another licence."""
    main = """fn main() {
    if std::env::args().any(|word| word == "a-secret-word") {
        println!("yes");
    }
}
"""
    repo.commit("base", program(main, LICENSE="MIT\n"))
    edit(repo, "answer otherwise", ("src/main.rs", '"yes"', '"no"'))
    repo.commit("be free", {"LICENSE": "Apache-2.0\n"})


@pytest.mark.rust
def test_an_outside_probe_and_an_outside_source_of_cases_are_asked(
    histories: Histories, installed: str, tmp_path: Path
) -> None:
    outcome = run_pytest(
        histories.root(secret),
        "--harness-range=HEAD~2..HEAD",
        "--harness-probes=licence,command",
        store=tmp_path / "store",
        env={"PYTHONPATH": installed},
    )
    assert outcome.verdicts() == {
        "answer otherwise": {"licence": "SAME", "command": "CHANGED"},
        "be free": {"licence": "CHANGED", "command": "SAME"},
        "range": {"licence": "CHANGED", "command": "CHANGED"},
    }
    (found,) = outcome.differences("answer otherwise", "command")
    assert found["case"]["argv"] == ["a-secret-word"]


def test_an_outside_probe_that_cannot_be_loaded_is_one_clear_error(
    histories: Histories, installed: str, tmp_path: Path
) -> None:
    (Path(installed) / "our_own.py").write_text("raise RuntimeError('broken')")
    outcome = run_pytest(
        histories.root(secret), "--harness-range=HEAD~1..HEAD", store=tmp_path / "store", env={"PYTHONPATH": installed}
    )
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert "our_own:Licence, installed as one of the probes, cannot be loaded" in outcome.output
    assert "Traceback" not in outcome.output
