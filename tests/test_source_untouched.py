"""The user's folder, `.git` included, is byte for byte the same after everything that `harness.source` does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.source import (
    Clone,
    changed_paths,
    diff_text,
    find_repository,
    list_files,
    read_file,
    resolve_base,
    resolve_range,
)
from tests.support.folder import contents, everything
from tests.support.repo import Repo

_FILES = {"Cargo.toml": "[workspace]\n", ".gitignore": "target/\n", "src/a.rs": "a\n", "src/b.rs": "b\n", "gone": "x\n"}


def _dirty_index(repo: Repo) -> None:
    repo.write({"src/a.rs": "staged\n"})
    repo.git("add", "-A")


def _split_index(repo: Repo) -> None:
    repo.git("config", "core.splitIndex", "true")
    repo.git("config", "splitIndex.maxPercentChange", "100")
    repo.git("update-index", "--split-index")
    repo.write({"src/a.rs": "staged\n"})
    repo.git("add", "src/a.rs")
    assert list((repo.root / ".git").glob("sharedindex.*"))


def _fsmonitor(repo: Repo) -> None:
    hook = repo.root / ".git" / "hooks" / "monitor"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\necho called >> "{repo.root}/.git/monitored"\nprintf "token\\0/\\0"\n')
    hook.chmod(0o755)
    repo.git("config", "core.fsmonitor", ".git/hooks/monitor")
    repo.git("update-index", "--fsmonitor")
    repo.git("status")


def _untracked_cache(repo: Repo) -> None:
    repo.git("config", "core.untrackedCache", "true")
    repo.git("update-index", "--force-untracked-cache")
    repo.git("status")


def _stash(repo: Repo) -> None:
    repo.write({"src/a.rs": "stashed\n"})
    repo.git("stash")


def _detached(repo: Repo) -> None:
    repo.git("checkout", "-q", "--detach")


def _packed(repo: Repo) -> None:
    repo.git("gc", "-q")
    repo.git("commit-graph", "write", "--reachable")


def _hooks(repo: Repo) -> None:
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        hook = repo.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f'#!/bin/sh\necho {name} >> "{repo.root}/hooked"\n')
        hook.chmod(0o755)


def _reverted(repo: Repo) -> None:
    """A file with an old content: git would freshen the object that is already there."""
    repo.write({"src/a.rs": "a\n", "copy-of-gone": "x\n"})


def _aged(root: Path) -> None:
    """Sets every time back, so that one set anew is seen whatever the resolution of the clock."""
    for here, _, names in os.walk(root / ".git"):
        for name in names:
            os.utime(Path(here, name), (1_600_000_000, 1_600_000_000), follow_symlinks=False)


def _use_everything(root: Path, slot: Path) -> None:
    repo = find_repository(root)
    objects = slot / "objects"
    revisions = resolve_range(repo, "HEAD~1..HEAD")
    base = resolve_base(repo, "HEAD", objects)
    clone = Clone(repo, slot / "checkout", objects)
    clone.prepare()
    for revision in (*revisions, *base.revisions):
        clone.checkout(revision)
        list_files(repo, revision, objects=objects)
        read_file(repo, revision, "src/a.rs", objects=objects)
    changed_paths(repo, revisions[0], base.revisions[1], objects=objects)
    diff_text(repo, revisions[0], base.revisions[1], objects=objects)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", _FILES)
    repo.commit("two", {"src/a.rs": "A\n"}, remove=["gone"])
    return repo


@pytest.mark.slow
@pytest.mark.parametrize(
    "state",
    [_dirty_index, _split_index, _fsmonitor, _untracked_cache, _stash, _detached, _packed, _hooks, _reverted],
    ids=lambda state: state.__name__.strip("_"),
)
def test_nothing_is_written(repo: Repo, tmp_path: Path, state: Callable[[Repo], None]) -> None:
    state(repo)
    repo.write({"untracked.rs": "new\n", "src/b.rs": "unstaged\n", "target/x": "ignored\n"})
    _aged(repo.root)
    before = everything(repo.root)
    _use_everything(repo.root, tmp_path / "slot")
    assert everything(repo.root) == before


def test_nothing_is_written_from_a_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    repo.git("worktree", "add", "-q", str(linked))
    (linked / "src/a.rs").write_text("changed\n")
    _aged(repo.root)
    before = everything(repo.root), everything(linked)
    _use_everything(linked, tmp_path / "slot")
    assert (everything(repo.root), everything(linked)) == before


def test_nothing_is_written_to_a_submodule(repo: Repo, tmp_path: Path) -> None:
    inner = Repo(tmp_path / "inner")
    inner.commit("inner", {"lib.rs": "1\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "inner")
    repo.commit("with submodule")
    repo.write({"inner/lib.rs": "changed\n"})
    repo.git("-C", "inner", "update-index", "--split-index")
    _aged(repo.root)
    before = everything(repo.root)
    _use_everything(repo.root, tmp_path / "slot")
    assert everything(repo.root) == before


def test_a_rebase_and_garbage_collection_between_two_uses_break_nothing(repo: Repo, tmp_path: Path) -> None:
    _use_everything(repo.root, tmp_path / "slot")
    repo.write({"src/a.rs": "rewritten\n"})
    repo.git("commit", "-q", "-a", "--amend", "-m", "two again")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    _aged(repo.root)
    before = everything(repo.root)
    _use_everything(repo.root, tmp_path / "slot")
    assert everything(repo.root) == before
    wanted = contents(repo.root)
    assert contents(tmp_path / "slot" / "checkout") == wanted


def test_the_check_itself_notices_a_write(repo: Repo) -> None:
    repo.write({"src/a.rs": "touched\n"})
    _aged(repo.root)
    before = everything(repo.root)
    repo.git("add", "-A")
    assert everything(repo.root) != before


def test_the_clone_needs_nothing_but_its_folder(repo: Repo, tmp_path: Path) -> None:
    _use_everything(repo.root, tmp_path / "slot")
    shutil.rmtree(tmp_path / "slot")
    before = everything(repo.root)
    _use_everything(repo.root, tmp_path / "slot")
    assert everything(repo.root) == before
