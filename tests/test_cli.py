"""The small command `harness`."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from harness.cli import main
from harness.errors import StoreError
from harness.store import Store, parse_size, size_limit


def test_the_store_is_shown_part_by_part(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Store(tmp_path).add(b"content")
    assert main(["store", "show", "--store", str(tmp_path)]) == 0
    assert re.search(r"blobs +1 files", capsys.readouterr().out)


def test_collecting_keeps_what_was_used_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    digests = [store.add(bytes([number]) * 8192) for number in range(3)]
    for number, digest in enumerate(digests):
        os.utime(tmp_path / "blobs" / digest[:2] / digest, (1000 + number, 1000 + number))
    assert main(["store", "collect", "--store", str(tmp_path), "--limit", "10KB"]) == 0
    assert [store.has_blob(digest) for digest in digests] == [False, False, True]
    assert "deleted 2 entries" in capsys.readouterr().out


def test_a_limit_that_is_no_size_is_one_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["store", "collect", "--store", str(tmp_path), "--limit", "much"]) == 2
    assert capsys.readouterr().err == "harness: `much` is not a size. Write it like 5 GB or 500 MB.\n"


@pytest.mark.parametrize(
    ("text", "size"),
    [("5 GB", 5_000_000_000), ("500M", 500_000_000), ("1.5k", 1500), ("17", 17), ("2 GiB", 2_000_000_000)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int) -> None:
    assert parse_size(text) == size


def test_the_limit_of_the_store_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_STORE_LIMIT", "2 GB")
    assert size_limit() == 2_000_000_000
    monkeypatch.setenv("HARNESS_STORE_LIMIT", "plenty")
    with pytest.raises(StoreError):
        size_limit()


def test_the_store_is_looked_through_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_STORE_LIMIT", "1")
    store = Store(tmp_path)
    store.add(b"one")
    assert store.collect_daily().files == 1
    store.add(b"two")
    assert store.collect_daily().files == 0
