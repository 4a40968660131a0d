"""Two inventories of tests are held against each other: what is gone or fails breaks, what moved is a note."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.inventory import PROCESS, BuildFailure, Inventory, State, Test, match_tests
from harness.compare.inventory_changes import ENDED, compare_inventories
from harness.model import Difference

OK = (State.OK.value,)
FAILED = (State.FAILED.value,) * 4
FLAKY = (State.FAILED.value, State.OK.value)


def a_test(name: str, outcomes: tuple[str, ...] = OK, body: str = "", *, package: str = "p", kind: str = "lib") -> Test:
    last = name.rpartition("::")[2]
    source = f"#[test]\nfn {last}() {{ {body} }}" if body else ""
    return Test(package=package, target=package, kind=kind, name=name, outcomes=outcomes, source=source)


names = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3).map("::".join)
outcomes = st.sampled_from([OK, FAILED, FLAKY, *((state.value,) for state in State if state is not State.FLAKY)])
bodies = st.sampled_from(["", "one(1);", "two(2, 2);", "assert_eq!(three(), 3);"])
tests = st.builds(
    lambda name, ends, body, package, kind: a_test(name, ends, body, package=package, kind=kind),
    names,
    outcomes,
    bodies,
    st.sampled_from(["p", "q"]),
    st.sampled_from(["lib", "test"]),
)
inventories = st.lists(tests, unique_by=lambda one: (one.package, one.kind, one.name), max_size=8).map(
    lambda found: Inventory(tests=tuple(found))
)


def facets(before: list[Test], after: list[Test]) -> tuple[Counter[str], Counter[str]]:
    """How many differences and notes of each facet there are."""
    changes = compare_inventories(Inventory(tests=tuple(before)), Inventory(tests=tuple(after)))
    return _counted(changes.differences), _counted(changes.notes)


def _counted(found: tuple[Difference, ...]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in found:
        total[one.facet] += one.count
    return total


@given(inventories)
def test_an_inventory_does_not_differ_from_itself(inventory: Inventory) -> None:
    changes = compare_inventories(inventory, inventory)
    assert changes.differences == ()
    assert changes.notes == ()


@given(inventories, inventories)
def test_every_test_is_matched_vanished_or_added_exactly_once(before: Inventory, after: Inventory) -> None:
    matching = match_tests(before.tests, after.tests)
    left = Counter([*(one.before for one in matching.matches), *matching.vanished])
    right = Counter([*(one.after for one in matching.matches), *matching.added])
    assert left == Counter(before.tests)
    assert right == Counter(after.tests)


@given(inventories, st.data())
def test_a_removed_test_is_reported_once_and_nothing_else_is(inventory: Inventory, data: st.DataObject) -> None:
    if not inventory.tests:
        return
    gone = data.draw(st.sampled_from(inventory.tests))
    rest = tuple(one for one in inventory.tests if one != gone)
    changes = compare_inventories(inventory, Inventory(tests=rest))
    assert [(one.facet, one.where) for one in changes.differences] == [("vanished", gone.where)]


@given(st.lists(names, unique=True, min_size=1, max_size=6))
def test_moving_a_whole_module_gives_only_one_note(found: list[str]) -> None:
    before = [a_test(f"errors::tests::{name}", body=f'check("{name}");') for name in found]
    after = [a_test(f"error::tests::{name}", body=f'check("{name}");') for name in found]
    differences, notes = facets(before, after)
    assert not differences
    assert notes == {"moved": len(found)}


@given(inventories, inventories)
def test_what_breaks_one_way_never_comes_from_equal_states(before: Inventory, after: Inventory) -> None:
    for one in compare_inventories(before, after).differences:
        assert one.before != one.after


@pytest.mark.parametrize(
    ("before", "after", "facet"),
    [
        (OK, FAILED, "newly failing"),
        (OK, ("crashed",), "newly failing"),
        (OK, ("not run",), "newly failing"),
        (OK, ("timed out",), "timed out"),
        (OK, FLAKY, "flaky"),
        (OK, ("ignored",), "newly ignored"),
        (FAILED, ("ignored",), "newly ignored"),
        (("ignored",), FAILED, "newly failing"),
    ],
)
def test_an_outcome_that_got_worse_breaks(before: tuple[str, ...], after: tuple[str, ...], facet: str) -> None:
    differences, _ = facets([a_test("t", before)], [a_test("t", after)])
    assert differences == {facet: 1}


@pytest.mark.parametrize(
    ("before", "after", "facet"),
    [
        (FAILED, OK, "fixed"),
        (("ignored",), OK, "un-ignored"),
        (FLAKY, FAILED, "flaky"),
        (FLAKY, OK, "flaky"),
        (FAILED, ("crashed",), "outcome"),
    ],
)
def test_any_other_outcome_is_a_note(before: tuple[str, ...], after: tuple[str, ...], facet: str) -> None:
    differences, notes = facets([a_test("t", before)], [a_test("t", after)])
    assert not differences
    assert notes == {facet: 1}


def test_a_test_that_is_ignored_where_it_moved_to_breaks() -> None:
    differences, notes = facets([a_test("a::t", body="x();")], [a_test("b::t", ("ignored",), body="x();")])
    assert differences == {"newly ignored": 1}
    assert notes == {"moved": 1}


def test_a_test_of_the_same_name_but_another_text_is_no_move() -> None:
    before = [a_test("a::works", body="assert_eq!(parse(1, 2), Ok(3)); assert!(other());")]
    after = [a_test("b::works", body="let mut list = vec![]; list.push(String::new()); drop(list);")]
    differences, notes = facets(before, after)
    assert differences == {"vanished": 1}
    assert notes == {"added": 1}


def test_a_moved_test_that_was_edited_is_a_move_with_its_text_shown() -> None:
    before = [a_test("errors::tests::works", body="assert_eq!(errors::parse(1, 2), Ok(3));")]
    after = [a_test("error::tests::works", body="assert_eq!(error::parse(1, 2), Ok(3));")]
    differences, notes = facets(before, after)
    assert not differences
    assert notes == {"moved": 1, "body": 1}


def test_a_test_that_moved_to_another_package_is_found_by_its_text() -> None:
    differences, notes = facets([a_test("t", body="x();")], [a_test("m::t", body="x();", package="q", kind="test")])
    assert not differences
    assert notes == {"moved": 1}


def test_a_renamed_test_is_found_by_its_text() -> None:
    differences, notes = facets([a_test("old", body="x();")], [a_test("new", body="x();")])
    assert not differences
    assert notes == {"renamed": 1}


def test_a_weakened_assertion_is_shown_as_a_diff() -> None:
    before = Inventory(tests=(a_test("t", body="assert_eq!(f(), 2);"),))
    after = Inventory(tests=(a_test("t", body="assert!(f() > 0);"),))
    changes = compare_inventories(before, after)
    assert changes.differences == ()
    assert "+fn t() { assert!(f() > 0); }" in changes.notes[0].summary
    assert changes.notes[0].summary.startswith("asserts less: 1 assertion, 0 of them against a value; before 1 ")


def test_a_dropped_should_panic_is_shown() -> None:
    test = a_test("t", body="f();")
    before = dataclasses.replace(test, source=f'#[should_panic(expected = "x")]\n{test.source}')
    _, notes = facets([before], [test])
    assert notes == {"body": 1}


def test_cases_of_one_function_show_its_edit_once() -> None:
    before = [dataclasses.replace(a_test(f"t::case_{n}"), source="fn t() { a(); }") for n in (1, 2)]
    after = [dataclasses.replace(one, source="fn t() { b(); }") for one in before]
    changes = compare_inventories(Inventory(tests=tuple(before)), Inventory(tests=tuple(after)))
    assert [(one.facet, one.count) for one in changes.notes] == [("body", 2)]


def test_a_new_test_that_fails_breaks() -> None:
    assert facets([], [a_test("t", FAILED)])[0] == {"newly failing": 1}
    assert facets([], [a_test("t")]) == (Counter(), {"added": 1})


def test_an_example_put_before_others_is_one_added_example() -> None:
    def example(number: int, body: str) -> Test:
        return dataclasses.replace(a_test(f"p/src/lib.rs - item #{number}", kind="doc"), source=f"```\n{body}\n```")

    differences, notes = facets(
        [example(1, "one();"), example(2, "two();")],
        [example(1, "zero();"), example(2, "one();"), example(3, "two();")],
    )
    assert not differences
    assert notes == {"added": 1}


def test_an_example_that_moved_with_its_file_is_found() -> None:
    before = dataclasses.replace(a_test("p/src/errors.rs - errors::E::m #1", kind="doc"), source="```\nm();\n```")
    after = dataclasses.replace(before, name="p/src/error.rs - error::E::m #1")
    differences, notes = facets([before], [after])
    assert not differences
    assert notes == {"moved": 1}


def test_a_target_that_no_longer_builds_breaks_once_and_hides_its_tests() -> None:
    failure = BuildFailure(package="p", target="it", kind="test", error="error[E0308]: mismatched types")
    lost = dataclasses.replace(a_test("t", kind="test"), target="it")
    before = Inventory(tests=(a_test("u"), lost))
    after = Inventory(tests=(a_test("u"),), failures=(failure,))
    changes = compare_inventories(before, after)
    assert [(one.facet, one.where) for one in changes.differences] == [("build", "p test it")]
    assert [one.facet for one in compare_inventories(after, before).notes] == ["build"]
    assert compare_inventories(after, after).differences == ()


def test_an_executable_that_dies_without_a_test_to_blame_breaks() -> None:
    died = dataclasses.replace(a_test(PROCESS, ("crashed",)), flavour=ENDED)
    assert facets([a_test("t")], [a_test("t"), died])[0] == {"newly failing": 1}
    assert facets([a_test("t"), died], [a_test("t")]) == (Counter(), {"fixed": 1})


def test_a_difference_says_how_to_see_it_again() -> None:
    def reproduced(test: Test) -> str:
        return compare_inventories(Inventory(tests=(test,)), Inventory(tests=())).differences[0].reproduce

    assert reproduced(a_test("a::t")) == "cargo test -p p --lib -- --exact a::t"
    assert reproduced(a_test("t", kind="test")) == "cargo test -p p --test p -- --exact t"
    assert reproduced(a_test("p/src/lib.rs - f #1", kind="doc")) == "cargo test -p p --doc"
