"""From the text of a range to revisions, and the one sentence where it cannot be."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import process
from harness.errors import SourceError
from harness.model import Revision
from harness.source import RangeSpec, Repository, find_repository, parse_range, resolve_range, resolve_revision
from tests.support.repo import Repo

_NAMES = st.text("abcXYZ019/_-^~@{}.", min_size=1).filter(lambda name: ".." not in name and name.strip("."))
_SIDES = _NAMES.filter(lambda name: not name.startswith(".") and not name.endswith("."))


@given(_SIDES, _SIDES)
def test_two_dots_separate_base_and_head(base: str, head: str) -> None:
    assert parse_range(f"{base}..{head}") == RangeSpec(base=base, head=head)


@given(_SIDES, _SIDES)
def test_three_dots_mean_the_merge_base(base: str, head: str) -> None:
    assert parse_range(f"{base}...{head}") == RangeSpec(base=base, head=head, from_merge_base=True)


@given(_SIDES, _SIDES, st.booleans())
def test_a_range_is_printed_as_it_is_read(base: str, head: str, three: bool) -> None:
    spec = RangeSpec(base=base, head=head, from_merge_base=three)
    assert parse_range(str(spec)) == spec


@given(st.text(max_size=20))
def test_any_text_is_a_range_or_one_sentence(text: str) -> None:
    with contextlib.suppress(SourceError):
        spec = parse_range(text)
        assert spec.base
        assert spec.head


@pytest.mark.parametrize(("text", "base", "head"), [("a..", "a", "HEAD"), ("..b", "HEAD", "b"), (" a..b ", "a", "b")])
def test_an_empty_side_is_head(text: str, base: str, head: str) -> None:
    assert parse_range(text) == RangeSpec(base=base, head=head)


@pytest.mark.parametrize("text", ["main", "a..b..c", "a....b", ""])
def test_text_that_is_no_range_is_told(text: str) -> None:
    with pytest.raises(SourceError, match="is not a range"):
        parse_range(text)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "[workspace]\n", "a": "1"})
    return repo


def _found(repo: Repo) -> Repository:
    return find_repository(repo.root)


def _subjects(revisions: list[Revision]) -> list[str]:
    return [revision.subject for revision in revisions]


def test_a_range_starts_with_its_base_and_goes_on_oldest_first(repo: Repo) -> None:
    repo.commit("two", {"a": "2"})
    repo.commit("three", {"a": "3"})
    assert _subjects(resolve_range(_found(repo), "HEAD~2..HEAD")) == ["one", "two", "three"]


def test_a_revision_knows_its_tree_and_date(repo: Repo) -> None:
    revision = resolve_revision(_found(repo), "main")
    assert revision == Revision(
        sha=repo.git("rev-parse", "HEAD"),
        tree=repo.git("rev-parse", "HEAD^{tree}"),
        subject="one",
        date=repo.git("log", "-1", "--format=%cI"),
    )


def test_an_annotated_tag_names_its_commit(repo: Repo) -> None:
    repo.git("tag", "-a", "v1", "-m", "first")
    assert resolve_revision(_found(repo), "v1").subject == "one"


def test_a_merge_is_one_commit(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("side one", {"b": "1"})
    repo.commit("side two", {"b": "2"})
    repo.git("checkout", "-q", "main")
    repo.commit("two", {"a": "2"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge side", "side")
    assert _subjects(resolve_range(_found(repo), "HEAD~2..HEAD")) == ["one", "two", "merge side"]


def test_from_a_merged_commit_only_what_contains_it_follows(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("side", {"b": "1"})
    repo.git("checkout", "-q", "main")
    repo.commit("two", {"a": "2"})
    repo.git("merge", "-q", "--no-ff", "-m", "merge side", "side")
    repo.commit("three", {"a": "3"})
    assert _subjects(resolve_range(_found(repo), "side..HEAD")) == ["side", "merge side", "three"]


@pytest.fixture
def forked(repo: Repo) -> Repo:
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit("topic", {"b": "1"})
    repo.git("checkout", "-q", "main")
    repo.commit("two", {"a": "2"})
    return repo


def test_three_dots_start_where_the_two_part(forked: Repo) -> None:
    assert _subjects(resolve_range(_found(forked), "main...topic")) == ["one", "topic"]


def test_ends_that_part_are_told_with_the_way_out(forked: Repo) -> None:
    with pytest.raises(SourceError, match=r"not an ancestor.*`main\.\.\.topic`"):
        resolve_range(_found(forked), "main..topic")


def test_ends_without_common_history_are_told(repo: Repo) -> None:
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit("other root")
    for text in ("main..other", "main...other"):
        with pytest.raises(SourceError, match="no history in common"):
            resolve_range(_found(repo), text)


def test_equal_ends_are_an_empty_range(repo: Repo) -> None:
    with pytest.raises(SourceError, match=r"is empty.*--harness-base"):
        resolve_range(_found(repo), "main..HEAD")


def test_swapped_ends_are_told(repo: Repo) -> None:
    repo.commit("two", {"a": "2"})
    with pytest.raises(SourceError, match=r"is empty.*`HEAD~1\.\.HEAD` was perhaps meant"):
        resolve_range(_found(repo), "HEAD..HEAD~1")


@pytest.mark.parametrize("text", ["nowhere..HEAD", "HEAD..nowhere"])
def test_the_side_that_does_not_resolve_is_named(repo: Repo, text: str) -> None:
    with pytest.raises(SourceError, match="`nowhere` does not name a commit"):
        resolve_range(_found(repo), text)


def test_a_name_that_looks_like_an_option_is_only_a_name(repo: Repo) -> None:
    with pytest.raises(SourceError, match="`--all` does not name a commit"):
        resolve_range(_found(repo), "--all..HEAD")


def test_a_branch_that_only_the_remote_has_is_suggested(repo: Repo, tmp_path: Path) -> None:
    repo.git("branch", "release")
    repo.git("clone", "-q", str(repo.root), str(tmp_path / "copy"))
    with pytest.raises(SourceError, match="`origin/release`, which was perhaps meant"):
        resolve_revision(find_repository(tmp_path / "copy"), "release")


def test_a_repository_without_commits_is_told(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.write({"Cargo.toml": ""})
    with pytest.raises(SourceError, match="no commit yet"):
        resolve_revision(_found(repo), "HEAD")


def test_a_range_beyond_a_shallow_clone_says_how_to_get_the_rest(repo: Repo, tmp_path: Path) -> None:
    repo.commit("two", {"a": "2"})
    repo.commit("three", {"a": "3"})
    repo.git("clone", "-q", "--depth=2", f"file://{repo.root}", str(tmp_path / "shallow"))
    shallow = find_repository(tmp_path / "shallow")
    assert _subjects(resolve_range(shallow, "HEAD~1..HEAD")) == ["two", "three"]
    with pytest.raises(SourceError, match="git fetch --unshallow"):
        resolve_range(shallow, "HEAD~2..HEAD")


def test_replaced_commits_are_read_as_they_are(repo: Repo) -> None:
    two = repo.commit("two", {"a": "2"})
    three = repo.commit("three", {"a": "3"})
    repo.git("replace", two, three)
    assert resolve_revision(_found(repo), two).subject == "two"


def test_a_subject_in_another_encoding_is_read(repo: Repo) -> None:
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    message = repo.root / ".git" / "message"
    message.write_bytes("größer".encode("latin-1"))
    repo.git("commit", "-q", "--allow-empty", "-F", str(message))
    assert resolve_revision(_found(repo), "HEAD").subject == "größer"


def test_two_hundred_commits_take_one_walk(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = "".join(
        f"commit refs/heads/long\ncommitter A <a@b> {1700000000 + n} +0000\ndata 2\nc\n"
        + ("from main\n" if not n else "")
        for n in range(200)
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repo.root, input=stream.encode(), check=True)
    found = _found(repo)
    calls: list[str] = []
    run = process.run
    monkeypatch.setattr(process, "run", lambda argv, **rest: calls.append(argv[1]) or run(argv, **rest))  # type: ignore[func-returns-value]
    assert len(resolve_range(found, "main..long")) == 201
    assert calls == ["cat-file", "rev-list", "rev-list"]
