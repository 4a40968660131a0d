"""Files of data that a case leaves behind: their values, and which of them vary by themselves."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.documents import described, in_rows, places_in
from harness.compare.output import CommandObservation, FileChange, texts
from harness.compare.volatile import varying_places, without
from harness.compare.weigh import settle, weigh
from tests.support.programs import pair


def told(name: str, content: bytes | str) -> list[str]:
    found = described(name, content.encode() if isinstance(content, str) else content)
    assert found is not None
    return found.splitlines()


def left(name: str, content: bytes, *, whole: bool = True) -> CommandObservation:
    one = FileChange(
        path=name.encode(), change="created", kind="file", mode="644", size=len(content), content=content, whole=whole
    )
    return CommandObservation(status="exit 0", files=(one,))


def text_of(name: str, content: bytes, *, whole: bool = True) -> str:
    return texts(left(name, content, whole=whole))["files", name]


# -- documents ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"a": 1, "b": [true, {"c d": "x"}], "e": {}}'),
        ("a.yaml", 'a: 1\nb:\n  - true\n  - "c d": x\ne: {}\n'),
        ("a.toml", 'a = 1\nb = [true, {"c d" = "x"}]\ne = {}\n'),
    ],
)
def test_a_document_is_told_by_its_values(name: str, text: str) -> None:
    root = "$[0]" if name == "a.yaml" else "$"
    values = [f"{root}{one}" for one in (".a = 1", ".b[0] = true", '.b[1]."c d" = "x"', ".e = {}")]
    assert told(name, text)[1:] == values


def test_a_key_that_is_there_twice_is_told_twice() -> None:
    assert told("a.json", '{"a": 1, "a": 2}')[1:] == ["$.a = 1", "$.a = 2"]


def test_how_a_document_is_laid_out_counts_and_its_values_do_not_count_for_that() -> None:
    (first, *values), (other, *same) = (told("a.json", one) for one in ('{"a": "x y"}', '{"a":"x y"}'))
    assert (first != other, values) == (True, same)
    assert told("a.json", '{"a": "z", "n": 17}')[0] == told("a.json", '{"a": "longer", "n": -3.5e7}')[0]


def test_lines_of_json_are_one_document() -> None:
    assert told("log.jsonl", '{"a": 1}\n{"a": 2}\n')[1:] == ["$[0].a = 1", "$[1].a = 2"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", b'{"a": '), ("a.yaml", b"a: [\n"), ("a.toml", b"a = \n"), ("a.json", b"[" * 5000), ("a.json", b"\xff")],
)
def test_a_broken_document_says_so_and_stays_to_be_compared(name: str, content: bytes) -> None:
    text = text_of(name, content)
    assert text.startswith("created file, mode 644, damaged: ")
    assert text != text_of(name, content + b"x")


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
@settings(deadline=None, max_examples=100)
def test_every_value_of_a_document_can_be_found_again_by_its_place(value: object) -> None:
    lines = told("a.json", json.dumps(value))[1:]
    assert all(places_in(line) for line in lines if "=" not in line.split(" = ")[0])


@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.yaml", "a.toml", "a.tar", "a.zip", "a.gz", "a.jsonl"]))
@settings(deadline=None, max_examples=200)
def test_no_bytes_are_too_strange_for_a_file(content: bytes, name: str) -> None:
    for start in (b"", b"PK\3\4", b"\x1f\x8b", b"PAR1", b"ARROW1", b"SQLite format 3\0"):
        assert text_of(name, start + content)


# -- archives -------------------------------------------------------------------------------------------------


def tar(mode: int = 0o644, mtime: int = 0, content: bytes = b'{"a": 1}') -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        one = tarfile.TarInfo("d/a.json")
        one.size, one.mode, one.mtime = len(content), mode, mtime
        archive.addfile(one, io.BytesIO(content))
    return made.getvalue()


def test_the_members_of_archives_are_told() -> None:
    lines = told("x.tar", tar())
    assert lines[:2] == ["tar archive", "d/a.json: file, mode 644, modified 1970-01-01T00:00:00Z"]
    assert lines[-1] == "d/a.json| $.a = 1"
    assert told("x.tar.gz", gzip.compress(tar()))[1:] == lines
    assert told("x.tar", tar(mode=0o600)) != lines
    assert told("x.tar", tar(mtime=1_800_000_000)) == told("x.tar", tar(mtime=1_900_000_000))


def test_how_strongly_a_zip_was_compressed_is_no_difference_and_a_member_is() -> None:
    def made(level: int, text: str) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
            archive.writestr(zipfile.ZipInfo("a.txt", (1980, 1, 1, 0, 0, 0)), text)
        return file.getvalue()

    assert told("x.zip", made(1, "text" * 99)) == told("x.zip", made(9, "text" * 99))
    assert told("x.zip", made(1, "text")) != told("x.zip", made(1, "other"))


def test_a_bomb_is_not_unpacked() -> None:
    assert told("x.gz", gzip.compress(b"\0" * (64 << 20)))[0].startswith("damaged: more than is looked at")


def test_without_its_library_an_arrow_file_is_compared_by_its_bytes_and_says_so() -> None:
    try:
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: F401
    except ImportError:
        assert "install pytest-refactor-harness[arrow]" in told("x.parquet", b"PAR1...")[0]
        assert told("x.parquet", b"PAR1...") != told("x.parquet", b"PAR1..,")
    else:
        assert told("x.parquet", b"PAR1...")[0].startswith("damaged")


def test_the_values_of_arrow_and_parquet_files_are_told() -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow, the extra `arrow`, is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"id": [1, 2], "name": ["a", None]})
    first, second = io.BytesIO(), io.BytesIO()
    parquet.write_table(table, first)
    with pyarrow.ipc.new_file(second, table.schema) as writer:
        writer.write_table(table)
    values = ["id int64", "name string", "$[0].id = 1", '$[0].name = "a"', "$[1].id = 2", "$[1].name = null"]
    assert told("x.parquet", first.getvalue())[1:] == values
    assert told("x.arrow", second.getvalue())[1:] == values


# -- databases that cannot be read ------------------------------------------------------------------------------


def test_a_database_that_cannot_be_read_is_compared_by_its_bytes_and_says_why() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    good = connection.serialize()
    assert "t: a 1" in text_of("x.db", good)
    assert text_of("x.db", good[:600] + b"\xff" * 3000).endswith("that cannot be read: it is damaged")
    assert text_of("x.db", b"\0\xfe" * 512).endswith("no SQLite database, or an encrypted one")
    assert text_of("x.db", b"", whole=False).endswith("too large to be read")


# -- what varies by itself --------------------------------------------------------------------------------------


def test_what_varies_on_the_baseline_is_left_out_by_its_name() -> None:
    runs = ['$.id = "a1"\n$.rows = 3', '$.id = "zz"\n$.rows = 3']
    assert varying_places(runs) == {"$.id"}
    assert without(runs[0], {"$.id"}) == "$.id = {varies}\n$.rows = 3"


def test_a_column_is_one_place_in_all_rows() -> None:
    runs = ['runs: id 1, token "a, b", state NULL', 'runs: id 1, token "q", state NULL']
    assert varying_places([f"{one}\n{one}" for one in runs]) == {"runs.token"}
    assert without(runs[0], {"runs.token"}) == "runs: id 1, token {varies}, state NULL"


def test_rows_that_come_and_go_or_change_places_are_no_values_that_vary() -> None:
    assert varying_places(["t: a 1\nt: a 2", "t: a 1"]) == set()
    assert varying_places(["t: a 1, b 2\nt: a 3, b 4", "t: a 3, b 4\nt: a 1, b 2"]) == set()
    assert varying_places(["t: a 1", "t: a 2"]) == set()  # nothing would be left to compare


def test_a_random_key_is_no_change_and_named_and_another_key_is_one() -> None:
    def runs(rows: int, *ids: str) -> list[CommandObservation]:
        return [left("r.json", json.dumps({"id": one, "rows": rows}).encode()) for one in ids]

    before, after = runs(3, "alpha", "beta", "gamma"), runs(3, "delta", "eps", "zeta")
    weighed = weigh(before, after, pair())["files", "r.json"]
    assert (weighed.answer, weighed.form) == ("same", "without $.id, which varies on the baseline")
    assert settle(before, runs(4, "delta", "eps", "zeta"), pair()) == "changed"
    steady = runs(3, "alpha", "alpha", "alpha")
    assert settle(steady, after, pair()) == "changed"


def test_a_time_among_bytes_of_no_known_kind_is_no_change_and_another_byte_is_one() -> None:
    def runs(path: bytes, *times: int) -> list[CommandObservation]:
        record = struct.Struct("<IQ4sdQ")
        return [left("db.zo", record.pack(3, len(path), path, 1.0, one)) for one in times]

    before = runs(b"abcd", 1767600000, 1767600001, 1767600003)
    weighed = weigh(before, runs(b"abcd", 1767600250, 1767600255, 1767600256), pair())["files", "db.zo"]
    assert (weighed.answer, weighed.form) == ("same", "without $.bytes 24 to 31, which varies on the baseline")
    assert settle(before, runs(b"abcX", 1767600250, 1767600255, 1767600256), pair()) == "changed"


def test_few_bytes_are_shown_in_rows_and_many_by_their_digest() -> None:
    assert text_of("x", b"\x03\0\0\0name\xff").splitlines()[1:] == [
        "$.bytes 0 to 7 = 03 00 00 00 6e 61 6d 65  ....name",
        "$.bytes 8 to 8 = ff",
    ]
    assert text_of("x", bytes(5000)).endswith("mode 644, 5000 bytes, sha256 ")


@given(content=st.binary(min_size=1, max_size=40), other=st.binary(min_size=1, max_size=40))
def test_rows_of_bytes_are_equal_exactly_if_the_bytes_are(content: bytes, other: bytes) -> None:
    assert (in_rows(content) == in_rows(other)) == (content == other)
    assert all(places_in(line) for line in in_rows(content).splitlines())
