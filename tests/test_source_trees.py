"""Trees written by hand are those that git writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.source import find_repository, take_snapshot
from harness.source.trees import Entry, trees_of
from tests.support.repo import Repo

_BLOBS = ["e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "257cc5642cb1a054f08cc83f2d943e56fd3ebe99"]
_NAMES = st.sampled_from([b"a", b"a.b", b"a-b", b"a0", b"A", b"b", b"\xff", b"x y", b"z\n"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map(b"/".join)
_ENTRIES = st.dictionaries(
    _PATHS, st.tuples(st.sampled_from(["100644", "100755", "120000", "160000"]), st.sampled_from(_BLOBS)), max_size=12
).map(lambda found: {path: kind for path, kind in found.items() if not _is_folder(path, list(found))})


def _is_folder(path: bytes, others: list[bytes]) -> bool:
    return any(other.startswith(path + b"/") for other in others)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(_ENTRIES)
def test_the_root_is_the_one_that_git_writes(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[bytes, tuple[str, str]]
) -> None:
    root = tmp_path_factory.getbasetemp() / "trees"
    repo = Repo(root)
    (root / ".git" / "index").unlink(missing_ok=True)
    lines = b"".join(f"{mode} {blob}\t".encode() + path + b"\0" for path, (mode, blob) in entries.items())
    subprocess.run(["git", "update-index", "-z", "--index-info"], cwd=root, input=lines, check=True)
    made, _ = trees_of([Entry(mode=mode, id=blob, path=path) for path, (mode, blob) in entries.items()], "sha1")
    assert made == repo.git("write-tree", "--missing-ok")


def test_only_changed_folders_are_written(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "", **{f"dir{number}/x": "x" for number in range(20)}})
    repo.write({"dir3/x": "changed"})
    take_snapshot(find_repository(repo.root), tmp_path / "objects")
    written = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert len(written) == len(["blob", "dir3", "root", "commit"])
