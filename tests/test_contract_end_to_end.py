"""A contract from the option to the verdict, on a crate made at test time."""

from __future__ import annotations

import pytest

from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo

pytestmark = pytest.mark.rust

PROBES = "--harness-probes=layout,public_api,command"
PLAN = """# A plan

### Task 1: Rename `old.rs` to `new.rs`

**Files:**
- Rename: `src/old.rs` → `src/new.rs`
- Modify: `src/lib.rs`

```bash
git commit -m "rename"
```

### Task 2: Say hello louder

**Files:**
- Modify: `src/main.rs`

```bash
git commit -m "shout"
```
"""
CONTRACT = """[[commit]]
subject = "shout"
may.output = [{ pattern = '^hello$|^HELLO$', reason = "it is to be loud" }]
must.lines = [{ file = "src/main.rs", below = %d }]
"""


def moved(repo: Repo) -> None:
    """A module that is renamed, and a program that says something else."""
    main = 'fn main() {\n    println!("hello");\n}\n'
    library = {"src/lib.rs": "/// Old.\npub mod old;\n", "src/old.rs": "//! Old.\n\n/// One.\npub fn one() {}\n"}
    repo.commit("base", program(main, **library))
    (repo.root / "src/old.rs").rename(repo.root / "src/new.rs")
    repo.commit("rename", {"src/lib.rs": "/// Old.\npub mod new;\n"})
    edit(repo, "shout", ("src/main.rs", '"hello"', '"HELLO"'))
    beside = repo.root.parent / "plans"
    beside.mkdir(exist_ok=True)
    (beside / "plan.md").write_text(PLAN)
    (beside / "contract.toml").write_text(CONTRACT % 9)
    (beside / "strict.toml").write_text(CONTRACT % 3)


def test_a_plan_and_the_contract_beside_it_make_a_range_intended(histories: Histories) -> None:
    outcome = histories.verify(moved, "--harness-range=HEAD~2..HEAD", PROBES, "--harness-plan=../plans/plan.md")
    assert outcome.verdicts() == {
        "rename": {"layout": "INTENDED", "public_api": "INTENDED", "command": "SAME"},
        "shout": {"layout": "INTENDED", "public_api": "SAME", "command": "INTENDED"},
        "range": {"layout": "INTENDED", "public_api": "INTENDED", "command": "INTENDED"},
    }
    assert (outcome.status, outcome.report["verdict"]) == (0, "INTENDED")


def test_a_missed_target_is_unmet_with_figure_and_target(histories: Histories) -> None:
    options = ("--harness-plan=../plans/plan.md", "--harness-contract=../plans/strict.toml")
    outcome = histories.verify(moved, "--harness-range=HEAD~2..HEAD", PROBES, *options)
    (unmet,) = [one for one in outcome.differences("shout", "layout") if one["facet"] == "unmet"]
    assert (unmet["before"], unmet["after"]) == ("below 3", "3 lines")
    assert (outcome.status, outcome.report["verdict"]) == (1, "UNMET")


def test_without_a_contract_the_same_range_is_changed(histories: Histories) -> None:
    outcome = histories.verify(moved, "--harness-range=HEAD~2..HEAD", PROBES)
    assert (outcome.status, outcome.report["verdict"]) == (1, "CHANGED")


def test_a_contract_that_the_range_brings_itself_is_told_first(histories: Histories) -> None:
    def brought(repo: Repo) -> None:
        moved(repo)
        edit(repo, "whisper", ("src/main.rs", '"HELLO"', '"hello"'))
        repo.commit("allow it", {"contract.toml": CONTRACT.replace("shout", "whisper") % 9})

    outcome = histories.verify(brought, "--harness-range=HEAD~2..HEAD", "--harness-probes=command")
    probe = outcome.probe("whisper", "command")
    assert probe["verdict"] == "INTENDED"
    assert "by rules that this range changed" in probe["reason"]
    assert outcome.report["changed_by_range"] == ["contract.toml: is new, and says what its own range may change"]
    assert "changed by the range itself, so look at it first\n  contract.toml: is new" in outcome.output


def test_a_mistake_in_a_contract_is_one_sentence(histories: Histories) -> None:
    outcome = histories.verify(moved, "--harness-range=HEAD~2..HEAD", PROBES, "--harness-contract=../plans/none.toml")
    assert outcome.status == 4
    assert "none.toml. Correct --harness-contract." in outcome.output
