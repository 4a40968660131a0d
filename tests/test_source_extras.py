"""Submodules, Git LFS, filters, line ends, partial and shallow clones: they work, or one sentence says why not."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.model import Revision
from harness.source import (
    Clone,
    Repository,
    diff_text,
    find_repository,
    read_file,
    read_files,
    resolve_range,
    resolve_revision,
    take_snapshot,
)
from tests.support.folder import contents, everything, times
from tests.support.repo import Repo

_LOCAL = ("-c", "protocol.file.allow=always")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "[workspace]\n"})
    return repo


def _clone(root: Path) -> Clone:
    return Clone(find_repository(root), root.parent / "slot", root.parent / "objects")


def _head(clone: Clone) -> Revision:
    return resolve_revision(clone.repo, "HEAD")


# -- submodules -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Commits: one; inner at 1; inner at 2. `inner` has a submodule itself."""
    tmp_path = tmp_path_factory.mktemp("template")
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "[workspace]\n"})
    deep = Repo(tmp_path / "deep")
    deep.commit("deep", {"deep.rs": "deep\n"})
    inner = Repo(tmp_path / "inner")
    inner.git(*_LOCAL, "submodule", "--quiet", "add", str(deep.root), "deep")
    inner.commit("inner one", {"lib.rs": "1\n"})
    repo.git(*_LOCAL, "submodule", "--quiet", "add", "--name", "named", str(inner.root), "libs/inner")
    repo.git(*_LOCAL, "submodule", "--quiet", "update", "--init", "--recursive")
    repo.commit("inner at 1")
    inner.commit("inner two", {"lib.rs": "2\n"})
    repo.git("-C", "libs/inner", *_LOCAL, "pull", "-q")
    repo.commit("inner at 2")
    return repo.root


@pytest.fixture
def with_submodule(template: Path, tmp_path: Path) -> Repo:
    shutil.copytree(template, tmp_path / "repo", symlinks=True)
    return Repo(tmp_path / "repo")


def test_submodules_are_checked_out_with_theirs(with_submodule: Repo) -> None:
    clone = _clone(with_submodule.root)
    _, one, two = resolve_range(clone.repo, "HEAD~2..HEAD")
    for revision, text in ((one, b"1\n"), (two, b"2\n"), (one, b"1\n")):
        clone.checkout(revision)
        found = contents(clone.folder)
        assert (found["libs/inner/lib.rs"], found["libs/inner/deep/deep.rs"]) == (text, b"deep\n")
    assert clone.notes == ()


def test_files_of_a_submodule_that_do_not_change_keep_their_times(with_submodule: Repo) -> None:
    clone = _clone(with_submodule.root)
    _, one, two = resolve_range(clone.repo, "HEAD~2..HEAD")
    clone.checkout(one)
    before = times(clone.folder)
    shutil.rmtree(clone.folder / ".git")
    clone.checkout(two)
    after = times(clone.folder)
    assert [name for name in before if before[name] != after[name]] == ["libs/inner/lib.rs"]


def test_a_submodule_goes_when_the_revision_has_none(with_submodule: Repo) -> None:
    clone = _clone(with_submodule.root)
    base, _, two = resolve_range(clone.repo, "HEAD~2..HEAD")
    clone.checkout(two)
    clone.checkout(base)
    assert contents(clone.folder) == {"Cargo.toml": b"[workspace]\n"}


def test_a_submodule_that_became_a_file_is_a_file(with_submodule: Repo) -> None:
    with_submodule.git("rm", "-q", "-f", "libs/inner")
    with_submodule.commit("file", {"libs/inner": "file\n"})
    clone = _clone(with_submodule.root)
    _, two, file = resolve_range(clone.repo, "HEAD~2..HEAD")
    clone.checkout(two)
    clone.checkout(file)
    assert contents(clone.folder)["libs/inner"] == b"file\n"
    clone.checkout(two)
    assert contents(clone.folder)["libs/inner/lib.rs"] == b"2\n"


def test_a_submodule_that_was_never_initialised_is_empty_and_told(with_submodule: Repo, tmp_path: Path) -> None:
    with_submodule.git("clone", "-q", str(with_submodule.root), str(tmp_path / "copy" / "repo"))
    clone = _clone(tmp_path / "copy" / "repo")
    clone.checkout(_head(clone))
    assert "libs/inner/" in contents(clone.folder)
    assert ["never initialised" in note for note in clone.notes] == [True]


def test_a_commit_that_the_submodule_does_not_have_is_told_with_the_next_step(with_submodule: Repo) -> None:
    lost = "1" * 40
    with_submodule.git("update-index", "--cacheinfo", f"160000,{lost},libs/inner")
    with_submodule.git("commit", "-q", "-m", "lost")
    clone = _clone(with_submodule.root)
    with pytest.raises(
        SourceError, match=r"commit 1111111111 of the submodule libs/inner.*git submodule update --init"
    ):
        clone.checkout(_head(clone))


