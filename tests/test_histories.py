"""The repositories of the tests themselves: each builder has a place of its own."""

from __future__ import annotations

from pathlib import Path

from tests import test_matrix_end_to_end, test_workers
from tests.support.histories import lay
from tests.support.repo import Repo


def one(repo: Repo) -> None:
    """A history of one commit."""
    repo.commit("base", {"a": "1"})


def test_builders_of_one_name_in_two_files_do_not_take_each_others_place(tmp_path: Path) -> None:
    assert test_matrix_end_to_end.talk.__name__ == test_workers.talk.__name__
    roots = [lay(tmp_path, test_matrix_end_to_end.talk), lay(tmp_path, test_workers.talk)]
    subjects = [
        Repo(root).git("log", "--format=%s").splitlines()
        for root in [*roots, lay(tmp_path, test_matrix_end_to_end.talk)]
    ]
    assert subjects[0] == subjects[2] == ["say ho", "say more", "say hi", "base"]
    assert subjects[1] != subjects[0]


def test_a_history_is_laid_once(tmp_path: Path) -> None:
    root = lay(tmp_path, one)
    (root / "mark").touch()
    assert lay(tmp_path, one) == root
    assert (root / "mark").exists()
