"""Every kind of target and of permission: reached and missed with figure and target, allowed and gone beyond."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.compare.inventory import Test
from harness.compare.lints import Warned
from harness.contract.facts import Side
from harness.contract.read import parse
from harness.contract.terms import Terms, agree
from harness.model import Comparison, Revision
from tests.support.sides import PROBES, breaches, judged, side, warned

LIB = """\
//! A crate.
//!
//! | Module | What |
//! |---|---|
//! | `a` | one |
//! | `b` | two |
pub mod a;
pub mod b;
pub use a::One;
"""
FILES = {
    "src/lib.rs": LIB,
    "src/a.rs": "pub struct One;\npub(crate) fn help() {}\n\n#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n",
    "src/b.rs": "pub fn two() {}\n",
    "README.md": "About `a` and `b`.\n",
}
HERE = {"clippy": "src/b.rs:1", "tests": "src/a.rs:6"}


def terms(text: str, defaults: str = "") -> Terms:
    """The terms of a single commit, written as the inside of its entry."""
    made = [Revision(sha=one, tree=one, subject=one, date="") for one in ("base", "commit")]
    contract = parse(f'[[commit]]\nsubject = "commit"\n{text}\n{defaults}', "c.toml")
    return agree(contract, [Comparison(id="1", baseline=made[0], candidate=made[1])]).terms["1"]


def known(*names: str) -> list[Test]:
    """Tests of these names, all passing."""
    return [Test(package="demo", target="demo", kind="lib", name=name, outcomes=("ok",)) for name in names]


def edited(**changes: str) -> dict[str, str]:
    """The files with some changed, added, or (with an empty text) removed; `src_a_rs` is src/a.rs."""
    named = {name.replace("_", "/", 1).replace("_", "."): text for name, text in changes.items()}
    return {name: text for name, text in (FILES | named).items() if text}


def unmet(target: str, after: Side, first: Side | None = None) -> list[str]:
    """What is told of the targets that this revision misses; the terms have nothing else to say."""
    first = first or side(FILES, tests=3)
    found = [
        one for probe in PROBES for one in judged(terms(f"must.{target}"), first, first, after, probe)[0] if one.summary
    ]
    return [one.summary for one in found if one.facet == "unmet"]


AS_IT_IS = side(FILES, tests=3)
WITH_TEST = side(
    edited(
        src_a_rs=FILES["src/a.rs"].replace(
            "pub struct One;", "#[derive(Clone, Debug)]\npub struct One { pub name: u8 }"
        )
    ),
    tests=known("b::one", "b::two"),
)
PEDANTIC = warned("clippy::a", HERE["clippy"])
RUSTDOC = warned("rustdoc::b", HERE["clippy"], group="rustdoc")
COMPILER = warned("unused", HERE["clippy"], group="compiler")

TARGETS = {
    "tests = [{ passing = 3 }]": (side(FILES, tests=2), "tests: 2 of 2 pass, and exactly 3 passing is the target"),
    "tests = [{ at_least = 3 }]": (side(FILES, tests=2), "tests: 2 of 2 pass, and at least 3 passing is the target"),
    "tests = [{ none_ignored = true }]": (
        side(FILES, tests=3, ignored=1),
        "ignored tests: 1 ignored, and at most 0 ignored, as at first is the target",
    ),
    "tests = [{ at_least = 1, name = 'b::*', package = 'demo', target = 'lib' }]": (
        side(FILES, tests=known("a::one")),
        "tests of demo lib `b::*`: 0 of 0 pass, and at least 1 passing is the target",
    ),
    "item = [{ item = 'One', file = 'src/a.rs', holds = ['struct One', '#[derive(Clone)]', 'pub name: u8'] }]": (
        side(edited(src_a_rs="#[derive(Debug, Clone)]\npub struct One {\n    pub name: u16,\n}\n")),
        "`One` in `src/a.rs`: pub, without it, and declared with `pub name: u8` is the target",
    ),
    "lines = [{ file = 'src/b.rs', below = 2 }]": (
        side(edited(src_b_rs="pub fn two() {}\n\n")),
        "lines of `src/b.rs`: 2 lines, and below 2 is the target",
    ),
    "warnings = [{ of = 'clippy::pedantic', at_most = 0 }]": (
        side(FILES, warnings=[PEDANTIC]),
        "clippy::pedantic warnings: 1 (clippy::a at src/b.rs:1), and at most 0 is the target",
    ),
    "warnings = [{ of = 'clippy', at_most = 0 }]": (
        side(FILES, warnings=[COMPILER]),
        "clippy warnings: 1 (unused at src/b.rs:1), and at most 0 is the target",
    ),
    "warnings = [{ of = 'rustdoc', at_most = 0 }]": (
        side(FILES, warnings=[RUSTDOC]),
        "rustdoc warnings: 1 (rustdoc::b at src/b.rs:1), and at most 0 is the target",
    ),
    "warnings = [{ of = 'compiler', none_new = true }]": (
        side(FILES, warnings=[COMPILER]),
        "compiler warnings: 1 new (unused at src/b.rs:1), and none new since the first revision is the target",
    ),
    "table = ['src/lib.rs']": (
        side(edited(src_lib_rs=LIB.replace("| `b` |", "| `c` |"))),
        "table of modules in `src/lib.rs`: ",
    ),
    "mention = [{ file = 'README.md', words = ['`a`'] }]": (
        side({**FILES, "README.md": "About `b`.\n"}),
        "`README.md`: nothing of ``a``, and mentions ``a`` is the target",
    ),
    "mention = [{ file = 'README.md', new_modules = true }]": (
        side(edited(src_lib_rs=LIB + "mod fresh;\n", src_fresh_rs="\n")),
        "`README.md`: nothing of `fresh`, and mentions `fresh` is the target",
    ),
    "reexport = [{ path = 'One', of = 'a::One' }]": (
        side(edited(src_lib_rs=LIB.replace("pub use a::One;\n", ""))),
        "re-export `One`: there is no such public path, and a name of `a::One` is the target",
    ),
    "item = [{ item = 'help', file = 'src/a.rs', at = 'pub(crate)' }]": (
        side(edited(src_a_rs="pub struct One;\npub fn help() {}\n")),
        "`help` in `src/a.rs`: pub, and pub(crate) is the target",
    ),
    "gone = ['Old']": (
        side(edited(src_b_rs="struct Old;\n")),
        "`Old`: `src/b.rs` still declares it, and gone is the target",
    ),
    "present = ['src/a.rs']": (side(edited(src_a_rs="")), "file `src/a.rs`: there is no such file"),
    "absent = ['src/old.rs']": (side(edited(src_old_rs="\n")), "file `src/old.rs`: `src/old.rs` is still there"),
    "unchanged = ['src/b.rs']": (side(edited(src_b_rs="\n")), "file `src/b.rs`: src/b.rs changed"),
    "text = [{ file = 'src/b.rs', lacks = 'fn three()' }]": (
        side(edited(src_b_rs="fn  three ( ) {}\n")),
        "`fn three()` in `src/b.rs`: there, and not there is the target",
    ),
}


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_is_missed_is_unmet_with_figure_and_target(target: str) -> None:
    after, told = TARGETS[target]
    [summary] = unmet(target, after)
    assert summary.startswith(told)
    assert summary.endswith("(c.toml:3)")


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_is_reached_is_told_as_such(target: str) -> None:
    good = WITH_TEST if "b::*" in target or "holds" in target else AS_IT_IS
    notes = [one for probe in PROBES for one in judged(terms(f"must.{target}"), good, good, good, probe)[1]]
    assert unmet(target, good, good) == []
    assert [one.facet for one in notes].count("reached") == 1


def test_a_test_that_fails_makes_no_target_of_tests_reached() -> None:
    known = AS_IT_IS.inventory
    assert known
    failing = replace(known, counts=replace(known.counts, passed=3, failed=1))
    assert unmet("tests = [{ at_least = 3 }]", replace(AS_IT_IS, inventory=failing)) != []


def test_a_warning_that_went_makes_no_room_for_a_new_one() -> None:
    first = side(FILES, tests=3, warnings=[warned("clippy::a", HERE["clippy"])])
    after = side(FILES, tests=3, warnings=[warned("clippy::other", HERE["clippy"])])
    target = "warnings = [{ of = 'clippy::pedantic', none_new = true }]"
    [summary] = unmet(target, after, first)
    assert "1 new (clippy::other at src/b.rs:1)" in summary
    assert unmet(target, first, first) == []


@pytest.mark.parametrize(
    ("more", "expected"), [("", 0), (", all_targets = true", 1), (", all_targets = true, package = 'other'", 0)]
)
def test_warnings_of_tests_and_of_other_packages_count_where_they_are_asked_for(more: str, expected: int) -> None:
    after = side(FILES, warnings=[warned("clippy::a", HERE["tests"])])
    assert len(unmet(f"warnings = [{{ of = 'clippy::pedantic', at_most = 0{more} }}]", after)) == expected


def test_targets_of_the_defaults_hold_for_every_commit() -> None:
    whole = terms("may.edit = ['**']", "[defaults.must]\ntests = [{ passing = 4 }]")
    assert breaches(whole, AS_IT_IS, AS_IT_IS, AS_IT_IS) == [("test_suite", "unmet", "tests")]


# -- what may change ----------------------------------------------------------------------------------------------


def clippy(code: str) -> Warned:
    """A warning of clippy's default lints."""
    return warned(code, HERE["clippy"], group="clippy", package="demo")


