"""Flags are tried where they have something to do: on documents that the program accepts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.flagged import flags_with, names_for, with_words
from harness.cases.help_discovery import Page
from harness.config import Command, Config
from harness.model import Case
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import needs_sandbox, python, subject

PLAN = {"title": "plan", "jobs": [{"name": "build", "after": []}, {"name": "test"}], "targets": {"x86": {}, "arm": {}}}

RUNNER = """
import argparse, json, os, sys, time
parser = argparse.ArgumentParser(prog="prog")
parser.add_argument("file")
parser.add_argument("--job", action="append", metavar="NAME", help="run this one")
parser.add_argument("--dry-run", action="store_true", help="only say what would be run")
parser.add_argument("--bench", action="store_true", help="measure")
parser.add_argument("--verbose", action="store_true", help="say more")
parser.add_argument("--clock", action="store_true", help="say the time")
args = parser.parse_args()
jobs = [one["name"] for one in json.load(open(args.file))["jobs"]]
if unknown := [one for one in args.job or [] if one not in jobs]:
    sys.exit(f"no job {unknown[0]}")
if args.clock:
    print("at", "x" * (time.perf_counter_ns() % 97))
print("would run" if args.dry_run else "ran", *(args.job or jobs))
"""


def test_names_are_those_below_a_key_that_a_word_tells_of() -> None:
    assert names_for(["--job", "NAME"], PLAN) == ["build", "test"]
    assert names_for(["--target"], PLAN) == ["x86", "arm"]
    assert names_for(["--feature"], {"features": ["a", "b"], "name": "other"}) == ["a", "b"]


def test_where_no_key_is_told_of_they_are_all_names_that_there_are() -> None:
    assert names_for(["--only", "WHAT"], PLAN) == ["plan", "build", "test"]


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda some: st.lists(some) | st.dictionaries(st.text(), some))
)
def test_no_name_can_be_taken_for_a_flag_or_is_no_text(document: object) -> None:
    for one in names_for(["--name", "KEY"], {"names": document, "name": document}):
        assert isinstance(one, str)
        assert one
        assert one.isprintable()
        assert not one.startswith("-")


def cases_of(tmp_path: Path, program: str) -> list[Case]:
    files = {"examples/plan.json": b'{"jobs": [{"name": "build"}, {"name": "test"}]}'}
    one = replace(subject({"prog": python(tmp_path / "bin", program)}), files=Files(files))
    made = CommandProbe().core(one, Config(), Store(tmp_path / "store"))
    return [case for case in made if case.origin.startswith("examples/plan.json: --")]


@pytest.mark.slow
@needs_sandbox
def test_flags_are_tried_on_an_example_with_the_names_that_it_has(tmp_path: Path) -> None:
    tried = {case.argv[1:] for case in cases_of(tmp_path, RUNNER)}
    assert {("--dry-run",), ("--job", "build"), ("--job", "test", "--job", "build")} <= tried
    assert {("--job", "build", "--job", "test")} <= tried


@pytest.mark.slow
@needs_sandbox
def test_flags_for_logs_and_benchmarks_and_those_that_give_another_output_each_time_are_left_out(
    tmp_path: Path,
) -> None:
    flags = {word for case in cases_of(tmp_path, RUNNER) for word in case.argv if word.startswith("-")}
    assert "--dry-run" in flags
    assert not {"--clock", "--bench", "--verbose"} & flags


SHOWER = """
import argparse, os, sys
parser = argparse.ArgumentParser(prog="prog")
parser.add_argument("thing")
parser.add_argument("--json", action="store_true", help="print JSON")
args = parser.parse_args()
if not os.path.exists(f"things/{args.thing}"):
    sys.exit(f"no thing {args.thing}")
print('{"thing": 1}' if args.json else "a thing")
"""


@pytest.mark.slow
@needs_sandbox
def test_flags_of_a_command_without_a_document_are_tried_where_it_ends_well(tmp_path: Path) -> None:
    one = replace(subject({"prog": python(tmp_path / "bin", SHOWER)}), files=Files({"things/lamp": b"on"}))
    named = Command(name="show", argv=("lamp",), files={"things": "things"})
    made = CommandProbe().core(one, Config(command=(named,)), Store(tmp_path / "store"))
    assert ("lamp", "--json") in {case.argv for case in made if "things/lamp" in case.files}


FETCHER = """
import argparse, sys
parser = argparse.ArgumentParser(prog="prog")
parser.add_argument("url")
parser.add_argument("--offline", action="store_true", help="only show what would be sent")
parser.add_argument("--quiet", action="store_true", help="say nothing")
parser.add_argument("--upper", action="store_true", help="in capitals")
args = parser.parse_args()
if not args.offline:
    sys.exit("no such host")
print("GET" if args.upper else "get", args.url)
"""


@pytest.mark.slow
@needs_sandbox
def test_flags_of_a_command_that_ends_well_with_a_switch_alone_are_tried_with_that(tmp_path: Path) -> None:
    one = subject({"prog": python(tmp_path / "bin", FETCHER)})
    made = {case.argv for case in CommandProbe().core(one, Config(), Store(tmp_path / "store"))}
    url = "http://127.0.0.1:9/"
    assert (url, "--offline", "--upper") in made
    assert (url, "--quiet", "--upper") not in made


LOUD = """\
Usage: prog run [OPTIONS] <FILE>

Options:
      --log-level <LEVEL>  How much [possible values: error, info, trace]
      --color <WHEN>       Colours
  -q, --quiet              Less
      --jobs <N>           How many
  -h, --help               Print help
"""


def test_flags_about_something_are_those_whose_name_says_so_with_their_most_unlike_values() -> None:
    page, about = Page(program="prog", path=("run",), text=LOUD), re.compile("log|quiet|color|help")
    case = Case(program="prog", argv=("run", "plan.json"))
    assert set(flags_with(page, about, case, 2)) == {("--log-level", "trace"), ("--log-level", "error"), ("--quiet",)}
    assert ("--quiet",) not in flags_with(page, about, replace(case, argv=("run", "-q")), 2)
    assert not [*flags_with(None, about, case, 2)]


def test_words_stand_in_front_of_what_is_no_flag() -> None:
    case = Case(program="prog", argv=("run", "--", "-x"), origin="plan")
    assert with_words(case, ("--color", "never")).argv == ("run", "--color", "never", "--", "-x")
