"""Which entry speaks of which commit, and what is said where they do not fit: never more is allowed by accident."""

from __future__ import annotations

from harness.contract.model import Contract
from harness.contract.read import parse
from harness.contract.terms import Agreement, agree
from harness.model import Comparison, Revision
from tests.support.sides import breaches, side, warned

RENAME = """
[[commit]]
name = "Task 1"
subject = "rename a"
may.rename = [{ old = "src/a.rs", new = "src/b.rs" }]
must.present = ["src/b.rs"]
may.warn = [{ lint = "*", until = "Task 3" }]

[[commit]]
name = "Task 2"
subject = "rename b"
may.rename = [{ old = "src/b.rs", new = "src/c.rs" }]
must.tests = [{ passing = 3 }]

[[commit]]
name = "Task 3"
subject = "clean up"
must.warnings = [{ of = "clippy", at_most = 0 }]
"""


def revisions(*subjects: str) -> list[Comparison]:
    """A range whose commits have these subjects."""
    made = [Revision(sha=f"{n}", tree=f"{n}", subject=one, date="") for n, one in enumerate(("base", *subjects))]
    pairs = [Comparison(id=one.sha, baseline=made[n], candidate=one) for n, one in enumerate(made[1:])]
    return [*pairs, Comparison(id="range", baseline=made[0], candidate=made[-1], is_range=True)]


def agreed(*subjects: str, contract: str = RENAME) -> Agreement:
    return agree(parse(contract, "c.toml"), revisions(*subjects))


A, B, C = ({"src/lib.rs": f"mod {name};\n", f"src/{name}.rs": "pub fn one() {}\npub fn two() {}\n"} for name in "abc")


def test_each_commit_gets_its_own_entry() -> None:
    terms = agreed("rename a", "rename b", "clean up").terms
    assert [terms[name].name for name in "123"] == ["Task 1", "Task 2", "Task 3"]


def test_the_range_allows_a_to_c_where_commits_allow_a_to_b_and_b_to_c() -> None:
    terms = agreed("rename a", "rename b").terms
    a, b, c = (side(files, tests=3) for files in (A, B, C))
    assert breaches(terms["1"], a, a, b) == []
    assert breaches(terms["2"], a, b, c) == []
    assert [one for one in breaches(terms["range"], a, a, c) if one[1] != "unmet"] == []


def test_the_range_does_not_allow_b_to_a() -> None:
    terms = agreed("rename b", "rename a").terms
    a, c = side(A, tests=3), side(C, tests=3)
    assert ("layout", "renamed", "src/c.rs") in breaches(terms["range"], a, a, c)


def test_one_commit_allows_what_it_says_and_not_what_another_does() -> None:
    terms = agreed("rename a", "rename b").terms
    a, c = side(A, tests=3), side(C, tests=3)
    assert ("layout", "renamed", "src/c.rs") in breaches(terms["1"], a, a, c)


def test_an_entry_without_a_commit_is_told_with_the_nearest_subject() -> None:
    (note,) = agreed("rename a", "rename bee", "clean up").notes
    assert note == (
        "Task 2 (c.toml:11) has no commit in this range: there is none whose subject is `rename b`;"
        " the nearest is `rename bee`"
    )


def test_an_entry_that_was_left_out_is_unmet_and_one_that_is_still_to_come_is_not() -> None:
    assert [one.where for one in agreed("rename a", "clean up").terms["range"].missing] == ["Task 2"]
    assert agreed("rename a", "rename b").terms["range"].missing == ()


def test_a_left_out_entry_breaks_the_range() -> None:
    terms = agreed("rename a", "clean up").terms
    a, b = side(A, tests=3), side(B, tests=3)
    assert breaches(terms["range"], a, a, b) == [("layout", "unmet", "Task 2")]


def test_a_commit_without_an_entry_is_told_and_nothing_is_allowed_in_it() -> None:
    found = agreed("rename a", "something else", "rename b")
    assert found.of_commit["2"] == (
        "the contract has no entry for this commit, so nothing but its defaults is allowed here",
    )
    assert found.terms["2"].name == ""
    assert found.terms["2"].steps[0].rename == ()


def test_an_entry_done_in_two_commits_is_told_and_its_targets_are_looked_at_after_the_last() -> None:
    found = agreed("rename b", "rename b")
    assert [found.terms[name].must.tests != () for name in "12"] == [False, True]
    assert found.of_commit["1"] == ("Task 2 is done in 2 commits: its targets are looked at after the last",)
    assert found.of_commit["2"] == ("Task 2 is done in 2 commits, of which this is the last",)


def test_the_range_has_the_targets_of_the_last_entry_that_was_done() -> None:
    assert agreed("rename a", "rename b", "x").terms["range"].must.tests != ()
    assert agreed("rename a", "rename b", "clean up").terms["range"].must.warnings != ()


def test_a_warning_is_intended_until_the_commit_that_removes_it() -> None:
    terms = agreed("rename a", "rename b", "clean up").terms
    before, after = side(B), side(B, warnings=[warned("clippy::x", "src/b.rs:1", group="clippy")])
    first = side(B)
    assert [one for one in breaches(terms["1"], first, before, after) if one[0] == "lints"] == []
    assert ("lints", "clippy", "clippy::x in rapidbyte-engine") in breaches(terms["range"], first, before, after)
    assert ("lints", "clippy", "clippy::x in rapidbyte-engine") in breaches(terms["2"], first, before, after)


def test_an_order_counts_only_where_no_subject_speaks() -> None:
    contract = '[[commit]]\nname = "second"\norder = 2\n\n[[commit]]\nname = "named"\nsubject = "b"\n'
    assert agreed("a", "b", contract=contract).terms["2"].name == "named"
    assert agreed("b", "a", contract=contract).terms["2"].name == "second"


def test_commits_in_another_order_are_told() -> None:
    assert "the commits stand in another order than the contract's entries" in agreed("rename b", "rename a").notes


def test_no_contract_says_nothing() -> None:
    assert agree(Contract(), revisions("a")) == Agreement()
