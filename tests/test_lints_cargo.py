"""clippy's and the compiler's warnings of real crates become data, and known-bad commits are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.compare.lints import Lints as LintFacts
from harness.compare.redact import Redactor
from harness.config import Config
from harness.errors import MissingTool
from harness.model import Revision
from harness.probes import lints
from harness.probes.base import Findings, Pair
from harness.probes.lints import NO_CLIPPY, Lints, decode
from tests.support.visit import FakeVisit, visiting

pytestmark = pytest.mark.rust

LOW = "#![deny(warnings)]\npub fn low() -> u8 { return 1; }\nfn unused() {}\npub fn id(x: u8) -> u8 { x }\n"
FILES = {
    "Cargo.toml": (
        '[workspace]\nmembers = ["low", "high"]\nresolver = "2"\n'
        '[workspace.lints.clippy]\npedantic = { level = "deny", priority = -1 }\nmust_use_candidate = "allow"\n'
    ),
    "low/Cargo.toml": '[package]\nname = "low"\nversion = "1.0.0"\nedition = "2021"\n[lints]\nworkspace = true\n',
    "low/src/lib.rs": LOW,
    "high/Cargo.toml": (
        '[package]\nname = "high"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\nlow = { path = "../low" }\n'
    ),
    "high/src/lib.rs": "/// Sums to i32.\npub fn high(x: u64) -> i32 { let y = 1; low::low(); x as i32 }\n",
}


@pytest.fixture
def no_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rustdoc that has nothing to say, where it is not what the test is about."""
    monkeypatch.setattr(lints, "document", lambda visit: SimpleNamespace(diagnostics=()))


def codes(found: LintFacts) -> list[tuple[str, str, str]]:
    return sorted((one.package, one.group, one.code) for one in found.warnings)


def compared(before: bytes, after: bytes) -> Findings:
    revision = Revision(sha="0" * 40, tree="0" * 40, subject="", date="")
    nothing = Redactor((), revision)
    pair = Pair(baseline=revision, candidate=revision, before=nothing, after=nothing, config=Config())
    return Lints().compare(before, after, pair)


@pytest.mark.usefixtures("no_documentation")
def test_all_warnings_are_found_once_where_a_crate_denies_them_and_another_needs_it(shared_store_root: Path) -> None:
    with visiting(shared_store_root, "lints") as visit:
        found = decode(Lints().observe(visit(FILES)))
    assert codes(found) == [
        ("high", "compiler", "unused_variables"),
        ("high", "pedantic", "clippy::cast_possible_truncation"),
        ("low", "clippy", "clippy::needless_return"),
        ("low", "compiler", "dead_code"),
    ]
    assert found.unchecked == ()
    assert found.missing == ""


@pytest.mark.usefixtures("no_documentation")
def test_fresh_crates_say_their_warnings_again(shared_store_root: Path) -> None:
    with visiting(shared_store_root, "lints") as visit:
        assert Lints().observe(visit(FILES)) == Lints().observe(visit(FILES))


@pytest.mark.usefixtures("no_documentation")
def test_known_bad_commits_are_told_apart_from_moves(shared_store_root: Path) -> None:
    moved = FILES | {
        "low/src/lib.rs": "#![deny(warnings)]\nmod inner;\npub use inner::*;\n",
        "low/src/inner.rs": "\n\n" + LOW.partition("\n")[2],
    }
    bad = FILES | {"high/src/lib.rs": FILES["high/src/lib.rs"] + "fn lost() -> bool { return true; }\n"}
    with visiting(shared_store_root, "lints") as visit:
        before, after, worse = (Lints().observe(visit(files)) for files in (FILES, moved, bad))
    assert [one.where for one in compared(before, after).differences] == []
    assert sorted((one.facet, one.where) for one in compared(before, worse).differences) == [
        ("clippy", "clippy::needless_return in high"),
        ("compiler", "dead_code in high"),
    ]
    assert [one.facet for one in compared(worse, before).notes] == ["fixed", "fixed"]


@pytest.mark.usefixtures("no_documentation")
def test_without_clippy_the_compiler_alone_is_asked_and_the_report_says_so(
    shared_store_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> Callable[..., None]:
        raise MissingTool("The program `clippy-driver` was not found.")

    with visiting(shared_store_root, "lints") as visit:
        monkeypatch.setattr(FakeVisit, "execute", missing)
        observation = Lints().observe(visit(FILES))
    assert ("low", "compiler", "dead_code") in codes(decode(observation))
    assert compared(observation, observation).reason == NO_CLIPPY


def test_a_broken_link_in_documentation_breaks(shared_store_root: Path) -> None:
    good = FILES | {"low/src/lib.rs": "//! Low.\npub fn low() {}\n"}
    bad = good | {"high/src/lib.rs": FILES["high/src/lib.rs"].replace("Sums", "As [`Nowhere`] sums")}
    with visiting(shared_store_root, "lints-rustdoc") as visit:
        before, after, again = (Lints().observe(visit(files)) for files in (good, bad, bad))
    assert after == again
    assert [(one.facet, one.where) for one in compared(before, after).differences] == [
        ("rustdoc", "rustdoc::broken_intra_doc_links in high")
    ]


@pytest.mark.usefixtures("no_documentation")
def test_a_benchmark_that_does_not_compile_is_told_and_the_rest_is_linted(shared_store_root: Path) -> None:
    bad = FILES | {"high/benches/b.rs": 'fn main() { let x: u8 = ""; }\n'}
    with visiting(shared_store_root, "lints") as visit:
        before, after = (Lints().observe(visit(files)) for files in (FILES, bad))
    assert [(one.facet, one.where) for one in compared(before, after).differences] == [("compiler", "high bench b")]
    assert codes(decode(before)) == codes(decode(after))
