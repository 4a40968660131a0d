"""Programs are given files of the repository of the kinds that they take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.samples_found import MOST_OF_A_KIND, kinds_in
from harness.cases.texts_found import several_of, texts_in
from harness.config import Config
from harness.model import Case
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import needs_sandbox, python, revision, subject

FORMATTER = """
import argparse, sys
parser = argparse.ArgumentParser(prog="prog")
parser.add_argument("file", nargs="?", help="the notes to format")
parser.add_argument("--config", metavar="FILE", help="how to format them")
parser.add_argument("--upper", action="store_true", help="in capitals")
args = parser.parse_args()
if args.file is None:
    sys.exit("nothing to format")
text = open(args.file, "rb").read()
if not text.startswith(b"note:"):
    sys.exit("no note")
width = 80
if args.config:
    key, _, value = open(args.config).read().partition("=")
    if key.strip() != "width":
        sys.exit(f"unknown key {key.strip()!r}")
    width = int(value)
made = text.decode()[:width]
print(made.upper() if args.upper else made)
"""
FILES = {
    "tests/data/long.note": b"note: one\ntwo\nthree\n",
    "tests/data/short.note": b"note: one\n",
    "tests/data/other.text": b"something else\n",
    "docs/guide.text": b"a guide\n",
    "examples/wide.toml": b"width = 100\n",
}


@given(st.lists(st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3}){0,2}\.(aa|bb|toml|lock)", fullmatch=True), unique=True))
def test_files_stand_under_their_own_kind_and_documents_under_none(paths: list[str]) -> None:
    kinds = kinds_in(paths)
    assert set(kinds) == {PurePosixPath(path).suffix for path in paths} & {".aa", ".bb"}
    for kind, some in kinds.items():
        assert some
        assert len(some) <= MOST_OF_A_KIND
        assert {PurePosixPath(path).suffix for path in some} == {kind}


def test_the_kinds_that_tests_and_examples_have_most_of_come_first_without_what_lies_elsewhere() -> None:
    paths = ["README.md", "a.md", "b.md", "tests/x.lang", "examples/y.lang", "src/z.lang", "tests/q.md"]
    assert kinds_in(paths) == {".lang": ["examples/y.lang", "tests/x.lang"], ".md": ["tests/q.md"]}


def test_of_very_many_some_from_everywhere_are_chosen() -> None:
    found = kinds_in([f"tests/{number:03}.aa" for number in range(200)])[".aa"]
    assert found[0] == "tests/000.aa"
    assert found[-1] > "tests/180.aa"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder = tmp_path_factory.mktemp("samples")
    one = replace(subject({"prog": python(folder / "bin", FORMATTER)}), files=Files(FILES))
    return list(CommandProbe().core(one, Config(), Store(folder / "store")))


@pytest.mark.slow
@needs_sandbox
def test_a_program_is_given_the_kinds_that_it_takes_and_no_others(made: list[Case]) -> None:
    given_files = {case.argv[0] for case in made if case.origin.startswith("sample ") and case.argv}
    assert {"tests/data/long.note", "tests/data/short.note"} <= given_files
    assert not [path for path in given_files if path.endswith(".text")]


@pytest.mark.slow
@needs_sandbox
def test_samples_are_also_altered_and_given_on_standard_input(made: list[Case]) -> None:
    assert {"sample tests/data/long.note: cut off", "sample tests/data/short.note: CRLF"} <= {
        one.origin for one in made
    }
    for argv in ((), ("-",)):
        assert FILES["tests/data/long.note"] in {case.stdin for case in made if case.argv == argv}


@pytest.mark.slow
@needs_sandbox
def test_flags_and_files_of_flags_stand_behind_a_sample(made: list[Case]) -> None:
    behind = {case.argv[1:] for case in made if case.argv[:1] == ("tests/data/long.note",)}
    assert {("--upper",), ("--config", "examples/wide.toml")} <= behind


@pytest.mark.slow
@needs_sandbox
def test_a_sample_that_a_commit_adds_or_changes_is_given_to_both_sides(tmp_path: Path) -> None:
    program = {"prog": python(tmp_path / "bin", FORMATTER)}
    new = {
        **FILES,
        "tests/data/new.note": b"note: new\n",
        "tests/data/new.memo": b"note: memo\n",
        "tests/data/short.note": b"note: 1\n",
    }
    before, after = (
        replace(subject(program), revision=revision(name), files=Files(files))
        for name, files in (("old", FILES), ("new", new))
    )
    extra = CommandProbe().extras(before, after, Config(), Store(tmp_path / "store"))
    texts = {case.files[case.argv[0]] for case in extra if case.origin.startswith("sample ") and case.argv[1:] == ()}
    assert texts == {b"note: new\n", b"note: memo\n", b"note: 1\n", b"note: one\n"}


def test_texts_of_several_lines_in_sources_are_read_without_their_indentation_and_those_of_tests_come_first() -> None:
    sources = {
        "src/main.rs": 'fn f() { g("one line"); g(r"a\n"); /* "no\ntext" */ h("first\\nsecond"); }',
        "tests/it.rs": 'fn t() {\n    run(\n        "\n        foo:\n          echo hi\n        ",\n    );\n}\n',
    }
    assert texts_in(sources) == ["foo:\n  echo hi\n", "first\nsecond\n"]


@given(st.dictionaries(st.text(), st.text()), st.integers(1, 20))
def test_texts_have_several_lines_and_never_more_are_chosen_than_asked_for(sources: dict[str, str], most: int) -> None:
    found = texts_in(sources)
    assert all(text.strip("\n").count("\n") for text in found)
    assert len(several_of(found, most)) <= most


READER = """
import argparse, random, sys
parser = argparse.ArgumentParser(prog="prog")
parser.add_argument("--notes", metavar="FILE", help="where the notes are")
parser.add_argument("--scratch", metavar="DIR", help="where to work")
args = parser.parse_args()
if args.scratch:
    sys.exit(f"cannot make {args.scratch}/{''.join(random.choices('abcdefgh', k=12))}")
