"""A smaller case differs in the same way, or it does not: the judge of every reduction."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.likeness import Likeness
from harness.model import Case, Difference


def seen(before: str, after: str, *argv: str, facet: str = "stderr", where: str = "", **case: object) -> Difference:
    made = Case(program="app", argv=argv, **case)  # type: ignore[arg-type]
    return Difference(facet=facet, where=where, before=before, after=after, case=made)


def alike(wanted: Difference, found: Difference) -> bool:
    return Likeness([wanted], [wanted]).among([found]) is not None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(
            seen("unknown key `limit` at line 12 column 3\n", "no key `limit` at line 12 column 3\n", "limit"),
            seen("unknown key `foo` at line 1 column 1\n", "no key `foo` at line 1 column 1\n", "foo"),
            id="another value, at another place",
        ),
        pytest.param(
            seen("error: name `orders` is bad\n", "error: name `orders` is ill\n", files={"a": b"name: orders"}),
            seen("error: name `foo` is bad\n", "error: name `foo` is ill\n", "foo"),
            id="a word of the message that only the larger case has too",
        ),
        pytest.param(
            seen("a\nb\nbad one\nc\n", "a\nb\nworse one\nc\n"),
            seen("bad one\n", "worse one\n"),
            id="fewer lines around",
        ),
        pytest.param(
            seen("12 | limit = 5\n   | ^^^^^ bad\n", "12 | limit = 5\n   | ^^^^^ ill\n"),
            seen("1 | foo = 5\n  | ^^^ bad\n", "1 | foo = 5\n  | ^^^ ill\n"),
            id="marks under another word",
        ),
        pytest.param(
            seen("x 1\nx 2\nx 3\n", "y 1\ny 2\ny 3\n", facet="stdout"),
            seen("x 1\n", "y 1\n", facet="stdout"),
            id="the same once",
        ),
        pytest.param(
            seen("created\n", "", "out.txt", facet="files", where="out.txt"),
            seen("created\n", "", "foo", facet="files", where="foo"),
            id="a file that the case names",
        ),
    ],
)
def test_the_same_way(wanted: Difference, found: Difference) -> None:
    assert alike(wanted, found)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param(seen("bad\n", "worse\n"), seen("bad\n", "ill\n"), id="another message"),
        pytest.param(seen("bad\n", "worse\n"), seen("bad\n", "worse\n", facet="stdout"), id="another facet"),
        pytest.param(seen("a\nb\n", "A\nB\n"), seen("a\n", "A\n"), id="a part of it only"),
        pytest.param(seen("a\n", "A\n"), seen("a\nb\n", "A\nB\n"), id="more than it"),
        pytest.param(seen("bad\n", ""), seen("bad\n", "bad \n"), id="gone, and not gone"),
        pytest.param(
            seen("exit 0", "exit 1", facet="exit status"), seen("exit 0", "exit 2", facet="exit status"), id="end"
        ),
        pytest.param(
            seen("created\n", "", facet="files", where="out.txt"),
            seen("created\n", "", facet="files", where="log.txt"),
            id="another file",
        ),
        pytest.param(
            seen("got `abc`\n", "has `abc`\n", "abc"), seen("got `xyz`\n", "has `xyz`\n"), id="a text nobody supplied"
        ),
    ],
)
def test_another_way(wanted: Difference, found: Difference) -> None:
    assert not alike(wanted, found)


def failing(word: str, message: str) -> list[Difference]:
    status = seen("exit 0", "exit 1", word, facet="exit status")
    return [status, seen("", f"error: {message}\n", word), seen(f"result {word}\n", "", word, facet="stdout")]


def test_ending_in_another_way_is_the_same_only_with_the_same_message() -> None:
    larger = failing("abc", "no key")
    assert Likeness(larger[:1], larger).among(failing("xyz", "no key")) is not None
    assert Likeness(larger[:1], larger).among(failing("xyz", "too deep")) is None


def test_output_that_is_gone_because_the_program_fails_need_not_be_the_same_output() -> None:
    larger, smaller = failing("abc", "no key"), failing("xyz", "no key")
    smaller[2] = seen("something else\n", "", "xyz", facet="stdout")
    assert Likeness(larger, larger).among(smaller) is not None


def test_a_difference_that_the_larger_case_did_not_have_is_another_finding() -> None:
    one = seen("bad\n", "worse\n")
    assert Likeness([one], [one]).among([one, seen("exit 0", "exit 1", facet="exit status")]) is None


WORDS = st.sampled_from(["abc", "name", "12", "^^^", "a.b", "  ", "\n", "`", "ü", "(", "\\", "--", "x" * 3])
TEXTS = st.lists(WORDS, max_size=8).map("".join)


@settings(deadline=None)
@given(before=TEXTS, after=TEXTS, argv=st.lists(TEXTS, max_size=3))
def test_every_case_is_like_itself(before: str, after: str, argv: list[str]) -> None:
    one = seen(before, after, *argv)
    assert alike(one, one)


@settings(deadline=None)
@given(before=TEXTS, after=TEXTS, argv=st.lists(TEXTS, max_size=3), smaller=st.lists(TEXTS, max_size=2))
def test_what_shows_the_very_same_lines_is_alike_whatever_the_cases_supply(
    before: str, after: str, argv: list[str], smaller: list[str]
) -> None:
    assert alike(seen(before, after, *argv), seen(before, after, *smaller))
