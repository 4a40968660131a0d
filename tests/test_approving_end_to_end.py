"""Approving what commits change on purpose: from the first run to a rebased, reworded and squashed branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.facts import History
from tests.support.folder import everything

pytestmark = pytest.mark.slow


def changing(folder: Path) -> History:
    """Two commits that change something, one that changes nothing."""
    made = History(folder)
    made.commit("refactor: rename a", a="uno")
    made.commit("docs: nothing", {"README.md": "More.\n"})
    made.commit("fix!: say b better", b="dos")
    return made


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Nothing is approved yet."""
    return changing(tmp_path)


@pytest.fixture(scope="module")
def approved_once(tmp_path_factory: pytest.TempPathFactory) -> History:
    """What `approved` is copied from."""
    made = changing(tmp_path_factory.mktemp("approved"))
    assert made.approve().status == 0
    return made


@pytest.fixture
def approved(approved_once: History, tmp_path: Path) -> History:
    """All of it is approved, and not committed yet."""
    return approved_once.copied(tmp_path)


ALL_INTENDED = {
    "refactor: rename a": {"facts": "INTENDED"},
    "docs: nothing": {"facts": "SAME"},
    "fix!: say b better": {"facts": "INTENDED"},
    "range": {"facts": "INTENDED"},
}


def test_what_is_approved_is_intended_from_then_on(history: History) -> None:
    first = history.verify()
    assert first.status == 1
    assert first.verdicts()["refactor: rename a"] == {"facts": "CHANGED"}
    assert "`harness review` asks one by one" in first.output
    updated = history.approve()
    assert updated.status == 0, updated.output
    assert "2 snapshots generated." in updated.output
    assert updated.verdicts() == ALL_INTENDED
    again = history.verify()
    assert again.status == 0, again.output
    assert "2 snapshots passed." in again.output
    assert "harness review" not in again.output
    assert again.verdicts() == ALL_INTENDED


def test_there_is_a_file_for_each_commit_and_probe_that_says_what_changes(approved: History) -> None:
    files = approved.approved()
    assert list(files) == ["rename-a.facts.txt", "say-b-better.facts.txt"]
    assert "commit: refactor: rename a\nprobe: facts\n" in files["rename-a.facts.txt"]
    assert files["rename-a.facts.txt"].endswith(": changed\nat: a\n- one\n+ uno\n")


def test_without_the_option_nothing_is_written(approved: History) -> None:
    before = everything(approved.repo.root)
    approved.verify()
    assert everything(approved.repo.root) == before


def test_an_update_writes_nothing_but_approvals(history: History) -> None:
    before = everything(history.repo.root)
    history.approve()
    after = everything(history.repo.root)
    new = {name for name in after if name not in before}
    assert {name for name in new if not name.startswith("snapshots")} == set()
    assert {name: after[name] for name in before if name != "."} == {n: before[n] for n in before if n != "."}


def test_two_workers_write_the_same_and_count_the_same(history: History) -> None:
    updated = history.approve("-n", "2")
    assert updated.status == 0, updated.output
    assert "2 snapshots generated." in updated.output
    assert list(history.approved()) == ["rename-a.facts.txt", "say-b-better.facts.txt"]
    again = history.verify("-n", "2")
    assert (again.status, again.verdicts()) == (0, ALL_INTENDED), again.output
    assert "2 snapshots passed." in again.output


def test_an_update_that_was_stopped_approves_nothing(history: History) -> None:
    before = everything(history.repo.root)
    outcome = history.verify("--snapshot-update", env={"FACTS_INTERRUPTED_AT": "fix!: say b better"})
    assert outcome.status == 2
    assert "The run was stopped, so nothing was approved" in outcome.output
    assert everything(history.repo.root) == before


def test_another_seed_and_another_number_of_cases_keep_approvals(approved: History) -> None:
    outcome = approved.verify("--harness-seed=7", "--harness-cases=3")
    assert (outcome.status, outcome.verdicts()) == (0, ALL_INTENDED), outcome.output


@pytest.mark.slow
def test_a_second_update_changes_no_byte(approved: History) -> None:
    before = approved.approved()
    approved.approve()
    assert approved.approved() == before


