"""The probe `public_api` on crates that are made and documented here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_public_api_visit import Crates, make_crates, one, told, two


@pytest.fixture
def crates(tmp_path: Path, shared_store_root: Path) -> Crates:
    return make_crates(tmp_path, shared_store_root)


TYPES = """
#[derive(Debug, Clone, PartialEq)]
pub enum PipelineError { Io(String), Parse { line: u32 } }
impl std::fmt::Display for PipelineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "x") }
}
impl std::error::Error for PipelineError {}
impl PipelineError { pub fn is_retryable(&self) -> bool { false } pub fn code(&self) -> u8 { 0 } }
#[derive(Debug, Clone, Copy, Default)] pub struct Backoff { pub millis: u64, pub factor: f64 }
#[derive(Debug, Clone)] pub struct Report { pub error: PipelineError, pub backoff: Backoff }
#[derive(Debug, Clone, Copy)] pub enum Level { Low, High }
pub trait Classify { fn level(&self) -> Level; fn name(&self) -> String { String::new() } }
impl Classify for PipelineError { fn level(&self) -> Level { Level::Low } }
"""


@pytest.mark.rust
def test_a_moved_module_with_five_types_is_told_in_six_lines(crates: Crates) -> None:
    root = (
        "pub mod {0};\npub use {0}::PipelineError;\npub fn run() -> Result<{0}::Report, PipelineError> {{ todo!() }}\n"
    )
    before = one({"lib.rs": root.format("errors"), "errors.rs": TYPES})
    after = one({"lib.rs": root.format("error"), "error.rs": TYPES})
    findings = crates.findings(before, after)
    names = ["", "::Backoff", "::Classify", "::Level", "::PipelineError", "::Report"]
    assert told(findings) == [("moved", f"demo::errors{name}") for name in names]
    assert [one.after for one in findings.differences] == [f"demo::error{name}" for name in names]
    assert "still public as" not in findings.differences[0].summary
    assert "`demo::PipelineError`" in findings.differences[4].summary
    assert findings.notes == ()


@pytest.mark.rust
def test_types_moved_between_modules_with_the_reexport_kept_are_moved_and_nothing_else(crates: Crates) -> None:
    counts = "#[derive(Debug, Clone)] pub struct Counts { pub read: u64 }\n"
    result = "#[derive(Debug, Clone)] pub struct Outcome { pub counts: Counts, pub retries: u32 }\n"
    before = one(
        {
            "lib.rs": "pub mod runner; pub use runner::Outcome;",
            "runner.rs": counts + result + "pub fn go() -> Outcome { todo!() }",
        }
    )
    after = one(
        {
            "lib.rs": "pub mod result; pub mod runner; pub use result::Outcome;",
            "runner.rs": "use crate::result::Outcome; pub fn go() -> Outcome { todo!() }",
            "result.rs": counts + result,
        }
    )
    findings = crates.findings(before, after)
    assert told(findings) == [("moved", "demo::runner::Counts"), ("moved", "demo::runner::Outcome")]
    assert [note.where for note in findings.notes] == ["demo::result"]


@pytest.mark.rust
def test_a_path_that_vanished_names_the_paths_that_survive(crates: Crates) -> None:
    before = one({"lib.rs": "pub mod errors { pub struct Broken; } pub use errors::Broken;"})
    after = one({"lib.rs": "mod errors { pub struct Broken; } pub use errors::Broken;"})
    findings = crates.findings(before, after)
    assert told(findings) == [("removed", "demo::errors"), ("removed", "demo::errors::Broken")]
    assert findings.differences[1].summary == "The path `demo::errors::Broken` is gone; still public as `demo::Broken`."


@pytest.mark.rust
def test_a_lost_send_is_a_difference_of_the_type(crates: Crates) -> None:
    before = one({"lib.rs": "pub struct Handle { inner: std::sync::Arc<u8> }"})
    after = one({"lib.rs": "pub struct Handle { inner: std::rc::Rc<u8> }"})
    findings = crates.findings(before, after)
    lost = {difference.where for difference in findings.differences}
    assert {"<demo::Handle as core::marker::Send>", "<demo::Handle as core::marker::Sync>"} <= lost


@pytest.mark.rust
def test_a_docs_only_change_is_no_difference_and_no_note(crates: Crates) -> None:
    text = "/// {0}\npub struct A {{ /// {0}\n pub x: u8 }}\n/// {0}\npub fn f(#[allow(unused)] {1}: u8) {{}}\n"
    findings = crates.findings(one({"lib.rs": text.format("old", "a")}), one({"lib.rs": text.format("new", "b")}))
    assert (findings.differences, findings.notes) == ((), ())


@pytest.mark.rust
def test_features_targets_and_rust_version_belong_to_the_surface(crates: Crates) -> None:
    before = one({"lib.rs": "", "main.rs": "fn main() {}"}, 'rust-version = "1.70"\n[features]\nfast = []\nslow = []\n')
    after = one({"lib.rs": ""}, 'rust-version = "1.80"\n[features]\nfast = []\nextra = []\n')
    findings = crates.findings(before, after)
    assert sorted(told(findings)) == [
        ("feature", "demo/slow"),
        ("rust-version", "demo"),
        ("target", "demo/bin demo"),
    ]
    assert [note.where for note in findings.notes] == ["demo/extra"]


@pytest.mark.rust
def test_reexports_across_crates_of_the_workspace_are_followed(crates: Crates) -> None:
    before = two("pub use b::deep::*; pub use b as bee;", "pub mod deep { pub struct T { pub x: u8 } }")
    after = two("pub use b::deep::*; pub use b as bee;", "pub mod deep { pub struct T { pub x: u16 } }")
    findings = crates.findings(before, after)
    assert told(findings) == [("changed", "b::deep::T::x")]


@pytest.mark.rust
def test_a_type_moved_into_another_crate_with_the_path_kept_is_no_difference(crates: Crates) -> None:
    text = "#[derive(Clone)] pub struct T { pub x: u8 } impl T { pub fn new() -> Self { todo!() } }"
    before = two(f"{text} pub fn make() -> T {{ T::new() }}", "")
    after = two("pub use b::T; pub fn make() -> T { T::new() }", text)
    findings = crates.findings(before, after)
    assert told(findings) == []
    assert [note.where for note in findings.notes] == ["b::T"]
