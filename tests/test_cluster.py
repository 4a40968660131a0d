"""The same change seen through many cases is one difference; different changes stay different ones."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.compare.cluster import cluster, generalised, signature
from harness.model import Case, Difference


def seen(before: str, after: str, *argv: str, facet: str = "stderr", where: str = "", **case: object) -> Difference:
    made = Case(program="app", argv=argv, **case)  # type: ignore[arg-type]
    return Difference(facet=facet, where=where, before=before, after=after, case=made)


def unknown(word: str, *more: str) -> Difference:
    return seen(f"error: unknown key `{word}`\n", f"error: invalid key `{word}`\n", "check", word, *more)


def test_the_same_change_through_two_hundred_cases_is_one_difference_with_the_smallest_case() -> None:
    many = [unknown(f"key{number}", *(["--more"] * (number % 7 + 1))) for number in range(200)]
    (one,) = cluster([*many, unknown("tiny")])
    assert one.count == 201
    assert one.case is not None
    assert one.case.argv == ("check", "tiny")


def test_two_changes_are_two_differences_the_more_frequent_first() -> None:
    other = seen("error: no file\n", "error: no such file\n", "run")
    assert [one.count for one in cluster([other, unknown("abc"), unknown("def")])] == [2, 1]


def test_equally_frequent_changes_are_ordered_by_facet() -> None:
    found = cluster([seen("a\n", "b\n", facet="stdout"), seen("a\n", "b\n", facet="stderr")])
    assert [one.facet for one in found] == ["stderr", "stdout"]


def test_a_number_that_the_change_left_as_it_was_does_not_matter() -> None:
    at = [seen(f"bad key at line {line}\n", f"wrong key at line {line}\n", f"-{line}") for line in (4, 7, 19)]
    assert [(one.count, one.before) for one in cluster(at)] == [(3, "bad key at line 4\n")]


def test_it_does_not_matter_either_whether_a_case_supplied_that_number() -> None:
    both = [seen(f"every {number} s\n", f"each {number} s\n", f"--wait={number}") for number in (1, 100)]
    assert [one.count for one in cluster(both)] == [2]


def test_a_number_that_the_change_is_about_does_matter() -> None:
    apart = [seen(f"{old} rows of 9\n", f"{new} rows of 9\n", f"-{old}") for old, new in ((1, 2), (1, 3), (4, 2))]
    assert len(cluster(apart)) == 3


def test_clusters_that_became_one_are_told_as_one() -> None:
    known = [replace(seen("a\n", "b\n"), count=2, summary="a is b; 2 distinct forms of it in 2 cases")] * 2
    (one,) = cluster(known)
    assert (one.count, one.summary) == (4, "a is b")


def test_lines_around_a_change_do_not_matter() -> None:
    first = seen("one\nbad\ntwo\n", "one\nworse\ntwo\n", "-a")
    second = seen("three\nbad\n", "three\nworse\n", "-b")
    assert signature(first) == signature(second)
    assert [one.count for one in cluster([first, second])] == [2]


def test_supplied_text_of_every_kind_is_numbered() -> None:
    one = seen(
        "conf/in.yaml: rows of orders: user bob, alpha\n",
        "conf/in.yaml: columns of orders: user bob, alpha\n",
        "run",
        "--table=orders",
        files={"conf/in.yaml": b"name: alpha\n"},
        env={"USER": "bob"},
    )
    assert generalised(one)[1:] == ("{1}: rows of {2}: user {3}, {4}", "{1}: columns of {2}: user {3}, {4}")


def test_words_are_replaced_whole_and_not_inside_others() -> None:
    assert generalised(seen("rowset row", "rowsets row", "row"))[1] == "rowset {1}"


def test_text_of_one_or_two_letters_is_not_replaced() -> None:
    assert generalised(seen("at 5 ab", "on 5 ab", "5", "ab"))[1] == "at 5 ab"


def test_braces_of_the_program_are_none_of_ours() -> None:
    own = seen("{1} is bad", "{1} is worse", "run")
    ours = seen("word is bad", "word is worse", "word")
    assert signature(own) != signature(ours)


def test_the_very_same_lines_are_one_change_even_where_a_case_supplied_a_word_of_them() -> None:
    first = seen("error: unknown key\n", "error: invalid key\n", "run")
    second = seen("error: unknown key\n", "error: invalid key\n", "key")
    assert signature(first) != signature(second)
    (one,) = cluster([first, second])
    assert (one.count, one.summary) == (2, "2 distinct forms of it in 2 cases")


def test_the_same_lines_in_another_order_are_one_change_with_two_forms() -> None:
    first = seen("a\nx\nb\n", "A\nx\nB\n", "-1")
    second = seen("b\nx\na\n", "B\nx\nA\n", "-2")
    assert signature(first) != signature(second)
    assert [one.count for one in cluster([first, second])] == [2]


def test_the_same_exit_status_with_another_new_message_is_another_change() -> None:
    def failing(word: str, message: str) -> list[Difference]:
        status = seen("exit 0", "exit 1", word, facet="exit status")
        return [status, seen("", f"error: {message} `{word}`\n", word)]

    found = cluster([*failing("abc", "no key"), *failing("def", "no key"), *failing("ghi", "too deep")])
    assert [(one.facet, one.count) for one in found] == [
        ("exit status", 2), ("stderr", 2), ("exit status", 1), ("stderr", 1),
    ]  # fmt: skip


def test_output_that_is_gone_because_the_program_now_fails_is_one_change_whatever_it_was() -> None:
    def failing(number: int) -> list[Difference]:
        word = f"case{number}"
        return [
            seen("exit 0", "exit 1", word, facet="exit status"),
            seen(f"result {number}\n", "", word, facet="stdout"),
            seen("", "error: broken\n", word),
        ]

    found = cluster(one for number in range(10, 20) for one in failing(number))
    assert sorted((one.facet, one.count) for one in found) == [("exit status", 10), ("stderr", 10), ("stdout", 10)]


def test_output_that_is_gone_while_the_program_still_succeeds_is_told_line_by_line() -> None:
    gone = [seen(f"result {number}\n", "", f"case{number}", facet="stdout") for number in range(3)]
    assert len(cluster(gone)) == 3


def test_the_same_lines_in_two_files_are_two_differences_unless_the_case_named_the_files() -> None:
    def written(path: str, *argv: str) -> Difference:
        return seen("old\n", "new\n", *argv, facet="files", where=path)

    assert len(cluster([written("a.txt"), written("b.txt")])) == 2
    assert len(cluster([written("one.txt", "one.txt"), written("two.txt", "two.txt")])) == 1


def test_differences_without_a_case_are_about_what_they_name() -> None:
    first = Difference(facet="derives", where="app::A", before="Clone, Debug", after="Clone")
    second = replace(first, where="app::B")
    assert len(cluster([first, second])) == 2
    assert [one.count for one in cluster([first, first])] == [2]
    assert signature(first) != signature(second)


def test_bytes_that_are_no_text_do_not_stop_a_signature() -> None:
    assert signature(seen("\udc80", "\udc81")) != signature(seen("\udc80", "\udc82"))


# -- what holds of all ----------------------------------------------------------------------------------------

LINES = st.lists(st.sampled_from(["error: bad", "rows: 3", "done", "{1}", "see word"]), max_size=4).map("\n".join)
PAIRS = st.tuples(LINES, LINES).filter(lambda pair: pair[0] != pair[1])
DIFFERENCES = st.builds(
    lambda pair, facet, where, argv, count: replace(seen(*pair, *argv, facet=facet, where=where), count=count),
    PAIRS,
    st.sampled_from(["stdout", "stderr", "exit status", "files"]),
    st.sampled_from(["", "a.txt", "word.txt"]),
    st.lists(st.sampled_from(["word", "bad", "run", "-x"]), max_size=2),
    st.integers(1, 3),
)


@given(many=st.lists(DIFFERENCES, max_size=12))
def test_counts_add_up(many: list[Difference]) -> None:
    assert sum(one.count for one in cluster(many)) == sum(one.count for one in many)


@given(many=st.lists(DIFFERENCES, max_size=12), seed=st.integers(0, 99))
def test_the_order_of_the_differences_does_not_matter(many: list[Difference], seed: int) -> None:
    shuffled = random.Random(seed).sample(many, len(many))
    assert cluster(shuffled) == cluster(many)


@given(many=st.lists(DIFFERENCES, max_size=12))
def test_no_change_is_lost(many: list[Difference]) -> None:
    lost = {(one.facet, one.where) for one in many} - {(one.facet, one.where) for one in cluster(many)}
    assert {facet for facet, _ in lost} <= {one.facet for one in cluster(many)}


@given(many=st.lists(DIFFERENCES, max_size=8))
def test_differences_with_equal_signatures_come_together(many: list[Difference]) -> None:
    told = [one for one in many if one.facet in ("stderr", "files")]
    assert len(cluster(told)) <= len({signature(one) for one in told})


WORDS = st.text(alphabet="ghjkq", min_size=3, max_size=9)


@given(pair=PAIRS, words=st.lists(WORDS, min_size=4, max_size=4, unique=True), kind=st.sampled_from("aefs"))
def test_other_supplied_text_leaves_the_signature_as_it_is(pair: tuple[str, str], words: list[str], kind: str) -> None:
    def with_words(first: str, second: str) -> Difference:
        both = f"{first} {second}".encode()
        case = {
            "a": Case(program="app", argv=(first, second)),
            "e": Case(program="app", env={"A": first, "B": second}),
            "f": Case(program="app", files={f"{first}.yaml": both}),
            "s": Case(program="app", stdin=both),
        }[kind]
        before, after = (f"{text}\nfile {first}: {second}\n" for text in pair)
        return Difference(facet="stderr", where=f"{first}.log", before=before, after=after + first, case=case)

    assert signature(with_words(words[0], words[1])) == signature(with_words(words[2], words[3]))


@given(one=PAIRS, other=PAIRS)
def test_different_changes_never_share_a_signature(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = (generalised(seen(*pair, "run")) for pair in (one, other))
    if first != second:
        assert signature(seen(*one, "run")) != signature(seen(*other, "run"))


@given(pair=PAIRS, facets=st.lists(st.sampled_from(["stdout", "stderr", "files"]), min_size=2, max_size=2, unique=True))
def test_another_facet_is_another_signature(pair: tuple[str, str], facets: list[str]) -> None:
    first, second = (signature(seen(*pair, "run", facet=facet)) for facet in facets)
    assert first != second
