"""Plans of several wordings are read; what is no check is told; mistakes end with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.contract.model import (
    Entry,
    FilePattern,
    Gone,
    ItemAt,
    Lines,
    Mention,
    Move,
    Reexport,
    Rename,
    Tests,
    Text,
    Warned,
    Warnings,
)
from harness.contract.read import parse
from harness.contract.render import render
from harness.errors import ConfigError
from harness.plan.reading import Reading, read_plan

OTHER = """\
Tidy the parser
===============

We keep `src/lexer.rs` unchanged.

## 1. Split `parse.rs`

Files:
* New: `src/expr.rs`
* Updated: `src/parse.rs:10-80`, `src/lib.rs`
* `src/old.rs` (deleted)
* Tests: `tests/expressions.rs`

We extract `Expr` and `parse_expr()` from `parse.rs` into `expr.rs`. Both remain `pub(super)`.

Rename `Kind` to `NodeKind` in `src/parse.rs`.

Afterwards at least 40 tests pass, `parse.rs` has at most 300 lines and `cargo clippy --all-targets` reports no new
clippy warnings.

Commit message: `parser: split expressions off`

## 2. Publish

- [ ] Modify `src/lib.rs`: re-export `Expr` from `expr`.
- [ ] `README.md` mentions `Expr`.
- [ ] Make the reader faster.

```console
$ git rm src/gone.rs
$ git commit -am 'parser: publish expressions' -m "More of it"
```

