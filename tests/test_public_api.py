"""The probe `public_api` on crates that are made and documented here."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.build.rustdoc import document
from harness.build.visit import CargoRun
from harness.compare.redact import Redactor
from harness.config import Config
from harness.errors import MissingTool
from harness.model import Revision, Target, Workspace
from harness.probes.base import Findings, Pair
from harness.probes.public_api import PublicApi, decode, raw_json
from harness.store import Store

REVISION = Revision(sha="a" * 40, tree="b" * 40, subject="a revision", date="2024-01-01T00:00:00+00:00")
MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'


@dataclasses.dataclass(kw_only=True, eq=False)
class FolderVisit:
    """A visit of a folder as it is, with one target folder for all of them."""

    root: Path
    target_dir: Path
    store: Store
    feature_args: tuple[str, ...] = ()
    revision: Revision = REVISION
    config: Config = dataclasses.field(default_factory=Config)
    path: str = ""
    calls: int = 0

    @property
    def workspace(self) -> Workspace:
        argv = ["cargo", "metadata", "--no-deps", "--format-version=1", "--offline"]
        found = json.loads(subprocess.run(argv, cwd=self.root, check=True, capture_output=True).stdout)
        packages = found["packages"]
        return Workspace(
            packages={
                one["name"]: str(Path(one["manifest_path"]).parent.relative_to(self.root.resolve())) for one in packages
            },
            targets=tuple(
                Target(package=one["name"], name=target["name"], kind=target["kind"][0], src_path=target["src_path"])
                for one in packages
                for target in one["targets"]
            ),
            features={
                one["name"]: {name: tuple(enables) for name, enables in one["features"].items()} for one in packages
            },
            rust_versions={one["name"]: one["rust_version"] for one in packages if one["rust_version"]},
        )

    def cargo(
        self,
        *argv: str,
        env: Mapping[str, str] | None = None,
        keep: Callable[[Mapping[str, object]], bool] | None = None,
        timeout: float | None = None,
    ) -> CargoRun:
        self.calls += 1
        done = self.execute(["cargo", argv[0], "--offline", *argv[1:]], cwd=self.root, env=env, timeout=timeout)
        lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line[:1] == b"{"]
        return dataclasses.replace(done, messages=[line for line in lines if keep is not None and keep(line)])

    def execute(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None, timeout: float | None = None
    ) -> CargoRun:
        began = time.monotonic()
        whole = dict(os.environ) | {"CARGO_TARGET_DIR": str(self.target_dir)} | dict(env or {})
        if self.path:
            whole["PATH"] = self.path
        done = subprocess.run(argv, cwd=cwd, env=whole, capture_output=True, timeout=timeout, check=False)
        seconds = time.monotonic() - began
        log = self.root / "build.log"
        return CargoRun(
            status=done.returncode, messages=(), stdout=done.stdout, stderr=done.stderr, log=log, seconds=seconds
        )


@dataclasses.dataclass(kw_only=True)
class Crates:
    """A workspace whose files are written anew for each visit, as a checkout would: only what differs."""

    root: Path
    store: Store
    target_dir: Path

    def visit(self, files: Mapping[str, str], *features: str) -> FolderVisit:
        kept = {self.root / name for name in files}
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and path not in kept and path.name != "Cargo.lock":
                path.unlink()
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        return FolderVisit(root=self.root, target_dir=self.target_dir, store=self.store, feature_args=features)

    def findings(self, before: Mapping[str, str], after: Mapping[str, str]) -> Findings:
        probe = PublicApi()
        old, new = (probe.observe(self.visit(files)) for files in (before, after))
        return probe.compare(old, new, PAIR)


PAIR = Pair(
    baseline=REVISION,
    candidate=REVISION,
    before=Redactor((), REVISION),
    after=Redactor((), REVISION),
    config=Config(),
)


@pytest.fixture
def crates(tmp_path: Path, shared_store_root: Path) -> Crates:
    # The target folder is made anew for each test: what cargo holds fresh is what is tested here.
    root = tmp_path / "workspace"
    root.mkdir()
    return Crates(root=root, store=Store(shared_store_root), target_dir=tmp_path / "target")


def two(a: str, b: str) -> dict[str, str]:
    """A workspace of a crate `a` that depends on a crate `b`."""
    return {
        "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
        "a/Cargo.toml": MANIFEST.format(name="a") + '[dependencies]\nb = { path = "../b" }\n',
        "a/src/lib.rs": a,
        "b/Cargo.toml": MANIFEST.format(name="b"),
        "b/src/lib.rs": b,
    }


def one(files: Mapping[str, str], manifest: str = "") -> dict[str, str]:
    """A single crate."""
    return {"Cargo.toml": MANIFEST.format(name="demo") + manifest} | {
        f"src/{name}": text for name, text in files.items()
    }


def told(findings: Findings) -> list[tuple[str, str]]:
    return [(difference.facet, difference.where) for difference in findings.differences]


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


@pytest.mark.rust
def test_the_json_of_a_revision_is_made_anew_when_its_source_or_a_dependency_changed(crates: Crates) -> None:
    first = two("pub fn f() -> b::T { todo!() }", "pub struct T;")
    edited = two("pub fn g() -> b::T { todo!() }", "pub struct T;")
    below = two("pub fn g() -> b::T { todo!() }", "pub type T = u8;")
    probe = PublicApi()
    seen = [probe.observe(crates.visit(files)) for files in (first, edited, below, first, first)]
    fresh = [path.read_bytes() for path in document(crates.visit(first)).json.values()]
    other = Crates(root=crates.root, store=crates.store, target_dir=crates.target_dir.with_name("other"))
    anew = [path.read_bytes() for path in document(other.visit(first)).json.values()]
    assert len(set(seen[:3])) == 3
    assert seen[3] == seen[4] == seen[0]
    assert [json.loads(data)["paths"] for data in fresh] == [json.loads(data)["paths"] for data in anew]


@pytest.mark.rust
def test_what_did_not_change_is_not_documented_again(crates: Crates) -> None:
    files = two("pub fn f() {}", "pub struct T;")
    made = document(crates.visit(files))
    stamps = {name: path.stat().st_mtime_ns for name, path in made.json.items()}
    edited = document(crates.visit(two("pub fn g() {}", "pub struct T;")))
    again = {name: path.stat().st_mtime_ns for name, path in edited.json.items()}
    assert again["b"] == stamps["b"]
    assert again["a"] != stamps["a"]


@pytest.mark.rust
def test_a_crate_whose_source_lies_outside_its_package_is_always_documented_again(crates: Crates) -> None:
    files = two('#[path = "../../shared.rs"] pub mod shared;', "pub struct T;") | {"shared.rs": "pub struct Old;"}
    findings = crates.findings(files, files | {"shared.rs": "pub struct New;"})
    assert told(findings) == [("removed", "a::shared::Old")]


@pytest.mark.rust
def test_a_library_with_doc_false_is_looked_at_all_the_same(crates: Crates) -> None:
    made = document(crates.visit(one({"lib.rs": "pub struct A;"}, "[lib]\ndoc = false\n")))
    assert list(made.json) == ["demo"]


@pytest.mark.rust
def test_other_features_never_see_the_json_of_the_last_ones(crates: Crates) -> None:
    files = one({"lib.rs": '#[cfg(feature = "more")] pub struct More;'}, "[features]\nmore = []\n")
    probe = PublicApi()
    plain, full, back = (probe.observe(crates.visit(files, *args)) for args in ((), ("--all-features",), ()))
    assert plain == back != full


@pytest.mark.rust
def test_damaged_or_foreign_json_is_thrown_away_and_made_again(crates: Crates) -> None:
    files = one({"lib.rs": "pub struct A;"})
    probe = PublicApi()
    right = probe.observe(crates.visit(files))
    made = document(crates.visit(files)).json["demo"]
    made.write_text("{}")
    made.with_name("gone.json").write_text("{}")
    assert probe.observe(crates.visit(files)) == right
    assert not made.with_name("gone.json").exists()
    made.unlink()
    assert probe.observe(crates.visit(files)) == right


@pytest.mark.rust
def test_a_removed_member_leaves_nothing_behind(crates: Crates) -> None:
    findings = crates.findings(two("pub fn f() {}", "pub struct T;"), one({"lib.rs": ""}))
    assert ("removed", "b") in told(findings)
    assert ("target", "b/lib b") in told(findings)


@pytest.mark.rust
def test_a_visit_is_documented_once_for_all_probes(crates: Crates) -> None:
    visit = crates.visit(one({"lib.rs": "/// [nowhere]\npub struct A;"}))
    made = document(visit)
    assert document(visit) is made
    PublicApi().observe(visit)
    assert visit.calls == 1
    assert [note["message"]["code"]["code"] for note in made.diagnostics] == ["rustdoc::broken_intra_doc_links"]


@pytest.mark.rust
def test_denied_rustdoc_lints_do_not_hide_the_api(crates: Crates) -> None:
    made = document(crates.visit(one({"lib.rs": "#![deny(rustdoc::all, warnings)]\n/// [nowhere]\npub struct A;"})))
    assert list(made.json) == ["demo"]
    assert made.diagnostics


@pytest.mark.rust
def test_a_crate_that_rustdoc_fails_on_is_named_and_the_others_are_compared(crates: Crates) -> None:
    before = two("pub fn f() {}", "pub struct T;")
    after = two("pub fn f() { missing() }  pub fn g() -> Missing {}", "pub struct U;")
    findings = crates.findings(before, after)
    assert ("changed", "a") in told(findings)
    assert ("removed", "b::T") in told(findings)
    assert "rustdoc failed on a" in findings.reason


@pytest.mark.rust
def test_the_raw_json_is_kept_in_the_store(crates: Crates) -> None:
    visit = crates.visit(one({"lib.rs": "pub struct A;"}))
    observed = decode(PublicApi().observe(visit))
    assert json.loads(raw_json(observed, visit)["demo"])["format_version"] >= 37


@pytest.mark.rust
def test_a_workspace_without_a_library_has_packages_only(crates: Crates) -> None:
    visit = crates.visit(one({"main.rs": "fn main() {}"}))
    assert decode(PublicApi().observe(visit)).documents == {}
    assert visit.calls == 0


@pytest.mark.rust
def test_a_missing_rustdoc_is_told_with_the_next_step(crates: Crates, tmp_path: Path) -> None:
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("cargo", "rustc"):
        (tools / name).symlink_to(Path(sysroot, "bin", name))
    (tools / "sh").symlink_to("/bin/sh")
    visit = crates.visit(one({"lib.rs": ""}))
    visit.path = str(tools)
    with pytest.raises(MissingTool, match="rustdoc"):
        document(visit)
