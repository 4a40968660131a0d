"""What is said of commits that do not build, that flake, that are undone, and of other shapes of history."""

from __future__ import annotations

import pytest

from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo

pytestmark = pytest.mark.rust

_HELLO = 'fn main() {\n    println!("hello");\n}\n'
_NEEDS_BUILD = ("command", "terminal", "benchmark", "public_api", "lints", "test_suite")


def broken(repo: Repo) -> None:
    """A commit that does not build, one on top of it, and one that mends it and says something else."""
    repo.commit("base", program(_HELLO, **{"src/lib.rs": "/// One.\npub fn one() {}\n"}))
    edit(repo, "break", ("src/main.rs", '"hello");', '"hello", 1);'))
    repo.commit("say more", {"README.md": "More.\n"})
    edit(repo, "mend", ("src/main.rs", '"hello", 1);', '"HELLO");'))
    repo.commit("say even more", {"README.md": "More and more.\n"})


@pytest.mark.parametrize("subject", ["break", "say more"])
def test_a_commit_that_does_not_build_fails_every_probe_that_needs_the_build(
    histories: Histories, subject: str
) -> None:
    verdicts = histories.verify(broken, "--harness-range=HEAD~4..HEAD").verdicts()[subject]
    assert verdicts == {"layout": "SAME"} | dict.fromkeys(_NEEDS_BUILD, "BUILD_FAILED")


def test_the_compilers_first_error_is_shown(histories: Histories) -> None:
    outcome = histories.verify(broken, "--harness-range=HEAD~4..HEAD")
    (found,) = outcome.differences("break", "command")
    assert "argument never used" in found["after"]
    assert "src/main.rs:2" in found["after"]
    assert outcome.output.count("+error: argument never used") == 1


def test_the_child_of_a_broken_commit_is_compared_with_the_nearest_that_builds(histories: Histories) -> None:
    outcome = histories.verify(broken, "--harness-range=HEAD~4..HEAD")
    probe = outcome.probe("mend", "command")
    assert probe["verdict"] == "CHANGED"
    assert "the nearest that builds" in probe["reason"]
    (commit,) = [one for one in outcome.report["commits"] if one["subject"] == "mend"]
    assert commit["baseline"] == outcome.report["base"]
    assert [(one["before"], one["after"]) for one in probe["differences"]] == [("hello\n", "HELLO\n")]


def test_a_commit_after_the_mended_one_is_compared_with_its_parent(histories: Histories) -> None:
    outcome = histories.verify(broken, "--harness-range=HEAD~4..HEAD")
    assert set(outcome.verdicts()["say even more"].values()) == {"SAME"}


def test_the_range_has_the_worst_verdict_of_its_commits(histories: Histories) -> None:
    outcome = histories.verify(broken, "--harness-range=HEAD~4..HEAD")
    assert (outcome.status, outcome.report["verdict"]) == (1, "BUILD_FAILED")
    assert outcome.report["overall"]["verdict"] == "CHANGED"


def test_with_no_earlier_revision_that_builds_nothing_can_be_said(histories: Histories) -> None:
    outcome = histories.verify(broken, "--harness-range=HEAD~3..HEAD", "--harness-probes=command,public_api")
    failed = dict.fromkeys(("command", "public_api"), "BASELINE_FAILED")
    assert outcome.verdicts() == {
        "say more": failed,
        "mend": failed,
        "say even more": dict.fromkeys(("command", "public_api"), "SAME"),
        "range": failed,
    }
    assert (outcome.status, outcome.report["verdict"]) == (1, "BASELINE_FAILED")


_LUCK = """use std::hash::{BuildHasher, Hasher, RandomState};

fn main() {
    println!("lucky: {:x}", RandomState::new().build_hasher().finish() % 1000);
}
"""


def luck(repo: Repo) -> None:
    """A program that prints random digits before and after, which may be letters."""
    repo.commit("base", program(_LUCK))
    edit(repo, "turn it around", ("src/main.rs", "% 1000", "/ 7 % 1000"))


def measures(repo: Repo) -> None:
    """A program that prints a number that is another one in every run, before and after."""
    repo.commit("base", program(_LUCK.replace("{:x}", "{}").replace("% 1000", "% 1000 + 1000")))
    edit(repo, "turn it around", ("src/main.rs", "% 1000 +", "/ 7 % 1000 +"))


