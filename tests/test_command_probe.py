"""The command probe from a program to a difference, and how fast it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.config import Config, parse
from harness.errors import MissingTool
from harness.model import Case, Difference
from harness.probes.base import CaseProbe
from harness.probes.command import CommandProbe
from harness.probes.containment import containment
from harness.probes.lanes import run_cases
from harness.store import Store
from tests.support.programs import OPEN, needs_sandbox, pair, python, subject

PROGRAM = """
import sys
args = sys.argv[1:]
if args in (["--help"], ["-h"]):
    print("Usage: prog [OPTIONS] <FILE>\\n\\nOptions:\\n  -n, --lines <NUM>  How many\\n      --save         Keeps")
    sys.exit(0)
lines = None
if "--lines" in args:
    at = args.index("--lines")
    try:
        lines = int(args[at + 1])
    except (IndexError, ValueError):
        sys.exit("error: bad number")
    del args[at:at + 2]
if "--save" in args:
    args.remove("--save")
    open("saved", "w").write("kept\\n")
if not args:
    sys.exit("error: no file")
try:
    text = open(args[0]).read().splitlines()
except OSError as error:
    sys.exit(f"error: {error.strerror}")
print("\\n".join(text[:lines]))
"""


def differences(tmp_path: Path, before: str, after: str, config: Config | None = None) -> list[Difference]:
    """All that the probe finds between two programs, by its own cases."""
    probe, store = CommandProbe(), Store(tmp_path / "store")
    old = subject({"prog": python(tmp_path / "old", before)})
    new = subject({"prog": python(tmp_path / "new", after)})
    cases = list(probe.core(old, config or Config(), store))
    cases += [case for case in probe.extras(old, new, config or Config(), store) if case not in cases]
    seen = [{repr(case): data for case, data in probe.observe(side, cases, 2)} for side in (old, new)]
    return [
        one
        for case in cases
        for one in probe.compare(case, seen[0][repr(case)], seen[1][repr(case)], pair()).differences
    ]


def test_it_is_a_case_probe() -> None:
    probe: CaseProbe = CommandProbe()
    assert isinstance(probe, CaseProbe)


@pytest.mark.slow
@needs_sandbox
def test_the_same_program_shows_no_difference(tmp_path: Path) -> None:
    assert differences(tmp_path, PROGRAM, PROGRAM + "\n# moved\n") == []


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize(
    ("old", "new", "facet", "argv"),
    [
        ("error: no file", "error: a file is needed", "stderr", ()),
        ("text[:lines]", "text[:lines or None]", "stdout", ("input.txt", "--lines", "0")),
        ("kept\\n", "KEPT\\n", "files", ("input.txt", "--save")),
        ('"saved"', '"stored"', "files", ("input.txt", "--save")),
        ('sys.exit("error: bad number")', "sys.exit(2)", "exit status", ("input.txt", "--lines", "many")),
        ("How many", "How much", "stdout", ("--help",)),
        ("int(args[at + 1])", "abs(int(args[at + 1]))", "stdout", ("input.txt", "--lines", "-1")),
    ],
)
def test_a_regression_is_found_without_any_configuration(
    tmp_path: Path, old: str, new: str, facet: str, argv: tuple[str, ...]
) -> None:
    assert old in PROGRAM
    found = differences(tmp_path, PROGRAM, PROGRAM.replace(old, new))
    assert (facet, argv) in {(one.facet, one.case.argv) for one in found if one.case}


def test_a_candidate_that_hangs_is_a_timeout(tmp_path: Path) -> None:
    old, new = (subject({"prog": python(tmp_path / str(wait), f"import time; time.sleep({wait})")}) for wait in (0, 60))
    case = Case(program="prog", timeout=0.5)
    ((_, before),), ((_, after),) = (tuple(CommandProbe().observe(side, [case], 1)) for side in (old, new))
    assert [one.facet for one in CommandProbe().compare(case, before, after, pair()).differences] == ["timeout"]


@pytest.mark.slow
@needs_sandbox
def test_a_flag_that_the_candidate_lost_is_found(tmp_path: Path) -> None:
    without = PROGRAM.replace("\\n      --save         Keeps", "").replace('"--save" in args', "False")
    assert ("input.txt", "--save") in {one.case.argv for one in differences(tmp_path, PROGRAM, without) if one.case}


def test_without_a_sandbox_the_report_says_what_was_not_run(tmp_path: Path) -> None:
    probe = CommandProbe(contained=lambda: OPEN)
    old = subject({"prog": python(tmp_path / "old", PROGRAM)})
    config = parse('[[command]]\nname = "c"\nargv = ["x.txt"]', "harness.toml")
    argvs = {case.argv for case in probe.core(old, config, Store(tmp_path / "store"))}
    assert argvs == {("x.txt",), ("--help",), ("-h",), ("--version",), ("-V",)}
    assert probe.caveat().endswith("since there is no sandbox: this test goes without")
    assert probe.surroundings() != CommandProbe().surroundings() or not containment().works


def test_observations_without_a_sandbox_do_not_depend_on_where_they_were_made(tmp_path: Path) -> None:
    probe = CommandProbe(contained=lambda: OPEN)
    one = subject({"prog": python(tmp_path, "import os; print(os.getcwd()); open('f', 'w').write(os.getcwd())")})
    cases = [Case(program="prog", argv=("x",))]
    assert len({data for _ in range(3) for _, data in probe.observe(one, cases, 1)}) == 1


def test_a_program_that_is_gone_is_a_missing_file(tmp_path: Path) -> None:
    one = subject({"prog": python(tmp_path, "")})
    two = subject({"a": python(tmp_path / "a", ""), "b": python(tmp_path / "b", "")})
    (tmp_path / "prog").unlink()
    ((_, seen),) = CommandProbe().observe(one, [Case(program="prog")], 1)
    assert b"could not start: No such file or directory" in seen
    (tmp_path / "b" / "prog").unlink()
    with pytest.raises(MissingTool, match="was not found"):
        list(CommandProbe().observe(two, [Case(program="a")], 1))


# -- speed ----------------------------------------------------------------------------------------------------

_CASES = 1000


def trivial(folder: Path) -> Path:
    """A program that does nothing, so that only the cost of running it is seen."""
    compiler = shutil.which("cc")
    if compiler is None:
        return Path(shutil.copy2("/bin/true", folder / "prog"))
    (folder / "prog.c").write_text('#include <stdio.h>\nint main(void) { puts("hi"); return 0; }\n')
    subprocess.run([compiler, "-O1", "-o", folder / "prog", folder / "prog.c"], check=True)
    return folder / "prog"


def bare_loop(program: Path, cases: Sequence[Case]) -> float:
    """Cases per second of what anyone would write."""

    def one(case: Case) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.run([program, *case.argv], capture_output=True, cwd=folder, check=False).stdout

    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, cases))
    return len(cases) / (time.monotonic() - began)


@pytest.mark.slow
def test_running_cases_is_measured_against_a_bare_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = trivial(tmp_path)
    cases = [Case(program="prog", argv=(str(number),)) for number in range(_CASES)]
    bare = bare_loop(program, cases)
    began = time.monotonic()
    seen = list(run_cases({"prog": program}, cases, lanes=os.cpu_count() or 1, contained=containment()))
    ours = _CASES / (time.monotonic() - began)
    with capsys.disabled():
        print(f"\n{ours:.0f} cases a second, {bare:.0f} in a bare loop: {ours / bare:.2f}")
    assert {case.argv for case, one in seen if one.status == "exit 0"} == {case.argv for case in cases}
