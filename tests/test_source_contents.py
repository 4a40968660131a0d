"""Reading revisions without a checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.model import Revision
from harness.source import (
    ChangedPath,
    Repository,
    Source,
    changed_paths,
    diff_text,
    find_repository,
    list_files,
    read_file,
    read_files,
    resolve_range,
    take_snapshot,
)
from harness.store import Store
from tests.support.repo import Repo

_ODD = os.fsdecode(b"odd \xff\nname")
_LONG = "".join(f"line {number}\n" for number in range(30))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "", "old.rs": _LONG, "gone": "1", "kept": "1", "dir/x": "x"})
    repo.commit("two", {"new.rs": _LONG + "more\n", "kept": "2", _ODD: b"\0\xff"}, remove=["old.rs", "gone"])
    return repo


@pytest.fixture
def found(repo: Repo) -> Repository:
    return find_repository(repo.root)


@pytest.fixture
def revisions(found: Repository) -> list[Revision]:
    return resolve_range(found, "HEAD~1..HEAD")


def test_files_are_listed_with_their_blobs(repo: Repo, found: Repository, revisions: list[Revision]) -> None:
    files = list_files(found, revisions[1])
    assert set(files) == {"Cargo.toml", "new.rs", "kept", "dir/x", _ODD}
    assert files["kept"] == repo.git("rev-parse", "HEAD:kept")


def test_a_file_is_read_as_git_keeps_it(found: Repository, revisions: list[Revision]) -> None:
    assert read_file(found, revisions[1], _ODD) == b"\0\xff"


@pytest.mark.parametrize("path", ["absent", "dir", "dir/*", ":/kept"])
def test_what_is_no_file_reads_as_none(found: Repository, revisions: list[Revision], path: str) -> None:
    assert read_file(found, revisions[1], path) is None


def test_many_files_are_read_at_once(found: Repository, revisions: list[Revision]) -> None:
    assert read_files(found, revisions[0], ["kept", "gone", "absent"]) == {"kept": b"1", "gone": b"1"}


def test_changes_know_renames(found: Repository, revisions: list[Revision]) -> None:
    assert changed_paths(found, *revisions) == [
        ChangedPath(status="D", old="gone", new=""),
        ChangedPath(status="M", old="kept", new="kept"),
        ChangedPath(status="R", old="old.rs", new="new.rs"),
        ChangedPath(status="A", old="", new=_ODD),
    ]


def test_a_diff_can_be_limited_to_paths(found: Repository, revisions: list[Revision]) -> None:
    text = diff_text(found, revisions[0], revisions[1], ["kept"])
    assert "-1\n" in text
    assert "+2\n" in text
    assert "old.rs" not in text
    assert "rename from old.rs" in diff_text(found, revisions[0], revisions[1])


def test_the_users_diff_settings_do_not_matter(repo: Repo, found: Repository, revisions: list[Revision]) -> None:
    before = diff_text(found, revisions[0], revisions[1])
    repo.git("config", "diff.noprefix", "true")
    repo.git("config", "color.ui", "always")
    repo.git("config", "diff.external", "false")
    assert diff_text(found, revisions[0], revisions[1]) == before


def test_the_working_tree_is_read_like_a_commit(repo: Repo, found: Repository, tmp_path: Path) -> None:
    repo.write({"kept": "3"})
    revision = take_snapshot(found, tmp_path / "objects").revision
    assert read_file(found, revision, "kept", objects=tmp_path / "objects") == b"3"
    with pytest.raises(SourceError):
        read_file(found, revision, "kept")


@pytest.mark.parametrize("most", [24 << 20, 2])
def test_contents_are_those_of_the_revision_however_few_are_kept(
    found: Repository, revisions: list[Revision], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("harness.source.source._MOST_KEPT", most)
    source = Source(found, Store(tmp_path / "store"))
    for revision, kept in zip(revisions * 2, (b"1", b"2") * 2, strict=True):
        assert source.contents(revision, ["kept", "dir/x", "absent"]) == {"kept": kept, "dir/x": b"x"}


def test_what_both_revisions_have_is_read_once(
    found: Repository, revisions: list[Revision], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def counted(repo: Repository, revision: Revision, paths: list[str], *, objects: Path) -> dict[str, bytes]:
        asked.append(sorted(paths))
        return read_files(repo, revision, paths, objects=objects)

    monkeypatch.setattr("harness.source.source.read_files", counted)
    source = Source(found, Store(tmp_path / "store"))
    for revision in revisions:
        source.contents(revision, ["kept", "dir/x"])
    assert asked == [["dir/x", "kept"], ["kept"]]