def test_what_varies_alike_on_both_sides_is_flaky_and_no_failure(histories: Histories) -> None:
    outcome = histories.verify(luck, "--harness-range=HEAD~1..HEAD", "--harness-probes=command")
    assert (outcome.status, outcome.report["verdict"]) == (0, "FLAKY")
    (found,) = outcome.differences("turn it around", "command")
    assert (found["facet"], found["where"]) == ("flaky", "stdout")


def test_numbers_that_vary_alike_on_both_sides_are_the_same_and_it_is_told_how_they_were_compared(
    histories: Histories,
) -> None:
    outcome = histories.verify(measures, "--harness-range=HEAD~1..HEAD", "--harness-probes=command")
    assert (outcome.status, outcome.report["verdict"]) == (0, "SAME")
    assert "without the numbers that vary on the baseline" in outcome.output


def shapes(repo: Repo) -> None:
    """A change and its revert, a merge of two commits, an empty commit."""
    repo.commit("base", program(_HELLO))
    edit(repo, "shout", ("src/main.rs", "hello", "HELLO"))
    edit(repo, "do not shout", ("src/main.rs", "HELLO", "hello"))
    repo.git("tag", "reverted")
    repo.git("switch", "-q", "-c", "side")
    repo.commit("say more", {"README.md": "More.\n"})
    edit(repo, "whisper", ("src/main.rs", "hello", "psst"))
    repo.git("switch", "-q", "main")
    date = "2024-01-01T01:00:00+00:00"
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    repo.git("merge", "-q", "--no-ff", "-m", "merge the side", "side", env=dates)
    repo.commit("nothing at all")


def test_a_change_that_is_undone_is_seen_in_the_commits_and_not_in_the_range(histories: Histories) -> None:
    outcome = histories.verify(shapes, "--harness-range=reverted~2..reverted", "--harness-probes=command")
    verdicts = {name: probes["command"] for name, probes in outcome.verdicts().items()}
    assert verdicts == {"shout": "CHANGED", "do not shout": "CHANGED", "range": "SAME"}
    assert (outcome.status, outcome.report["verdict"]) == (1, "CHANGED")


def test_a_merge_is_one_commit_and_an_empty_commit_is_the_same(histories: Histories) -> None:
    outcome = histories.verify(shapes, "--harness-range=reverted..main", "--harness-probes=command")
    verdicts = {name: probes["command"] for name, probes in outcome.verdicts().items()}
    assert verdicts == {"merge the side": "CHANGED", "nothing at all": "SAME", "range": "CHANGED"}


def members(repo: Repo) -> None:
    """A workspace of two members, of which the second one prints what the first one says."""
    package = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'
    shared = 'pub fn word() -> &\'static str {\n    "hello"\n}\n'
    repo.commit(
        "base",
        {
            "Cargo.toml": '[workspace]\nmembers = ["words", "say"]\nresolver = "2"\n',
            "Cargo.lock": 'version = 4\n\n[[package]]\nname = "say"\nversion = "0.1.0"\n'
            'dependencies = [\n "words",\n]\n'
            '\n[[package]]\nname = "words"\nversion = "0.1.0"\n',
            ".gitignore": "/target\n",
            "words/Cargo.toml": package.format("words"),
            "words/src/lib.rs": shared,
            "words/src/main.rs": 'fn main() {\n    println!("{}!", words::word());\n}\n',
            "say/Cargo.toml": package.format("say") + '\n[dependencies]\nwords = { path = "../words" }\n',
            "say/src/main.rs": 'fn main() {\n    println!("I say {}", words::word());\n}\n',
        },
    )
    edit(repo, "say hi", ("words/src/lib.rs", '"hello"', '"hi"'))
    library = "words/src/lib.rs"
    edit(repo, "own the word", (library, "&'static str", "String"), (library, '"hi"', '"hi".into()'))


