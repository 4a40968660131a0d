"""Programs are called as their repository says that they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cases.base import Ground
from harness.config import Config
from harness.model import Case
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import needs_sandbox, python, revision, subject

CALCULATOR = """
import argparse, sys
parser = argparse.ArgumentParser(prog="calc")
parser.add_argument("sum", help="what to add up")
parser.add_argument("--file", help="more of it")
args = parser.parse_args()
text = args.sum + (open(args.file).read() if args.file else "") + sys.stdin.read()
print(sum(int(one) for one in text.replace("+", " ").split()))
"""
FILES = {
    "README.md": b"Try `calc 1+2`, `calc 2+1` or `calc 7 --file data/more.sum`; never `calc nonsense`.\n",
    "data/more.sum": b" 10 20",
    "tests/it.rs": b'#[test]\nfn t() { calc().args(["40", "--file", "other.sum"]).write_stdin("2"); }\n',
    "src/main.rs": b'fn main() { run(&["-x", "y"]); }\n',
}


def written(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if case.origin.startswith("written")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder = tmp_path_factory.mktemp("written")
    one = replace(subject({"calc": python(folder / "bin", CALCULATOR)}), files=Files(FILES))
    return written(list(CommandProbe().core(one, Config(), Store(folder / "store"))))


@pytest.mark.slow
@needs_sandbox
def test_lines_of_documents_and_tests_are_run_one_for_each_outcome_those_that_end_well_first(made: list[Case]) -> None:
    assert list(dict.fromkeys(case.argv for case in made if not case.stdin or case.argv[0] == "40")) == [
        ("1+2",),
        ("7", "--file", "data/more.sum"),
        ("nonsense",),
        ("40", "--file", "other.sum"),
    ]


@pytest.mark.slow
@needs_sandbox
def test_the_files_that_a_line_names_are_there_and_what_it_is_fed(made: list[Case]) -> None:
    by_words = {case.argv: case for case in made}
    assert by_words["7", "--file", "data/more.sum"].files["data/more.sum"] == b" 10 20"
    assert by_words["40", "--file", "other.sum"].files["other.sum"]
    assert by_words["40", "--file", "other.sum"].stdin == b"2"


@pytest.mark.slow
@needs_sandbox
def test_lines_and_code_in_documents_that_one_side_alone_has_are_tried_on_both(tmp_path: Path) -> None:
    program = {"calc": python(tmp_path / "bin", CALCULATOR)}
    new = {**FILES, "README.md": FILES["README.md"] + b"Now also `calc 3+4`: `3+4 --> 7`, see `Sum`.\n"}
    one = subject(program)
    before, after = (
        replace(one, build=replace(one.build, tree=name), revision=revision(name), files=Files(files))
        for name, files in (("old", FILES), ("new", new))
    )
    extra = written(CommandProbe().extras(before, after, Config(), Store(tmp_path / "store")))
    assert {case.argv for case in extra} == {("3+4",)}


@pytest.mark.slow
@needs_sandbox
def test_a_line_that_cannot_be_laid_out_is_left_out(tmp_path: Path) -> None:
    program = {"calc": python(tmp_path / "bin", CALCULATOR)}
    files = {
        "README.md": b"`calc build build/out.txt` `HOME=x calc 1` `calc 1 /etc/passwd` `calc 5`\n",
        "build": b"",
        "tests/a.rs": b'x.args(["\\0"]);',
    }
    one = replace(subject(program), files=Files(files))
    assert {case.argv for case in written(CommandProbe().core(one, Config(), Store(tmp_path / "store")))} == {("5",)}


ADDER = """
import argparse, pathlib, sys
parser = argparse.ArgumentParser(prog="adder")
parser.add_argument("--twice", action="store_true", help="add up twice")
parser.add_argument("name", nargs="?", default="all")
args = parser.parse_args()
try:
    lines = pathlib.Path("Sumfile").read_text().splitlines()
except FileNotFoundError:
    sys.exit("no Sumfile here")
sums = dict(line.split(" := ") for line in lines)
if args.name not in sums:
    sys.exit(f"there is no {args.name}")
numbers = [int(pathlib.Path(one[1:]).read_text()) if one[0] == "@" else int(one) for one in sums[args.name].split()]
print(sum(numbers) * (2 if args.twice else 1))
"""
LAID_OUT = {
    "tests/it.rs": b"""
        #[test] fn one() { Test::new().sumfile("\\n    all := 1 2\\n    ").stdout("3").success(); }
        #[test] fn two() {
            Test::new()
                .sumfile("more := 4 @more.txt")
                .write("more.txt", "5")
                .arg("more")
                .stdout("9")
                .success();
        }
    """,
}


@pytest.mark.slow
@needs_sandbox
def test_what_a_test_writes_is_there_under_the_name_that_the_program_looks_for(tmp_path: Path) -> None:
    one = replace(subject({"adder": python(tmp_path / "bin", ADDER)}), files=Files(LAID_OUT))
    made = written(list(CommandProbe().core(one, Config(), Store(tmp_path / "store"))))
    assert {case.argv: case.files for case in made if case.files} == {
        (): {"Sumfile": b"all := 1 2\n"},
        ("more",): {"Sumfile": b"more := 4 @more.txt", "more.txt": b"5"},
    }


@pytest.mark.slow
@needs_sandbox
def test_what_a_new_test_lays_out_is_tried_with_every_switch_too(tmp_path: Path) -> None:
    program = {"adder": python(tmp_path / "bin", ADDER)}
    new = {**LAID_OUT, "tests/new.rs": b'fn t() { Test::new().sumfile("all := 6").success(); }'}
    one = subject(program)
    before, after = (
        replace(one, build=replace(one.build, tree=name), revision=revision(name), files=Files(files))
        for name, files in (("old", LAID_OUT), ("new", new))
    )
    extra = written(CommandProbe().extras(before, after, Config(), Store(tmp_path / "store")))
    assert {(case.argv, case.files["Sumfile"]) for case in extra} == {((), b"all := 6"), (("--twice",), b"all := 6")}


def test_nothing_is_run_outside_a_sandbox() -> None:
    from harness.cases.written import WrittenDown

    ground = Ground.__new__(Ground)
    object.__setattr__(ground, "contained", False)
    assert WrittenDown().cases(ground, ()) == ()
    assert WrittenDown().extras(ground, ground) == ()
