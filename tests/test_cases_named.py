"""What a commit names is tried together: flags on a command line, choices in a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.named import Named, named_by_change, plain
from harness.cases.types.together import documents_together
from harness.config import Config
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import needs_sandbox, python, revision, subject
from tests.test_types_documents import recipe_of

OLD = """
fn untouched(third: bool) {}

fn decide(args: &Args) -> bool {
    let mode = Mode::Quiet; // not this word
    if args.dry_run && !args.force {
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    fn only_tested() { let a = 1; }
}
"""
NEW = OLD.replace(" && !args.force", "").replace("let a = 1", "let a = 2")


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", fullmatch=True))
def test_a_name_is_the_same_in_every_spelling(name: str) -> None:
    assert plain(f"--{name.replace('_', '-')}") == plain(name) == plain(plain(name))


def test_words_of_changed_lines_are_nearer_than_those_of_the_function_around_them() -> None:
    named = named_by_change({"a.rs": OLD}, {"a.rs": NEW})
    assert (named.rank("--force"), named.rank("DryRun"), named.rank("quiet", "loud")) == (0, 0, 1)


def test_words_of_comments_of_other_functions_and_of_tests_are_not_named() -> None:
    named = named_by_change({"a.rs": OLD, "same.rs": "fn same() {}"}, {"a.rs": NEW, "same.rs": "fn same() {}"})
    assert [named.rank(word) for word in ("word", "third", "only_tested", "same")] == [None] * 4


@given(st.text(), st.text())
def test_what_is_named_does_not_depend_on_which_side_is_the_old_one(one: str, other: str) -> None:
    assert named_by_change({"a.rs": one}, {"a.rs": other}) == named_by_change({"a.rs": other}, {"a.rs": one})


def test_choices_that_a_commit_names_are_set_two_and_three_at_once() -> None:
    named = Named(lines=frozenset({"hard", "mode", "safe"}), around=frozenset({"out", "quiet"}))
    made = [yaml.safe_load(one.data) for one in documents_together(recipe_of(), named, 1000)]
    told = [
        (one.get("mode"), (one.get("limits") or {}).get("hard"), one["jobs"][0].get("out") if one["jobs"] else None)
        for one in made
    ]
    assert told[0] in {("safe", True, None), ("safe", False, None)}
    assert ("safe", True, "quiet") in told
    assert all(mode != "fast" for mode, _, _ in told)


def test_without_two_choices_that_are_named_there_are_no_documents() -> None:
    for named in (Named(), Named(lines=frozenset({"mode", "safe"})), Named(lines=frozenset({"wait", "memory"}))):
        assert documents_together(recipe_of(), named, 1000) == []


PROGRAM = """
import argparse
parser = argparse.ArgumentParser(prog="prog")
parser.add_argument("--dry-run", action="store_true")
parser.add_argument("--force", action="store_true")
parser.add_argument("--color", choices=["auto", "never"])
args = parser.parse_args()
print("would" if args.dry_run and not args.force else "did")
"""


@pytest.mark.slow
@needs_sandbox
def test_flags_that_a_commit_names_are_given_together(tmp_path: Path) -> None:
    program = {"prog": python(tmp_path / "bin", PROGRAM)}
    before, after = (
        replace(subject(program), revision=revision(name), files=Files({"src/a.rs": text.encode()}))
        for name, text in (("old", OLD), ("new", NEW))
    )
    made = CommandProbe().extras(before, after, Config(), Store(tmp_path / "store"))
    together = [case.argv for case in made if case.origin.startswith("plausible: --")]
    assert together == [("--dry-run", "--force")]