def test_what_is_new_beside_what_is_approved_is_changed_and_shown(approved: History) -> None:
    approved.repo.git("stash", "-u", "-q")
    approved.commit("fix!: say b better still", b="zwei", c="tres")
    approved.repo.git("stash", "pop", "-q")
    outcome = approved.verify()
    assert outcome.status == 1
    assert outcome.verdicts()["fix!: say b better"] == {"facts": "INTENDED"}
    changed = outcome.differences("range", "facts")
    assert [(one["where"], bool(one["intended"])) for one in changed] == [("a", True), ("b", False), ("c", False)]
    assert "approved was something else: `two` became `dos`" in changed[1]["summary"]
    assert outcome.probe("range", "facts")["reason"] == "2 × changed, 1 more intended"


def test_approvals_of_the_range_itself_head_the_report(approved: History) -> None:
    approved.repo.commit("test: approve", {})
    outcome = approved.verify()
    head = outcome.output.partition("commit        ")[0]
    assert "changed by the range itself, so look at it first" in head
    assert "snapshots/approved/rename-a.facts.txt: approves 1 difference" in head
    assert len(outcome.report["changed_by_range"]) == 2
    assert outcome.probe("refactor: rename a", "facts")["reason"] == (
        "1 approved in snapshots/approved/rename-a.facts.txt, which this range added"
    )


@pytest.mark.slow
def test_approvals_from_before_the_range_are_not_called_its_own(approved: History) -> None:
    approved.base = approved.repo.commit("test: approve", {})
    approved.commit("undo", a="one")
    approved.commit("redo", a="uno")
    outcome = approved.verify()
    assert outcome.report["changed_by_range"] == []
    assert outcome.verdicts()["undo"] == {"facts": "CHANGED"}
    assert outcome.probe("redo", "facts")["reason"] == "1 approved in snapshots/approved/rename-a.facts.txt"


# -- what does not happen any more ----------------------------------------------------------------------------------


def undone(approved: History) -> None:
    """The last commit no longer changes what was approved for it."""
    approved.repo.git("stash", "-u", "-q")
    approved.repo.git("reset", "-q", "--hard", "HEAD~1")
    approved.commit("fix!: say b better", b="two")
    approved.repo.git("stash", "pop", "-q")


def test_an_approval_that_nothing_rests_on_is_told_and_deleted_by_an_update(approved: History) -> None:
    undone(approved)
    outcome = approved.verify()
    assert outcome.status == 1
    assert "1 snapshot unused." in outcome.output
    assert approved.verify("--snapshot-warn-unused").status == 0
    updated = approved.approve()
    assert updated.status == 0
    assert "1 unused snapshot deleted." in updated.output
    assert list(approved.approved()) == ["rename-a.facts.txt"]


@pytest.mark.parametrize(
    "argv",
    [
        ["-k", "rename-a"],
        pytest.param(["-k", "range"], marks=pytest.mark.slow),
        pytest.param(["Cargo.toml::01-rename-a::facts"], marks=pytest.mark.slow),
        pytest.param(["--harness-probes=layout"], marks=pytest.mark.slow),
        pytest.param(["--snapshot-no-cleanup"], marks=pytest.mark.slow),
    ],
    ids=lambda argv: argv[0] + argv[-1],
)
def test_a_partial_update_deletes_nothing(approved: History, argv: list[str]) -> None:
    undone(approved)
    before = approved.approved()
    approved.approve(*argv)
    assert approved.approved() == before


@pytest.mark.slow
def test_an_update_of_new_files_only_leaves_those_that_are_there(approved: History) -> None:
    approved.repo.git("stash", "-u", "-q")
    approved.repo.git("reset", "-q", "--hard", "HEAD~1")
    approved.commit("fix!: say b better", b="dos", c="tres")
    approved.commit("fix!: say c once more", c="drei")
    approved.repo.git("stash", "pop", "-q")
    before = approved.approved()
    outcome = approved.verify("--snapshot-update-new-only")
    after = approved.approved()
    assert {name: after[name] for name in before} == before
    assert list(after) == ["rename-a.facts.txt", "say-b-better.facts.txt", "say-c-once-more.facts.txt"]
    assert outcome.verdicts()["fix!: say b better"] == {"facts": "CHANGED"}
    assert outcome.verdicts()["fix!: say c once more"] == {"facts": "INTENDED"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "status", "told"),
    [
        ("--snapshot-details", 1, "changed b (snapshots/approved/say-b-better.facts.txt)"),
        ("--snapshot-no-colors", 1, "1 snapshot unused."),
        ("--snapshot-disable-unused", 0, "1 snapshot passed."),
    ],
)
def test_options_of_syrupy_mean_what_they_mean_there(approved: History, option: str, status: int, told: str) -> None:
    undone(approved)
    outcome = approved.verify(option)
    assert outcome.status == status, outcome.output
    assert told in outcome.output
    assert ("snapshot unused" in outcome.output) is bool(status)