def test_uncommitted_changes_in_submodules_are_part_of_the_working_tree(with_submodule: Repo) -> None:
    with_submodule.write({"libs/inner/lib.rs": "9\n", "libs/inner/deep/new.rs": "new\n"})
    clone = _clone(with_submodule.root)
    before = everything(with_submodule.root)
    taken = take_snapshot(clone.repo, clone.objects)
    clone.checkout(taken.revision)
    assert contents(clone.folder) == contents(with_submodule.root)
    assert [note.split()[2] for note in taken.notes] == ["deep", "libs/inner"]
    assert everything(with_submodule.root) == before


def test_a_submodule_at_another_commit_is_part_of_the_working_tree(with_submodule: Repo) -> None:
    with_submodule.git("-C", "libs/inner", "checkout", "-q", "HEAD~1")
    clone = _clone(with_submodule.root)
    taken = take_snapshot(clone.repo, clone.objects)
    clone.checkout(taken.revision)
    assert contents(clone.folder)["libs/inner/lib.rs"] == b"1\n"
    assert taken.notes == ()


# -- Git LFS ----------------------------------------------------------------------------------------------

_DATA = b"large content\n" * 100
_DIGEST = hashlib.sha256(_DATA).hexdigest()
_POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{_DIGEST}\nsize {len(_DATA)}\n"


@pytest.fixture
def with_lfs(repo: Repo) -> Repo:
    repo.commit("lfs", {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "a b%f.bin": _POINTER})
    return repo


def _keep_object(repo: Repo) -> None:
    path = repo.root / ".git" / "lfs" / "objects" / _DIGEST[:2] / _DIGEST[2:4] / _DIGEST
    path.parent.mkdir(parents=True)
    path.write_bytes(_DATA)


def test_lfs_content_that_the_user_has_is_used(with_lfs: Repo) -> None:
    _keep_object(with_lfs)
    clone = _clone(with_lfs.root)
    clone.checkout(_head(clone))
    assert (clone.folder / "a b%f.bin").read_bytes() == _DATA
    assert clone.notes == ()


def test_a_pointer_without_content_stays_and_is_told(with_lfs: Repo) -> None:
    clone = _clone(with_lfs.root)
    for _ in range(2):
        clone.checkout(_head(clone))
        assert (clone.folder / "a b%f.bin").read_bytes() == _POINTER.encode()
        assert ["a b%f.bin is only a Git LFS pointer" in note for note in clone.notes] == [True]


def test_content_that_came_later_replaces_its_pointer(with_lfs: Repo) -> None:
    clone = _clone(with_lfs.root)
    clone.checkout(_head(clone))
    _keep_object(with_lfs)
    clone.checkout(_head(clone))
    assert (clone.folder / "a b%f.bin").read_bytes() == _DATA
    assert clone.notes == ()


def test_lfs_files_keep_their_times_when_the_clone_is_made_anew(with_lfs: Repo) -> None:
    _keep_object(with_lfs)
    clone = _clone(with_lfs.root)
    clone.checkout(_head(clone))
    before = times(clone.folder)
    shutil.rmtree(clone.folder / ".git")
    clone.checkout(_head(clone))
    assert times(clone.folder) == before


def test_a_changed_lfs_file_of_the_working_tree_is_kept_without_git_lfs(with_lfs: Repo) -> None:
    with_lfs.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
    with_lfs.git("config", "filter.lfs.process", "git-lfs filter-process")
    with_lfs.git("config", "filter.lfs.required", "true")
    changed = b"changed\r\n\0" * 1000
    with_lfs.write({"a b%f.bin": changed, "new.bin": changed})
    before = everything(with_lfs.root)
    clone = _clone(with_lfs.root)
    revision = take_snapshot(clone.repo, clone.objects).revision
    clone.checkout(revision)
    assert (clone.folder / "a b%f.bin").read_bytes() == changed
    assert clone.notes == ()
    assert everything(with_lfs.root) == before


def test_an_lfs_file_that_was_only_touched_is_not_changed(with_lfs: Repo) -> None:
    with_lfs.git("config", "filter.lfs.clean", "git-lfs clean -- %f")
    _keep_object(with_lfs)
    with_lfs.write({"a b%f.bin": _DATA})
    clone = _clone(with_lfs.root)
    assert take_snapshot(clone.repo, clone.objects).revision.tree == with_lfs.git("rev-parse", "HEAD^{tree}")


def test_plain_content_under_an_lfs_attribute_stays_as_it_is(with_lfs: Repo) -> None:
    with_lfs.commit("plain", {"plain.bin": "no pointer\n"})
    clone = _clone(with_lfs.root)
    clone.checkout(_head(clone))
    before = times(clone.folder)
    clone.checkout(_head(clone))
    assert (clone.folder / "plain.bin").read_bytes() == b"no pointer\n"
    assert times(clone.folder) == before


# -- filters, attributes and line ends --------------------------------------------------------------------


@pytest.fixture
def with_filter(repo: Repo) -> Repo:
    repo.git("config", "filter.up.smudge", "tr a-z A-Z")
    repo.git("config", "filter.up.clean", "tr A-Z a-z")
    (repo.root / ".git" / "info").mkdir(exist_ok=True)
    (repo.root / ".git" / "info" / "attributes").write_text("*.up filter=up\n")
    repo.commit("up", {"x.up": "TEXT\n"})
    return repo


