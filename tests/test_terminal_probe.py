"""The terminal probe from a program to a difference: which cases it makes, and what it finds without configuration."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cases.documents import read
from harness.cases.interrupted import MOST_MOMENTS, MOST_RUNS, interrupted
from harness.compare.output import CommandObservation
from harness.compare.screen import OnTerminal
from harness.config import Config, parse
from harness.errors import ConfigError
from harness.model import Case, Difference, Session, Step, Verdict
from harness.probes.base import CaseProbe
from harness.probes.terminal import TerminalProbe
from harness.report.json_file import render
from harness.store import Store
from harness.verify.reproduce import reproduce
from tests.support.programs import needs_sandbox, pair, python, shell, subject
from tests.test_report import difference, probe, whole

PROGRAM = r"""#!/bin/sh
# What is ignored when it starts, Python does not catch by itself: only the program below does.
trap '' INT
exec python3 -IS -c "$(cat <<'END'
import os, signal, sys, time
args, fancy = sys.argv[1:], sys.stderr.isatty() and "NO_COLOR" not in os.environ
def say(text):
    os.write(2, text.encode())
if args[-1:] == ["--help"]:
    print("Usage: prog [OPTIONS] [COMMAND]\n\nCommands:\n  work  Works\n\nOptions:\n      --plain  Is plain".ljust(
        os.get_terminal_size().columns) if sys.stdout.isatty()
        else f"Usage: {' '.join(['prog', *args[:-1]])} [OPTIONS]\n\nCommands:\n  work  Works\n\n"
             "Options:\n      --plain  Is plain")
    sys.exit(0)
def stop(number, frame):
    open("state", "w").write("interrupted")
    say("\r\x1b[Kinterrupted\n")
    os._exit(130)
signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
if args == ["work"]:
    say("\x1b[33mstarting\x1b[0m\n" if fancy else "starting\n")
    for step in range(4):
        if sys.stderr.isatty():
            say(f"\r\x1b[K{'|/-'[step % 3]} {step * 25}%")
        time.sleep(0.1)
    say("\r\x1b[K" if sys.stderr.isatty() else "")
    print("done")
    sys.exit(0)