@pytest.mark.slow
def test_a_shard_neither_fails_because_of_what_it_did_not_look_at_nor_deletes_it(approved: History) -> None:
    undone(approved)
    before = approved.approved()
    for shard in ("1/2", "2/2"):
        outcome = approved.approve(f"--harness-shard={shard}", f"--harness-export={approved.folder / shard[0]}.bin")
        assert outcome.status == 0, outcome.output
    assert approved.approved() == before


@pytest.mark.slow
def test_an_approval_that_another_commit_rests_on_is_not_deleted_by_a_run_on_its_own_commit_alone(
    approved: History,
) -> None:
    approved.repo.git("stash", "-u", "-q")
    approved.repo.git("reset", "-q", "--hard", "HEAD~1")
    approved.commit("fix!: say b better", b="two")
    approved.commit("fix!: and now really", b="dos")
    approved.repo.git("stash", "pop", "-q")
    before = approved.approved()
    outcome = approved.approve("-k", "say-b-better")
    assert "snapshot unused" not in outcome.output
    assert approved.approved() == before
    assert approved.verify().status == 0


@pytest.mark.slow
def test_a_shorter_range_neither_fails_because_of_what_it_did_not_look_at_nor_deletes_it(approved: History) -> None:
    undone(approved)
    before = approved.approved()
    argv = (f"--harness-range={approved.base}..HEAD~2", "-p", "no:cacheprovider")
    outcome = approved.verify(*argv, whole=False)
    assert outcome.status == 0, outcome.output
    approved.verify("--snapshot-update", *argv, whole=False)
    assert approved.approved() == before


@pytest.mark.slow
def test_an_approval_of_another_commit_with_the_same_subject_is_not_deleted(history: History) -> None:
    history.commit("refactor: rename a", a="eins")
    history.approve()
    assert list(history.approved()) == ["rename-a-2.facts.txt", "rename-a.facts.txt", "say-b-better.facts.txt"]
    before = history.approved()
    # The first of the two is outside of this range.
    history.verify("--snapshot-update", "--harness-range=HEAD~1..HEAD", whole=False)
    assert history.approved() == before
    assert history.verify().status == 0


# -- the range is written anew ----------------------------------------------------------------------------------------


def test_reworded_commits_keep_their_approvals_and_nothing_is_observed_again(history: History) -> None:
    history.approve()
    seen = history.observed()
    tree = history.repo.git("write-tree")
    commits = history.repo.git("rev-list", "--reverse", f"{history.base}..HEAD").split()
    parent = history.base
    for commit in commits:
        subject = "reworded: " + history.repo.git("show", "-s", "--format=%s", commit)
        parent = history.repo.git("commit-tree", f"{commit}^{{tree}}", "-p", parent, "-m", subject)
    history.repo.git("reset", "-q", "--soft", parent)
    assert history.repo.git("write-tree") == tree
    outcome = history.verify()
    assert outcome.status == 0, outcome.output
    assert set(map(str, outcome.verdicts().values())) == {"{'facts': 'INTENDED'}", "{'facts': 'SAME'}"}
    assert history.observed() == seen
    # They are told by their new subjects after an update.
    history.approve()
    assert {name: text.splitlines()[1] for name, text in history.approved().items()} == {
        "fix-say-b-better.facts.txt": "commit: reworded: fix!: say b better",
        "refactor-rename-a.facts.txt": "commit: reworded: refactor: rename a",
    }
    assert history.verify().status == 0