def test_filters_and_attributes_of_the_users_repository_work(with_filter: Repo) -> None:
    clone = _clone(with_filter.root)
    assert with_filter.git("cat-file", "blob", "HEAD:x.up") == "text"
    clone.checkout(_head(clone))
    assert (clone.folder / "x.up").read_bytes() == b"TEXT\n"


def test_the_working_tree_goes_through_the_users_filters(with_filter: Repo) -> None:
    with_filter.write({"x.up": "MORE\n"})
    clone = _clone(with_filter.root)
    clone.checkout(take_snapshot(clone.repo, clone.objects).revision)
    assert (clone.folder / "x.up").read_bytes() == b"MORE\n"


def test_a_required_filter_that_fails_is_told(with_filter: Repo) -> None:
    with_filter.git("config", "filter.up.smudge", "false")
    with_filter.git("config", "filter.up.required", "true")
    clone = _clone(with_filter.root)
    with pytest.raises(SourceError, match=r"A filter that .* configures failed.*git config --get-regexp"):
        clone.checkout(_head(clone))


def test_a_filter_that_fails_and_may_is_noted(with_filter: Repo) -> None:
    with_filter.git("config", "filter.up.smudge", "false")
    clone = _clone(with_filter.root)
    clone.checkout(_head(clone))
    assert (clone.folder / "x.up").read_bytes() == b"text\n"
    assert all(note.startswith("A filter did not run") for note in clone.notes)
    assert clone.notes


@pytest.mark.parametrize(("value", "end"), [("true", b"\r\n"), ("input", b"\n")])
def test_line_ends_are_as_the_user_has_them(repo: Repo, value: str, end: bytes) -> None:
    repo.commit("text", {"x.txt": "1\n"})
    repo.git("config", "core.autocrlf", value)
    clone = _clone(repo.root)
    clone.checkout(_head(clone))
    assert (clone.folder / "x.txt").read_bytes() == b"1" + end


def test_settings_with_odd_values_survive(repo: Repo) -> None:
    repo.git("config", 'filter.o"d\\d.smudge', "printf '\"%s\\t;#'")
    repo.commit("odd", {".gitattributes": 'x filter=o"d\\d\n', "x": "1"})
    clone = _clone(repo.root)
    clone.prepare()
    read = repo.git("config", "--file", str(clone.folder / ".git" / "config"), 'filter.o"d\\d.smudge')
    assert read == "printf '\"%s\\t;#'"


# -- partial, shallow, sparse -----------------------------------------------------------------------------


def _copy(repo: Repo, *options: str) -> Repository:
    repo.git("config", "uploadpack.allowFilter", "true")
    target = repo.root.parent / "copy" / "repo"
    repo.git("clone", "-q", *options, f"file://{repo.root}", str(target))
    return find_repository(target)


def test_a_partial_clone_that_lacks_files_is_told_and_fetches_nothing(repo: Repo) -> None:
    repo.commit("two", {"a": "1"})
    repo.commit("three", {"a": "2"})
    found = _copy(repo, "--filter=blob:none")
    before = everything(found.top)
    clone = _clone(found.top)
    with pytest.raises(SourceError, match=r"is a partial clone and lacks files.*git fetch --refetch"):
        clone.checkout(resolve_revision(found, "HEAD~1"))
    assert everything(found.top) == before


def test_reading_what_a_partial_clone_lacks_is_told_and_fetches_nothing(repo: Repo) -> None:
    repo.commit("two", {"a": "1\n"})
    repo.commit("three", {"a": "2\n"})
    found = _copy(repo, "--filter=blob:none")
    before = everything(found.top)
    _, two, three = resolve_range(found, "HEAD~2..HEAD")
    reads: list[Callable[[], object]] = [
        lambda: read_file(found, two, "a"),
        lambda: read_files(found, two, ["a"]),
        lambda: diff_text(found, two, three),
    ]
    for read in reads:
        with pytest.raises(SourceError, match=r"is a partial clone and lacks files.*git fetch --refetch"):
            read()
    assert everything(found.top) == before


def test_history_of_a_shallow_clone_can_be_walked_in_the_checkout(repo: Repo) -> None:
    for name in ("two", "three"):
        repo.commit(name, {"a": name})
    found = _copy(repo, "--depth=2")
    clone = _clone(found.top)
    clone.checkout(resolve_revision(found, "HEAD"))
    assert repo.git("-C", str(clone.folder), "log", "--format=%s") == "three\ntwo"


def test_the_clone_of_a_sparse_checkout_is_whole(repo: Repo) -> None:
    repo.commit("two", {"dir/a": "1", "other/b": "2"})
    repo.git("sparse-checkout", "set", "--cone", "dir")
    clone = _clone(repo.root)
    clone.checkout(_head(clone))
    assert {"dir/a", "other/b"} <= set(contents(clone.folder))
