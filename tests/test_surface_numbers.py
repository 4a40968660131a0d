"""Renumbered variants are told once per enum."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.compare.surface_numbers import fold_numbers
from harness.model import Difference


def changed(where: str, before: str, after: str) -> Difference:
    """A changed item."""
    return Difference(facet="changed", where=where, before=before, after=after)


def test_variants_that_follow_an_inserted_one_are_one_difference() -> None:
    found = fold_numbers([changed("a::E::X", "X = 1", "X = 2"), changed("a::E::Y", "Y = 2", "Y = 3")])
    assert [one.where for one in found] == ["a::E"]
    assert found[0].before == "X = 1\nY = 2"
    assert found[0].summary == "2 variants of `a::E` have other numbers, which `as` shows."


def test_a_single_renumbered_variant_stays_as_it_is() -> None:
    one = changed("a::E::X", "X = 1", "X = 7")
    assert fold_numbers([one]) == [one]


def test_a_variant_that_changed_in_another_way_too_is_told_by_itself() -> None:
    other = changed("a::E::Z", "Z = 3", "Z(u8) = 4")
    found = fold_numbers([changed("a::E::X", "X = 1", "X = 2"), changed("a::E::Y", "Y = 2", "Y = 3"), other])
    assert found[1] == other


def test_enums_are_told_apart() -> None:
    parts = [changed(f"a::{enum}::{name}", f"{name} = 1", f"{name} = 2") for enum in "EF" for name in "XY"]
    assert [one.where for one in fold_numbers(parts)] == ["a::E", "a::F"]


@given(st.lists(st.tuples(st.sampled_from(["a::E", "a::F"]), st.sampled_from("XYZ"), st.integers(0, 3))))
def test_no_variant_is_lost(parts: list[tuple[str, str, int]]) -> None:
    given_parts = [
        changed(f"{enum}::{name}", f"{name} = {number}", f"{name} = {number + 1}") for enum, name, number in parts
    ]
    lines = [line for one in fold_numbers(given_parts) for line in one.before.splitlines()]
    assert sorted(lines) == sorted(one.before for one in given_parts)