MOVED = edited(src_lib_rs=LIB.replace("a::One", "b::One"), src_a_rs="", src_b_rs="pub fn two() {}\npub struct One;\n")
MOVED = {**MOVED, "src/a.rs": FILES["src/a.rs"].replace("pub struct One;\n", "")}
WITHOUT_README = {name: text for name, text in FILES.items() if name != "README.md"}
ALLOWED = {
    "rename = [{ old = 'src/b.rs', new = 'src/c.rs' }]": (
        side(FILES),
        side(edited(src_lib_rs=LIB.replace("mod b", "mod c"), src_b_rs="", src_c_rs="pub fn two() {}\n")),
        {"layout", "public_api"},
    ),
    "create = ['src/c.rs']": (side(FILES), side({**FILES, "src/c.rs": "\n"}), {"layout"}),
    "delete = ['README.md']": (side(FILES), side(WITHOUT_README), {"layout"}),
    "move = [{ item = 'One', old = 'src/a.rs', new = 'src/b.rs' }]": (side(FILES), side(MOVED), {"public_api"}),
    "add = ['demo::b::three']": (
        side(FILES),
        side(edited(src_b_rs="pub fn two() {}\npub fn three() {}\n")),
        {"public_api"},
    ),
    "remove = ['demo::b::two']": (side(FILES), side(edited(src_b_rs="\n")), {"public_api"}),
    "test_add = ['b::tests::new']": (
        side(FILES, tests=known("b::tests::one")),
        side(FILES, tests=known("b::tests::new", "b::tests::one")),
        {"test_suite"},
    ),
    "test_remove = ['old']": (
        side(FILES, tests=known("a::tests::old", "b::tests::one")),
        side(FILES, tests=known("b::tests::one")),
        {"test_suite"},
    ),
    "test_move = [{ test = 'one', old = 'src/a.rs', new = 'src/b.rs' }]": (
        side(FILES, tests=known("a::tests::one")),
        side(FILES, tests=known("b::tests::one")),
        {"test_suite"},
    ),
    "warn = [{ lint = 'clippy::here' }]": (side(FILES), side(FILES, warnings=[clippy("clippy::here")]), {"lints"}),
}
# A contract that names tests, files or paths, and nothing that is there.
NOTHING = "may.test_add = ['no::such']\nmay.create = ['no/such.rs']"


