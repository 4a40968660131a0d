"""The private clone: exactly the files of a revision, and untouched files keep their times."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import SourceError
from harness.model import Revision
from harness.source import Clone, find_repository, resolve_range
from tests.support.folder import contents, times
from tests.support.repo import Repo

_ONE = {
    "Cargo.toml": "[workspace]\n",
    ".gitignore": "*.log\n",
    "src/a.rs": "1\n",
    "src/same.rs": "same\n",
    "old/x": "x",
}
_TWO = {**_ONE, "src/a.rs": "2\n", "new/y": "y"}


def _bytes(files: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in files.items()}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", _ONE)
    repo.commit("two", {"src/a.rs": "2\n", "new/y": "y"})
    return repo


@pytest.fixture
def revisions(repo: Repo) -> list[Revision]:
    return resolve_range(find_repository(repo.root), "HEAD~1..HEAD")


@pytest.fixture
def clone(repo: Repo, tmp_path: Path) -> Clone:
    clone = Clone(find_repository(repo.root), tmp_path / "slot" / "checkout", tmp_path / "slot" / "objects")
    clone.prepare()
    return clone


def test_a_checkout_holds_the_files_of_the_revision(clone: Clone, revisions: list[Revision]) -> None:
    for revision, files in zip([*revisions, revisions[0]], [_ONE, _TWO, _ONE], strict=True):
        clone.checkout(revision)
        assert contents(clone.folder) == _bytes(files)


def test_files_that_do_not_change_keep_their_times(clone: Clone, revisions: list[Revision]) -> None:
    clone.checkout(revisions[0])
    before = times(clone.folder)
    clone.checkout(revisions[1])
    after = times(clone.folder)
    assert [name for name in before if before[name] != after[name]] == ["src/a.rs"]


def test_a_changed_file_is_newer_than_what_was_built_before(clone: Clone, revisions: list[Revision]) -> None:
    clone.checkout(revisions[1])
    time.sleep(0.02)
    built = time.time_ns()
    time.sleep(0.02)
    clone.checkout(revisions[0])
    assert times(clone.folder)["src/a.rs"] > built


def test_everything_else_in_the_folder_goes(clone: Clone, revisions: list[Revision]) -> None:
    clone.checkout(revisions[0])
    Repo(clone.folder / "nested").commit("x", {"x": "x"})
    (clone.folder / "empty" / "deep").mkdir(parents=True)
    for name in ("untracked", "ignored.log", "src/b.rs"):
        (clone.folder / name).write_text("x")
    (clone.folder / "src" / "link").symlink_to("/")
    clone.checkout(revisions[0])
    assert contents(clone.folder) == _bytes(_ONE)


def _change(clone: Clone) -> None:
    (clone.folder / "src/a.rs").write_text("9\n")


def _change_and_hide(clone: Clone) -> None:
    info = (clone.folder / "src/a.rs").stat()
    (clone.folder / "src/a.rs").write_text("9\n")
    os.utime(clone.folder / "src/a.rs", ns=(info.st_atime_ns, info.st_mtime_ns))


def _delete(clone: Clone) -> None:
    shutil.rmtree(clone.folder / "src")


def _make_executable(clone: Clone) -> None:
    (clone.folder / "src/a.rs").chmod(0o755)


def _link_the_folder(clone: Clone) -> None:
    (clone.folder / "src").rename(clone.folder.parent / "elsewhere")
    (clone.folder / "src").symlink_to("../elsewhere")


def _swap_file_and_folder(clone: Clone) -> None:
    shutil.rmtree(clone.folder / "src")
    (clone.folder / "src").write_text("x")
    (clone.folder / "Cargo.toml").unlink()
    (clone.folder / "Cargo.toml" / "x").mkdir(parents=True)


def _protect(clone: Clone) -> None:
    (clone.folder / "locked" / "in").mkdir(parents=True)
    (clone.folder / "locked" / "in").chmod(0)
    (clone.folder / "locked").chmod(0o555)


def _leave_locks(clone: Clone) -> None:
    for name in ("index.lock", "HEAD.lock"):
        (clone.folder / ".git" / name).write_bytes(b"half")


def _damage_the_index(clone: Clone) -> None:
    (clone.folder / ".git" / "index").write_bytes(b"DIRC broken")


def _empty_the_index(clone: Clone) -> None:
    (clone.folder / ".git" / "index").write_bytes(b"")


def _lose_the_git_directory(clone: Clone) -> None:
    shutil.rmtree(clone.folder / ".git")


def _replace_the_git_directory(clone: Clone) -> None:
    shutil.rmtree(clone.folder / ".git")
    (clone.folder / ".git").write_text("gitdir: /nowhere\n")


def _commit_in_it(clone: Clone) -> None:
    there = Repo(clone.folder)
    there.git("config", "core.autocrlf", "true")
    there.git("checkout", "-q", "-b", "mine")
    there.commit("mine", {"src/a.rs": "mine\n", "mine": "x"})


def _break_the_head(clone: Clone) -> None:
    (clone.folder / ".git" / "HEAD").write_bytes(b"\xff\n")


def _stop_in_the_middle(clone: Clone) -> None:
    """As a killed `read-tree -u` leaves it: files of the next revision, and still the old index."""
    (clone.folder / "src/a.rs").write_text("2\n")
    (clone.folder / "new").mkdir()
    (clone.folder / "new/y").write_text("y")
    _leave_locks(clone)


_DAMAGES = [
    _change,
    _change_and_hide,
    _delete,
    _make_executable,
    _link_the_folder,
    _swap_file_and_folder,
    _protect,
    _leave_locks,
    _damage_the_index,
    _empty_the_index,
    _lose_the_git_directory,
    _replace_the_git_directory,
    _commit_in_it,
    _break_the_head,
    _stop_in_the_middle,
]


@pytest.mark.slow
@pytest.mark.parametrize("damage", _DAMAGES, ids=lambda damage: damage.__name__.strip("_"))
def test_whatever_was_done_to_it_is_put_right(
    clone: Clone, revisions: list[Revision], damage: Callable[[Clone], None], tmp_path: Path
) -> None:
    clone.checkout(revisions[0])
    damage(clone)
    later = Clone(clone.repo, clone.folder, clone.objects)
    later.prepare()
    later.checkout(revisions[0])
    assert contents(clone.folder) == _bytes(_ONE)
    assert not os.access(clone.folder / "src/a.rs", os.X_OK)
    later.checkout(revisions[1])
    assert contents(clone.folder) == _bytes(_TWO)


@pytest.mark.parametrize("damage", [_damage_the_index, _lose_the_git_directory, _leave_locks])
def test_what_is_made_anew_keeps_the_times_of_the_files(
    clone: Clone, revisions: list[Revision], damage: Callable[[Clone], None]
) -> None:
    clone.checkout(revisions[0])
    before = times(clone.folder)
    damage(clone)
    clone.checkout(revisions[0])
    assert times(clone.folder) == before


def test_after_rebase_and_garbage_collection_the_times_are_kept(repo: Repo, clone: Clone) -> None:
    clone.checkout(resolve_range(clone.repo, "HEAD~1..HEAD")[1])
    before = times(clone.folder)
    repo.git("checkout", "-q", "--orphan", "rewritten")
    repo.commit("all again", {"src/a.rs": "3\n"})
    repo.git("branch", "-q", "-D", "main")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    repo.commit("more", {"more": "x"})
    later = Clone(clone.repo, clone.folder, clone.objects)
    later.prepare()
    later.checkout(resolve_range(clone.repo, "HEAD~1..HEAD")[1])
    after = times(clone.folder)
    assert [name for name in before if before[name] != after[name]] == ["src/a.rs"]


def test_a_revision_that_was_collected_is_told(repo: Repo, clone: Clone, revisions: list[Revision]) -> None:
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    with pytest.raises(SourceError, match=r"are not in .*Start again"):
        clone.checkout(revisions[1])


def test_a_commit_that_was_collected_is_told_even_if_its_files_are_there(
    repo: Repo, clone: Clone, revisions: list[Revision]
) -> None:
    repo.git("commit", "-q", "--amend", "-m", "two with another message")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    with pytest.raises(SourceError, match="are not in "):
        clone.checkout(revisions[1])


def test_a_lost_object_is_told(repo: Repo, clone: Clone, revisions: list[Revision]) -> None:
    blob = repo.git("rev-parse", "HEAD:new/y")
    (repo.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(SourceError, match=r"are not in .*git fsck"):
        clone.checkout(revisions[1])


def test_git_in_the_checkout_names_the_revision_and_its_tags(repo: Repo, clone: Clone) -> None:
    repo.git("tag", "v1", "HEAD~1")
    clone.prepare()
    clone.checkout(resolve_range(clone.repo, "HEAD~1..HEAD")[1])
    there = str(clone.folder)
    assert repo.git("-C", there, "describe", "--tags", "--dirty") == f"v1-1-g{repo.git('rev-parse', '--short', 'HEAD')}"
    assert repo.git("-C", there, "status", "--porcelain") == ""


def test_a_second_checkout_of_the_same_revision_touches_nothing(clone: Clone, revisions: list[Revision]) -> None:
    clone.checkout(revisions[0])
    before = times(clone.folder)
    head = (clone.folder / ".git" / "HEAD").stat().st_mtime_ns
    clone.checkout(revisions[0])
    assert times(clone.folder) == before
    assert (clone.folder / ".git" / "HEAD").stat().st_mtime_ns == head


def test_hooks_of_anybody_do_not_run(clone: Clone, revisions: list[Revision]) -> None:
    clone.checkout(revisions[0])
    hook = clone.folder / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    clone.checkout(revisions[1])
    assert contents(clone.folder) == _bytes(_TWO)


def test_a_folder_that_cannot_be_made_is_told(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SourceError, match=r"cannot be written to.*--harness-store"):
        Clone(find_repository(repo.root), tmp_path / "file" / "checkout", tmp_path / "objects").prepare()


def test_objects_that_the_user_borrows_are_found(repo: Repo, tmp_path: Path) -> None:
    for origin, copy in (("repo", "b"), ("b", "c\nd")):
        repo.git("clone", "-q", "--shared", str(tmp_path / origin), str(tmp_path / copy))
    found = find_repository(tmp_path / "c\nd")
    clone = Clone(found, tmp_path / "checkout: 1", tmp_path / "objects\nhere")
    clone.checkout(resolve_range(found, "HEAD~1..HEAD")[1])
    assert contents(clone.folder) == _bytes(_TWO)


_NAMES = st.sampled_from(["a", "b", "dir/c", "dir/d", "dir", "e/f/g", "e"])
_TREES = st.dictionaries(_NAMES, st.sampled_from(["1", "2", "33"]), max_size=5).filter(
    lambda tree: not any(other.startswith(f"{name}/") for name in tree for other in tree)
)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(_TREES, _TREES), min_size=2, max_size=4))
def test_any_sequence_of_trees_and_disturbances_ends_in_the_right_tree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[dict[str, str], dict[str, str]]]
) -> None:
    root = tmp_path_factory.mktemp("any")
    repo = Repo(root / "repo")
    repo.commit("start", {"Cargo.toml": ""})
    clone = Clone(find_repository(repo.root), root / "checkout", root / "objects")
    for tree, disturbance in steps:
        repo.git("rm", "-q", "-r", "--ignore-unmatch", ".")
        repo.commit("start", {"Cargo.toml": ""})
        repo.commit("step", tree)
        clone.checkout(resolve_range(clone.repo, "HEAD~1..HEAD")[1])
        assert contents(clone.folder) == _bytes({"Cargo.toml": "", **tree})
        for name, text in disturbance.items():
            path = clone.folder / name
            if not path.is_dir() and not any(parent.is_file() for parent in path.parents):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
