"""Rustdoc JSON is made once, only where something changed, and never taken from another revision."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from harness.build.rustdoc import document
from harness.errors import MissingTool
from harness.probes.public_api import PublicApi, decode, raw_json
from tests.test_public_api_visit import Crates, make_crates, one, told, two


@pytest.fixture
def crates(tmp_path: Path, shared_store_root: Path) -> Crates:
    return make_crates(tmp_path, shared_store_root)


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
