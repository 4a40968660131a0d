"""What a person sees of the bytes that a program writes to a terminal."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.output import CommandObservation, encode, redacted, texts
from harness.compare.screen import OnTerminal, draw
from harness.compare.screen_races import (
    drawn_by_all_and_none,
    in_front_on_both_sides,
    without_progress,
    without_what_comes_in_front,
)
from harness.compare.screen_rules import SCREEN_RULES
from harness.compare.weigh import settle
from harness.model import Case, Session, Step
from harness.probes.command import CommandProbe
from tests.support.programs import pair

ESC = b"\x1b["


def final(written: bytes, columns: int = 80, rows: int = 24) -> str:
    return draw(written, OnTerminal(columns=columns, rows=rows)).final


def meanwhile(written: bytes) -> list[str]:
    return draw(written, OnTerminal()).meanwhile.splitlines()


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"one\r\ntwo\r\n", "one\ntwo"),
        (b"10%\r100%\r\n", "100%"),
        (b"\x1b[1;31merror\x1b[0m: no\r\n", "‹red bold›error‹›: no"),
        (b"\x1b[2mfaint\x1b[22m \x1b[2;32mgreen\x1b[0m x\r\n", "‹faint›faint‹› ‹faint green›green‹› x"),
        (b"\x1b[38;2;255;128;0mrgb\x1b[m\x1b[48;5;2m on\x1b[m\r\n", "‹ff8000›rgb‹on 00cd00› on‹›"),
        ("wide 漢 ü\r\n".encode(), "wide 漢 ü"),
        ("a\u200bb\r\n".encode(), "ab"),
        (b"prompt> ", "prompt>\n[the cursor stands behind 8 columns]"),
        (b"\x1b[?25lx\r\n", "x\n[the cursor is hidden]"),
        (b"\x1b[?25l\x1b[?25hx\r\n", "x"),
        (b"\x1b]0;busy\x07x\r\n", "x\n[the window's title is 'busy']"),
        (b"\x07x\r\n", "x\n[the bell rang 1 times]"),
        (b"shell\r\n\x1b[?1049h\x1b[Hfull screen\x1b[?1049l", "shell"),
        (b"shell\r\n\x1b[?1049h\x1b[Hfull\r\n", "full\n[the second screen is still shown]"),
        (b"a\x1b[999999999Cb\x1b[99999999999999999Ax\r\n", None),
        (b"\x1b[?6n\x1b[1;2;3;4;5Hx\x1b[;;;r\x1b[?;;;h\r\n", None),
    ],
)
def test_the_screen_at_the_end(written: bytes, shown: str | None) -> None:
    assert shown is None or final(written) == shown


def test_what_scrolled_away_can_still_be_read() -> None:
    lines = [f"line {number}" for number in range(100)]
    assert final("\r\n".join(lines).encode() + b"\r\n").splitlines() == lines


def test_a_line_that_is_broken_stays_one_line_with_all_its_blanks() -> None:
    assert final(b"\x1b[31mabcd efgh\x1b[0m\r\nx\r\n", columns=5) == "‹red›abcd efgh‹›\nx"


def test_a_broken_line_that_scrolls_away_is_there_once() -> None:
    lines = [f"{number} x" + "abc" * number for number in range(12)]
    assert final("\r\n".join(lines).encode() + b"\r\n", columns=7, rows=4).splitlines() == lines


def test_progress_in_front_of_a_line_can_be_left_out_but_not_where_it_stands_alone() -> None:
    drawn = "read # of #\nother"
    assert without_progress(["read 3 of 10INFO start\nread 10 of 10\nother x"], [drawn]) == [
        "INFO start\nread 10 of 10\nother x"
    ]


def test_what_comes_and_goes_in_front_of_a_line_is_known_from_the_runs_without_it() -> None:
    screens = ["INFO a stream started\nend", "read 3^CINFO a stream started\nend"]
    assert without_what_comes_in_front(screens) == [screens[0]] * 2
    assert without_what_comes_in_front(["INFO one", "INFO two"]) == ["INFO one", "INFO two"]


def test_progress_behind_which_a_program_ended_can_be_left_out_with_the_cursor_behind_it() -> None:
    screens = ["Error: no\nread 3 of 10\n[the cursor stands behind 12 columns]", "read 3 of 10\nError: no"]
    assert without_progress(screens, ["read # of #"]) == ["Error: no", "read 3 of 10\nError: no"]


def test_progress_with_thousands_of_names_is_looked_up_not_tried_one_after_the_other() -> None:
    drawn = "\n".join(f"reading folder/{name:x}/file with # bytes" for name in range(10, 4010))
    screens = [f"reading folder/aa/file with {number} bytesINFO done" for number in range(500)]
    began = time.process_time()
    found = without_progress([*screens, *screens], [drawn])
    assert time.process_time() - began < 1
    assert {*without_progress(["reading a with 3INFO 3.5: x"], ["reading a with #"])} == {"INFO 3.5: x"}
    assert {*found} == {"INFO done"}


def test_progress_that_was_never_drawn_over_is_known_from_the_lines_behind_it_on_both_sides() -> None:
    old, new = (
        ["read 3INFO a stream started\nINFO the end is near"],
        ["INFO a stream started\nread 14INFO the end is near"],
    )
    assert in_front_on_both_sides(old, new) == {"read #"}
    assert in_front_on_both_sides(["Error: no such stream"], ["no such stream"]) == set()
    logger = "2026-01-01 INFO engine::orchestrator:"
    hit = [[f"{logger} begun\nread {number}{logger} stream started"] for number in (3, 14)]
    assert in_front_on_both_sides(*hit) == {"read #"}
    assert in_front_on_both_sides(old, ["INFO a stream started\nINFO the end is near"]) == set()


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        (
            b"read 3INFO a stream started\r\ndone with it all\r\n",
            b"INFO a stream started\r\nread 14done with it all\r\n",
            "same",
        ),
        (b"1: INFO a stream started\r\n", b"INFO a stream started\r\n", "changed"),
    ],
    ids=["another line is hit", "a prefix is gone"],
)
def test_progress_that_was_never_drawn_over_may_hit_another_line(old: bytes, new: bytes, answer: str) -> None:
    assert settle(on_terminal(old, 10), on_terminal(new, 10), pair(), Case(program="p", terminal=Session())) == answer


CLEAN = b"\r\x1b[Kread 7\r\x1b[KINFO a stream started\r\ndone\r\n"
HIT = b"\r\x1b[Kread 7\r\x1b[Kread 0INFO a stream started\r\ndone\r\n"
HIT_LATER = b"\r\x1b[Kread 7\r\x1b[KINFO a stream started\r\nread 0done\r\n"


def on_terminal(text: bytes, times: int) -> list[CommandObservation]:
    return [CommandObservation(status="exit 0", stdout=text, terminal=OnTerminal())] * times


ALWAYS_HIT = b"INFO engine::orchestrator: begun\r\nread 7INFO engine::orchestrator: done\r\n"
FURTHER, BEHIND = (ALWAYS_HIT.replace(b"7", number) for number in (b"9", b"5"))


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (on_terminal(HIT, 3), on_terminal(HIT_LATER, 3), "same"),
        (on_terminal(CLEAN, 3), on_terminal(HIT, 3), "flaky"),
        (on_terminal(CLEAN, 10), on_terminal(HIT, 10), "changed"),
        (on_terminal(CLEAN, 30), on_terminal(CLEAN, 28) + on_terminal(HIT, 2), "same"),
        (on_terminal(CLEAN, 30), on_terminal(CLEAN, 20) + on_terminal(HIT, 10), "changed"),
        (on_terminal(CLEAN, 10), on_terminal(CLEAN, 9) + on_terminal(HIT, 1), "flaky"),
        (on_terminal(HIT, 3), on_terminal(HIT.replace(b"started", b"begun"), 3), "changed"),
        (
            on_terminal(ALWAYS_HIT, 8) + on_terminal(FURTHER, 2),
            on_terminal(ALWAYS_HIT, 8) + on_terminal(BEHIND, 2),
            "same",
        ),
        (on_terminal(ALWAYS_HIT, 10), on_terminal(FURTHER, 10), "changed"),
    ],
    ids=[
        "another line is hit",
        "too few to say",
        "a line is hit",
        "rarely hit",
        "often hit",
        "10 of a race",
        "other words",
        "always hit, earlier or later",
        "another number every time",
    ],
)
def test_which_line_progress_hits_is_no_change_and_that_it_hits_one_at_all_is(
    before: list[CommandObservation], after: list[CommandObservation], answer: str
) -> None:
    assert settle(before, after, pair(), Case(program="p", terminal=Session())) == answer


def test_what_is_drawn_over_counts_where_all_runs_have_it_and_none_of_the_other_side() -> None:
    assert drawn_by_all_and_none(["a\nb", "a"], ["a", "a\nc"]) == set()
    assert drawn_by_all_and_none(["a\nb", "a\nb"], ["a", "a"]) == {"b"}
    assert drawn_by_all_and_none(["a", ""], ["a\nc", "c"]) == {"c"}


def test_a_race_of_progress_with_log_lines_is_no_change_and_a_changed_log_line_is() -> None:
    def runs(*texts: bytes) -> list[CommandObservation]:
        return [CommandObservation(status="exit 0", stdout=text, terminal=OnTerminal()) for text in texts]

    clean = b"INFO a stream started\r\n\r\x1b[Kread 7\r\x1b[Kdone\r\n"
    garbled = b"\r\x1b[Kread 0INFO a stream started\r\ndone\r\n"
    case = Case(program="p", terminal=Session())
    assert settle(runs(clean, garbled, garbled), runs(garbled, clean, clean), pair(), case) == "same"
    assert settle(runs(clean, clean, clean), runs(garbled, clean, clean), pair(), case) == "flaky"
    other = garbled.replace(b"started", b"begun")
    assert settle(runs(clean, garbled, garbled), runs(other, other, other), pair(), case) == "changed"


SHORT = b"INFO a stream started\r\nError: no such file\r\n"
IN_FRONT = b"read 0 of 1INFO a stream started\r\nError: no such file\r\n"
BEHIND = b"INFO a stream started\r\nError: no such file\r\nread 0 of 1"
COUNTED = b"[1] INFO a stream started\r\nError: no such file\r\n"


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (on_terminal(SHORT, 30), on_terminal(SHORT, 24) + on_terminal(IN_FRONT, 6), "same"),
        (on_terminal(SHORT, 30), on_terminal(SHORT, 24) + on_terminal(BEHIND, 6), "same"),
        (on_terminal(SHORT, 3), on_terminal(IN_FRONT, 3), "flaky"),
        (on_terminal(SHORT, 10), on_terminal(IN_FRONT, 10), "changed"),
        (on_terminal(COUNTED, 10), on_terminal(SHORT, 10), "changed"),
        (on_terminal(SHORT, 3), on_terminal(SHORT.replace(b"such", b"sane"), 3), "changed"),
        (on_terminal(SHORT, 30), on_terminal(SHORT, 29) + on_terminal(SHORT.replace(b"INFO", b"WARN"), 1), "changed"),
    ],
    ids=["in front", "behind", "too few", "always", "gone", "other words", "other words at times"],
)
def test_a_run_that_ends_before_progress_is_drawn_over_may_show_it_at_times(
    before: list[CommandObservation], after: list[CommandObservation], answer: str
) -> None:
    assert settle(before, after, pair(), Case(program="p", terminal=Session())) == answer


def test_that_nothing_is_drawn_over_any_more_takes_more_than_a_few_runs_to_say() -> None:
    case = Case(program="p", terminal=Session())
    plain = b"INFO a stream started\r\ndone\r\n"
    assert settle(on_terminal(CLEAN, 3), on_terminal(plain, 3), pair(), case) == "flaky"
    assert settle(on_terminal(CLEAN, 10), on_terminal(plain, 10), pair(), case) == "changed"


def test_what_was_drawn_over_is_told_once_in_its_order() -> None:
    written = b"".join(b"\r\x1b[2K%s %d%%" % (mark, step) for step, mark in enumerate([b"|", b"/", b"-"]))
    assert meanwhile(written + b"\r\x1b[2Kdone\r\n") == ["| 0%", "/ 1%", "- 2%"]


def test_full_screen_programs_are_seen_while_they_run() -> None:
    assert meanwhile(b"\x1b[?1049h\x1b[Htitle\x1b[2;1Hitem\x1b[?1049l") == ["title", "item"]


def test_how_far_a_run_was_and_which_spinner_it_showed_is_hidden() -> None:
    def seen(frames: list[bytes]) -> dict[tuple[str, str], str]:
        written = b"".join(b"\r\x1b[2K" + frame for frame in frames) + b"\r\x1b[2Kdone: 30 rows\r\n"
        run = CommandObservation(status="exit 0", stdout=written, terminal=OnTerminal())
        return redacted(texts(run), pair().before, Case(program="p", terminal=Session()))[0]

    first = seen(["⠋ [##>--] 1 of 30".encode(), "⠙ [###>-] 17 of 30".encode()])
    assert first == seen(["⠼ [#>---] 9 of 30".encode()])
    assert first["screens", ""] == "{spinner} {bar} # of #"
    assert first != seen(["⠼ [#>---] 9 rows of 30".encode()])
    assert first != seen([])


def test_a_number_that_stays_on_the_screen_is_compared() -> None:
    old, new = (
        encode(CommandObservation(status="exit 0", stdout=b"\r1\r\x1b[K%d rows\r\n" % rows, terminal=OnTerminal()))
        for rows in (30, 31)
    )
    found = CommandProbe().compare(Case(program="p", terminal=Session()), old, new, pair()).differences
    assert [(one.facet, one.before, one.after) for one in found] == [("screen", "30 rows", "31 rows")]


def test_a_lost_colour_is_a_difference_of_the_screen() -> None:
    old, new = (
        encode(CommandObservation(status="exit 1", stdout=text + b"\r\n", terminal=OnTerminal()))
        for text in (b"\x1b[31merror\x1b[0m: x", b"error: x")
    )
    (one,) = CommandProbe().compare(Case(program="p", terminal=Session()), old, new, pair()).differences
    assert (one.facet, one.before, one.after) == ("screen", "‹red›error‹›: x", "error: x")


def test_a_resized_screen_goes_on_in_its_new_size() -> None:
    seen = OnTerminal(columns=10, resized=((8, 4, 24),))
    assert draw(b"abcdef\r\nabcdef\x1b[Dx\r\n", seen).final == "abcd\nabcdex"


@pytest.mark.slow
def test_of_very_much_the_middle_is_told_by_its_digest() -> None:
    big = b"".join(b"line %d\r\n" % number for number in range(30_000))
    other = big.replace(b"line 15000\r", b"line 15OOO\r")
    assert "bytes that are not drawn" in final(big)
    assert final(big) != final(other)
    assert len(final(big)) < 150_000


_BLOCKS = "█████▌‹black bold›░░░‹›"

SCREEN: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "spinner": ("⠼ building", "{spinner} building", ("⠀ blank", "building…", "● done")),
    "spinner of ASCII characters": ("‹green›/‹› building", "‹green›{spinner}‹› building", ("a / b", "and/or", "x-y")),
    "progress bar": (f"at {_BLOCKS} x", "at {bar}‹› x", ("[-v]", "[==x]", "█")),
    "number on the way": ("17 of 1,234.5 rows", "# of # rows", ("no rows",)),
}


def test_every_rule_for_screens_is_shown() -> None:
    assert set(SCREEN) == {rule.name for rule in SCREEN_RULES}


@pytest.mark.parametrize("name", SCREEN)
def test_a_rule_hides_what_moves_and_leaves_what_does_not(name: str) -> None:
    (rule,) = (rule for rule in SCREEN_RULES if rule.name == name)
    text, hidden, left = SCREEN[name]
    assert isinstance(rule.replacement, str)
    assert rule.pattern.sub(rule.replacement, text) == hidden
    assert [rule.pattern.sub(rule.replacement, one) for one in left] == list(left)
    assert len(rule.reason) > 20


@pytest.mark.parametrize("name", SCREEN)
def test_no_rule_for_screens_reaches_a_stream(name: str) -> None:
    assert pair().before.redact("stdout", SCREEN[name][0]).text == SCREEN[name][0]


_PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\r\n", b"\r", ESC + b"H", ESC + b"2J", ESC + b"?1049h", ESC + b"?1049l", b"\x1bc", b"\x1bM"]),
    st.builds(
        lambda numbers, end: ESC + b";".join(b"%d" % one for one in numbers) + end,
        st.lists(st.integers(0, 10**12), max_size=5),
        st.sampled_from([bytes([code]) for code in range(0x40, 0x7F)]),
    ),
)


@pytest.mark.slow
@given(st.lists(_PIECES, max_size=30), st.integers(1, 200), st.integers(1, 60))
@settings(deadline=None, max_examples=150)
def test_no_bytes_are_too_strange_to_be_drawn(pieces: list[bytes], columns: int, rows: int) -> None:
    seen = OnTerminal(columns=columns, rows=rows, resized=((3, 1, 1), (9, 5000, 5000)))
    assert draw(b"".join(pieces), seen) == draw(b"".join(pieces), seen)


@given(st.lists(_PIECES, max_size=12))
@settings(deadline=None, max_examples=100)
def test_a_character_more_at_the_end_is_seen(pieces: list[bytes]) -> None:
    written = b"".join(pieces) + b"\x18\x1bc"
    assert draw(written + b"x", OnTerminal()).final != draw(written + b"y", OnTerminal()).final


@pytest.mark.parametrize(
    ("rows", "script", "answer"),
    [
        ([b"60", b"100", b"60"], (Step(send="\x03"),), "same"),
        ([b"60", b"100", b"60"], (Step(signal="SIGTERM"),), "same"),
        ([b"60", b"100", b"60"], (), "changed"),
        ([b"0", b"0", b"0"], (Step(send="\x03"),), "changed"),
    ],
    ids=["stopped by a key", "stopped by a signal", "not stopped", "another number each time"],
)
def test_how_far_a_run_had_come_that_was_stopped_is_no_change(
    rows: list[bytes], script: tuple[Step, ...], answer: str
) -> None:
    old, new = (
        on_terminal(b"Interrupted after 60 rows\r\n", 3),
        [run for one in rows for run in on_terminal(b"Interrupted after %s rows\r\n" % one, 1)],
    )
    case = Case(program="p", terminal=Session(script=script))
    assert settle(old, new, pair(), case) == answer


def stopped_runs(*screens: bytes) -> list[CommandObservation]:
    return [run for one in screens for run in on_terminal(one + b"\r\n", 1)]


def test_numbers_of_a_run_that_was_stopped_are_hidden_beside_what_else_varies() -> None:
    often = [b"retrying\r\nInterrupted after %d rows" % rows for rows in (100, 80, 100, 60, 100, 80, 100, 60)]
    seldom = [b"Interrupted after 100 rows", b"Interrupted after 80 rows"]
    old, new = stopped_runs(*often, *seldom), stopped_runs(*often, b"retrying\r\nInterrupted after 20 rows", seldom[0])
    case = Case(program="p", terminal=Session(script=(Step(signal="SIGTERM"),)))
    assert settle(old, new, pair(), case) == "same"
    assert settle(old, stopped_runs(*often, b"retrying\r\nStopped after 20 rows"), pair(), case) != "same"


def test_numbers_that_are_the_same_in_all_runs_of_a_side_count_though_it_was_stopped() -> None:
    case = Case(program="p", terminal=Session(script=(Step(send="\x03"),)))
    old, new = (
        stopped_runs(*(b"%s streams\r\nInterrupted after %d rows" % (streams, rows) for rows in (60, 80, 100, 90) * 3))
        for streams in (b"2", b"3")
    )
    assert settle(old, new, pair(), case) == "changed"


def ended(status: str, text: bytes, times: int) -> list[CommandObservation]:
    return [replace(run, status=status) for run in on_terminal(text + b"\r\n", times)]


def halves(one: list[CommandObservation], other: list[CommandObservation]) -> list[CommandObservation]:
    return [run for both in zip(one, other, strict=True) for run in both]


STOPPED = Case(program="p", terminal=Session(script=(Step(send="\x03"),)))
DONE, GONE = ended("exit 0", b"all rows written", 15), ended("exit 130", b"Interrupted", 15)


def test_how_a_run_ends_that_may_be_over_before_it_is_stopped_is_no_change() -> None:
    old = halves(DONE, GONE)
    assert settle(old, [*DONE, *ended("exit 130", b"Interrupted", 10), *DONE[:5]], pair(), STOPPED) == "same"
    assert settle(old, [*DONE, *DONE], pair(), STOPPED) == "changed"
    assert settle(old, halves(DONE, ended("SIGINT", b"Interrupted", 15)), pair(), STOPPED) == "changed"
    assert settle(old[:10], DONE[:10], pair(), STOPPED) == "flaky"


def test_runs_that_ended_alike_are_held_against_each_other() -> None:
    old = halves(DONE, GONE)
    for new in (ended("exit 130", b"Cancelled", 15), ended("exit 130", b"Interrupted\r\nat once", 15)):
        assert settle(old, halves(DONE, new), pair(), STOPPED) == "changed"
    seldom = [*ended("exit 130", b"Interrupted\r\nat once", 2), *GONE[:13]]
    assert settle(old, halves(DONE, seldom), pair(), STOPPED) == "same"


def test_a_run_that_was_never_stopped_in_time_is_compared_as_it_is() -> None:
    assert settle(DONE[:3], ended("exit 0", b"all rows lost", 3), pair(), STOPPED) == "changed"
    assert settle(DONE[:3], ended("exit 1", b"all rows written", 3), pair(), STOPPED) == "changed"