Expected result: 41 passed, rustdoc without warnings.
"""


def one(text: str, files: str = "- Modify: `src/lib.rs`") -> Entry:
    """What a plan of a single task with this text comes to."""
    plan = f'### Task 1: x\n\n**Files:**\n{files}\n\n{text}\n\n```bash\ngit commit -m "x"\n```\n'
    return read_plan(plan, "p.md").contract.commits[0]


@pytest.fixture
def other() -> Reading:
    """A plan in another wording: numbered headings, other verbs, subjects in backticks, steps as boxes to tick."""
    return read_plan(OTHER, "other.md")


def test_tasks_may_be_numbered_headings(other: Reading) -> None:
    assert [entry.name for entry in other.contract.commits] == ["1. Split parse.rs", "2. Publish"]


def test_subjects_are_found_in_commands_and_in_backticks(other: Reading) -> None:
    subjects = [entry.subject for entry in other.contract.commits]
    assert subjects == ["parser: split expressions off", "parser: publish expressions"]


def test_files_are_read_whatever_the_verb(other: Reading) -> None:
    may = other.contract.commits[0].may
    assert may.create == (FilePattern(path="src/expr.rs"), FilePattern(path="tests/expressions.rs"))
    assert may.delete == (FilePattern(path="src/old.rs"),)
    assert {rule.path for rule in may.edit} == {"src/parse.rs", "src/lib.rs", "tests/expressions.rs"}


def test_what_moves_is_read_from_a_sentence(other: Reading) -> None:
    entry = other.contract.commits[0]
    assert entry.may.move == (
        Move(item="Expr", old="src/parse.rs", new="src/expr.rs"),
        Move(item="parse_expr", old="src/parse.rs", new="src/expr.rs"),
    )
    assert Gone(item="Kind", file="src/parse.rs") in entry.must.gone
    assert ItemAt(item="NodeKind", file="src/parse.rs") in entry.must.item


def test_figures_are_read_in_other_words(other: Reading) -> None:
    first, second = (entry.must for entry in other.contract.commits)
    assert first.tests == (Tests(at_least=40),)
    assert first.lines == (Lines(file="src/parse.rs", below=301),)
    assert first.warnings == (Warnings(of="clippy", all_targets=True, none_new=True),)
    assert second.tests == (Tests(passing=41),)
    assert second.reexport == (Reexport(path="Expr", of="expr::Expr"),)
    assert Mention(file="README.md", words=("Expr",)) in second.mention
    assert second.unchanged == (FilePattern(path="src/lexer.rs"),)
    assert other.contract.commits[1].may.delete == (FilePattern(path="src/gone.rs"),)


def test_what_is_no_check_is_told_with_its_line(other: Reading) -> None:
    assert "Make the reader faster." in [unread.text for unread in other.unread]
    assert all(OTHER.splitlines()[unread.line - 1].strip() for unread in other.unread)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Expected: All 249 tests pass.", [Tests(passing=249)]),
        ("Expected: 1,249 tests should pass", [Tests(passing=1249)]),
        ("There are 12+ tests passing", [Tests(at_least=12)]),
        ("All tests still pass.", [Tests(at_least=1)]),
        ("No test is ignored: none newly ignored.", [Tests(none_ignored=True)]),
        ("We wrote 12 tests.", []),
        ("Test 12 widgets that pass.", []),
    ],
)
def test_how_many_tests_pass(text: str, expected: list[Tests]) -> None:
    assert list(one(text).must.tests) == expected


@pytest.mark.parametrize(
    ("text", "below"),
    [
        ("`lib.rs` < 950 lines", 950),
        ("`lib.rs` has fewer than 950 lines", 950),
        ("lib.rs stays below 950 lines.", 950),
        ("`src/lib.rs` is at most 949 lines long", 950),
        ("`lib.rs` ≤ 949 lines", 950),
    ],
)
def test_how_long_a_file_is(text: str, below: int) -> None:
    assert one(text).must.lines == (Lines(file="src/lib.rs", below=below),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Expected: 0 clippy warnings", [Warnings(of="clippy", at_most=0)]),
        ("There are no clippy pedantic warnings", [Warnings(of="clippy::pedantic", at_most=0)]),
        ("No new rustdoc warnings.", [Warnings(of="rustdoc", none_new=True)]),
        ("`cargo clippy -p a`: 0 warnings", [Warnings(of="clippy", package="a", at_most=0)]),
        ("At most nothing: zero warnings", [Warnings(of="compiler", at_most=0)]),
        ("Heed warnings.", []),
    ],
)  # fmt: skip
def test_how_many_warnings_there_are(text: str, expected: list[Warnings]) -> None:
    assert list(one(text).must.warnings) == expected


def test_old_and_new_code_stand_together() -> None:
    must = one("Change:\n```rust\npub mod errors;\nfoo(a, b);\n```\nto:\n```rust\npub mod error;\nbar(a, b);\n```").must
    assert must.gone == (Gone(item="errors", file="src/lib.rs"),)
    assert must.item == (ItemAt(item="error", file="src/lib.rs", at="pub"),)


def test_statements_are_looked_for_as_they_are() -> None:
    must = one("Replace:\n```rust\nlet a = b.clone();\n```\nWith:\n```rust\nlet p = params.clone();\n```").must
    assert must.text == (
        Text(file="src/lib.rs", lacks="let a = b.clone();"),
        Text(file="src/lib.rs", has="let p = params.clone();"),
    )


def test_visibility_is_of_what_the_task_moves() -> None:
    files = "- Create: `src/b.rs`\n- Modify: `src/a.rs`"
    must = one("Move from `a.rs`:\n- `Thing` struct\n- `run()` fn\n\nAll functions stay `pub(crate)`.", files).must
    assert set(must.item) == {
        ItemAt(item="Thing", file="src/b.rs"),
        ItemAt(item="run", file="src/b.rs", at="pub(crate)"),
    }


def test_a_later_task_that_clears_warnings_away_lets_them_come_before() -> None:
    plan = (
        '### Task 1: move\n```bash\ngit commit -m "a"\n```\n'
        '### Task 2: Clippy pass\nExpected: 0 clippy warnings\n```bash\ngit commit -m "b"\n```\n'
    )
    first, second = read_plan(plan, "p.md").contract.commits
    assert first.may.warn == (Warned(lint="*", until="Task 2: Clippy pass"),)
    assert second.may.warn == ()


def test_a_rename_is_read_once_however_often_it_is_told() -> None:
    plan = "- Rename: `src/a.rs` → `src/b.rs`"
    entry = one("```bash\ngit mv src/a.rs src/b.rs\n```", plan)
    assert entry.may.rename == (Rename(old="src/a.rs", new="src/b.rs"),)
    assert (entry.must.present, entry.must.absent) == (
        (FilePattern(path="src/b.rs"),),
        (FilePattern(path="src/a.rs"),),
    )


BAD = {
    "Just prose.\n": "p.md: no tasks were found in this plan.",
    '### Task 1: a\n```sh\ngit commit -m "x"\n```\n### Task 2: b\n```sh\ngit commit -m "X."\n```\n': (
        "p.md:7: 'Task 2: b' and 'Task 1: a' (p.md:3) name the same commit"
    ),
    '### Task 1: a\n```sh\ngit commit -m "x"\ngit commit -m "y"\n```\n': "p.md:4: Task 1: a has several commits",
    "### Task 1: a\nExpected: 5 tests pass.\n\nExpected: 6 tests pass.\n": (
        "p.md:4: this cannot hold together with p.md:2: exactly 5 and exactly 6 tests pass"
    ),
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_a_plan_that_cannot_be_meant_ends_with_a_sentence(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read_plan(text, "p.md")
    assert BAD[text] in str(raised.value)


def test_a_task_without_a_commit_is_told_and_taken_by_its_place() -> None:
    reading = read_plan("### Task 1: a\nExpected: 5 tests pass.\n", "p.md")
    assert reading.contract.commits[0].order == 1
    assert [(unread.line, unread.why) for unread in reading.unread] == [
        (1, "the task names no commit, so it is taken for the one at place 1")
    ]


def test_the_plan_is_printed_as_a_contract_that_reads_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.md").write_text(OTHER)
    assert main(["plan", str(tmp_path / "other.md")]) == 0
    printed = capsys.readouterr().out
    assert parse(printed, "contract.toml") == read_plan(OTHER, "other.md").contract
    assert "# other.md:10" in printed
    assert "#   other.md:" in printed.partition("# Not turned into a check")[2]


def test_a_plan_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "/nowhere/plan.md"]) == 2
    assert capsys.readouterr().err == "harness: There is no file /nowhere/plan.md. Correct --harness-plan.\n"


pieces = st.lists(
    st.sampled_from([*OTHER.splitlines(), "```", "```rust", "Change:", "to:", "| Module | x |"]), max_size=25
)


@settings(deadline=None, max_examples=80)
@given(pieces)
def test_whatever_a_plan_says_it_is_read_or_refused_and_reads_back(lines: list[str]) -> None:
    try:
        reading = read_plan("\n".join(lines), "p.md")
    except ConfigError:
        return
    assert parse(render(reading.contract), "contract.toml") == reading.contract
    assert all(1 <= unread.line <= len(lines) for unread in reading.unread)