def test_a_squashed_range_keeps_its_approvals_and_nothing_is_observed_again(history: History) -> None:
    history.commit("fix!: say a better", a="eins")
    assert history.approve().status == 0
    seen = history.observed()
    history.repo.git("reset", "-q", "--soft", history.base)
    history.repo.git("commit", "-q", "-m", "all in one")
    outcome = history.verify()
    assert outcome.status == 0, outcome.output
    assert outcome.verdicts()["all in one"] == {"facts": "INTENDED"}
    assert history.observed() == seen


@pytest.mark.slow
def test_a_rebased_range_keeps_what_still_holds(approved: History) -> None:
    approved.repo.git("stash", "-u", "-q")
    approved.repo.git("checkout", "-q", "-b", "other", approved.base)
    base = approved.repo.commit("base moved", {"other.txt": "x\n"})
    approved.repo.git("rebase", "-q", "other", "main")
    approved.repo.git("stash", "pop", "-q")
    approved.base = base
    outcome = approved.verify()
    assert (outcome.status, outcome.verdicts()) == (0, ALL_INTENDED), outcome.output


def test_a_commit_amended_between_two_runs_is_changed_only_in_what_is_new(approved: History) -> None:
    approved.repo.git("stash", "-u", "-q")
    approved.repo.git("reset", "-q", "--hard", "HEAD~1")
    approved.commit("fix!: say b better", b="dos", c="tres")
    approved.repo.git("stash", "pop", "-q")
    outcome = approved.verify()
    assert [(one["where"], bool(one["intended"])) for one in outcome.differences("fix!: say b better", "facts")] == [
        ("b", True),
        ("c", False),
    ]


# -- files that are not in order --------------------------------------------------------------------------------------


def meddle(history: History, old: str, new: str) -> Path:
    """Changes a file of approvals."""
    path = history.repo.root / "snapshots" / "approved" / "rename-a.facts.txt"
    path.write_text(path.read_text().replace(old, new))
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("+ uno", "+ due", "rename-a.facts.txt:5: this entry was changed since it was written"),
        (
            "+ uno",
            "<<<<<<< HEAD\n+ uno\n=======\n+ due\n>>>>>>> other",
            "rename-a.facts.txt:8: it holds a merge conflict",
        ),
        ("format 1", "format 2", "rename-a.facts.txt:1: it is of format 2"),
        ("# Approved", "Approved", "rename-a.facts.txt:1: its first line"),
    ],
    ids=["edited", "conflict", "newer", "foreign"],
)
def test_a_file_that_is_not_in_order_approves_nothing_and_is_told(
    approved: History, old: str, new: str, words: str
) -> None:
    meddle(approved, old, new)
    outcome = approved.verify()
    assert outcome.status == 1
    assert words in outcome.output
    assert outcome.verdicts()["refactor: rename a"] == {"facts": "CHANGED"}
    assert outcome.verdicts()["fix!: say b better"] == {"facts": "INTENDED"}


@pytest.mark.parametrize("new", ["<<<<<<< HEAD\n", "# Approved differences, format 7"], ids=["conflict", "newer"])
def test_an_update_never_overwrites_what_it_does_not_understand(approved: History, new: str) -> None:
    path = meddle(approved, "# Approved differences, format 1", new)
    before = path.read_text()
    outcome = approved.approve()
    assert outcome.status == 1
    assert "was not overwritten" in outcome.output
    assert "Traceback" not in outcome.output
    assert path.read_text() == before


@pytest.mark.slow
def test_an_entry_changed_by_hand_is_written_anew_by_an_update(approved: History) -> None:
    before = approved.approved()
    meddle(approved, "+ uno", "+ due")
    assert approved.approve().status == 0
    assert approved.approved() == before


@pytest.mark.slow
def test_the_working_tree_can_be_approved_and_then_committed(history: History) -> None:
    history.repo.write({"facts.txt": "a = uno\nb = dos\nc = tres\n"})
    updated = history.verify("--harness-base=HEAD", "--snapshot-update", whole=False)
    assert updated.status == 0, updated.output
    assert list(history.approved()) == ["working-tree.facts.txt"]
    history.repo.commit("say c", {})
    outcome = history.verify("--harness-range=HEAD~1..HEAD", whole=False)
    assert (outcome.status, outcome.verdicts()["say c"]) == (0, {"facts": "INTENDED"})
