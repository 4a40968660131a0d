"""Which differences an approval covers: the same content from any case; nothing else, and nothing more."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.approvals import Approval, Approvals
from harness.compare.chain import chained
from harness.compare.cluster import cluster, with_forms
from harness.model import Case, Difference, Form
from tests.support.forms import SOME_FORM, form_of, in_case, item


def approving(*differences: Difference, probe: str = "command") -> Approvals:
    return Approvals(
        Approval(probe=probe, form=form, file="snapshots/a.txt") for one in differences for form in one.forms
    )


def covers(approvals: Approvals, one: Difference, probe: str = "command") -> bool:
    [judged] = approvals.judged(probe, [one])
    return bool(judged.intended)


def unknown(word: str, *more: str) -> Difference:
    return in_case(f"error: unknown key `{word}`\n", f"error: invalid key `{word}`\n", "check", word, *more)


def test_the_same_change_in_another_case_is_covered() -> None:
    approvals = approving(unknown("name"))
    assert covers(approvals, unknown("other", "--more"))


def test_the_same_words_are_covered_whether_or_not_the_case_supplied_one_of_them() -> None:
    supplied = in_case("no such file\n", "there is no file\n", "file")
    not_supplied = in_case("no such file\n", "there is no file\n", "x")
    assert covers(approving(supplied), not_supplied)
    assert covers(approving(not_supplied), supplied)


@pytest.mark.parametrize(
    "other",
    [
        in_case("error: unknown key `name`\n", "error: wrong key `name`\n", "check", "name"),
        in_case("error: unknown value `name`\n", "error: invalid key `name`\n", "check", "name"),
        in_case("error: unknown key `name`\n", "error: invalid key `name`\nbye\n", "check", "name"),
        in_case("error: unknown key `name`\n", "error: invalid key `name`\n", "check", "name", facet="stdout"),
        in_case("error: unknown key `name`\n", "error: invalid key `name`\n", "check", "name", where="log"),
        in_case("error: invalid key `name`\n", "error: unknown key `name`\n", "check", "name"),
        in_case("error: unknown key `name`\n", "", "check", "name"),
        item("", "error: unknown key `name`\n", "error: invalid key `name`\n", facet="stderr"),
    ],
    ids=["other-after", "other-before", "more", "other-facet", "other-place", "backwards", "less", "no-case"],
)
def test_another_change_is_not_covered(other: Difference) -> None:
    assert not covers(approving(unknown("name")), other)


def test_the_same_change_seen_twice_in_one_output_is_more_than_what_was_approved() -> None:
    once = in_case("a\n", "b\n", "x")
    twice = in_case("a\n.\na\n", "b\n.\nb\n", "x")
    assert covers(approving(once), once)
    assert not covers(approving(once), twice)


def test_an_approval_for_another_probe_covers_nothing() -> None:
    assert not covers(approving(unknown("name"), probe="terminal"), unknown("name"))


def test_text_like_a_placeholder_is_not_one() -> None:
    assert not covers(approving(unknown("name")), in_case("error: unknown key `{1}`\n", "error: invalid key `{1}`\n"))


def test_what_did_not_run_to_its_end_cannot_be_approved() -> None:
    for facet in ("build", "timeout", "flaky"):
        one = item("x", "builds", "error", facet=facet)
        assert not covers(approving(one), one)


def test_a_difference_without_words_cannot_be_approved() -> None:
    one = item("x", "", "")
    assert not covers(approving(one), one)


def test_a_line_number_of_a_source_file_does_not_matter_where_no_case_is() -> None:
    approvals = approving(item("warning in a", "", "unused `x` at src/lib.rs:3:5", facet="compiler"))
    assert covers(approvals, item("warning in a", "", "unused `x` at src/lib.rs:40:5", facet="compiler"))


def test_another_change_at_an_approved_place_says_what_was_approved() -> None:
    [told] = approving(item("app::f", "fn f()", "fn f(u8)")).judged("command", [item("app::f", "fn f()", "fn f(u16)")])
    assert not told.intended
    assert "`fn f()` became `fn f(u8)` (snapshots/a.txt)" in told.summary


@settings(deadline=None)
@given(st.lists(SOME_FORM, min_size=1, max_size=4))
def test_every_form_covers_itself_and_whatever_is_covered_was_approved_or_shown(forms: list[Form]) -> None:
    approvals = Approvals(Approval(probe="p", form=form) for form in forms[1:])
    words = {repr(wording) for form in forms[1:] for wording in (form.general, form.example) if wording}
    for form in forms[1:]:
        assert approvals.cover("p", form)
    if len(covering := approvals.cover("p", forms[0])) == 1:
        by_its_words = {repr(forms[0].general), repr(forms[0].example)} & words
        # The hunks of one approval may come in another order, or one after the other.
        assert by_its_words or chained(forms[0], [covering[0].form]) == [0]
    else:
        assert not approvals.cover("other", forms[0])


# -- how a program ends -----------------------------------------------------------------------------------------


def ending(said: str, printed: str, *argv: str) -> list[Difference]:
    case = Case(program="app", argv=argv)
    seen = [
        Difference(facet="exit status", where="", before="exit 0", after="exit 1", case=case),
        Difference(facet="stdout", where="", before=printed, after="", case=case),
        *([Difference(facet="stderr", where="", before="", after=said, case=case)] if said else []),
    ]
    return with_forms(seen)


def test_an_end_is_approved_with_what_was_said_of_it_and_whatever_would_have_been_printed() -> None:
    approvals = approving(*ending("error: no table\n", "1 row\n", "a"))
    assert all(one.intended for one in approvals.judged("command", ending("error: no table\n", "7 rows\n", "b")))


def test_an_end_of_which_something_else_is_said_is_not_approved() -> None:
    approvals = approving(*ending("error: no table\n", "1 row\n", "a"))
    assert not any(one.intended for one in approvals.judged("command", ending("panicked\n", "1 row\n", "a")))
    assert not any(one.intended for one in approvals.judged("command", ending("", "1 row\n", "a")))


# -- clusters -----------------------------------------------------------------------------------------------------


def test_what_is_approved_and_what_is_not_never_stand_in_one_cluster() -> None:
    approvals = approving(unknown("name"))
    other = replace(unknown("key1"), after="error: invalid key `key2`\n")
    found = cluster(approvals.judged("command", [unknown("one1"), unknown("two2"), *with_forms([other])]))
    assert sorted((one.count, bool(one.intended)) for one in found) == [(1, False), (2, True)]


def test_a_cluster_is_approved_only_with_all_of_its_forms() -> None:
    # The same words; of the second, the case supplied one.
    [both] = cluster([in_case("no such file\n", "gone\n", "x"), in_case("no such file\n", "gone\n", "file")])
    assert len(both.forms) == 2
    assert covers(approving(both), both)
    [two] = cluster([in_case("a\n", "b\n", "x"), in_case("a\n", "b\n", "y")])
    assert len(two.forms) == 1


# -- one after the other ------------------------------------------------------------------------------------------


def test_two_approvals_cover_what_they_come_to() -> None:
    approvals = approving(item("app::f", "one", "two"), item("app::f", "two", "three"))
    assert covers(approvals, item("app::f", "one", "three"))
    assert not covers(approvals, item("app::f", "one", "four"))
    assert not covers(approvals, item("app::g", "one", "three"))


def test_a_path_that_moved_twice_is_covered() -> None:
    first, second = (item(old, old, new, facet="moved") for old, new in (("a::x", "b::x"), ("b::x", "c::x")))
    assert covers(approving(first, second), item("a::x", "a::x", "c::x", facet="moved"))
    assert not covers(approving(first), item("a::x", "a::x", "c::x", facet="moved"))


def test_changes_of_two_commits_in_one_output_are_covered_together() -> None:
    first = in_case("a\n.\nb\n", "A\n.\nb\n", "x")
    second = in_case("A\n.\nb\n", "A\n.\nB\n", "x")
    both = in_case("a\n.\nb\n", "A\n.\nB\n", "x")
    assert covers(approving(first, second), both)
    assert not covers(approving(first), both)
    assert not covers(approving(second), both)


def test_supplied_text_keeps_its_place_in_a_chain() -> None:
    def said(before: str, after: str, *argv: str) -> Difference:
        return in_case(before, after, *argv)

    first = said("key alpha of beta1\n", "beta1 has alpha\n", "alpha", "beta1")
    second = said("gamma has delta\n", "gamma: delta\n", "gamma", "delta")
    assert covers(approving(first, second), said("key alpha of beta1\n", "beta1: alpha\n", "alpha", "beta1"))
    assert not covers(approving(first, second), said("key alpha of beta1\n", "alpha: beta1\n", "alpha", "beta1"))


def test_half_of_an_approval_covers_nothing() -> None:
    both = in_case("a\n.\nb\n", "A\n.\nB\n", "x")
    assert not covers(approving(both), in_case("a\n", "A\n", "x"))


TEXTS = st.lists(st.sampled_from("abcd"), min_size=2, max_size=6, unique=True)


@given(TEXTS, st.data())
def test_a_chain_holds_exactly_as_long_as_no_link_is_missing(texts: list[str], data: st.DataObject) -> None:
    links = [item("f", one, two) for one, two in itertools.pairwise(texts)]
    whole = item("f", texts[0], texts[-1])
    assert covers(approving(*data.draw(st.permutations(links))), whole)
    missing = data.draw(st.integers(0, len(links) - 1))
    assert not covers(approving(*links[:missing], *links[missing + 1 :]), whole)


def test_form_of_a_difference_is_one() -> None:
    assert form_of(unknown("name")).of_case
