"""Files and modules of two revisions are held against each other: everything is told, and nothing breaks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.built import Target, Workspace
from harness.compare.layout import (
    CrateLayout,
    FileFacts,
    Layout,
    ModuleFacts,
    compare_layouts,
    documented_modules,
    facts_of,
    likeness,
    table_problems,
)
from harness.compare.redact import Redactor
from harness.config import Config
from harness.model import Revision
from harness.probes.base import Pair
from harness.probes.layout import Layout as LayoutProbe
from harness.probes.layout import decode
from harness.store import digest_of
from tests.support.visit import FakeVisit, write_tree

TABLE = """//! Engine.
//!
//! | Module      | Responsibility |
//! |-------------|----------------|
//! | `config`    | Types          |
//! | [`error`]   | Errors         |
//! | [`run`](crate::run) | Runs   |
//!
//! | Feature | x |
//! |---|---|
//! | `no` | x |
"""


def facts(text: str) -> FileFacts:
    return facts_of(text.encode(), digest_of(text.encode()))


trees = st.dictionaries(
    st.sampled_from(["src/lib.rs", "src/a.rs", "src/b.rs", "README.md", "x/a.rs"]),
    st.lists(st.sampled_from(["one", "two", "three", "four", ""]), max_size=6).map("\n".join),
).map(lambda files: Layout(files={name: facts(text) for name, text in files.items()}))


def told(before: Layout, after: Layout) -> list[tuple[str, str]]:
    return [(one.facet, one.where) for one in compare_layouts(before, after)]


def files(**texts: str) -> Layout:
    return Layout(files={name: facts(text) for name, text in texts.items()})


def crate(table: tuple[str, ...] | None, *modules: tuple[str, str]) -> Layout:
    found = tuple(ModuleFacts(path=path, visibility=visibility) for path, visibility in modules)
    one = CrateLayout(package="engine", target="engine", kind="lib", root="src/lib.rs", modules=found, table=table)
    return Layout(files={}, crates=(one,))


@given(trees)
def test_a_layout_does_not_differ_from_itself(layout: Layout) -> None:
    assert compare_layouts(layout, layout) == ()


@given(trees, trees)
def test_every_file_that_came_or_went_is_told_exactly_once(before: Layout, after: Layout) -> None:
    notes = compare_layouts(before, after)
    gone = Counter([one.where for one in notes if one.facet == "removed"])
    gone += Counter([one.before for one in notes if one.facet == "renamed"])
    come = Counter([one.where for one in notes if one.facet in ("added", "renamed")])
    assert gone == Counter(before.files.keys() - after.files.keys())
    assert come == Counter(after.files.keys() - before.files.keys())


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_a_share_and_symmetric(one: str, two: str) -> None:
    share = likeness(facts(one), facts(two))
    assert 0 <= share <= 1
    assert share == likeness(facts(two), facts(one))
    assert (share == 1) == (one == two)


def test_a_renamed_file_is_found_although_it_was_edited() -> None:
    assert told(files(errors="a\nb\nc\nd\n"), files(error="a\nb\nc\nx\ny\n")) == [
        ("renamed", "error"),
        ("lines", "error"),
    ]


def test_a_file_with_little_in_common_was_not_renamed() -> None:
    assert told(files(old="a\nb\nc\n"), files(new="a\nx\ny\n")) == [("removed", "old"), ("added", "new")]


def test_the_most_alike_file_is_the_renamed_one() -> None:
    before = files(old="a\nb\nc\nd\n")
    after = files(first="a\nb\nc\nx\n", second="a\nb\nc\nd\n")
    assert ("renamed", "second") in told(before, after)
    assert ("added", "first") in told(before, after)


def test_lines_are_counted_as_wc_does() -> None:
    assert facts("a\nb\n").lines == 2
    assert facts("a\nb").lines == 1
    note = compare_layouts(files(x="a\n"), files(x="a\nb\nc\n"))[0]
    assert (note.facet, note.before, note.after, note.summary) == ("lines", "1", "3", "+2 lines")


def test_the_table_of_modules_is_read_from_the_documentation() -> None:
    assert documented_modules(TABLE) == ("config", "error", "run")
    assert documented_modules("//! No table.\nmod a;") is None


def test_a_row_without_a_module_and_a_public_module_without_a_row_are_told() -> None:
    good = crate(("config", "error"), ("config", "pub"), ("error", "pub"), ("dlq", "pub(crate)"), ("config::x", "pub"))
    bad = crate(("config", "errors"), ("config", "pub"), ("error", "pub"), ("dlq", "pub(crate)"), ("config::x", "pub"))
    assert table_problems(good.crates[0]) == {}
    assert table_problems(bad.crates[0]) == {
        "errors": "has a row but is not declared",
        "error": "is public and has no row",
    }
    assert told(good, bad) == [("documentation table", "engine::error"), ("documentation table", "engine::errors")]
    assert told(bad, bad) == []


def test_a_module_that_became_public_is_told() -> None:
    before, after = crate(None, ("resolve", "pub(crate)")), crate(None, ("resolve", "pub"))
    assert told(before, after) == [("module visibility", "engine::resolve")]


def test_modules_that_came_and_went_are_told() -> None:
    assert told(crate(None, ("errors", "pub")), crate(None, ("error", "pub"))) == [
        ("module removed", "engine::errors"),
        ("module added", "engine::error"),
    ]


class _Visit(FakeVisit):
    workspace = Workspace(
        packages={"engine": ""}, targets=(Target(package="engine", name="engine", kind="lib", src_path="src/lib.rs"),)
    )


def test_a_checkout_is_read_without_cargo_and_without_what_is_not_its_own(tmp_path: Path) -> None:
    def observed(sources: dict[str, str]) -> bytes:
        root = write_tree(tmp_path / "checkout", {"Cargo.toml": "", ".git": "gitdir: x", **sources})
        return LayoutProbe().observe(_Visit(root, tmp_path / "store", target_dir=root / "out"))

    before = observed({"src/lib.rs": f"{TABLE}pub mod config;\npub mod errors;\n", "src/errors.rs": "fn f() {}\n"})
    after = observed({"src/lib.rs": f"{TABLE}pub mod config;\npub mod error;\n", "src/error.rs": "fn f() {}\n"})
    assert set(decode(before).files) == {"Cargo.toml", "src/errors.rs", "src/lib.rs"}
    revision = Revision(sha="0" * 40, tree="0" * 40, subject="", date="")
    nothing = Redactor((), revision)
    pair = Pair(baseline=revision, candidate=revision, before=nothing, after=nothing, config=Config())
    findings = LayoutProbe().compare(before, after, pair)
    assert findings.differences == ()
    assert {one.facet for one in findings.notes} == {
        "renamed", "module added", "module removed", "documentation table",
    }  # fmt: skip


def test_a_target_folder_inside_the_checkout_is_not_part_of_it(tmp_path: Path) -> None:
    root = write_tree(tmp_path / "w", {"src/lib.rs": "", "out/made.rs": "", "target/CACHEDIR.TAG": "", "target/x": ""})
    found = decode(LayoutProbe().observe(_Visit(root, tmp_path / "store", target_dir=root / "out")))
    assert set(found.files) == {"src/lib.rs"}
