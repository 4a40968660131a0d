"""SQLite databases are compared by their schema and rows, with what is still in the write-ahead log."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.compare import database
from harness.compare.database import is_database, rows_of
from harness.compare.output import CommandObservation, FileChange, texts
from harness.config import Config
from tests.support.judging import judged
from tests.support.programs import needs_sandbox, observe_one, python, shell

VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(max_size=5), st.binary(max_size=80)
)


def made(*statements: str, rows: object = (), page_size: int = 4096) -> bytes:
    """A database that statements make; each of `rows` goes into the table `t`."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size = {page_size}")
    for statement in statements:
        connection.execute(statement)
    connection.executemany("INSERT INTO t VALUES (?, ?)", rows)  # type: ignore[arg-type]
    connection.commit()
    content = connection.serialize()
    connection.close()
    return content


def table(*rows: tuple[object, object], page_size: int = 4096) -> bytes:
    """A database with one table of two columns."""
    return made("CREATE TABLE t (a, b)", rows=rows, page_size=page_size)


def change(path: bytes, content: bytes, **more: object) -> FileChange:
    """A file that a program made."""
    known: dict[str, object] = {"change": "created", "kind": "file", "mode": "600", "size": len(content), "digest": "d"}
    return FileChange(path=path, content=content, **{**known, **more})  # type: ignore[arg-type]


def test_schema_and_rows_are_a_line_each() -> None:
    text = rows_of(made("CREATE TABLE t (a  INTEGER,\n b TEXT)", "CREATE INDEX i ON t (b)", rows=[(1, "x"), (2, None)]))
    assert text is not None
    assert text.splitlines() == [
        "user_version = 0",
        "application_id = 0",
        "encoding = UTF-8",
        "CREATE INDEX i ON t (b)",
        "CREATE TABLE t (a INTEGER, b TEXT)",
        't: a 1, b "x"',
        "t: a 2, b NULL",
    ]


@given(st.lists(st.tuples(VALUES, VALUES), max_size=8))
@settings(deadline=None, max_examples=50)
def test_the_layout_of_pages_does_not_count(rows: list[tuple[object, object]]) -> None:
    assert table(*rows) != table(*rows, page_size=1024)
    assert rows_of(table(*rows)) == rows_of(table(*rows, page_size=1024)) is not None


@given(VALUES, VALUES)
@settings(deadline=None, max_examples=100)
def test_another_value_is_another_text(one: object, other: object) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    connection.executemany("INSERT INTO t VALUES (?)", [(one,), (other,)])
    stored = connection.execute("SELECT typeof(a), a FROM t").fetchall()
    connection.close()
    equal = repr(stored[0]) == repr(stored[1])
    assert (rows_of(table((one, 0))) == rows_of(table((other, 0)))) == equal


def test_long_blobs_are_told_apart_by_their_digest() -> None:
    one, other = (rows_of(table((b"x" * 100 + end, 0))) or "" for end in (b"a", b"b"))
    assert one != other
    assert "101 bytes, sha256 " in one


@pytest.mark.parametrize(
    "statements",
    [
        ("CREATE TABLE t (a, b)", "PRAGMA user_version = 7"),
        ("CREATE TABLE t (a, b NOT NULL)",),
        ("CREATE TABLE t (a, b)", "CREATE INDEX i ON t (a)"),
        ("CREATE TABLE t (a, b)", "CREATE TABLE other (c)"),
    ],
)
def test_another_schema_is_another_text(statements: tuple[str, ...]) -> None:
    assert rows_of(made(*statements)) != rows_of(table())


def test_names_and_text_that_are_odd_are_read() -> None:
    odd = made("CREATE TABLE t (a, b)", 'CREATE TABLE "a ""b"" [c]" (x)', 'INSERT INTO "a ""b"" [c]" VALUES (1)')
    assert 'a "b" [c]: x 1' in (rows_of(odd) or "")
    assert "\udcff" in (rows_of(made("CREATE TABLE t (a, b)", "INSERT INTO t VALUES (CAST(x'ff' AS TEXT), 0)")) or "")


@given(st.integers(0, 8192), st.integers(0, 255))
@example(4077, 128)
@settings(deadline=None, max_examples=100)
def test_a_damaged_database_is_never_an_error(place: int, byte: int) -> None:
    content = bytearray(table((1, "x")))
    content[min(place, len(content) - 1)] = byte
    rows_of(bytes(content))
    rows_of(bytes(content[:place]))


def test_what_cannot_be_read_is_not_taken_for_rows() -> None:
    whole = table((1, "x"))
    assert is_database(whole)
    assert rows_of(b"") is None
    assert rows_of(b"plain text\0") is None
    assert rows_of(whole[:600]) is None
    assert rows_of(whole[:16] + b"\xff" * (len(whole) - 16)) is None


def test_a_database_that_takes_for_ever_to_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_MOST_STEPS", 1)
    assert rows_of(table(*[(number, "x") for number in range(1000)])) is None


# -- a database that was not closed ------------------------------------------------------------------------------


@pytest.fixture
def unclosed(tmp_path: Path) -> tuple[bytes, bytes]:
    """A database with two transactions in its write-ahead log, and that log."""
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE t (a, b)")
    connection.commit()
    for number in (1, 2):
        connection.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 5000))
        connection.commit()
    content, log = path.read_bytes(), (tmp_path / "state.db-wal").read_bytes()
    connection.close()
    return content, log


