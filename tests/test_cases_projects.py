"""Commands that work in a folder are tried in all of those that the repository has of their kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.projects import MOST_NEW, folders_with
from harness.config import Config
from harness.model import Case
from harness.probes.base import Subject
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import needs_sandbox, python, revision, subject

BINDER = """
import argparse, pathlib, sys
argparse.ArgumentParser(prog="prog", description="Binds a book.").parse_args()
try:
    title = pathlib.Path("book.txt").read_text()
except FileNotFoundError:
    sys.exit("no book here")
print(title, *(page.read_text() for page in sorted(pathlib.Path("pages").glob("*"))))
"""

BOOKS = {
    "guide/book.txt": b"The guide",
    "tests/plain/book.txt": b"Plain",
    "tests/plain/pages/1.md": b"first",
    "tests/long/book.txt": b"Long",
    "tests/long/pages/1.md": b"first",
    "tests/long/pages/2.md": b"second",
    "tests/none/pages/1.md": b"no book",
}
PATHS = st.lists(st.sampled_from(["a", "b", ".c", "target", "d*"]), min_size=1, max_size=4).map("/".join)


def test_folders_are_those_in_which_a_file_stands_as_it_was_given() -> None:
    assert folders_with(["book.txt"], BOOKS) == ["guide", "tests/long", "tests/plain"]
    assert folders_with(["book.txt", "pages/1.md"], BOOKS)[-1] == "tests/none"
    assert folders_with(["guide/book.txt"], BOOKS) == []


def test_what_tools_keep_to_themselves_is_no_folder_to_work_in() -> None:
    assert folders_with(["x"], ["target/debug/x", ".git/x", "a/.cache/x", "a/node_modules/b/x", "a*/x"]) == []


@given(st.lists(PATHS, max_size=4), st.lists(PATHS, max_size=8, unique=True))
def test_every_folder_has_one_of_the_files_and_is_told_once(names: list[str], paths: list[str]) -> None:
    found = folders_with(names, paths)
    assert len(found) == len(set(found))
    for folder in found:
        assert any(f"{folder}/{name}" in paths for name in names)
        assert PurePosixPath(folder).parts


def bound(tmp_path: Path, files: Mapping[str, bytes]) -> Subject:
    return replace(subject({"prog": python(tmp_path / "bin", BINDER)}), files=Files(files))


def in_folders(cases: Sequence[Case]) -> dict[str, set[str]]:
    return {case.origin: set(case.files) for case in cases if case.origin.startswith("in ")}


@pytest.mark.slow
@needs_sandbox
def test_a_command_that_looks_for_a_file_works_in_every_folder_that_has_it(tmp_path: Path) -> None:
    made = in_folders(CommandProbe().core(bound(tmp_path, BOOKS), Config(), Store(tmp_path / "store")))
    assert {"in guide", "in tests/long", "in tests/plain"} <= set(made)
    assert made["in tests/long"] == {"book.txt", "pages/1.md", "pages/2.md"}


@pytest.mark.slow
@needs_sandbox
def test_a_folder_that_a_commit_changes_is_worked_in_as_either_side_has_it(tmp_path: Path) -> None:
    before = bound(tmp_path, BOOKS)
    new = BOOKS | {"tests/long/pages/3.md": b"third", "tests/new/book.txt": b"New"}
    after = replace(before, revision=revision("new"), files=Files(new))
    made = CommandProbe().extras(before, after, Config(), Store(tmp_path / "store"))
    told = [(case.origin, len(case.files)) for case in made if case.origin.startswith("in ")]
    assert sorted(told) == [("in tests/long", 3), ("in tests/long", 4), ("in tests/new", 1)]
    assert len(told) <= MOST_NEW
