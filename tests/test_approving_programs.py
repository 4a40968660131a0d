"""What programs print on purpose is approved for all inputs that show it, and holds when the branch is squashed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.histories import program
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest

pytestmark = pytest.mark.rust

_MAIN = """fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("--help") => println!("Usage: demo [OPTIONS] [NAME]\\n\\nOptions:\\n      --level <LEVEL>  How loud"),
        Some(word) => { eprintln!("ERROR `{word}`"); std::process::exit(2) }
        None => println!("GREETING"),
    }
}
"""


def _files(error: str, greeting: str) -> dict[str, str]:
    return program(_MAIN.replace("ERROR", error).replace("GREETING", greeting))


def _verify(repo: Repo, base: str, store: Path, *argv: str) -> Outcome:
    return run_pytest(repo.root, f"--harness-range={base}..HEAD", "--harness-probes=command", *argv, store=store)


def _made(store: Path) -> set[str]:
    """Everything that was built or observed."""
    kinds = ("build", "observation", "cases")
    return {path.name for kind in kinds for path in (store / "records").glob(f"{kind}*/*/*")}


def test_what_programs_say_is_approved_for_other_cases_too_and_a_squash_runs_nothing_again(tmp_path: Path) -> None:
    repo, store = Repo(tmp_path / "repo"), tmp_path / "store"
    base = repo.commit("base", _files("unknown word", "hello"))
    repo.commit("fix: say what is wrong", _files("invalid word", "hello"))
    repo.commit("feat!: greet politely", _files("invalid word", "good day"))

    first = _verify(repo, base, store)
    assert first.status == 1, first.output
    assert first.verdicts()["range"] == {"command": "CHANGED"}

    updated = _verify(repo, base, store, "--snapshot-update")
    assert updated.status == 0, updated.output
    folder = repo.root / "snapshots" / "approved"
    assert [path.name for path in sorted(folder.iterdir())] == [
        "greet-politely.command.txt",
        "say-what-is-wrong.command.txt",
    ]
    assert "\n- unknown word `{1}`\n+ invalid word `{1}`\n" in (folder / "say-what-is-wrong.command.txt").read_text()

    others = _verify(repo, base, store, "--harness-seed=9", "--harness-cases=5")
    assert (others.status, others.verdicts()["range"]) == (0, {"command": "INTENDED"}), others.output
    assert "snapshot unused" not in others.output

    before = _made(store)
    assert before
    squashed = repo.git("commit-tree", "HEAD^{tree}", "-p", base, "-m", "all in one")
    repo.git("reset", "-q", "--soft", squashed)
    again = _verify(repo, base, store)
    assert again.status == 0, again.output
    assert again.verdicts()["all in one"] == {"command": "INTENDED"}
    assert _made(store) == before