def test_what_is_only_in_the_log_is_read(unclosed: tuple[bytes, bytes]) -> None:
    content, log = unclosed
    assert "t: a" not in (rows_of(content) or "")
    read = rows_of(content, log) or ""
    assert [line[:6] for line in read.splitlines() if line.startswith("t:")] == ["t: a 1", "t: a 2"]


def test_a_transaction_that_was_cut_off_does_not_count(unclosed: tuple[bytes, bytes]) -> None:
    content, log = unclosed
    for cut in (log[:-1], log[:-5000], log[:-1] + bytes([log[-1] ^ 1])):
        read = rows_of(content, cut) or ""
        assert "t: a 1" in read
        assert "t: a 2" not in read


@given(st.data())
@settings(deadline=None, max_examples=50)
def test_a_damaged_log_is_never_an_error(data: st.DataObject) -> None:
    log = data.draw(st.binary(max_size=200)) + bytes.fromhex("377f0682") * data.draw(st.integers(0, 20))
    assert rows_of(table((1, 2)), log) == rows_of(table((1, 2)))


# -- as a part of what a case left behind ------------------------------------------------------------------------


def test_a_database_is_compared_by_its_rows_and_mode() -> None:
    one = CommandObservation(status="exit 0", files=(change(b"state.db", table((1, "x"))),))
    other = CommandObservation(status="exit 0", files=(change(b"state.db", table((1, "x"), page_size=1024)),))
    place = ("files", "state.db")
    assert texts(one) == texts(other)
    assert texts(one)[place].startswith("created file, mode 600, SQLite database\n")
    assert 't: a 1, b "x"' in texts(one)[place]


def test_the_log_of_a_database_that_was_read_says_nothing_more(unclosed: tuple[bytes, bytes]) -> None:
    content, log = unclosed
    files = (change(b"state.db", content), change(b"state.db-wal", log), change(b"state.db-shm", b"\0\1"))
    said = texts(CommandObservation(status="exit 0", files=files))
    assert "t: a 2" in said["files", "state.db"]
    assert (
        said["files", "state.db-wal"]
        == said["files", "state.db-shm"]
        == ("created file, mode 600, part of a SQLite database")
    )


def test_a_database_that_cannot_be_read_is_compared_by_its_bytes() -> None:
    damaged = table((1, "x"))[:700]
    files = (change(b"state.db", damaged), change(b"state.db-wal", b"\0"))
    said = texts(CommandObservation(status="exit 0", files=files))
    assert said["files", "state.db"].startswith("created file, mode 600, 700 bytes, sha256 d; a SQLite database that")
    assert said["files", "state.db-wal"] == "created file, mode 600, 1 bytes\n$.bytes 0 to 0 = 00\n"


def test_a_database_whose_log_is_too_large_to_keep_is_compared_by_its_bytes() -> None:
    files = (change(b"state.db", table((1, "x"))), change(b"state.db-wal", b"", whole=False))
    assert "sha256" in texts(CommandObservation(status="exit 0", files=files))["files", "state.db"]


# -- as programs leave them --------------------------------------------------------------------------------------

WRITES = """
import os, sqlite3, sys
one = sqlite3.connect("state.db")
one.execute("CREATE TABLE t (a, b)")
one.executemany("INSERT INTO t VALUES (?, ?)", [(number, "x" * int(sys.argv[2])) for number in range(int(sys.argv[1]))])
one.commit()
"""


def left_by(folder: Path, text: str, *argv: str) -> str:
    """What is said of the database that a program leaves behind."""
    return texts(observe_one(python(folder, text), *argv))["files", "state.db"]


def test_a_database_that_a_process_still_has_locked_is_read(tmp_path: Path) -> None:
    locks = WRITES + "if not os.fork():\n    one.execute('BEGIN EXCLUSIVE')\n    os.read(os.pipe()[0], 1)\n"
    assert 't: a 1, b "x"' in left_by(tmp_path, locks, "2", "1")


def test_a_database_of_two_megabytes_is_read_by_its_rows(tmp_path: Path) -> None:
    said = left_by(tmp_path, WRITES, "200", "10000")
    assert said.startswith("created file, mode 644, SQLite database\n")
    assert "t: a 199, b" in said


def test_of_a_database_too_large_to_be_read_the_digest_counts(tmp_path: Path) -> None:
    grows = WRITES + "os.truncate('state.db', 200 << 20)\n"
    began = time.monotonic()
    assert left_by(tmp_path, grows, "2", "1").endswith("; too large to be read")
    assert time.monotonic() - began < 5


def test_a_program_whose_database_grows_without_end_is_stopped(tmp_path: Path) -> None:
    seen = observe_one(shell(tmp_path, "exec truncate -s 1G state.db"))
    assert seen.status == "signal SIGXFSZ"


ENCRYPTED = "import os\nopen('state.db', 'wb').write(os.urandom(8192))\n"
"""Each time with another salt, as encrypted databases are."""


@pytest.mark.slow
@needs_sandbox
def test_an_encrypted_database_that_is_another_each_time_is_no_change(tmp_path: Path) -> None:
    found = judged(tmp_path, ENCRYPTED, f"{ENCRYPTED}#", config=Config(cases=1)).differences
    assert [one for one in found if one.facet != "flaky"] == []


@pytest.mark.slow
@needs_sandbox
def test_an_encrypted_database_that_is_not_written_any_more_is_a_change(tmp_path: Path) -> None:
    gone = ENCRYPTED.replace("open('state.db', 'wb').write", "len")
    found = judged(tmp_path, ENCRYPTED, gone, config=Config(cases=1)).differences
    assert ("files", "state.db") in {(one.facet, one.where) for one in found}
