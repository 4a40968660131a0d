"""Programs in a pseudo-terminal: what is seen there, scripts, input that is asked for, and what ends a run."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest

from harness.compare.output import CommandObservation, encode, texts
from harness.model import Case, Session, Step
from harness.probes.containment import Containment, containment
from tests.support.programs import OPEN, needs_sandbox, observe, observe_one, python, shell

WAYS = [pytest.param("contained", marks=needs_sandbox), "open"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Containment:
    return containment() if request.param == "contained" else OPEN


def screen(seen: CommandObservation) -> str:
    return texts(seen)["screen", ""]


def status(seen: CommandObservation) -> str:
    return texts(seen)["exit status", ""]


def shown(program: Path, *argv: str, way: Containment | None = None, **more: object) -> CommandObservation:
    return observe_one(program, *argv, contained=way, **{"terminal": Session()} | more)


def scripted(program: Path, *steps: Step, way: Containment | None = None, **more: object) -> CommandObservation:
    return shown(program, way=way, terminal=Session(script=steps), **more)


def test_all_three_streams_are_one_terminal(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, 'echo out; echo err >&2; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && [ "$(tty)" ] && stty size')
    seen = shown(program, way=way)
    assert (seen.status, screen(seen)) == ("exit 0", "out\nerr\n24 80")


def test_it_is_the_controlling_terminal_with_a_foreground_group(tmp_path: Path, way: Containment) -> None:
    program = python(tmp_path, "import os; print(os.tcgetpgrp(os.open('/dev/tty', os.O_RDWR)) == os.getpgrp())")
    assert screen(shown(program, way=way)) == "True"


def test_the_size_is_that_of_the_case(tmp_path: Path) -> None:
    seen = shown(shell(tmp_path, "stty size"), terminal=Session(columns=132, rows=50))
    assert screen(seen) == "50 132"


@pytest.mark.slow
def test_what_was_written_just_before_the_end_is_seen(tmp_path: Path, way: Containment) -> None:
    program = python(tmp_path, "import os; os.write(1, b'x' * 3000 + b'end'); os._exit(0)")
    for _ in range(10):
        assert shown(program, way=way).stdout.endswith(b"xend")


def test_a_stream_that_is_led_elsewhere_is_no_terminal(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "[ -t 1 ] && echo terminal >&2; [ -t 2 ] || echo pipe; echo two >&2")
    seen = shown(program, way=way, terminal=Session(piped=("stderr",)))
    assert (screen(seen), texts(seen)["stderr", ""]) == ("pipe", "terminal\ntwo\n")


def test_input_of_the_case_comes_through_a_pipe(tmp_path: Path) -> None:
    seen = shown(shell(tmp_path, "[ -t 0 ] || cat"), stdin=b"given\n")
    assert screen(seen) == "given"


# -- scripts --------------------------------------------------------------------------------------------------


def test_a_script_answers_what_it_expects(tmp_path: Path, way: Containment) -> None:
    program = shell(
        tmp_path, 'printf "name? "; read name; printf "sure\\033[1m?\\033[0m "; read yes; echo "$name $yes"'
    )
    steps = (Step(expect="name", send="ann\n"), Step(expect=r"sure\?", send="y\n"))
    seen = scripted(program, *steps, way=way)
    assert screen(seen) == "name? ann\nsure‹bold›?‹› y\nann y"


def test_a_resized_terminal_is_told_to_the_program(tmp_path: Path, way: Containment) -> None:
    program = python(
        tmp_path,
        """
        import os, signal, sys
        def told(*_):
            os.write(1, b"now %d\\n" % os.get_terminal_size().columns)
            os._exit(0)
        signal.signal(signal.SIGWINCH, told)
        os.write(1, b"ready\\n")
        signal.pause()
        """,
    )
    assert screen(scripted(program, Step(expect="ready", resize=(33, 10)), way=way)) == "ready\nnow 33"


def test_a_script_that_waits_in_vain_says_how_far_it_came(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "read first; read second")
    began = time.monotonic()
    seen = scripted(program, Step(send="x\n"), Step(expect="never"), way=way)
    assert (seen.status, seen.terminal and seen.terminal.steps) == ("waits for input", 1)
    assert time.monotonic() - began < 3


# -- input that nobody gives ----------------------------------------------------------------------------------


def test_a_program_that_asks_for_input_gets_the_default(tmp_path: Path) -> None:
    seen = shown(shell(tmp_path, 'printf "go on? "; read yes; echo "got <$yes>"'))
    assert (status(seen), screen(seen)) == ("exit 0; it asked for input 1 times", "go on?\ngot <>")


def test_a_program_that_reads_to_the_end_of_input_gets_the_end(tmp_path: Path) -> None:
    began = time.monotonic()
    assert shown(shell(tmp_path, "cat >/dev/null; echo done")).status == "exit 0"
    assert time.monotonic() - began < 3


def test_a_program_that_wants_ever_more_is_ended_long_before_its_time(tmp_path: Path) -> None:
    began = time.monotonic()
    program = shell(tmp_path, "trap '' INT; while true; do read more; done")
    assert shown(program, timeout=60).status == "waits for input"
    assert time.monotonic() - began < 10


def test_a_program_that_reads_single_keys_is_answered_too(tmp_path: Path, way: Containment) -> None:
    text = "import tty, os; tty.setcbreak(0); print('any key'); print('got', os.read(0, 1))"
    assert screen(shown(python(tmp_path, text), way=way)).startswith("any key\ngot b'\\")


def test_a_program_that_asks_where_the_cursor_is_is_told(tmp_path: Path, way: Containment) -> None:
    text = "import tty, os; tty.setraw(0); os.write(1, b'\\x1b[6n'); os.write(1, repr(os.read(0, 9)).encode())"
    assert screen(shown(python(tmp_path, text), way=way)).startswith("b'\\x1b[1;1R'")


@pytest.mark.slow
def test_a_program_that_only_takes_its_time_is_not_disturbed(tmp_path: Path) -> None:
    seen = shown(shell(tmp_path, "sleep 0.8; echo done"))
    assert (status(seen), screen(seen)) == ("exit 0", "done")


# -- what ends a run ------------------------------------------------------------------------------------------

CAREFUL = r"""
import os, signal, sys, time
def stop(number, frame):
    open("state", "w").write(signal.Signals(number).name)
    print("stopped")
    sys.exit(130)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, stop)
