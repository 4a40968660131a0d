"""Warnings of two revisions are held against each other without where they stand: only new ones break."""

from __future__ import annotations

import dataclasses
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.compare.lints import LintGroups, Lints, Unchecked, Warned, compare_lints, parse_groups

GROUPS = LintGroups(
    groups={"clippy::all": ("clippy::needless_return",), "clippy::pedantic": ("clippy::must_use_candidate",)}
)
LINTS = {
    "dead_code": "compiler",
    "": "compiler",
    "clippy::needless_return": "clippy",
    "clippy::must_use_candidate": "pedantic",
    "rustdoc::broken_intra_doc_links": "rustdoc",
}


def warned(
    code: str = "dead_code", message: str = "is never used", text: str = "f", place: str = "a.rs:1", package: str = "p"
) -> Warned:
    return Warned(package=package, group=LINTS[code], code=code, message=message, text=text, place=place)


warnings = st.lists(
    st.builds(
        warned,
        st.sampled_from(sorted(LINTS)),
        st.sampled_from(["is never used", "unneeded `return`"]),
        st.sampled_from(["f", "other_function_entirely", "return 1", "return 2"]),
        st.sampled_from(["a.rs:1", "b.rs:7"]),
        st.sampled_from(["p", "q"]),
    ),
    max_size=8,
).map(tuple)


def facets(before: tuple[Warned, ...], after: tuple[Warned, ...]) -> tuple[Counter[str], Counter[str]]:
    """How many differences and notes of each facet there are."""
    changes = compare_lints(Lints(warnings=before), Lints(warnings=after))
    found: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for into, these in zip(found, (changes.differences, changes.notes), strict=True):
        for one in these:
            into[one.facet] += one.count
    return found


@given(warnings)
def test_warnings_do_not_differ_from_themselves(found: tuple[Warned, ...]) -> None:
    assert facets(found, found) == (Counter(), Counter())


@given(warnings)
def test_warnings_that_moved_to_other_files_and_packages_are_not_new(found: tuple[Warned, ...]) -> None:
    moved = tuple(dataclasses.replace(one, place="elsewhere.rs:99", package="r") for one in reversed(found))
    assert facets(found, moved) == (Counter(), Counter())


@given(warnings, st.sampled_from(sorted(LINTS)))
def test_one_more_warning_is_told_exactly_once(found: tuple[Warned, ...], code: str) -> None:
    more = warned(code, message="never said before")
    differences, notes = facets(found, (*found, more))
    breaks = LINTS[code] != "pedantic"
    assert differences == (Counter({LINTS[code]: 1}) if breaks else Counter())
    assert notes == (Counter() if breaks else Counter({"pedantic": 1}))


@given(warnings)
def test_fixed_warnings_are_only_notes(found: tuple[Warned, ...]) -> None:
    differences, notes = facets(found, ())
    assert not differences
    assert notes.total() == len(found)


@given(warnings, warnings)
def test_every_surplus_warning_is_accounted_for(before: tuple[Warned, ...], after: tuple[Warned, ...]) -> None:
    differences, notes = facets(before, after)
    gained = differences.total() + notes["pedantic"]
    assert gained - notes["fixed"] == len(after) - len(before)


def test_a_second_warning_of_the_same_kind_is_new() -> None:
    assert facets((warned(),), (warned(), warned(place="b.rs:2")))[0] == {"compiler": 1}


def test_a_warning_of_edited_code_is_the_same_warning() -> None:
    before, after = warned(text="return compute(a, b)"), warned(text="return compute(a, &b)")
    assert facets((before,), (after,)) == (Counter(), Counter({"edited": 1}))


def test_a_renamed_module_in_a_message_makes_no_new_warning() -> None:
    before, after = warned(message="use of `errors::Old`"), warned(message="use of `error::Old`")
    assert facets((before,), (after,)) == (Counter(), Counter())


def test_a_function_that_was_too_long_already_may_grow() -> None:
    before, after = warned(message="too many lines (105/100)"), warned(message="too many lines (106/100)")
    assert facets((before,), (after,)) == (Counter(), Counter())


def test_a_benchmark_that_no_longer_compiles_breaks_and_a_test_is_left_to_the_test_suite() -> None:
    def unchecked(kind: str) -> Lints:
        return Lints(warnings=(), unchecked=(Unchecked(package="p", target="t", kind=kind, error="error: x"),))

    clean = Lints(warnings=())
    assert [one.facet for one in compare_lints(clean, unchecked("bench")).differences] == ["compiler"]
    assert compare_lints(clean, unchecked("test")).differences == ()
    assert [one.facet for one in compare_lints(clean, unchecked("test")).notes] == ["build"]
    assert compare_lints(unchecked("bench"), unchecked("bench")).differences == ()


def test_counts_are_per_package_and_group() -> None:
    found = Lints(warnings=(warned(), warned(text="g"), warned("clippy::needless_return", package="q")))
    assert found.counts() == {("p", "compiler"): 2, ("q", "clippy"): 1}


def test_groups_are_read_from_the_help_of_clippy() -> None:
    text = """
Lint checks loaded by this crate:
                              clippy::needless-return  warn     using a return statement
Lint groups loaded by this crate:
            clippy::all  clippy::needless-return, clippy::redundant-clone
       clippy::pedantic  clippy::must-use-candidate
"""
    groups = parse_groups(text)
    assert groups.group_of("clippy::redundant_clone") == "clippy"
    assert groups.group_of("clippy::must_use_candidate") == "pedantic"
    assert groups.group_of("clippy::made_up_later") == "clippy"
    assert groups.group_of("unused_variables") == "compiler"
    assert groups.group_of("rustdoc::bare_urls") == "rustdoc"
