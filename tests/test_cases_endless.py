"""Programs that do not end by themselves: servers, and prompts that ask again and again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.config import Config
from harness.model import Case, Difference
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.programs import needs_sandbox, pair, python, subject

pytestmark = pytest.mark.slow

SERVER = """
import socket, sys, time
args = sys.argv[1:]
if args in (["--help"], ["-h"]):
    print("Usage: prog <COMMAND>\\n\\nCommands:\\n  serve  Serves\\n  ask    Asks\\n")
    sys.exit(0)
if args == ["serve", "--help"]:
    print("Usage: prog serve [OPTIONS]\\n\\nOptions:\\n      --greeting <TEXT>  What to say\\n      --open  Opens")
    sys.exit(0)
if args == ["ask", "--help"]:
    print("Usage: prog ask")
    sys.exit(0)
if args[:1] == ["serve"]:
    if "--no-such-flag" in args:
        sys.exit("error: unknown flag")
    listening = socket.create_server(("127.0.0.1", 4711))
    greeting = args[args.index("--greeting") + 1] if "--greeting" in args[:-1] else "hello"
    print("listening, says", greeting, "opened" if "--open" in args else "closed", flush=True)
    time.sleep(600)
if args[:1] == ["ask"]:
    while not sys.stdin.readline().strip():
        print("Your name:")
    print("thanks")
"""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder = tmp_path_factory.mktemp("endless")
    one = subject({"prog": python(folder / "one", SERVER)})
    return list(CommandProbe().core(one, Config(), Store(folder / "store")))


def found(tmp_path: Path, after: str, cases: Sequence[Case]) -> list[Difference]:
    probe = CommandProbe()
    sides = [subject({"prog": python(tmp_path / name, text)}) for name, text in (("old", SERVER), ("new", after))]
    seen = [{repr(case): data for case, data in probe.observe(side, cases, 2)} for side in sides]
    compared = (probe.compare(case, seen[0][repr(case)], seen[1][repr(case)], pair()) for case in cases)
    return [one for several in compared for one in several.differences]


@needs_sandbox
def test_a_server_and_a_prompt_are_recognised(cases: list[Case]) -> None:
    assert {case.argv[0] for case in cases if case.endless} - {"help"} == {"serve", "ask"}
    assert {case.timeout for case in cases if case.endless} == {2.0}


@needs_sandbox
def test_what_they_do_until_they_are_stopped_is_compared(tmp_path: Path, cases: list[Case]) -> None:
    changed = SERVER.replace('"listening, says"', '"listening and says"').replace('"error: unknown flag"', "3")
    began = time.monotonic()
    shown = {(one.facet, one.after) for one in found(tmp_path, changed, cases)}
    assert time.monotonic() - began < 5 * len([case for case in cases if case.endless])
    assert ("stdout", "listening and says value closed\n") in shown
    assert ("stdout", "listening and says hello opened\n") in shown
    assert ("exit status", "exit 3") in shown
    # The prompt says the same as before, in all of its many lines.
    assert not [after for _, after in shown if "name" in after]


@needs_sandbox
def test_a_server_that_ends_now_is_a_difference(tmp_path: Path, cases: list[Case]) -> None:
    few = [case for case in cases if case.argv in (("serve",), ("serve", "--open"))]
    shown = found(tmp_path, SERVER.replace("time.sleep(600)", "sys.exit(0)"), few)
    assert {(one.before, one.after) for one in shown} == {("stopped after 2 s", "exit 0")}