def test_the_programs_of_every_member_are_looked_at(histories: Histories) -> None:
    outcome = histories.verify(members, "--harness-range=HEAD~2..HEAD", "--harness-probes=command,public_api")
    found = outcome.differences("say hi", "command")
    assert {one["case"]["program"] for one in found} == {"say", "words"}
    assert outcome.verdicts()["say hi"]["public_api"] == "SAME"


def test_the_library_of_every_member_is_looked_at(histories: Histories) -> None:
    outcome = histories.verify(members, "--harness-range=HEAD~2..HEAD", "--harness-probes=command,public_api")
    assert outcome.verdicts()["own the word"] == {"command": "SAME", "public_api": "CHANGED"}
    assert [one["where"] for one in outcome.differences("own the word", "public_api")] == ["words::word"]


def loud(repo: Repo) -> None:
    """A change that only those see who switch a feature on."""
    files = program(
        'fn main() {\n    if cfg!(feature = "loud") {\n        println!("HELLO");\n    } else {\n'
        '        println!("hello");\n    }\n}\n',
        **{"harness.toml": '[build]\nfeatures = ["default", "all"]\n'},
    )
    files["Cargo.toml"] += "\n[features]\nloud = []\n"
    repo.commit("base", files)
    edit(repo, "louder still", ("src/main.rs", "HELLO", "HELLO!"))
    main = "src/main.rs"
    edit(repo, "say it to the world", (main, "hello", "hello, world"), (main, "HELLO!", "HELLO, WORLD!"))


def test_every_configured_set_of_features_is_looked_at_and_named(histories: Histories) -> None:
    outcome = histories.verify(loud, "--harness-range=HEAD~2..HEAD", "--harness-probes=command")
    (found,) = outcome.differences("louder still", "command")
    assert (found["before"], found["after"]) == ("HELLO\n", "HELLO!\n")
    assert found["where"] == "(features: all)"


def test_a_change_under_both_sets_of_features_is_told_for_both(histories: Histories) -> None:
    outcome = histories.verify(loud, "--harness-range=HEAD~2..HEAD", "--harness-probes=command")
    found = outcome.differences("say it to the world", "command")
    assert [(one["after"], one["where"]) for one in found] == [
        ("hello, world\n", ""),
        ("HELLO, WORLD!\n", "(features: all)"),
    ]


_RUN = """mod word;
use std::hash::{BuildHasher, Hasher, RandomState};

fn main() {
    let id = RandomState::new().build_hasher().finish() as u32;
    println!("run-{id:08x} {}", word::WORD);
    if std::env::args().nth(1).as_deref() == Some("shout") {
        println!("HELLO");
    }
}
"""
_TOML = r"""[[command]]
name = "shout"
argv = ["shout"]

[[redaction]]
name = "run"
pattern = 'run-[0-9a-f]{8}'
facets = ["stdout"]
reason = "run identifiers are random"
"""


def tree(repo: Repo) -> None:
    """A working tree with a changed file, and one that git does not know."""
    repo.commit("base", program(_RUN.replace("mod word", "mod words").replace("word::", "words::"),
                                **{"src/words.rs": 'pub const WORD: &str = "hi";\n'}))  # fmt: skip
    repo.write({"src/main.rs": _RUN.replace('"HELLO"', '"HELLO!"'), "harness.toml": _TOML})
    repo.write({"src/word.rs": 'pub const WORD: &str = "hi";\n'})


def test_the_working_tree_is_verified_with_the_files_that_git_does_not_know(histories: Histories) -> None:
    outcome = histories.verify(tree, "--harness-base=HEAD", "--harness-probes=command,layout")
    assert outcome.report["head"] == "working-tree"
    assert [one["sha"] for one in outcome.report["commits"]] == ["working-tree"]
    (found,) = outcome.report["overall"]["probes"][1]["differences"]
    assert found["case"]["argv"] == ["shout"]
    assert found["after"].endswith("HELLO!\n")


def test_what_a_redaction_of_the_user_hid_is_reported_with_the_users_reason(histories: Histories) -> None:
    outcome = histories.verify(tree, "--harness-base=HEAD", "--harness-probes=command,layout")
    (hits,) = [one for one in outcome.report["redactions"] if one["name"] == "run"]
    assert hits["reason"] == "run identifiers are random"
    assert hits["hits"] > 0
    assert "run identifiers are random" in outcome.output