sys.exit("\x1b[31merror\x1b[0m: what?" if fancy else "error: what?")
END
)" "$@"
"""


def made(folder: Path, text: str) -> Path:
    return shell(folder, text.removeprefix("#!/bin/sh\n")) if text.startswith("#!") else python(folder, text)


def cases_of(tmp_path: Path, program: str, config: Config | None = None) -> Sequence[Case]:
    one = subject({"prog": made(tmp_path / "made", program)})
    return TerminalProbe().core(one, config or Config(), Store(tmp_path / "store"))


def differences(tmp_path: Path, before: str, after: str, config: Config | None = None) -> list[Difference]:
    probe, store = TerminalProbe(), Store(tmp_path / "store")
    old, new = (subject({"prog": made(tmp_path / name, text)}) for name, text in (("old", before), ("new", after)))
    cases = list(probe.core(old, config or Config(), store))
    seen = [{repr(case): data for case, data in probe.observe(side, cases, 2)} for side in (old, new)]
    return [
        one
        for case in cases
        for one in probe.compare(case, seen[0][repr(case)], seen[1][repr(case)], pair()).differences
    ]


def test_it_is_a_case_probe() -> None:
    assert isinstance(TerminalProbe(), CaseProbe)


Known = tuple[Sequence[Case], dict[str, bytes]]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """The cases of the program, and what it does on them."""
    folder = tmp_path_factory.mktemp("known")
    cases = cases_of(folder, PROGRAM)
    return cases, seen_of(folder / "made" / "prog", cases)


def seen_of(program: Path, cases: Sequence[Case]) -> dict[str, bytes]:
    return {repr(case): data for case, data in TerminalProbe().observe(subject({"prog": program}), cases, 2)}


def against(known: Known, program: Path, cases: Sequence[Case]) -> list[Difference]:
    """What the probe finds between the program and another, on some of the cases."""
    seen = seen_of(program, cases)
    return [
        one
        for case in cases
        for one in TerminalProbe().compare(case, known[1][repr(case)], seen[repr(case)], pair()).differences
    ]


@pytest.mark.slow
@needs_sandbox
def test_cases_are_made_without_configuration(known: Known) -> None:
    made, _ = known
    sizes = {(case.argv, case.terminal.columns) for case in made if case.terminal and not case.terminal.script}
    assert {(("--help",), width) for width in (40, 80, 120, 200)} <= sizes
    assert {(("work", "--no-such-flag"), 80), (("work", "--plain"), 80)} <= sizes
    stops = {
        (bool(step.expect and re.search(step.expect, "/ 17%")), bool(step.catches), step.send or step.signal or "close")
        for case in made
        if case.terminal and case.argv == ("work",)
        for step in case.terminal.script
    }
    assert {(True, False, stop) for stop in ("\x03", "SIGTERM", "close")} <= stops
    assert any(case.terminal and case.terminal.piped == ("stdout",) for case in made)
    assert all(case.terminal for case in made)


@pytest.mark.slow
@needs_sandbox
def test_the_same_program_shows_no_difference(tmp_path: Path, known: Known) -> None:
    assert against(known, made(tmp_path, PROGRAM + "\n# moved\n"), known[0]) == []


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize(
    ("old", "new", "facet"),
    [
        (r"\x1b[33mstarting\x1b[0m", "starting", "screen"),
        pytest.param(r"\x1b[31merror\x1b[0m", r"\x1b[35merror\x1b[0m", "screen", marks=pytest.mark.slow),
        pytest.param(r'say("\r\x1b[K" if sys.stderr.isatty() else "")', "pass", "screen", marks=pytest.mark.slow),
        pytest.param(
            "if sys.stderr.isatty():\n            say", "if False:\n            say", "screens", marks=pytest.mark.slow
        ),
        pytest.param(".isatty() and", ".isatty() or", "screen", marks=pytest.mark.slow),
        ("os._exit(130)", "os._exit(0)", "exit status"),
        pytest.param("signal.signal(signal.SIGTERM, stop)", "", "exit status", marks=pytest.mark.slow),
        pytest.param('open("state", "w").write("interrupted")', "pass", "files", marks=pytest.mark.slow),
        pytest.param(
            "if sys.stderr.isatty():\n            say",
            "if sys.stdout.isatty():\n            say",
            "screens",
            marks=pytest.mark.slow,
        ),
        pytest.param("os._exit(130)", "time.sleep(1.5); os._exit(130)", "exit status", marks=pytest.mark.slow),
    ],
)
def test_a_regression_on_the_terminal_is_found_without_any_configuration(
    tmp_path: Path, known: Known, old: str, new: str, facet: str
) -> None:
    assert old in PROGRAM
    cases = [case for case in known[0] if case.argv in (("work",), ("no-such-command",))]
    found = against(known, made(tmp_path, PROGRAM.replace(old, new)), cases)
    assert facet in {one.facet for one in found}


CONFIGURED = """
[[terminal]]
name = "asked"
argv = ["ask"]
script = [{ expect = "name", send = "ann\\n" }, { expect = "sure", send = "y\\n" }]
columns = 50
"""


@pytest.mark.slow
def test_a_session_of_the_configuration_is_a_case(tmp_path: Path) -> None:
    program = "import sys\nif sys.argv[1:] == ['ask']:\n    print(f\"{input('name? ')} {input('sure? ')}\")\n"
    config = parse(CONFIGURED, "harness.toml")
    (case,) = (case for case in cases_of(tmp_path, program, config) if case.argv == ("ask",))
    steps = (Step(expect="name", send="ann\n"), Step(expect="sure", send="y\n"))
    assert case.terminal == Session(columns=50, script=steps)
    found = differences(tmp_path, program, program.replace("sure?", "really?"), config)
    assert ("exit status", "waits for input") in {(one.facet, one.after) for one in found}


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ('[{ expect = "(" }]', "which is not a regular expression"),
        ('[{ signal = "SIGNOTHING" }]', "which is no signal"),
        ("[{}]", "does nothing in step 1"),
        ('[{ sned = "x" }]', "Perhaps `send` was meant"),
        ('[{ resize = "x" }]', "harness.toml:4"),
    ],
)
def test_a_script_that_means_nothing_is_an_error(script: str, told: str) -> None:
    with pytest.raises(ConfigError, match=r"harness\.toml:4|harness\.toml:2") as caught:
        parse(f'[[terminal]]\nname = "n"\nargv = []\nscript = {script}', "harness.toml")
    assert told in str(caught.value)


def test_only_runs_with_a_pause_are_interrupted() -> None:
    written = b"".join(b"step %c\r\n" % letter for letter in b"abcdef")
    quick = CommandObservation(status="exit 0", stdout=written, terminal=OnTerminal())
    slow = replace(quick, terminal=OnTerminal(pauses=tuple(range(8, len(written) + 1, 8))))
    case = Case(program="p", terminal=Session())
    assert list(interrupted([(case, quick)])) == []
    made = list(interrupted([(replace(case, argv=(str(number),)), slow) for number in range(20)]))
    assert len(made) == MOST_RUNS * 3 * MOST_MOMENTS
    expected = {step.expect for one in made if one.terminal for step in one.terminal.script}
    assert expected == {r"step\ a", r"step\ d", r"step\ f"}


def test_a_run_that_is_silent_at_first_is_interrupted_before_it_says_anything() -> None:
    run = CommandObservation(status="exit 0", stdout=b"x\r\n", terminal=OnTerminal(pauses=(0,)))
    steps = [step for one in interrupted([(Case(program="p"), run)]) if one.terminal for step in one.terminal.script]
    assert [step.catches for step in steps] == ["SIGINT", "SIGTERM", "SIGHUP"]


def test_a_run_is_stopped_in_the_middle_of_a_wait_that_is_longer() -> None:
    run = CommandObservation(status="exit 0", stdout=b"begun\r\nend\r\n", terminal=OnTerminal(pauses=(7,)))
    case = Case(program="p", files={"jobs.yaml": b"jobs:\n- delay_ms: 200\n  count: 3\n", "note": b"delay: 1"})
    (one,) = [made for made in interrupted([(case, run)]) if made.files != case.files]
    assert read("yaml", one.files["jobs.yaml"]) == {"jobs": [{"delay_ms": 4000, "count": 3}]}
    assert one.terminal
    assert one.terminal.script == (Step(send="\x03", expect="begun"),)


def test_a_moment_is_found_again_whatever_its_numbers_are() -> None:
    run = CommandObservation(
        status="exit 0", stdout=b"\x1b[2m12:03:04\x1b[0m read 17 of 0x3f (a+b)\r\n", terminal=OnTerminal(pauses=(60,))
    )
    (pattern,) = {
        step.expect
        for one in interrupted([(Case(program="p"), run)])
        if one.terminal
        for step in one.terminal.script
        if step.expect
    }
    assert re.search(pattern, "22:59:01 read 9 of 0xaa1 (a+b)")
    assert not re.search(pattern, "22:59:01 read 9 of 0xaa1 (a-b)")


# -- how it is told -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("session", "shown"),
    [
        (Session(columns=33, rows=7), "7 33"),
        (Session(script=(Step(send="typed\n"),)), "typed"),
        (Session(script=(Step(catches="SIGTERM", signal="SIGTERM"),)), "24 80"),
        (Session(piped=("stdout",)), "24 80"),
    ],
)
def test_a_case_can_be_pasted(tmp_path: Path, session: Session, shown: str) -> None:
    program = python(tmp_path, "import os; print(*os.get_terminal_size(0)[::-1], flush=True); print(input())")
    one = subject({"prog": program})
    difference = Difference(facet="screen", where="", before="", after="", case=Case(program="prog", terminal=session))
    line = reproduce(difference, one, one)
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30, check=False
    )
    assert shown in done.stdout
    assert done.stdout.count("exit ") == 2


def test_the_report_has_the_terminal_of_a_case() -> None:
    case = Case(program="prog", terminal=Session(columns=40, script=(Step(send="x"),)))
    found = probe(Verdict.CHANGED, "terminal", differences=(difference("screen", case=case),))
    written = json.loads(render(whole(Verdict.CHANGED, Verdict.CHANGED, probes=(found,))))
    (shown,) = {one["columns"]: one for one in _terminals(written)}.values()
    assert (shown["columns"], shown["rows"], shown["script"][0]["send"]) == (40, 24, "x")


def _terminals(data: object) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        if "terminal" in data:
            yield data["terminal"]
        data = list(data.values())
    for one in data if isinstance(data, list) else ():
        yield from _terminals(one)