signal.signal(signal.SIGHUP, lambda *_: (open("state", "w").write("SIGHUP"), os._exit(3)))
os.write(1, b"working 17\n")
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("stop", "name", "ends"),
    [
        (Step(expect=r"working \d+", send="\x03"), b"SIGINT", "exit 130"),
        (Step(expect=r"working \d+", signal="SIGTERM"), b"SIGTERM", "exit 130"),
        (Step(expect=r"working \d+", close=True), b"SIGHUP", "exit 3"),
        (Step(catches="SIGHUP", close=True), b"SIGHUP", "exit 3"),
    ],
)
def test_a_run_can_be_interrupted_at_a_moment_that_was_seen(
    tmp_path: Path, way: Containment, stop: Step, name: bytes, ends: str
) -> None:
    began = time.monotonic()
    seen = scripted(python(tmp_path, CAREFUL), stop, way=way)
    assert (status(seen), [one.content for one in seen.files]) == (ends, [name])
    assert time.monotonic() - began < 3


def test_a_program_without_a_handler_dies_of_the_signal(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "echo x >left; echo working; exec sleep 60")
    for step, ends in (
        (Step(send="\x03"), "signal SIGINT"),
        (Step(signal="SIGTERM"), "signal SIGTERM"),
        (Step(close=True), "signal SIGHUP"),
    ):
        waiting = Step(expect="working", send=step.send, signal=step.signal, close=step.close)
        seen = scripted(program, waiting, way=way)
        assert (seen.status, [one.path for one in seen.files]) == (ends, [b"left"])


@pytest.mark.slow
def test_a_program_that_does_not_stop_is_ended_and_told_so(tmp_path: Path) -> None:
    program = shell(tmp_path, "trap '' INT; echo working; while true; do sleep 1; done")
    assert scripted(program, Step(expect="working", send="\x03"), timeout=60).status == "did not stop within 3 s"


@pytest.mark.slow
def test_a_program_that_stops_slowly_is_told_so(tmp_path: Path) -> None:
    program = shell(tmp_path, "trap 'sleep 1.4; exit 1' INT; echo working; while true; do sleep 0.01; done")
    seen = scripted(program, Step(expect="working", send="\x03"))
    assert status(seen) == "exit 1; it took more than a second to stop"


# -- bad programs ---------------------------------------------------------------------------------------------


def test_a_program_that_never_draws_runs_out_of_time(tmp_path: Path) -> None:
    seen = shown(shell(tmp_path, "exec sleep 60"), timeout=0.5)
    assert (seen.status, screen(seen)) == ("timed out after 0.5 s", "")


@pytest.mark.slow
def test_a_program_that_draws_forever_is_cut_short(tmp_path: Path, way: Containment) -> None:
    program = python(tmp_path, "while True: print('\\x1b[2J\\x1b[Hframe', end='')")
    seen = shown(program, way=way, timeout=60)
    assert seen.status == "output limit"
    assert texts(seen)["screens", ""] == "frame"


def test_binary_on_a_terminal_is_drawn_somehow(tmp_path: Path, way: Containment) -> None:
    program = python(tmp_path, "import os; os.write(1, bytes(range(256)) * 20)")
    assert shown(program, way=way).status == "exit 0"


def test_a_terminal_that_was_left_raw_or_open_does_not_reach_the_next_case(tmp_path: Path) -> None:
    program = shell(tmp_path, '[ "$1" ] && { stty raw -echo; setsid sleep 60 & sleep 0.2; }; echo hi')
    terminal = Session()
    cases = [Case(program="prog", argv=argv, terminal=terminal) for argv in (("x",), ())]
    raw, plain = observe(program, *cases)
    assert raw.left_running
    assert (plain.stdout, plain.left_running) == (b"hi\r\n", False)


def test_equal_runs_are_equal_observations(tmp_path: Path) -> None:
    program = python(tmp_path, "import time\nfor i in range(5): print('step', i, flush=True); time.sleep(0.02)")
    cases = [Case(program="prog", terminal=Session()) for _ in range(4)]
    assert len({encode(one) for one in observe(program, *cases, lanes=2)}) == 1


@pytest.mark.slow
def test_a_terminal_case_costs_at_most_50_ms_over_the_programs_own_time(tmp_path: Path) -> None:
    program = shell(tmp_path, "echo hi")
    cases = [Case(program="prog", argv=(str(number),), terminal=Session()) for number in range(40)]
    plain = [Case(program="prog", argv=case.argv) for case in cases]
    seconds = []
    for some in (cases, plain) * 3:
        began = time.monotonic()
        observe(program, *some)
        seconds.append((time.monotonic() - began) / len(some))
    over = statistics.median(seconds[::2]) - statistics.median(seconds[1::2])
    assert over < 0.05
