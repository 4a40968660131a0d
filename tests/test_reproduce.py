"""The line that reproduces a difference gives the program exactly what the case did."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.output import CASE_DIRECTORY
from harness.model import Case, Difference
from harness.verify.reproduce import reproduce
from tests.support.programs import python, subject

_ECHO = """
import os, sys
said = sys.stdin.buffer.read()
read = b"".join(open(name, "rb").read() for name in sorted(os.listdir(b".")))
print([os.fsencode(word) for word in sys.argv[1:]], said, read, os.environb.get(b"A"))
"""


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that tells what it was given."""
    return python(tmp_path_factory.mktemp("a folder with 'quotes'"), _ECHO)


def _run(echo: Path, case: Case, **more: str) -> list[str]:
    one = Difference(facet=more.pop("facet", "stdout"), where=more.pop("where", ""), before="a", after="b", case=case)
    line = reproduce(one, subject({"prog": echo}), subject({"prog": echo}))
    done = subprocess.run(["bash", "-c", line], capture_output=True, timeout=30, check=False)
    assert done.stderr == b"", (line, done.stderr)
    return done.stdout.decode().splitlines()


_WORDS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=25, deadline=None)
@given(argv=st.lists(_WORDS, max_size=3), value=_WORDS, stdin=st.binary(max_size=12), content=st.binary(max_size=12))
def test_the_program_gets_what_the_case_says(
    echo: Path, argv: list[str], value: str, stdin: bytes, content: bytes
) -> None:
    case = Case(program="prog", argv=tuple(argv), env={"A": value}, stdin=stdin, files={"file": content})
    expected = f"{[word.encode() for word in argv]} {stdin!r} {content!r} {value.encode()!r}"
    assert _run(echo, case) == [expected, "exit 0"] * 2


def test_the_directory_of_the_case_is_the_one_that_the_line_makes(echo: Path) -> None:
    lines = _run(echo, Case(program="prog", argv=(f"{CASE_DIRECTORY}/file",)))
    assert CASE_DIRECTORY not in lines[0]
    assert "/file'" in lines[0]


def test_a_file_that_differs_is_shown(echo: Path) -> None:
    case = Case(program="prog", files={"out": b"written\n"})
    assert _run(echo, case, facet="files", where="out").count("written") == 2


def test_without_a_case_there_is_nothing_to_reproduce(echo: Path) -> None:
    one = Difference(facet="stdout", where="", before="a", after="b")
    assert reproduce(one, subject({"prog": echo}), subject({"prog": echo})) == ""


def test_somebody_listens_where_the_case_has_sockets(tmp_path: Path) -> None:
    text = """
        import socket
        made = socket.socket(socket.AF_UNIX)
        made.connect("run/app.sock")
        print(made.recv(9))
    """
    program = python(tmp_path, text)
    assert _run(program, Case(program="prog", sockets=("run/app.sock",))) == ["b''", "exit 0"] * 2
