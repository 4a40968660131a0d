"""Which comparisons a range comes to, and what they are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.model import Comparison, Revision
from harness.probes import PROBES
from harness.store import key_of
from harness.verify.plan import Request, comparisons_of, slug


def revision(subject: str, number: int = 0, *, working_tree: bool = False) -> Revision:
    """A revision that is nowhere; its id says which."""
    sha = key_of(subject, number)[:40]
    return Revision(
        sha=sha, tree=sha[::-1], subject=subject, date="2024-01-01T00:00:00+00:00", is_working_tree=working_tree
    )


def history(*subjects: str) -> list[Revision]:
    """Revisions in their order."""
    return [revision(subject, number) for number, subject in enumerate(subjects)]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("refactor(x): Rename a to b", "rename-a-to-b"),
        ("Extract result types", "extract-result-types"),
        ("fix!: Drop it", "drop-it"),
        ("feat(core)!: more", "more"),
        ("", "commit"),
        ("…", "commit"),
        ("重构", "commit"),
        ("a::b [c] /d\\e", "a-b-c-d-e"),
        ("x" * 90, "x" * 40),
        ("one two three four five six seven eight nine ten", "one-two-three-four-five-six-seven-eight"),
        ("merge branch 'a' into b", "merge-branch-a-into-b"),
    ],
)
def test_a_subject_becomes_a_part_of_a_node_id(subject: str, expected: str) -> None:
    assert slug(subject) == expected


@given(st.text(max_size=120))
def test_a_slug_is_short_and_plain_whatever_the_subject(subject: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(subject))
    assert len(slug(subject)) <= 40


@given(st.text(max_size=120))
def test_the_slug_of_a_slug_is_itself(subject: str) -> None:
    assert slug(slug(subject)) == slug(subject)


def ids(comparisons: tuple[Comparison, ...]) -> list[str]:
    """Their names."""
    return [one.id for one in comparisons]


def test_a_range_is_every_commit_against_the_one_before_and_its_two_ends() -> None:
    revisions = history("base", "one", "two")
    found = comparisons_of(revisions)
    assert ids(found) == ["01-one", "02-two", "range"]
    assert [(one.baseline, one.candidate) for one in found] == [
        (revisions[0], revisions[1]),
        (revisions[1], revisions[2]),
        (revisions[0], revisions[2]),
    ]
    assert [one.is_range for one in found] == [False, False, True]


def test_the_working_tree_is_one_comparison() -> None:
    (found,) = comparisons_of([revision("base"), revision("", 1, working_tree=True)])
    assert (found.id, found.is_range) == ("working-tree", False)


def test_numbers_are_as_wide_as_the_last_one() -> None:
    found = comparisons_of(history("base", *["same"] * 120))
    assert ids(found)[0] == "001-same"
    assert ids(found)[119] == "120-same"


_SUBJECTS = st.lists(st.text(max_size=30), min_size=2, max_size=30)


@given(_SUBJECTS)
def test_every_comparison_has_a_name_of_its_own(subjects: list[str]) -> None:
    found = ids(comparisons_of(history(*subjects)))
    assert len(set(found)) == len(found)
    assert not any("::" in one for one in found)


@given(_SUBJECTS)
def test_names_do_not_depend_on_commit_ids(subjects: list[str]) -> None:
    rebased = [revision(subject, number + 1000) for number, subject in enumerate(subjects)]
    assert ids(comparisons_of(rebased)) == ids(comparisons_of(history(*subjects)))


@given(_SUBJECTS)
def test_one_more_commit_on_the_branch_renames_none_of_the_others(subjects: list[str]) -> None:
    fewer, more = comparisons_of(history(*subjects)), comparisons_of(history(*subjects, "one more"))
    assert ids(more)[: len(subjects) - 1] == ids(fewer)[: len(subjects) - 1]


@given(_SUBJECTS)
def test_each_revision_but_the_first_is_the_candidate_of_one_commit(subjects: list[str]) -> None:
    revisions = history(*subjects)
    assert [one.candidate for one in comparisons_of(revisions) if not one.is_range] == revisions[1:]


def test_probes_run_in_the_order_of_the_registry() -> None:
    assert Request(folder=".", probes=("lints", "layout")).selected_probes() == ("layout", "lints")


def test_without_a_choice_every_probe_runs() -> None:
    assert Request(folder=".").selected_probes() == tuple(PROBES)


def test_a_probe_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(ConfigError, match="There is no probe `lint`"):
        Request(folder=".", probes=("lint",)).selected_probes()
