"""Plans of the common shape in several wordings: which tasks there are, what each promises, and no line is dropped."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from harness.contract.model import (
    Entry,
    FilePattern,
    Gone,
    ItemAt,
    Lines,
    Mention,
    PublicPath,
    Rename,
    TestName,
    Tests,
    Text,
    Warnings,
    rules_of,
)
from harness.plan.reading import Reading, read_plan

PLANS = Path(__file__).parent / "data" / "plans"
ENGINE = Path(__file__).parent.parent / "fixtures" / "engine-plan.md"
EVERY = [*sorted(PLANS.glob("*.md")), ENGINE]


@cache
def reading(name: str) -> Reading:
    return read_plan((PLANS / f"{name}.md").read_text(encoding="utf-8"), f"{name}.md")


def entry(name: str, number: int) -> Entry:
    """One task of a plan."""
    return reading(name).contract.commits[number - 1]


def unread(name: str) -> dict[int, str]:
    """What is no check, with the reason, by its line."""
    return {one.line: one.why for one in reading(name).unread}


def one(text: str, files: str = "- Modify: `src/lib.rs`") -> Entry:
    """What a plan of a single task with this text comes to."""
    plan = f'### Task 1: x\n\n**Files:**\n{files}\n\n{text}\n\n```bash\ngit commit -m "x"\n```\n'
    return read_plan(plan, "p.md").contract.commits[0]


# -- no line is dropped -------------------------------------------------------------------------------------------

# What is only the form of a plan: headings, fences, rules, labels, and commands that the harness looks at by itself.
FORM = re.compile(
    r"#+ |#\[|(- )?(\[[ x]\] )?[*_]*\[?[ xX]?\]? ?\**step \d|```|---|\s*$|(\*\*)?files?(:\*\*|:)|[|\s:-]+$"
    r"|\| ?(action|module) ?\||\s*(\$ )?(git|cargo|cd|wc) |run: `|(\W*)(commit|run)\b|[(){}\[\];,\s]*$|EOF|\)\""
    r"|body text|refactor\(core\)|.*:\s*$|src/$|use [\w:]+::\{?$|@@|\+\+\+|use std::fs;$",
    re.IGNORECASE,
)


def lines_of_rules(read: Reading) -> set[int]:
    """Every line that gave a check, or the subject of a commit."""
    return {*read.read, *(int(one.origin.rpartition(":")[2]) for one in read.contract.commits)}


def inside_of_a_rule(number: int, lines: list[str], known: set[int]) -> bool:
    """Whether a line goes on with what begins above: a paragraph, an item of code, an import over several lines."""
    above = number
    while above > 1 and lines[above - 1].strip() and not lines[above - 1].startswith("```"):
        if above in known:
            return True
        above -= 1
    return False


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_line_of_a_plan_is_a_check_or_told_or_its_form(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    read = read_plan("\n".join(lines), path.name)
    known = lines_of_rules(read) | {one.line for one in read.unread}
    silent = [
        f"{number}: {line}"
        for number, line in enumerate(lines, 1)
        if number not in known and not FORM.match(line.strip()) and not inside_of_a_rule(number, lines, known)
    ]
    assert silent == []


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_every_rule_names_a_line_that_was_read(path: Path) -> None:
    read = read_plan(path.read_text(encoding="utf-8"), path.name)
    parts = [part for entry in read.contract.commits for part in (entry.may, entry.must)]
    assert {int(rule.origin.rpartition(":")[2]) for part in parts for _, rule in rules_of(part)} <= read.read


def test_a_sentence_beside_one_that_is_a_check_is_told_on_its_own_line() -> None:
    read = read_plan("### Task 1: a\nKeep it neat. All 3 tests pass,\nand nothing burns. Be nice.\n", "p.md")
    assert [(one.line, one.text) for one in read.unread[1:]] == [(2, "Keep it neat."), (3, "Be nice.")]


def test_code_is_told_line_by_line_with_the_reason() -> None:
    code = "/// A comment.\nuse std::fs;\nuse crate::a::B;\nfn run() {\n    go();\n}\n"
    read = read_plan(f"### Task 1: a\n**Files:** `src/lib.rs`\n\nAdd:\n```rust\n{code}```\n", "p.md")
    assert [(one.line, one.why) for one in read.unread[1:]] == [
        (6, "a comment"),
        (7, "imports of other crates are the compiler's to check"),
        (10, "what a function does is observed, not compared with the plan"),
    ]


# -- tests first ----------------------------------------------------------------------------------------------------


def test_what_a_test_says_before_the_task_is_done_is_no_target() -> None:
    assert unread("test-first")[35] == "what holds before the task is done is no target"


def test_tests_are_counted_as_the_command_beside_them_runs_them() -> None:
    assert entry("test-first", 1).must.tests == (
        Tests(passing=1, package="core", name="*test_cache_hits*"),
        Tests(passing=52),
    )
    assert entry("test-first", 2).must.tests == (Tests(passing=30, package="core"),)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("cargo test --workspace", [Tests(passing=3)]),
        ("cargo test -p core --lib", [Tests(passing=3, package="core", target="lib")]),
        ("cargo test --package=core --test it -- --nocapture", [Tests(passing=3, package="core", target="it")]),
        ("cargo +nightly test --doc", [Tests(passing=3, target="doc")]),
        ("cargo test a::b -- --exact", [Tests(passing=3, name="a::b")]),
        ("cargo nextest run -p core 2>&1 | tail", [Tests(passing=3, package="core")]),
        ("cargo test --bins", []),
        ("cargo test one two", []),
    ],
)
def test_a_command_that_runs_some_tests_is_a_target_for_those_alone(command: str, expected: list[Tests]) -> None:
    assert list(one(f"Run: `{command}`\nExpected: 3 passed").must.tests) == expected


def test_a_test_that_is_written_may_be_added_and_has_to_be_there() -> None:
    first = entry("test-first", 1)
    assert first.may.test_add == (TestName(test="test_cache_hits"),)
    assert ItemAt(item="test_cache_hits", file="crates/core/tests/cache.rs") in first.must.item


def test_fields_and_signatures_of_new_code_are_checks() -> None:
    must = entry("test-first", 1).must
    file = "crates/core/src/cache.rs"
    fields = ("entries: HashMap<String, Vec<u8>>", "limit: usize")
    assert ItemAt(item="Cache", file=file, at="pub", holds=fields) in must.item
    assert Text(file=file, has="pub fn new(limit: usize) -> Self") in must.text


def test_steps_may_be_sentences_with_their_command_and_its_result() -> None:
    second = entry("test-first", 2)
    assert (second.name, second.subject) == ("Task 4 — Clean-up", "chore(core): remove legacy module")
    assert second.must.warnings == (Warnings(of="clippy", all_targets=True, at_most=0),)
    assert second.must.gone == (Gone(item="legacy", file="crates/core/src/lib.rs"),)
    assert second.must.absent == (FilePattern(path="crates/core/src/legacy.rs"),)


# -- phases with tasks in them --------------------------------------------------------------------------------------


def test_of_phases_that_hold_tasks_the_tasks_are_tasks() -> None:
    names = [entry.name for entry in reading("phases").contract.commits]
    assert names == ["1. Rename the error module", "2. Hide the helpers", "3. Rename Kind"]
    assert [entry.subject for entry in reading("phases").contract.commits] == [
        "rename errors to error",
        "refactor: hide helpers",
        "refactor!: rename Kind",
    ]


def test_a_list_of_files_may_stand_in_one_line() -> None:
    first = entry("phases", 1)
    assert first.may.rename == (Rename(old="src/errors.rs", new="src/error.rs"),)
    assert first.may.edit == (FilePattern(path="src/lib.rs"),)


def test_declarations_in_a_sentence_are_read_as_code() -> None:
    must = entry("phases", 1).must
    assert must.gone == (Gone(item="errors", file="src/lib.rs"),)
    assert must.item == (ItemAt(item="error", file="src/lib.rs", at="pub"),)


def test_items_that_are_hidden_may_leave_the_public_paths() -> None:
    second = entry("phases", 2)
    assert second.may.remove == (PublicPath(path="**::helper_one"), PublicPath(path="**::helper_two"))
    assert {(rule.item, rule.at) for rule in second.must.item} == {
        ("helper_one", "pub(crate)"),
        ("helper_two", "pub(crate)"),
    }
    assert second.must.lines == (Lines(file="src/util.rs", below=200),)


def test_an_item_that_is_renamed_may_be_renamed_in_public_paths() -> None:
    third = entry("phases", 3)
    assert (third.may.remove, third.may.add) == (
        (PublicPath(path="**::Kind"),),
        (PublicPath(path="**::NodeKind"),),
    )
    assert third.must.gone == (Gone(item="Kind"),)
    assert [rule.test for rule in third.may.test_move] == ["parses_a", "parses_b"]
    assert third.may.test_add == (TestName(test="rejects_c"),)


# -- tasks without numbers --------------------------------------------------------------------------------------------


def test_headings_without_numbers_are_tasks_where_each_has_its_commit() -> None:
    assert [(entry.name, entry.subject) for entry in reading("unnumbered").contract.commits] == [
        ("Make the cache private", "loader: make the cache private"),
        ("Drop the old flag", "cli: drop the old flag"),
    ]


def test_a_list_of_files_may_be_a_table_or_a_sentence() -> None:
    first, second = entry("unnumbered", 1).may, entry("unnumbered", 2).may
    assert (first.create, first.edit) == ((FilePattern(path="src/cache.rs"),), (FilePattern(path="src/loader.rs"),))
    assert second.delete == (FilePattern(path="docs/flag.md"),)
    assert {rule.path for rule in second.edit} == {"src/cli.rs", "README.md", "tests/cli.rs"}


def test_each_sentence_speaks_of_its_own_items() -> None:
    assert {(rule.item, rule.at) for rule in entry("unnumbered", 1).must.item if rule.item != "cache"} == {
        ("Cache", "pub(crate)"),
        ("fill", "private"),
    }


def test_a_number_after_wc_is_of_the_file_that_was_counted() -> None:
    assert entry("unnumbered", 1).must.lines == (Lines(file="src/loader.rs", below=200),)


def test_a_diff_says_what_goes_and_comes() -> None:
    must = entry("unnumbered", 1).must
    assert Gone(item="store", file="src/loader.rs") in must.gone
    assert ItemAt(item="cache", file="src/loader.rs", at="private") in must.item


def test_enums_traits_and_constants_are_read_with_what_they_hold() -> None:
    held = {rule.item: rule.holds for rule in entry("unnumbered", 2).must.item}
    assert held == {
        "LIMIT": ("const LIMIT: usize = 10",),
        "Mode": ("Fast", "Slow { seconds: u64 }"),
        "Runs": ("fn run(&self) -> Result<(), Error>", "fn twice(&self)"),
        "tests": (),
        "tests::parses_slow": (),
    }


def test_a_number_of_tests_may_stay() -> None:
    second = entry("unnumbered", 2).must
    assert second.tests == (Tests(passing=18), Tests(none_ignored=True))
    assert second.mention == (Mention(file="README.md", words=("Mode",)),)


# -- single wordings ------------------------------------------------------------------------------------------------


def test_names_that_are_imported_from_elsewhere_now_are_gone_from_where_they_were() -> None:
    code = (
        "Change:\n```rust\nuse crate::runner::{..., Timing};\n```\nto:\n"
        "```rust\nuse crate::result::Timing;\nuse crate::runner::{...};\n```"
    )
    assert Text(file="src/lib.rs", lacks="use crate::runner::Timing") in one(code).must.text


def test_what_a_document_says_it_has_to_say() -> None:
    must = one('The doc of `lib.rs` says "The loader", which is right.').must
    assert must.mention == (Mention(file="src/lib.rs", words=("The loader",)),)


def test_a_file_of_the_task_is_meant_before_one_of_the_same_name() -> None:
    plan = (
        "### Task 1: a\n**Files:**\n- Modify: `a/src/lib.rs`\n\n`lib.rs` < 5 lines.\n\nCommit: `a`\n"
        "### Task 2: b\n**Files:**\n- Modify: `b/src/lib.rs`\n\n`lib.rs` < 5 lines.\n\nCommit: `b`\n"
    )
    files = [entry.must.lines[0].file for entry in read_plan(plan, "p.md").contract.commits]
    assert files == ["a/src/lib.rs", "b/src/lib.rs"]


def test_code_that_a_sentence_says_how_to_write_is_looked_for() -> None:
    assert one("In the loop, access fields as `p.name`, `p.size`, etc.").must.text == (
        Text(file="src/lib.rs", has="p.name"),
        Text(file="src/lib.rs", has="p.size"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Clippy is clean.", [Warnings(of="clippy", at_most=0)]),
        ("`cargo clippy -p a` reports nothing.", [Warnings(of="clippy", package="a", at_most=0)]),
        ("`cargo clippy`: zero `clippy::pedantic` warnings.", [Warnings(of="clippy::pedantic", at_most=0)]),
        ("There is no dead code.", [Warnings(of="compiler", none_new=True)]),
    ],
)
def test_warnings_in_more_words(text: str, expected: list[Warnings]) -> None:
    assert list(one(text).must.warnings) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("All tests should pass (249 total).", Tests(passing=249)),
        ("Expected: 249 tests, all passing", Tests(passing=249)),
        ("The number of tests stays at 249.", Tests(passing=249)),
        ("Run `cargo test`. Expected: PASS", Tests(at_least=1)),
        ("Expected: test result: ok. 249 passed; 0 failed", Tests(passing=249)),
    ],
)
def test_numbers_of_tests_in_more_words(text: str, expected: Tests) -> None:
    assert one(text).must.tests == (expected,)


@pytest.mark.parametrize(
    "text", ["`lib.rs` must not exceed 949 lines", "It has less than 950 lines", "lib.rs < 950 LOC"]
)
def test_lengths_of_files_in_more_words(text: str) -> None:
    assert one(text).must.lines == (Lines(file="src/lib.rs", below=950),)


@pytest.mark.parametrize(
    "text", ["Make sure `Thing` is not public.", "`Thing` must not be `pub`.", "`Thing` is no longer public."]
)
def test_what_is_not_to_be_public_is_never_read_as_public(text: str) -> None:
    entry = one(text)
    assert (entry.must.item, entry.may.add) == ((), ())


def test_prose_right_after_a_list_of_files_in_one_line_is_none_of_it() -> None:
    entry = read_plan("### Task 1: a\n**Files:** `src/a.rs`\n`b.rs` has < 5 lines.\n", "p.md").contract.commits[0]
    assert entry.may.edit == (FilePattern(path="src/a.rs"),)
    assert entry.must.lines == (Lines(file="src/b.rs", below=5),)


def test_re_exports_and_what_is_gone_in_more_words() -> None:
    text = "Keep `pub use a::B;` in `lib.rs`.\nlib.rs re-exports `run` from `orchestrator`.\n`Old` no longer exists."
    must = one(text).must
    assert {(rule.path, rule.of) for rule in must.reexport} == {("B", "a::B"), ("run", "orchestrator::run")}
    assert must.gone == (Gone(item="Old", file="src/lib.rs"),)
