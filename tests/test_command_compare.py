"""What the command probe says of two observations, and when it believes a difference."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.compare.output import CommandObservation, FileChange, decode, encode
from harness.compare.repeated import by_processors
from harness.compare.weigh import settle, weigh
from harness.compare.weighed import Answer
from harness.model import Case, Difference
from harness.probes.base import Findings
from harness.probes.command import CommandProbe
from tests.support.programs import pair

CASE = Case(program="prog", argv=("x",))


def seen(
    status: str = "exit 0", out: str = "", err: str = "", *files: FileChange, left: bool = False
) -> CommandObservation:
    return CommandObservation(status=status, stdout=out.encode(), stderr=err.encode(), files=files, left_running=left)


def written(path: bytes, content: bytes, **more: object) -> FileChange:
    return FileChange(path=path, change="created", kind="file", mode="644", size=len(content), content=content, **more)  # type: ignore[arg-type]


def compared(before: CommandObservation, after: CommandObservation, case: Case = CASE) -> Findings:
    return CommandProbe().compare(case, encode(before), encode(after), pair())


def told(before: CommandObservation, after: CommandObservation) -> list[tuple[str, str, str, str]]:
    return [(one.facet, one.where, one.before, one.after) for one in compared(before, after).differences]


# -- comparing ------------------------------------------------------------------------------------------------


def test_an_observation_survives_being_kept() -> None:
    one = seen("signal SIGSEGV", "a", "b", written(b"x\xff", b"\0"), left=True)
    assert decode(encode(one)) == one


def test_equal_observations_give_nothing() -> None:
    found = compared(seen(out="12:00:01 hi"), seen(out="12:00:01 hi"))
    assert (found.differences, dict(found.hits)) == ((), {})


def test_a_changed_exit_status_is_told() -> None:
    found = compared(seen("exit 0"), seen("signal SIGABRT"))
    assert [one.summary for one in found.differences] == ["exit 0 became signal SIGABRT"]
    assert found.differences[0].case == CASE


def test_each_stream_is_a_facet_of_its_own() -> None:
    assert told(seen(out="a\n", err="b\n"), seen(out="a\n", err="c\n")) == [("stderr", "", "b\n", "c\n")]


def test_processes_left_running_belong_to_the_exit_status() -> None:
    assert told(seen(), seen(left=True)) == [("exit status", "", "exit 0", "exit 0; it left processes running")]


def test_a_file_that_one_side_alone_writes_is_told_with_its_path() -> None:
    found = compared(seen("exit 0", "", "", written(b"out.txt", b"hi\n")), seen())
    (one,) = found.differences
    assert (one.facet, one.where, one.after) == ("files", "out.txt", "")
    assert one.summary == "out.txt was created file, mode 644, and is not any more"


def test_a_file_with_another_mode_is_told() -> None:
    before, after = written(b"f", b""), FileChange(path=b"f", change="created", kind="file", mode="600")
    assert compared(seen("exit 0", "", "", before), seen("exit 0", "", "", after)).differences[0].summary == (
        "f: created file, mode 644 became created file, mode 600"
    )


def test_large_binary_files_are_compared_by_digest_and_small_ones_byte_by_byte() -> None:
    before, after = (written(b"f", bytes(9999) + last, digest=last.hex() * 32) for last in (b"a", b"b"))
    (one,) = compared(seen("exit 0", "", "", before), seen("exit 0", "", "", after)).differences
    assert "sha256 616" in one.before
    assert "sha256 626" in one.after
    before, after = (written(b"f", b"\0" + last) for last in (b"a", b"b"))
    (one,) = compared(seen("exit 0", "", "", before), seen("exit 0", "", "", after)).differences
    assert (one.before[-10:], one.after[-10:]) == ("00 61  .a\n", "00 62  .b\n")


def test_what_varies_by_itself_is_hidden_and_counted() -> None:
    found = compared(seen(out="at 2024-05-01T10:00:00Z\n"), seen(out="at 2025-06-02T11:11:11Z\n"))
    assert found.differences == ()
    assert found.hits["timestamp"] == 1


def test_file_names_that_hold_a_time_are_paired() -> None:
    before, after = written(b"log-2024-05-01T10:00:00Z", b"x"), written(b"log-2025-06-02T11:11:11Z", b"x")
    assert told(seen("exit 0", "", "", before), seen("exit 0", "", "", after)) == []


def test_the_cases_directory_is_hidden() -> None:
    assert told(seen(err="no /tmp/case/x\n"), seen(err="no /tmp/case/x\n")) == []


def test_a_candidate_alone_out_of_time_is_a_facet_of_its_own() -> None:
    assert told(seen(out="a"), seen("timed out after 10 s")) == [("timeout", "", "exit 0", "timed out after 10 s")]


def test_a_baseline_alone_out_of_time_is_a_change_of_status() -> None:
    assert told(seen("timed out after 10 s"), seen(out="a")) == [("exit status", "", "timed out after 10 s", "exit 0")]


def test_both_out_of_time_are_compared_by_what_they_did_until_then() -> None:
    assert [one[0] for one in told(seen("timed out after 1 s", "a\n"), seen("timed out after 1 s", "b\n"))] == [
        "stdout"
    ]


def test_bytes_that_are_not_text_are_compared_and_shown() -> None:
    before, after = (CommandObservation(status="exit 0", stdout=data) for data in (b"\xff", b"\xfe"))
    assert told(before, after) == [("stdout", "", "\\xff", "\\xfe")]


def test_bytes_and_their_written_form_are_not_the_same() -> None:
    before, after = (CommandObservation(status="exit 0", stdout=data) for data in (b"\xff", b"\\xff"))
    assert len(told(before, after)) == 1


def test_of_a_long_output_the_lines_around_the_change_are_shown() -> None:
    lines = [f"line {number}\n" for number in range(1000)]
    changed = [*lines[:500], "other\n", *lines[501:]]
    (one,) = compared(seen(out="".join(lines)), seen(out="".join(changed))).differences
    assert (
        one.before
        == "… 497 lines …\nline 497\nline 498\nline 499\nline 500\nline 501\nline 502\nline 503\n… 496 lines …\n"
    )
    assert one.summary == "stdout differs from line 501 on: 1 line became 1 line"


def test_an_excerpt_is_bounded() -> None:
    before, after = ("".join(f"{word} {number}\n" for number in range(5000)) for word in ("a", "b"))
    (one,) = compared(seen(out=before), seen(out=after)).differences
    assert max(one.before.count("\n"), one.after.count("\n")) <= 202


def test_a_difference_in_line_ends_is_told() -> None:
    (one,) = compared(seen(out="a\n"), seen(out="a\r\n")).differences
    assert one.summary == "stdout differs in the ends of its lines"


# -- believing ------------------------------------------------------------------------------------------------


def outs(*texts: str) -> list[CommandObservation]:
    return [seen(out=text) for text in texts]


def answered(before: list[CommandObservation], after: list[CommandObservation]) -> Answer:
    return settle(before, after, pair(), CASE)


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (["a"] * 3, ["a"] * 3, "same"),
        (["a"] * 3, ["b"] * 3, "changed"),
        (["a"] * 3, ["a", "b", "a"], "changed"),
        (["a", "b", "a"], ["a"] * 3, "same"),
        (["a\nx\n", "a\n", "a\n"], ["a\nx\n"] * 3, "same"),
        (["a\nx\n", "a\n", "a\n"], ["b\nx\n"] * 3, "changed"),
        (["a\nx\n", "a\n", "a\n"], ["a\nnew\n"] * 3, "changed"),
        (["a\nb\nx\n", "a\nb\n", "a\nb\n"], ["b\na\n"] * 3, "changed"),
        (["a\nb\n", "b\na\n", "a\nb\n"], ["b\na\n"] * 3, "same"),
        (["a\nb\n", "b\na\n", "a\nb\n"], ["b\na\nc\n"] * 3, "changed"),
        (["id 1\n", "id 2\n", "id 3\n"], ["id 4\n", "id 5\n", "id 6\n"], "flaky"),
        (["id 1\n", "id 2\n", "id 3\n"], ["name 4\n", "name 5\n", "name 6\n"], "changed"),
        (["id 1\nok\n", "id 2\nok\n", "id 3\nok\n"], ["id 4\nbad\n"] * 3, "changed"),
    ],
)  # fmt: skip
def test_repeated_outputs_are_settled(before: list[str], after: list[str], answer: str) -> None:
    assert answered(outs(*before), outs(*after)) == answer


def optimiser(seed: int, *, words: str = "best", lines: int = 100) -> str:
    """A log of a hundred numbers, a few of which are rare enough to be new in every run."""
    made = random.Random(seed)
    rare = [f"note {made.choice('abcdefghijklmnopqrstuvwxyz') * made.randint(1, 9)}" for _ in range(3)]
    steps = [f"[{number:9}] {words} = {made.uniform(1, 20):<6.2f}; T = {made.random():.3f}" for number in range(lines)]
    return "\n".join([*steps, *rare])


def optimised(seeds: range, **how: object) -> list[CommandObservation]:
    return outs(*(optimiser(seed, **how) for seed in seeds))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_a_program_that_draws_lots_is_not_changed_by_drawing_others(first: int) -> None:
    assert answered(optimised(range(first, first + 10)), optimised(range(first + 10, first + 20))) == "flaky"


def test_a_program_that_measures_is_the_same_with_other_measures() -> None:
    before = outs(*(f'{{"rows": 7, "used": {1000 + number * 37}}}' for number in range(10)))
    after = outs(*(f'{{"rows": 7, "used": {1013 + number * 31}}}' for number in range(10)))
    assert answered(before, after) == "same"
    assert (
        answered(before, outs(*(f'{{"rows": 8, "used": {1013 + number * 31}}}' for number in range(10)))) == "changed"
    )


@pytest.mark.parametrize("how", [{"words": "worst"}, {"lines": 101}, {"lines": 99}])
def test_what_every_run_of_such_a_program_says_differently_is_a_change(how: dict[str, object]) -> None:
    assert answered(optimised(range(10)), optimised(range(10, 20), **how)) == "changed"


def test_a_status_that_varies_on_the_baseline_alone_is_flaky_where_they_overlap() -> None:
    before = [seen("exit 0"), seen("exit 1"), seen("exit 0")]
    assert answered(before, [seen("exit 1")] * 3) == "flaky"
    assert answered(before, [seen("exit 2")] * 3) == "changed"


def test_a_new_race_is_a_change_even_where_something_else_varies() -> None:
    before = [seen("exit 0", "a"), seen("exit 0", "b"), seen("exit 0", "a")]
    assert answered(before, [seen("exit 0", "a"), seen("exit 101", "a"), seen("exit 0", "a")]) == "changed"


def test_a_file_that_comes_and_goes_is_flaky() -> None:
    before = [seen("exit 0", "", "", written(b"lock", b"")), seen(), seen()]
    assert answered(before, [seen()] * 3) == "flaky"


def test_the_weaker_form_is_named() -> None:
    said = weigh(outs("a\nx\n", "a\n"), outs("a\n", "a\n"), pair())
    assert said["stdout", ""].form == "without the lines that come and go on the baseline"


@pytest.mark.parametrize(
    ("before", "after", "answer", "form"),
    [
        (["{b: 2, a: 1}", "{a: 1, b: 2}"], ["{a: 1, b: 2}", "{b: 2, a: 1}"], "same", "entries"),
        (["{b: 2, a: 1}", "{a: 1, b: 2}"], ["{a: 2, b: 1}", "{b: 1, a: 2}"], "changed", "entries"),
        (["{b: 2, a: 1}", "{a: 1, b: 2}"], ["{a: 1, b: 2, c: 3}"] * 2, "changed", "entries"),
        (["one of `b`, `a`", "one of `a`, `b`"], ["one of `a`, `b`"] * 2, "same", "words"),
        (["one of `b`, `a`", "one of `a`, `b`"], ["one of `a`, `c`"] * 2, "changed", "words"),
    ],
)
def test_an_order_that_varies_on_the_baseline_is_not_compared_and_what_is_ordered_is(
    before: list[str], after: list[str], answer: str, form: str
) -> None:
    said = weigh(outs(*before), outs(*after), pair())["stdout", ""]
    assert said.answer == answer
    assert form in said.form


def test_an_order_that_the_baseline_keeps_is_compared() -> None:
    assert answered(outs(*["{b: 2, a: 1}"] * 10), outs(*["{a: 1, b: 2}"] * 10)) == "changed"


lines = st.lists(st.sampled_from(["a", "b", "c", "id 1", "id 2", "2024-05-01T10:00:00Z"]), max_size=4).map("\n".join)
runs = st.lists(st.builds(seen, status=st.sampled_from(["exit 0", "exit 1"]), out=lines), min_size=3, max_size=6)
Runs = list[CommandObservation]


@given(runs)
def test_the_same_runs_on_both_sides_are_never_changed(both: Runs) -> None:
    assert answered(both, both) != "changed"


@given(runs, st.integers(0, 99))
def test_the_order_of_runs_does_not_matter(before: Runs, seed: int) -> None:
    after = random.Random(seed).sample(before, len(before))
    assume(not any(depends_on_processors(one) for one in (before, after)))
    assert answered(before, after) == answered(before, before)
    assert answered(after, before) == answered(before, before)


@given(runs, runs)
def test_repeating_the_baseline_s_own_outcomes_is_never_changed_where_it_varies(before: Runs, after: Runs) -> None:
    """Where every outcome of the candidate was seen on a baseline that varies, nothing is claimed."""
    varied = [*before, *after]
    assume(not depends_on_processors(varied))
    if all(len({encode_part(one, part) for one in varied}) > 1 for part in ("status", "stdout")):
        assert answered(varied, after) != "changed"


def depends_on_processors(many: Runs) -> bool:
    """Whether some part differs between the repeats with one processor and the others, and only between those."""
    return any(by_processors([encode_part(one, part) for one in many]) for part in ("status", "stdout"))


def encode_part(one: CommandObservation, part: str) -> Hashable:
    found: Hashable = getattr(one, part)
    return found


@given(st.builds(seen, out=lines), runs)
def test_a_stable_baseline_and_anything_else_is_changed(one: CommandObservation, after: Runs) -> None:
    said = answered([one] * 3, after)
    assert said == ("same" if all(not compared(one, other).differences for other in after) else "changed")


@given(runs, runs)
def test_a_status_never_seen_on_the_baseline_is_always_changed(before: Runs, after: Runs) -> None:
    other = [seen("exit 7", one.stdout.decode()) for one in after]
    assert answered(before, other) == "changed"


@given(runs, runs)
def test_a_change_is_only_claimed_where_a_facet_shows_it(before: Runs, after: Runs) -> None:
    if answered(before, after) != "changed":
        return
    parts = [(Counter(get(one) for one in before), Counter(get(one) for one in after)) for get in (_status, _out)]
    assert any(set(new) - set(old) for old, new in parts)


def _status(one: CommandObservation) -> str:
    return one.status


def _out(one: CommandObservation) -> str:
    return one.stdout.decode()


def test_two_long_changes_that_differ_only_in_what_is_left_out_are_told_apart() -> None:
    def after(word: str) -> str:
        return "".join(f"new {number if number != 500 else word}\n" for number in range(1000))

    before = "".join(f"line {number}\n" for number in range(1000))
    found = [only(seen(out=before), seen(out=after(word))) for word in ("this", "that")]
    assert found[0].after != found[1].after
    assert all("lines (" in one.after for one in found)


def test_two_very_long_lines_that_differ_only_at_their_ends_are_told_apart() -> None:
    found = [only(seen(out="a" * 200_000), seen(out="b" * 200_000 + end)) for end in ("x", "y")]
    assert found[0].after != found[1].after
    assert len(found[0].after) < 150_000


def only(before: CommandObservation, after: CommandObservation) -> Difference:
    """The only difference of two observations."""
    (one,) = compared(before, after).differences
    return one
