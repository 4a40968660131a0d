"""Approved surfaces: what a workspace offers, as texts whose change is a change of the surface."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compare.inventory import BuildFailure, Counts, Inventory, Test
from harness.compare.lints import Lints, Warned
from harness.compare.surface import Item, Member, Surface
from harness.compare.surface_text import help_texts, inventory_texts, lint_texts, public_api_texts
from tests.support.crates import LIBRARY
from tests.support.folder import everything
from tests.support.histories import lay
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest


def test_each_crate_is_a_text_of_its_public_paths_with_their_members() -> None:
    kind = Item(path="a::Kind", kind="enum", signature="pub enum Kind", identity="a::kind::Kind", via="definition")
    again = Item(path="a::x::Kind", kind="enum", signature="pub enum Kind", identity="a::kind::Kind", via="re-export")
    other = Item(path="b::f", kind="function", signature="pub fn f()", identity="b::f()", via="definition")
    surface = Surface(
        items=(kind, again, other), members={"a::kind::Kind": (Member(name="One", kind="variant", signature="One"),)}
    )
    assert public_api_texts(surface) == {
        "a": "enum a::Kind: pub enum Kind\n    One\nenum a::x::Kind: pub enum Kind  (re-export)\n",
        "b": "function b::f: pub fn f()\n",
    }


def test_each_command_is_a_text_of_its_help() -> None:
    pages = [("app", (), "Usage: app  \n\n"), ("app", ("re/mote", "add"), "Add one\n"), ("app", ("silent",), "")]
    assert help_texts(pages) == {"app": "Usage: app\n", "app-re_mote-add": "Add one\n"}


def test_the_inventory_names_every_test_and_what_keeps_it_from_passing() -> None:
    tests = (
        Test(package="p", target="p", kind="lib", name="b::works", outcomes=("ok",)),
        Test(package="p", target="p", kind="lib", name="a::slow", outcomes=("ignored",)),
    )
    failures = (BuildFailure(package="p", target="it", kind="test", error="error[E0001]"),)
    inventory = Inventory(tests=tests, failures=failures, counts=Counts(passed=1, failed=0, ignored=1))
    assert inventory_texts(inventory) == {
        "tests": "p lib a::slow  (ignored)\np lib b::works\np test it  (does not build)\n"
    }


def test_lints_are_counted_by_package_and_group() -> None:
    def warned(group: str) -> Warned:
        return Warned(package="p", group=group, code="x", message="m", text="t", place="src/lib.rs:1")

    assert lint_texts(Lints(warnings=(warned("pedantic"), warned("compiler"), warned("pedantic")))) == {
        "counts": "p compiler: 1\np pedantic: 2\n"
    }
    assert lint_texts(Lints(warnings=())) == {"counts": "(nothing)\n"}


# -- a workspace ----------------------------------------------------------------------------------------------------

_MAIN = """fn main() {
    let start = std::time::Instant::now();
    if std::env::args().any(|one| one == "--help") {
        println!("Usage: demo [OPTIONS]\\n\\nOptions:\\n      --loud  Shout\\n  -h, --help  Print help");
    } else if std::env::args().any(|one| one == "--loud") {
        std::thread::sleep(std::time::Duration::from_millis(2));
        let nanos = start.elapsed().as_nanos();
        println!("@@BENCH@@{{\\"rows\\": 7, \\"copies\\": 7, \\"took_nanos\\": {nanos}}}");
    }
}
"""

_CONFIG = """[verify]
surfaces = true

[[benchmark]]
name = "loud"
argv = ["--loud"]
report = { line = "@@BENCH@@" }
"""


def _surfaces(repo: Repo) -> None:
    from tests.support.crates import MANIFEST
    from tests.support.histories import LOCK

    repo.commit(
        "base",
        {
            "Cargo.toml": MANIFEST,
            "Cargo.lock": LOCK,
            ".gitignore": "/target\n",
            "src/lib.rs": LIBRARY,
            "src/main.rs": _MAIN,
            "harness.toml": _CONFIG,
        },
    )


@pytest.fixture
def repo(shared_store_root: Path) -> Repo:
    """A workspace without approved surfaces, at a place where its builds are found again."""
    root = lay(shared_store_root, _surfaces)
    made = Repo(root)
    made.git("checkout", "-q", "-f", ".")
    made.git("clean", "-q", "-fd")
    return made


def verify(repo: Repo, shared: Path, *argv: str) -> Outcome:
    return run_pytest(repo.root, *argv, store=shared)


@pytest.mark.rust
def test_the_working_tree_is_held_against_the_surfaces_that_were_approved(repo: Repo, shared_store_root: Path) -> None:
    before = everything(repo.root)
    first = verify(repo, shared_store_root)
    assert first.status == 1
    assert "snapshots/surfaces/public_api/demo.txt was never approved" in first.output
    assert everything(repo.root) == before

    updated = verify(repo, shared_store_root, "--snapshot-update", "-n", "2")
    assert updated.status == 0, updated.output
    assert "5 snapshots generated." in updated.output
    written = {path: (repo.root / path).read_text() for path in sorted(everything(repo.root)) if path.endswith(".txt")}
    assert list(written) == [
        "snapshots/surfaces/benchmark_reports/loud.txt",
        "snapshots/surfaces/help/demo.txt",
        "snapshots/surfaces/lint_counts/counts.txt",
        "snapshots/surfaces/public_api/demo.txt",
        "snapshots/surfaces/test_inventory/tests.txt",
    ]
    assert "function demo::add: pub fn add(i32, i32) -> i32" in written["snapshots/surfaces/public_api/demo.txt"]
    assert "--loud  Shout" in written["snapshots/surfaces/help/demo.txt"]
    shape = written["snapshots/surfaces/benchmark_reports/loud.txt"].splitlines()
    assert shape[0] == "demo --loud  (the line @@BENCH@@)"
    assert "  rows        integer, always 7" in shape
    assert "  took_nanos  integer, in ns" in shape

    again = verify(repo, shared_store_root)
    assert again.status == 0, again.output
    assert again.report["verdict"] == "SAME"
    assert {one["name"]: one["verdict"] for one in again.report["surfaces"]["probes"]} == {
        "public_api": "SAME",
        "help": "SAME",
        "benchmark_reports": "SAME",
        "test_inventory": "SAME",
        "lint_counts": "SAME",
    }

    repo.write(
        {"src/lib.rs": LIBRARY.replace("a: i32, b: i32", "a: i32, b: i32, c: i32").replace("(1, 2)", "(1, 2, 0)")}
    )
    changed = verify(repo, shared_store_root, "Cargo.toml::surfaces::public_api")
    assert changed.status == 1
    [one] = changed.report["surfaces"]["probes"][0]["differences"]
    assert one["where"] == "snapshots/surfaces/public_api/demo.txt"
    assert "add(i32, i32, i32) -> i32" in one["after"]
    assert "+function demo::add: pub fn add(i32, i32, i32) -> i32" in changed.output

    repo.write({"src/main.rs": _MAIN.replace("copies", "doubles")})
    changed = verify(repo, shared_store_root, "Cargo.toml::surfaces::benchmark_reports")
    assert changed.status == 1
    assert "+  doubles     integer, always 7" in changed.output