text = open(args.notes).read() if args.notes else ""
if not text.startswith("note:"):
    sys.exit("no note")
print(len(text.splitlines()), "lines")
"""
WITH_TEXTS = {
    "tests/it.rs": b'fn t() {\n    reads("\n        note: a\n        b\n    ");\n}\n',
    "src/lib.rs": b"pub fn f() {}\n",
}


@pytest.mark.slow
@needs_sandbox
def test_a_flag_that_takes_what_tests_have_as_texts_is_given_them_and_those_of_the_commit(tmp_path: Path) -> None:
    program = {"prog": python(tmp_path / "bin", READER)}
    new = {**WITH_TEXTS, "tests/more.rs": b'fn t() { reads("note: new\\nx\\ny\\n"); }'}
    before, after = (
        replace(subject(program), revision=revision(name), files=Files(files))
        for name, files in (("old", WITH_TEXTS), ("new", new))
    )
    store = Store(tmp_path / "store")
    made = CommandProbe().core(before, Config(), store)
    assert b"note: a\nb\n" in {data for case in made if "--notes" in case.argv for data in case.files.values()}
    extra = CommandProbe().extras(before, after, Config(), store)
    assert b"note: new\nx\ny\n" in {data for case in extra if "--notes" in case.argv for data in case.files.values()}


@pytest.mark.slow
@needs_sandbox
def test_a_flag_with_which_the_program_never_says_the_same_is_no_place_for_files(tmp_path: Path) -> None:
    files = {**WITH_TEXTS, "examples/one.toml": b"a = 1\n"}
    one = replace(subject({"prog": python(tmp_path / "bin", READER)}), files=Files(files))
    made = CommandProbe().core(one, Config(), Store(tmp_path / "store"))
    assert not [case for case in made if case.argv[:1] == ("--scratch",) and "examples/one.toml" in case.argv]
