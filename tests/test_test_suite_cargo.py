"""The tests of real crates are built, run and compared as `cargo test` would run them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.compare.inventory import PROCESS, Inventory
from harness.compare.redact import Redactor
from harness.config import Config
from harness.model import Revision
from harness.probes import test_suite
from harness.probes.base import Findings, Pair
from harness.probes.test_suite import TestSuite, decode
from tests.support.visit import FakeVisit, visiting

pytestmark = pytest.mark.rust

MANIFEST = '[package]\nname = "{name}"\nversion = "1.2.3-rc.1"\nedition = "2024"\n'
LIBRARY = """//! ```
//! assert_eq!(alpha::two(), 2);
//! ```
pub mod errors;

/// ```
/// assert_eq!(alpha::two(), 2);
/// ```
/// ```compile_fail
/// let x: u8 = "";
/// ```
/// ```ignore
/// later();
/// ```
pub fn two() -> u8 { 2 }

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn passes() { println!("test tests::fails ... ok"); assert_eq!(two(), 2); }

    #[test]
    #[ignore = "slow, really"]
    fn waits() {}

    #[test]
    #[should_panic(expected = "boo")]
    fn panics() { panic!("boo hoo") }

    #[test]
    fn noisy() { std::io::stdout().write_all(b"raw text without an end").unwrap(); }

    #[test]
    fn fails() { assert_eq!(two(), 3); }
}
"""
ERRORS = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn kept() { assert_eq!(super::super::two(), 2); }\n}\n"
PROCESSES = """#[test]
fn environment() {
    assert_eq!(std::env::var("CARGO_PKG_VERSION").unwrap(), "1.2.3-rc.1");
    assert_eq!(std::env::var("CARGO_PKG_VERSION_PRE").unwrap(), "rc.1");
    assert_eq!(std::env::var("SAID_IN_CONFIG").unwrap(), "yes");
    assert!(std::path::Path::new("Cargo.toml").exists());
    assert!(std::path::Path::new(&std::env::var("CARGO_BIN_EXE_alpha").unwrap()).exists());
    assert!(std::process::Command::new(env!("CARGO_BIN_EXE_alpha")).status().unwrap().success());
}
#[test]
fn aborts() { std::process::abort() }
#[test]
fn leaves() { std::process::exit(0) }
#[test]
fn zero() {}
"""
FLAKES = """#[test]
fn flake() {
    let mark = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scratch/mark");
    if std::fs::remove_file(&mark).is_err() { std::fs::write(&mark, "").unwrap(); panic!("first time"); }
}
"""
FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["alpha", "macros"]\nresolver = "2"\n',
    ".cargo/config.toml": '[env]\nSAID_IN_CONFIG = "yes"\n',
    "alpha/Cargo.toml": MANIFEST.format(name="alpha") + '[[test]]\nname = "own_main"\nharness = false\n',
    "alpha/src/lib.rs": LIBRARY,
    "alpha/src/errors.rs": ERRORS,
    "alpha/src/main.rs": "fn main() {}\n",
    "alpha/tests/processes.rs": PROCESSES,
    "alpha/tests/flakes.rs": FLAKES,
    "alpha/tests/own_main.rs": 'fn main() { println!("fine") }\n',
    "alpha/benches/never.rs": "fn main() { not rust }\n",
    "macros/Cargo.toml": MANIFEST.format(name="macros") + "[lib]\nproc-macro = true\n",
    "macros/src/lib.rs": "#[test]\nfn in_macros() {}\n",
}


@pytest.fixture(scope="module")
def seen(shared_store_root: Path) -> Iterator[tuple[bytes, FakeVisit]]:
    """One observation of the workspace above."""
    with visiting(shared_store_root, "test-suite") as visit:
        one = visit(FILES)
        yield TestSuite().observe(one), one


@pytest.fixture(scope="module")
def inventory(seen: tuple[bytes, FakeVisit]) -> Inventory:
    return decode(seen[0])


def outcomes(inventory: Inventory, kind: str, target: str = "alpha") -> dict[str, tuple[str, ...]]:
    return {one.name: one.outcomes for one in inventory.tests if (one.kind, one.target) == (kind, target)}


def compared(before: bytes, after: bytes) -> Findings:
    revision = Revision(sha="0" * 40, tree="0" * 40, subject="", date="")
    nothing = Redactor((), revision)
    pair = Pair(baseline=revision, candidate=revision, before=nothing, after=nothing, config=Config())
    return TestSuite().compare(before, after, pair)


def test_unit_tests_have_their_outcomes(inventory: Inventory) -> None:
    assert outcomes(inventory, "lib") == {
        "errors::tests::kept": ("ok",),
        "tests::fails": ("failed",) * 4,
        "tests::noisy": ("ok",),
        "tests::panics": ("ok",),
        "tests::passes": ("ok",),
        "tests::waits": ("ignored",),
    }
    assert outcomes(inventory, "proc-macro", "macros") == {"in_macros": ("ok",)}


def test_tests_that_end_the_process_are_named_and_the_others_run(inventory: Inventory) -> None:
    assert outcomes(inventory, "test", "processes") == {
        "aborts": ("crashed",),
        "environment": ("ok",),
        "leaves": ("crashed",),
        "zero": ("ok",),
    }


def test_a_test_that_fails_only_sometimes_has_all_its_outcomes(inventory: Inventory) -> None:
    assert outcomes(inventory, "test", "flakes") == {"flake": ("failed", "ok")}


def test_an_executable_with_its_own_main_is_one_test_run_once(seen: tuple[bytes, FakeVisit]) -> None:
    assert outcomes(decode(seen[0]), "test", "own_main") == {PROCESS: ("ok",)}
    assert sum("own_main" in call[0] for call in seen[1].calls) == 1


def test_documentation_tests_are_known_by_item_and_number(inventory: Inventory) -> None:
    found = {one.name: (one.outcomes, one.flavour) for one in inventory.tests if one.kind == "doc"}
    assert found == {
        "alpha/src/lib.rs #1": (("ok",), ""),
        "alpha/src/lib.rs - two #1": (("ok",), ""),
        "alpha/src/lib.rs - two #2": (("ok",), "compile fail"),
        "alpha/src/lib.rs - two #3": (("ignored",), ""),
    }


def test_every_test_has_its_text(inventory: Inventory) -> None:
    texts = {one.name: one.source for one in inventory.tests}
    assert texts["tests::panics"].startswith('#[test]\n    #[should_panic(expected = "boo")]')
    assert texts["errors::tests::kept"].endswith("2); }")
    assert texts["alpha/src/lib.rs - two #2"] == '```compile_fail\nlet x: u8 = "";\n```'
    assert all(texts.values())


def test_the_counts_are_what_cargo_test_prints(seen: tuple[bytes, FakeVisit]) -> None:
    chosen = ("--workspace", "--no-fail-fast", "--lib", "--bins", "--test", "own_main")
    examples = seen[1].cargo("test", "--workspace", "--doc", "--no-fail-fast").stdout
    printed = seen[1].cargo("test", *chosen).stdout + examples
    sums = [sum(map(int, re.findall(rf"(\d+) {word};".encode(), printed))) for word in ("passed", "failed", "ignored")]
    counts = decode(seen[0]).counts
    # Besides these there are `environment` and `zero`, which pass beside tests that end their process, and the flake.
    assert [counts.passed - 2, counts.failed - 1, counts.ignored] == sums


def test_known_bad_commits_are_told_apart_from_moves(shared_store_root: Path) -> None:
    base = {
        "Cargo.toml": MANIFEST.format(name="beta"),
        "src/lib.rs": "mod errors;\n#[test]\nfn gone() { drop(1); }\n#[test]\nfn red() { assert_eq!(2, 2); }\n",
        "src/errors.rs": '#[test]\nfn moved() { assert!(true, "x"); }\n#[test]\nfn left_out() { let _ = 1; }\n',
        "tests/it.rs": "#[test]\nfn it() {}\n",
    }
    bad = {
        "Cargo.toml": base["Cargo.toml"],
        "src/lib.rs": "mod error;\n#[test]\nfn red() { assert_eq!(2, 3); }\n",
        "src/error.rs": base["src/errors.rs"].replace("#[test]\nfn left", "#[test]\n#[ignore]\nfn left"),
        "tests/it.rs": '#[test]\nfn it() { let x: u8 = ""; }\n',
    }
    with visiting(shared_store_root, "test-suite-bad") as visit:
        before = TestSuite().observe(visit(base))
        after = TestSuite().observe(visit(bad))
    findings = compared(before, after)
    assert {(one.facet, one.where) for one in findings.differences} == {
        ("build", "beta test it"),
        ("vanished", "beta lib gone"),
        ("newly failing", "beta lib red"),
        ("newly ignored", "beta lib error::left_out"),
    }
    assert {one.facet for one in findings.notes} == {"moved", "body"}
    build = next(one for one in findings.differences if one.facet == "build")
    assert "mismatched types" in build.after
    assert compared(before, before).differences == compared(after, after).differences == ()


def test_a_test_that_hangs_is_ended_and_named(shared_store_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_suite, "LIMIT", 1.0)
    files = {
        "Cargo.toml": MANIFEST.format(name="gamma"),
        "src/main.rs": "fn main() {}\n#[test]\nfn ends() {}\n#[test]\nfn hangs() { loop { std::thread::park(); } }\n",
    }
    with visiting(shared_store_root, "test-suite-hangs") as visit:
        found = decode(TestSuite().observe(visit(files)))
    assert outcomes(found, "bin", "gamma") == {"ends": ("ok",), "hangs": ("timed out",)}
