"""How two texts differ: hunks that are exact, whatever the texts, and excerpts that never confuse two texts."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare import text as module
from harness.compare.text import Hunk, Span, changed_spans, diff, excerpt

LINES = st.lists(st.sampled_from(["a", "b", "c", "{", "}", "", "one two", "é\r"]), max_size=30).map("\n".join)


def applied(before: str, hunks: list[Hunk]) -> str:
    old = before.split("\n")
    made: list[str] = []
    at = 0
    for hunk in hunks:
        made += old[at : hunk.line - 1]
        assert tuple(old[hunk.line - 1 : hunk.line - 1 + len(hunk.removed)]) == hunk.removed
        assert len(made) == hunk.line_after - 1
        made += hunk.added
        at = hunk.line - 1 + len(hunk.removed)
    return "\n".join(made + old[at:])


@given(before=LINES, after=LINES)
def test_the_hunks_make_the_one_text_of_the_other(before: str, after: str) -> None:
    assert applied(before, diff(before, after)) == after


@given(before=LINES, after=LINES)
def test_the_hunks_are_exact_where_nothing_goes_to_difflib(before: str, after: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_SMALL", 0)
        hunks = diff(before, after)
    assert applied(before, hunks) == after
    assert bool(hunks) == (before != after)


@given(before=LINES, after=LINES)
def test_there_are_hunks_exactly_if_the_texts_differ_and_none_is_empty(before: str, after: str) -> None:
    hunks = diff(before, after)
    assert bool(hunks) == (before != after)
    assert all(hunk.removed or hunk.added for hunk in hunks)


def test_a_changed_line_comes_with_a_little_of_what_is_around_it() -> None:
    before = "\n".join("abcdefg")
    assert diff(before, before.replace("d", "D")) == [
        Hunk(line=4, line_after=4, removed=("d",), added=("D",), above=("b", "c"), below=("e", "f"))
    ]


def test_context_never_reaches_into_another_hunk() -> None:
    first, second = diff("a\nb\nc", "A\nb\nC")
    assert (first.below, second.above) == (("b",), ("b",))


def test_a_lost_final_line_end_is_a_difference() -> None:
    assert [(hunk.removed, hunk.added) for hunk in diff("a\n", "a")] == [(("",), ())]


def test_a_carriage_return_is_a_difference() -> None:
    assert diff("a\r\nb", "a\nb")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n".join(map(str, range(200_000))), "\n".join(str(one) for one in range(200_000) if one % 1000)),
        ("}\n" * 100_000, "}\n" * 99_000 + "x\n"),
        ("a\nb\n" * 50_000, "b\na\n" * 50_000),
        ("x" * 2_000_000, "x" * 1_999_999 + "y"),
        ("\n".join(map(str, range(50_000))), "\n".join(map(str, reversed(range(50_000))))),
    ],
    ids=["lines gone", "equal lines", "two lines in turn", "one long line", "reversed"],
)
def test_large_texts_take_bounded_time_and_memory(before: str, after: str) -> None:
    began = time.process_time()
    hunks = diff(before, after)
    assert time.process_time() - began < 10
    assert applied(before, hunks) == after
    tracemalloc.start()
    diff(before, after)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * (len(before) + len(after)) + 250 * (before.count("\n") + after.count("\n"))


def test_few_changes_in_a_large_text_are_found_one_by_one() -> None:
    lines = [f"line {number}" for number in range(100_000)]
    changed = ["changed" if number % 10_000 == 5 else line for number, line in enumerate(lines)]
    hunks = diff("\n".join(lines), "\n".join(changed))
    assert [hunk.line for hunk in hunks] == [number * 10_000 + 6 for number in range(10)]


# -- excerpts -------------------------------------------------------------------------------------------------


def test_short_texts_are_their_own_excerpt() -> None:
    assert excerpt("a\nb\n", "a\nc\n") == ("a\nb\n", "a\nc\n")


def test_an_excerpt_of_long_texts_shows_what_differs_and_says_what_it_leaves_out() -> None:
    lines = [str(number) for number in range(1000)]
    before, after = excerpt("\n".join(lines), "\n".join(lines).replace("500", "five hundred"), lines=10)
    assert before.split("\n") == ["… 498 equal lines …", "498", "499", "500", "501", "502"]
    assert after.split("\n") == ["… 498 equal lines …", "498", "499", "five hundred", "501", "502"]


@given(before=LINES, after=LINES, limit=st.integers(2, 6))
def test_an_excerpt_is_short(before: str, after: str, limit: int) -> None:
    assert all(one.count("\n") < max(limit, 2) for one in excerpt(before, after, lines=limit))


@given(before=LINES, after=LINES, limit=st.integers(2, 6))
def test_different_texts_never_have_equal_excerpts(before: str, after: str, limit: int) -> None:
    first, second = excerpt(before, after, lines=limit)
    assert (first != second) == (before != after)


def test_what_an_excerpt_leaves_out_still_counts() -> None:
    long = "\n".join(str(number) for number in range(1000))
    first = excerpt("", long, lines=5)
    second = excerpt("", long.replace("900", "nine hundred"), lines=5)
    assert first != second


def test_a_very_long_line_is_cut() -> None:
    before, after = excerpt("x" * 100_000, "x" * 100_000 + "y")
    assert before != after
    assert max(len(before), len(after)) < 2100


# -- words ----------------------------------------------------------------------------------------------------


def shown(line: str, spans: list[Span]) -> list[str]:
    return [line[span.start : span.end] for span in spans]


def test_the_changed_words_of_a_line_are_named() -> None:
    before, after = "error: unknown key `foo` here", "error: invalid key `foo` there"
    old, new = changed_spans(before, after)
    assert (shown(before, old), shown(after, new)) == (["unknown", "here"], ["invalid", "there"])


WORDS = st.text(alphabet="ab .,é\n", max_size=60)


@given(before=WORDS, after=WORDS)
def test_lines_without_their_changed_words_are_equal(before: str, after: str) -> None:
    old, new = changed_spans(before, after)
    assert without(before, old) == without(after, new)


def without(line: str, spans: list[Span]) -> str:
    for span in reversed(spans):
        line = line[: span.start] + line[span.end :]
    return line


def test_very_long_lines_are_compared_in_bounded_time() -> None:
    began = time.process_time()
    changed_spans("a b " * 200_000, "b a " * 200_000)
    assert time.process_time() - began < 10
