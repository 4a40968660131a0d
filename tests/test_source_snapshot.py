"""The working tree as a revision: what is in it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.model import Revision
from harness.source import Clone, Snapshot, find_repository, list_files, read_file, resolve_base, take_snapshot
from tests.support.folder import contents
from tests.support.repo import Repo

_FILES = {"Cargo.toml": "[workspace]\n", ".gitignore": "target/\n", "a.rs": "a\n", "dir/b.rs": "b\n", "c.rs": "c\n"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", _FILES)
    return repo


def _taken(repo: Repo) -> Snapshot:
    return take_snapshot(find_repository(repo.root), repo.root.parent / "objects")


def _revision(repo: Repo) -> Revision:
    return _taken(repo).revision


def _placed(repo: Repo) -> dict[str, bytes]:
    """What a checkout of the snapshot holds."""
    clone = Clone(find_repository(repo.root), repo.root.parent / "checkout", repo.root.parent / "objects")
    clone.checkout(_revision(repo))
    return contents(clone.folder)


def _lying(repo: Repo) -> dict[str, bytes]:
    return {name: content for name, content in contents(repo.root).items() if not name.startswith("target")}


def test_an_unchanged_working_tree_has_the_tree_of_head(repo: Repo) -> None:
    assert _revision(repo).tree == repo.git("rev-parse", "HEAD^{tree}")


def test_staged_unstaged_untracked_and_deleted_files_are_as_they_lie(repo: Repo) -> None:
    repo.write({"a.rs": "staged\n", "new.rs": "untracked\n", "target/x": "ignored\n"})
    repo.git("add", "a.rs")
    repo.write({"a.rs": "staged and changed\n", "intent.rs": "intent\n"})
    repo.git("add", "-N", "intent.rs")
    (repo.root / "c.rs").unlink()
    assert _placed(repo) == _lying(repo)


def test_a_file_deleted_from_the_index_only_is_still_there(repo: Repo) -> None:
    repo.git("rm", "-q", "--cached", "a.rs")
    assert _placed(repo) == _lying(repo)


def test_a_file_that_became_a_folder_and_the_reverse_are_as_they_lie(repo: Repo) -> None:
    (repo.root / "a.rs").unlink()
    (repo.root / "dir" / "b.rs").unlink()
    (repo.root / "dir").rmdir()
    repo.write({"a.rs/mod.rs": "1", "dir": "2"})
    assert _placed(repo) == _lying(repo)


def test_the_executable_bit_is_kept(repo: Repo) -> None:
    (repo.root / "a.rs").chmod(0o755)
    _placed(repo)
    assert os.access(repo.root.parent / "checkout" / "a.rs", os.X_OK)


def test_symbolic_links_stay_links(repo: Repo) -> None:
    (repo.root / "link").symlink_to("a.rs")
    (repo.root / "dangling").symlink_to("nowhere")
    assert _placed(repo) == _lying(repo)
    assert (repo.root.parent / "checkout" / "dangling").is_symlink()


def test_odd_names_are_kept(repo: Repo) -> None:
    names = ["with space", "line\nbreak", 'quo"te', os.fsdecode(b"not-utf8-\xff"), "-dash", ":(glob)*", "é"]
    repo.write(dict.fromkeys(names, "x"))
    assert set(names) <= set(list_files(find_repository(repo.root), _revision(repo), objects=_objects(repo)))
    assert _placed(repo) == _lying(repo)


def _objects(repo: Repo) -> Path:
    return repo.root.parent / "objects"


def test_the_same_content_has_the_same_id(repo: Repo) -> None:
    repo.write({"a.rs": "changed\n"})
    first = _revision(repo)
    repo.git("add", "-A")
    assert _revision(repo) == first


@pytest.mark.slow
def test_a_change_of_the_same_size_in_the_same_instant_is_seen(repo: Repo) -> None:
    repo.write({"a.rs": "1\n"})
    repo.git("add", "a.rs")
    before = (repo.root / ".git" / "index").stat()
    repo.write({"a.rs": "2\n"})
    os.utime(repo.root / "a.rs", ns=(before.st_mtime_ns, before.st_mtime_ns))
    time.sleep(1.1)  # most builds of git look at whole seconds only
    revision = _revision(repo)
    assert read_file(find_repository(repo.root), revision, "a.rs", objects=_objects(repo)) == b"2\n"


def test_conflicting_files_are_taken_as_they_lie(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("side", {"a.rs": "side\n"}, remove=["c.rs"])
    repo.git("checkout", "-q", "main")
    repo.commit("main", {"a.rs": "main\n", "c.rs": "main\n"})
    with pytest.raises(Exception, match="merge"):
        repo.git("merge", "side")
    assert "<<<<<<<" in (repo.root / "a.rs").read_text()
    assert _placed(repo) == _lying(repo)


def test_a_split_index_is_read(repo: Repo) -> None:
    repo.git("update-index", "--split-index")
    repo.write({"a.rs": "changed\n"})
    repo.git("add", "-A")
    assert _placed(repo) == _lying(repo)


def test_a_repository_without_commits_has_a_working_tree(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.write({"Cargo.toml": "[workspace]\n", "a.rs": "a\n"})
    assert _placed(repo) == _lying(repo)


def test_files_outside_of_a_sparse_checkout_are_part_of_it(repo: Repo) -> None:
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "other")
    assert not (repo.root / "dir").exists()
    assert b"sdir" in (repo.root / ".git" / "index").read_bytes()
    repo.write({"a.rs": "changed\n"})
    assert _placed(repo) == {name: text.encode() for name, text in {**_FILES, "a.rs": "changed\n"}.items()}


def test_a_change_that_git_was_told_to_overlook_is_seen(repo: Repo) -> None:
    repo.git("update-index", "--assume-unchanged", "a.rs")
    repo.write({"a.rs": "changed\n"})
    assert _placed(repo) == _lying(repo)


def test_another_repository_below_is_left_out_and_told(repo: Repo) -> None:
    Repo(repo.root / "nested").commit("inner", {"x": "1"})
    taken = _taken(repo)
    assert taken.revision.tree == repo.git("rev-parse", "HEAD^{tree}")
    assert [note.split()[0] for note in taken.notes] == ["nested/"]


def test_the_users_own_excludes_are_obeyed(repo: Repo, tmp_path: Path) -> None:
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "exclude").write_text("private\n")
    (tmp_path / "ignore").write_text("mine\n")
    repo.git("config", "core.excludesFile", str(tmp_path / "ignore"))
    repo.write({"private": "1", "mine": "2"})
    assert _revision(repo).tree == repo.git("rev-parse", "HEAD^{tree}")


def test_line_ends_that_git_would_leave_alone_are_left_alone(repo: Repo) -> None:
    repo.commit("crlf", {"a.rs": "1\r\n2\r\n"})
    repo.git("config", "core.autocrlf", "input")
    repo.write({"a.rs": "1\r\n3\r\n"})
    revision = _revision(repo)
    repo.git("add", "-A")
    assert revision.tree == repo.git("write-tree")


def test_a_repository_with_sha256_ids_works(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    repo = Repo.__new__(Repo)
    repo.root, repo._commits = root, 0
    repo.git("init", "-q", "--object-format=sha256", "-b", "main")
    repo.commit("one", _FILES)
    repo.write({"a.rs": "changed\r\n"})
    assert _placed(repo) == _lying(repo)
    assert len(_revision(repo).sha) == 64


def test_the_working_tree_against_a_revision_is_these_two(repo: Repo) -> None:
    repo.write({"a.rs": "changed\n"})
    base, tree = resolve_base(find_repository(repo.root), "HEAD", _objects(repo)).revisions
    assert (base.subject, tree.subject, tree.name) == ("one", "working tree", "working-tree")


def test_the_snapshot_stands_on_head(repo: Repo) -> None:
    repo.write({"a.rs": "changed\n"})
    clone = Clone(find_repository(repo.root), repo.root.parent / "checkout", _objects(repo))
    clone.checkout(_revision(repo))
    assert repo.git("-C", str(clone.folder), "rev-parse", "HEAD~1") == repo.git("rev-parse", "HEAD")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_named(repo: Repo) -> None:
    repo.write({"secret": "1"})
    (repo.root / "secret").chmod(0)
    with pytest.raises(SourceError, match="secret"):
        _taken(repo)


def test_a_clean_filter_that_fails_is_named(repo: Repo) -> None:
    repo.git("config", "filter.broken.clean", "false")
    repo.git("config", "filter.broken.required", "true")
    repo.write({".gitattributes": "*.bin filter=broken\n", "x.bin": "1"})
    with pytest.raises(SourceError, match="broken"):
        _taken(repo)


def test_a_folder_for_objects_that_cannot_be_made_is_told(repo: Repo) -> None:
    (repo.root.parent / "objects").write_text("in the way")
    with pytest.raises(SourceError, match=r"cannot be kept in .*--harness-store"):
        _taken(repo)


def test_nothing_is_left_of_the_private_index(repo: Repo) -> None:
    _taken(repo)
    assert not list(_objects(repo).glob("index-*"))