@pytest.mark.parametrize("rule", ALLOWED)
def test_what_a_rule_allows_breaks_nothing_and_without_the_rule_it_does(rule: str) -> None:
    before, after, probes = ALLOWED[rule]
    allowed = terms(f"may.{rule}\nmay.edit = ['**']")
    assert breaches(allowed, before, before, after) == []
    assert {probe for probe, _, _ in breaches(terms(NOTHING), before, before, after)} == probes


@pytest.mark.parametrize("rule", ALLOWED)
def test_what_was_allowed_and_did_not_happen_is_told_of_every_kind(rule: str) -> None:
    before, after, _ = ALLOWED[rule]
    told = [
        one.where
        for probe in PROBES
        for one in judged(terms(f"may.{rule}"), before, before, before, probe)[1]
        if one.facet == "did not happen"
    ]
    key = rule.partition(" ")[0].replace("_", " ")
    assert [one for one in told if one.startswith(f"{key} ")] != []
    happened = [
        one.where
        for probe in PROBES
        for one in judged(terms(f"may.{rule}\nmay.edit = ['**']"), before, before, after, probe)[1]
        if one.facet == "did not happen" and one.where.startswith(f"{key} ")
    ]
    assert happened == []


def test_a_test_that_is_gone_or_has_another_name_is_told_and_one_that_moved_is_none() -> None:
    first = side(FILES, tests=known("a::one", "a::two", "a::three"))
    gone = "tests = [{ none_gone = true }]"
    assert unmet(gone, side(FILES, tests=known("a::one", "b::two", "three", "a::four")), first) == []
    (told,) = unmet(gone, side(FILES, tests=known("a::one", "a::other")), first)
    assert told.startswith("tests of the first revision: 2 gone: three, two, and none gone, wherever they stand now is")
    assert unmet("tests = [{ none_gone = true, name = 'a::one' }]", side(FILES, tests=known("a::one")), first) == []


def test_a_test_that_asserts_less_is_told_and_one_that_asserts_more_or_otherwise_is_none() -> None:
    def asserting(body: str) -> Side:
        return side(FILES, tests=[replace(known("a::one")[0], source=f"fn one() {{ {body} }}")])

    weaker = "tests = [{ none_weaker = true }]"
    first = asserting("assert_eq!(f(), 2); assert!(g());")
    for fine in ("assert_eq!(h(), 2); assert!(g());", "assert_eq!(f(), 2); assert!(g()); assert!(h());"):
        assert unmet(weaker, asserting(fine), first) == []
    (told,) = unmet(weaker, asserting("assert!(f() > 0); assert!(g());"), first)
    assert told.startswith(
        "assertions of tests: fewer in 1: demo lib a::one has 2 assertions, 0 of them against a value"
        " (before 2 assertions, 1 of them against a value)"
    )
    assert unmet(weaker, asserting("assert_eq!(f(), 2);"), first) != []
    assert unmet(weaker.replace(" }", ", name = 'b::two' }"), asserting("assert_eq!(f(), 2);"), first) == []
