"""Finding the repository and the workspace around a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SourceError
from harness.source import find_repository
from tests.support.repo import Repo

_PACKAGE = '[package]\nname = "a"\n'


def _workspace(root: Path, files: dict[str, str], start: str = ".") -> str:
    repo = Repo(root)
    repo.commit("one", files)
    return str(find_repository(root / start).workspace)


def test_the_workspace_at_the_top_is_found_from_a_member(tmp_path: Path) -> None:
    files = {"Cargo.toml": '[workspace]\nmembers = ["a"]', "a/Cargo.toml": _PACKAGE, "a/src/lib.rs": ""}
    assert _workspace(tmp_path, files, "a/src") == "."


def test_a_workspace_below_the_top_is_found_from_within(tmp_path: Path) -> None:
    files = {"rust/Cargo.toml": "[workspace]", "rust/a/Cargo.toml": _PACKAGE}
    assert _workspace(tmp_path, files, "rust/a") == "rust"


def test_a_single_workspace_below_the_top_is_found_from_the_top(tmp_path: Path) -> None:
    files = {"code/rust/Cargo.toml": "[workspace]", "code/rust/a/Cargo.toml": _PACKAGE, "docs/x": ""}
    assert _workspace(tmp_path, files, "docs") == "code/rust"


def test_several_workspaces_below_the_top_are_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"several workspaces: a, b.*--harness-repo"):
        _workspace(tmp_path, {"a/Cargo.toml": _PACKAGE, "b/Cargo.toml": _PACKAGE})


def test_an_excluded_package_is_its_own_workspace(tmp_path: Path) -> None:
    files = {"Cargo.toml": '[workspace]\nexclude = ["fuzz"]', "fuzz/Cargo.toml": _PACKAGE}
    assert _workspace(tmp_path, files, "fuzz") == "fuzz"


def test_a_package_that_points_to_its_workspace_is_followed(tmp_path: Path) -> None:
    files = {"root/Cargo.toml": "[workspace]", "a/Cargo.toml": f'{_PACKAGE}workspace = "../root"\n'}
    assert _workspace(tmp_path, files, "a") == "root"


def test_a_nested_workspace_is_the_nearest_one(tmp_path: Path) -> None:
    files = {"Cargo.toml": "[workspace]", "inner/Cargo.toml": "[workspace]", "inner/a/Cargo.toml": _PACKAGE}
    assert _workspace(tmp_path, files, "inner/a") == "inner"


def test_a_manifest_that_is_broken_just_now_is_found_all_the_same(tmp_path: Path) -> None:
    assert _workspace(tmp_path, {"Cargo.toml": "[workspace\n"}) == "."


def test_no_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"There is no Cargo\.toml between"):
        _workspace(tmp_path, {"x": ""})


def test_a_folder_outside_of_any_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"not in a git repository.*--harness-repo"):
        find_repository(tmp_path)


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no folder"):
        find_repository(tmp_path / "x")


def test_a_bare_repository_is_told(tmp_path: Path) -> None:
    Repo(tmp_path / "a").git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    with pytest.raises(SourceError, match="without a work tree"):
        find_repository(tmp_path / "bare")


def test_a_linked_worktree_shares_its_common_directory(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "[workspace]"})
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    found = find_repository(tmp_path / "linked")
    assert (found.top, found.common_dir) == (tmp_path / "linked", repo.root / ".git")
    assert found.git_dir == repo.root / ".git" / "worktrees" / "linked"


def test_a_path_with_spaces_and_a_line_break_is_found(tmp_path: Path) -> None:
    root = tmp_path / "a b\nc: d"
    repo = Repo(root)
    repo.commit("one", {"Cargo.toml": "[workspace]"})
    assert find_repository(root).top == root


def test_a_repository_of_another_user_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repo(tmp_path)
    repo.commit("one", {"Cargo.toml": "[workspace]"})
    # Honoured by git's own tests only: git takes every folder for somebody else's.
    monkeypatch.setattr("harness.source.git._VARIABLES", {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})
    assert find_repository(tmp_path).top == tmp_path
