"""What goes wrong once something is built or run: one clear error or a verdict, nothing remembered that is not true."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.crates import LIBRARY, MAIN, MANIFEST, crate
from tests.support.edits import edit
from tests.support.histories import LOCK, Histories, program
from tests.support.machine import needs_root, needs_rustup, small_disk, toolchain_path_without
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest

pytestmark = pytest.mark.rust

RANGE = "--harness-range=HEAD~1..HEAD"
RANGE_OF_2 = "--harness-range=HEAD~2..HEAD"
COMMAND = "--harness-probes=command"
TOOLCHAIN = "rust-toolchain.toml"


def channel(name: str) -> str:
    """The text of a toolchain file."""
    return f'[toolchain]\nchannel = "{name}"\n'


def needs_toolchain(name: str) -> None:
    """Skips a test where a toolchain is not installed."""
    rustup = shutil.which("rustup")
    listed = [rustup, "toolchain", "list"] if rustup else ["echo"]
    known = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    if not any(line.startswith(name) for line in known.splitlines()):
        pytest.skip(f"the toolchain {name} is not installed")


def explained(outcome: Outcome, *words: str) -> None:
    """Asserts that the output says all this in words, each problem once, and shows no traceback."""
    assert "Traceback" not in outcome.output, outcome.output
    assert "INTERNALERROR" not in outcome.output, outcome.output
    for word in words:
        assert word in outcome.output, outcome.output


def reason(outcome: Outcome, subject: str, probe: str) -> str:
    """Why a probe's verdict is what it is."""
    return str(outcome.probe(subject, probe)["reason"])


class Forgetful(Histories):
    """Histories with a store that is thrown away, for what is to be mended between two runs."""

    def __init__(self, shared: Path, store: Path) -> None:
        super().__init__(shared)
        self.store = store

    def run(self, build: Callable[[Repo], None], *argv: str, env: dict[str, str] | None = None) -> Outcome:
        """How `pytest *argv` ends."""
        return run_pytest(self.root(build), *argv, store=self.store, env=env)


@pytest.fixture
def forgetful(shared_store_root: Path, tmp_path: Path) -> Forgetful:
    """Verifies histories in a store of its own."""
    return Forgetful(shared_store_root, tmp_path / "store")


def notes(outcome: Outcome, subject: str) -> str:
    """The notes on a commit, as one text."""
    row = next(one for one in outcome.report["commits"] if one["subject"] == subject)
    return "\n".join(row["notes"])


def plain(repo: Repo) -> None:
    """A public function is added, with a warning of clippy's in it."""
    crate(repo.root)
    repo.commit("add more", {"src/lib.rs": LIBRARY + "\n/// More.\npub fn more() -> i32 {\n    return 1;\n}\n"})


# -- manifests ------------------------------------------------------------------------------------------------


def manifests(repo: Repo) -> None:
    """Manifests that cargo cannot read, and one that it can again."""
    crate(repo.root)
    repo.commit("break the manifest", {"Cargo.toml": "[package\n"})
    repo.commit("name an absent member", {"Cargo.toml": f'{MANIFEST}[workspace]\nmembers = ["absent"]\n'})
    repo.commit("remove it", remove=["Cargo.toml"])
    repo.commit("mend it", {"Cargo.toml": f"{MANIFEST}# mended\n"})


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("break the manifest", "unclosed table"),
        ("name an absent member", "workspace member"),
        ("remove it", "could not find `Cargo.toml`"),
    ],
)
def test_a_manifest_that_cargo_cannot_read_is_a_failed_build(histories: Histories, subject: str, said: str) -> None:
    outcome = histories.verify(manifests, "--harness-range=HEAD~4..HEAD", COMMAND)
    explained(outcome)
    (found,) = outcome.differences(subject, "command")
    assert outcome.probe(subject, "command")["verdict"] == "BUILD_FAILED"
    assert said in found["after"]


def test_a_failed_build_names_its_log(histories: Histories) -> None:
    outcome = histories.verify(manifests, "--harness-range=HEAD~4..HEAD", COMMAND)
    (found,) = outcome.differences("break the manifest", "command")
    log = Path(found["summary"].removeprefix("The whole output is in ").removesuffix("."))
    assert "unclosed table" in log.read_text()


def test_a_mended_manifest_is_compared_with_the_last_that_could_be_read(histories: Histories) -> None:
    outcome = histories.verify(manifests, "--harness-range=HEAD~4..HEAD", COMMAND)
    assert outcome.probe("mend it", "command")["verdict"] == "SAME"
    assert "the nearest that builds" in reason(outcome, "mend it", "command")


# -- tools that are not installed -----------------------------------------------------------------------------


def test_without_rustdoc_the_public_api_is_incomplete_and_says_why(histories: Histories, tmp_path: Path) -> None:
    env = {"PATH": toolchain_path_without(tmp_path / "path", "rustdoc")}
    outcome = histories.verify(plain, RANGE, "--harness-probes=public_api", env=env)
    explained(outcome, "The program `rustdoc` was not found", "install the package")
    assert outcome.verdicts()["add more"] == {"public_api": "INCOMPLETE"}


def test_once_rustdoc_is_installed_the_public_api_is_looked_at(histories: Histories, tmp_path: Path) -> None:
    histories.verify(
        plain,
        RANGE,
        "--harness-probes=public_api",
        env={"PATH": toolchain_path_without(tmp_path / "path", "rustdoc")},
    )
    outcome = histories.verify(plain, RANGE, "--harness-probes=public_api")
    assert outcome.verdicts()["add more"] == {"public_api": "SAME"}


def test_without_clippy_the_lints_are_the_compilers_and_say_so(histories: Histories, tmp_path: Path) -> None:
    env = {"PATH": toolchain_path_without(tmp_path / "path", "cargo-clippy", "clippy-driver")}
    outcome = histories.verify(plain, RANGE, "--harness-probes=lints", env=env)
    assert outcome.verdicts()["add more"] == {"lints": "SAME"}
    assert "clippy is not installed" in reason(outcome, "add more", "lints")


def test_once_clippy_is_installed_its_lints_are_looked_at(histories: Histories, tmp_path: Path) -> None:
    env = {"PATH": toolchain_path_without(tmp_path / "path", "cargo-clippy", "clippy-driver")}
    histories.verify(plain, RANGE, "--harness-probes=lints", env=env)
    outcome = histories.verify(plain, RANGE, "--harness-probes=lints")
    assert any("needless_return" in one["where"] for one in outcome.differences("add more", "lints"))


def wrapped(repo: Repo) -> None:
    """A compiler wrapper that nobody has."""
    crate(repo.root, **{".cargo/config.toml": '[build]\nrustc-wrapper = "absent-wrapper"\n'})
    repo.commit("say more", {"README.md": "More.\n"})


def test_an_absent_compiler_wrapper_is_named_with_the_override(histories: Histories) -> None:
    outcome = histories.verify(wrapped, RANGE, COMMAND)
    explained(
        outcome, "`absent-wrapper`, which cannot be run", "--harness-env=RUSTC_WRAPPER=", "The whole output is in"
    )
    assert outcome.verdicts()["say more"] == {"command": "INCOMPLETE"}


def test_the_override_builds_without_the_absent_wrapper(histories: Histories) -> None:
    outcome = histories.verify(wrapped, RANGE, COMMAND, "--harness-env=RUSTC_WRAPPER=")
    assert outcome.verdicts()["say more"] == {"command": "SAME"}


def linked(repo: Repo) -> None:
    """A linker that nobody has."""
    triple = "x86_64-unknown-linux-gnu"
    crate(repo.root, **{".cargo/config.toml": f'[target.{triple}]\nlinker = "absent-linker"\n'})
    repo.commit("say more", {"README.md": "More.\n"})


@pytest.mark.skipif(os.uname().machine != "x86_64" or os.uname().sysname != "Linux", reason="names a linker of Linux")
def test_an_absent_linker_is_named_and_not_remembered(forgetful: Forgetful, tmp_path: Path) -> None:
    outcome = forgetful.run(linked, RANGE, COMMAND)
    explained(outcome, "The linker `absent-linker` was not found", "Install it", "The whole output is in")
    assert outcome.verdicts()["say more"] == {"command": "INCOMPLETE"}
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "absent-linker").symlink_to(str(shutil.which("cc")))
    env = {"PATH": f"{os.environ['PATH']}:{bin_folder}"}
    assert forgetful.run(linked, RANGE, COMMAND, env=env).verdicts()["say more"] == {"command": "SAME"}


# -- toolchains -----------------------------------------------------------------------------------------------


def passing_toolchain(repo: Repo) -> None:
    """A toolchain that is not installed, in one commit of three."""
    crate(repo.root)
    repo.commit("say more", {"README.md": "More.\n"})
    repo.commit("go back in time", {TOOLCHAIN: channel("1.31.1")})
    repo.commit("return", remove=[TOOLCHAIN])


@needs_rustup
def test_a_toolchain_that_one_commit_lacks_names_the_commit_and_the_override(histories: Histories) -> None:
    outcome = histories.verify(passing_toolchain, "--harness-range=HEAD~3..HEAD", "--harness-probes=command,lints")
    commit = next(one["sha"] for one in outcome.report["commits"] if one["subject"] == "go back in time")
    explained(outcome, f"Revision {commit[:12]} cannot be built", "--harness-env=RUSTUP_TOOLCHAIN=stable")
    assert outcome.verdicts()["say more"] == {"command": "SAME", "lints": "SAME"}
    assert outcome.verdicts()["go back in time"] == {"command": "INCOMPLETE", "lints": "INCOMPLETE"}


@needs_rustup
def test_what_is_missing_is_told_once_for_all_probes_and_commits(histories: Histories) -> None:
    outcome = histories.verify(passing_toolchain, "--harness-range=HEAD~3..HEAD", "--harness-probes=command,lints")
    blocks = [line for line in outcome.output.splitlines() if line.startswith("INCOMPLETE command, lints")]
    assert len(blocks) == 1, outcome.output


@needs_rustup
def test_the_override_builds_every_commit_with_one_toolchain(histories: Histories) -> None:
    needs_toolchain("stable")
    override = "--harness-env=RUSTUP_TOOLCHAIN=stable"
    outcome = histories.verify(passing_toolchain, "--harness-range=HEAD~3..HEAD", COMMAND, override)
    assert set(map(str, outcome.verdicts().values())) == {"{'command': 'SAME'}"}


def changing_toolchain(repo: Repo) -> None:
    """Two toolchains, and a component that is not installed."""
    crate(repo.root, **{TOOLCHAIN: channel("stable")})
    repo.commit("use nightly", {TOOLCHAIN: channel("nightly")})
    repo.commit("ask for more", {TOOLCHAIN: channel("stable") + 'components = ["rustc-dev"]\n'})


def test_a_toolchain_that_changes_is_told(histories: Histories) -> None:
    needs_toolchain("stable")
    needs_toolchain("nightly")
    outcome = histories.verify(changing_toolchain, RANGE_OF_2, COMMAND)
    assert "the toolchain changes: rustc" in notes(outcome, "use nightly")
    assert len(outcome.report["toolchains"]) == 2


def test_a_component_that_no_probe_needs_may_be_missing(histories: Histories) -> None:
    needs_toolchain("stable")
    needs_toolchain("nightly")
    outcome = histories.verify(changing_toolchain, RANGE_OF_2, COMMAND)
    assert outcome.probe("ask for more", "command")["verdict"] == "SAME"


@needs_rustup
def test_a_directory_override_of_rustup_holds_for_the_builds_too(histories: Histories, tmp_path: Path) -> None:
    needs_toolchain("nightly")
    real = Path(os.environ.get("RUSTUP_HOME") or Path.home() / ".rustup")
    (tmp_path / "toolchains").symlink_to(real / "toolchains")
    settings = (real / "settings.toml").read_text().partition("[overrides]")[0]
    host = next(path.name for path in (real / "toolchains").glob("nightly-*"))
    (tmp_path / "settings.toml").write_text(f'{settings}\n[overrides]\n"{histories.root(plain)}" = "{host}"\n')
    outcome = histories.verify(plain, RANGE, COMMAND, env={"RUSTUP_HOME": str(tmp_path)})
    assert "nightly" in outcome.report["toolchains"][0]


def test_a_target_that_is_not_installed_is_named(histories: Histories) -> None:
    outcome = histories.verify(plain, RANGE, COMMAND, env={"CARGO_BUILD_TARGET": "riscv32i-unknown-none-elf"})
    explained(outcome, "The target `riscv32i-unknown-none-elf` is not installed", "rustup target add")


# -- the user's environment -----------------------------------------------------------------------------------


def test_with_a_build_target_of_the_users_everything_is_found(histories: Histories) -> None:
    histories.verify(plain, RANGE, "--harness-probes=command,public_api")
    told = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    env = {"CARGO_BUILD_TARGET": told.partition("host: ")[2].partition("\n")[0]}
    outcome = histories.verify(plain, RANGE, "--harness-probes=command,public_api", env=env)
    assert outcome.verdicts()["add more"] == {"command": "SAME", "public_api": "SAME"}
    assert [one["where"] for one in outcome.probe("add more", "public_api")["notes"]] == ["demo::more"]


def test_a_target_folder_of_the_users_is_not_written_to(histories: Histories, tmp_path: Path) -> None:
    outcome = histories.verify(plain, RANGE, COMMAND, env={"CARGO_TARGET_DIR": str(tmp_path / "target")})
    assert outcome.verdicts()["add more"] == {"command": "SAME"}
    assert not (tmp_path / "target").exists()


def test_started_from_a_cargo_task_or_a_makefile_it_builds_all_the_same(histories: Histories) -> None:
    env = {
        "MAKEFLAGS": "-j2 --jobserver-auth=97,98",
        "CARGO_MAKEFLAGS": "-j2 --jobserver-auth=97,98",
        "CARGO": "/nowhere/cargo",
        "CARGO_MANIFEST_DIR": "/nowhere",
        "CARGO_PKG_NAME": "xtask",
        "OUT_DIR": "/nowhere",
        "RUSTFLAGS": "--cfg task",
    }
    outcome = histories.verify(plain, RANGE, "--harness-probes=command,public_api", env=env)
    assert outcome.verdicts()["add more"] == {"command": "SAME", "public_api": "SAME"}


def test_cargos_configuration_above_the_repository_holds_for_the_builds_too(tmp_path: Path) -> None:
    configuration = tmp_path / "above" / ".cargo" / "config.toml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text('[build]\nrustflags = ["--cfg", "above"]\n')
    repo = Repo(tmp_path / "above" / "repo")
    repo.commit("base", program('fn main() {\n    println!("plain");\n}\n'))
    edit(repo, "look", ("src/main.rs", '"plain"', '"{}", if cfg!(above) { "above" } else { "below" }'))
    outcome = run_pytest(repo.root, RANGE, COMMAND, store=tmp_path / "store")
    assert {one["after"] for one in outcome.differences("look", "command")} == {"above\n"}


# -- disks and folders ----------------------------------------------------------------------------------------


@needs_root
def test_a_disk_that_fills_up_while_cargo_builds_is_told_as_that(tmp_path: Path) -> None:
    script = 'let out = std::env::var("OUT_DIR").unwrap(); std::fs::write(out + "/big", vec![1; 50_000_000]).unwrap();'
    repo = crate(tmp_path / "repo")
    repo.commit("write much", {"build.rs": f"fn main() {{\n    {script}\n}}\n"})
    with small_disk(tmp_path / "disk", "20m") as disk:
        outcome = run_pytest(repo.root, RANGE, COMMAND, f"--harness-store={disk}")
    assert outcome.status == pytest.ExitCode.TESTS_FAILED
    explained(outcome, "INCOMPLETE", "full", "Free some space, or name another folder with --harness-store")


@needs_root
def test_a_repository_that_is_read_only_is_verified(tmp_path: Path) -> None:
    repo = crate(tmp_path / "repo")
    repo.commit("say more", {"README.md": "More.\n"})
    readonly = tmp_path / "read only ünïcode ✓"
    readonly.mkdir()
    subprocess.run(["mount", "--bind", str(repo.root), str(readonly)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(readonly)], check=True)
        outcome = run_pytest(readonly, RANGE, store=tmp_path / "store")
    finally:
        subprocess.run(["umount", "--lazy", str(readonly)], check=True)
    assert outcome.status == 0, outcome.output
    assert set(outcome.verdicts()["say more"].values()) == {"SAME"}


# -- lock files and dependencies ------------------------------------------------------------------------------


def stale_lock(repo: Repo) -> None:
    """A version that the lock file learns of one commit later, in a workspace with two members."""
    members = {"a/Cargo.toml": MANIFEST.replace("demo", "a"), "a/src/lib.rs": ""}
    crate(repo.root, **{"Cargo.toml": f'{MANIFEST}[workspace]\nmembers = ["a"]\n', **members})
    lock = '[[package]]\nname = "a"\nversion = "0.1.0"\n\n[[package]]\nname = "demo"\nversion = "{}"\n'
    edit(repo, "raise the version", ("Cargo.toml", "0.1.0", "0.2.0"))
    repo.commit("lock it", {"Cargo.lock": "version = 4\n\n" + lock.format("0.2.0")})
    repo.commit("forget it", {"Cargo.lock": "version = 4\n\n" + lock.format("0.1.0")})
    repo.commit("still forgotten", {"README.md": "More.\n"})


def test_a_stale_lock_file_is_completed_and_told_where_it_is_stale(histories: Histories) -> None:
    outcome = histories.verify(stale_lock, "--harness-range=HEAD~4..HEAD", COMMAND)
    assert outcome.status == 0, outcome.output
    assert "stale Cargo.lock" in notes(outcome, "raise the version")
    assert "Cargo.lock" not in notes(outcome, "lock it")
    assert "stale Cargo.lock" in notes(outcome, "still forgotten")


def test_a_lock_file_that_is_stale_on_both_sides_is_completed_alike(histories: Histories) -> None:
    outcome = histories.verify(stale_lock, "--harness-range=HEAD~4..HEAD", COMMAND)
    assert reason(outcome, "still forgotten", "command") == "equal digests"


def no_lock(repo: Repo) -> None:
    """No lock file until the last commit."""
    repo.commit("base", {"Cargo.toml": MANIFEST, "src/lib.rs": LIBRARY, "src/main.rs": MAIN, ".gitignore": "/target\n"})
    repo.commit("say more", {"README.md": "More.\n"})
    repo.commit("lock it", {"Cargo.lock": LOCK})


def test_without_a_lock_file_all_revisions_share_one(histories: Histories) -> None:
    outcome = histories.verify(no_lock, RANGE_OF_2, COMMAND)
    assert outcome.status == 0, outcome.output
    assert "one and the same resolution" in notes(outcome, "say more")
    assert "Cargo.lock" not in notes(outcome, "lock it")
    assert reason(outcome, "lock it", "command") == "equal digests"


def broken_before_lock(repo: Repo) -> None:
    """No lock file at all, and a first manifest that no lock file can be made of."""
    repo.commit("base", {"Cargo.toml": "[package\n", "src/lib.rs": LIBRARY, "src/main.rs": MAIN})
    repo.commit("mend it", {"Cargo.toml": MANIFEST})
    repo.commit("say more", {"README.md": "More.\n"})


def test_a_first_manifest_that_is_broken_does_not_settle_the_lock_file(histories: Histories) -> None:
    outcome = histories.verify(broken_before_lock, RANGE_OF_2, COMMAND)
    assert outcome.verdicts()["say more"] == {"command": "SAME"}
    assert "one and the same resolution" in notes(outcome, "say more")


CHECKSUM = "3f9eec918d3f24069decb9af1554cad7c880e2da24a9afd88aca000531ab82c1"


def dependency(repo: Repo) -> None:
    """A dependency that has to be downloaded."""
    crate(repo.root)
    source = 'source = "registry+https://github.com/rust-lang/crates.io-index"'
    lock = f'\n[[package]]\nname = "fnv"\nversion = "1.0.7"\n{source}\nchecksum = "{CHECKSUM}"\n'
    repo.commit(
        "depend on more",
        {
            "Cargo.toml": f'{MANIFEST}[dependencies]\nfnv = "1.0.7"\n',
            "Cargo.lock": f'{LOCK}dependencies = [\n "fnv",\n]\n{lock}',
        },
    )


def test_a_dependency_that_cannot_be_downloaded_is_no_failed_build_and_not_remembered(
    forgetful: Forgetful, tmp_path: Path
) -> None:
    env = {"CARGO_HOME": str(tmp_path / "cargo"), "CARGO_NET_OFFLINE": "true", "PATH": os.environ["PATH"]}
    outcome = forgetful.run(dependency, RANGE, COMMAND, env=env)
    explained(outcome, "A dependency is not on this machine", "cargo fetch", "The whole output is in")
    assert outcome.verdicts()["depend on more"] == {"command": "INCOMPLETE"}
    vendored = tmp_path / "vendor" / "fnv"
    (vendored / "src").mkdir(parents=True)
    (vendored / "src" / "lib.rs").write_text("")
    (vendored / "Cargo.toml").write_text('[package]\nname = "fnv"\nversion = "1.0.7"\n')
    (vendored / ".cargo-checksum.json").write_text(f'{{"files": {{}}, "package": "{CHECKSUM}"}}')
    (tmp_path / "cargo").mkdir(exist_ok=True)
    (tmp_path / "cargo" / "config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "here"\n[source.here]\ndirectory = "{vendored.parent}"\n'
    )
    again = forgetful.run(dependency, RANGE, COMMAND, env=env)
    assert again.verdicts()["depend on more"] == {"command": "SAME"}


# -- programs, tests and build scripts that do not behave -----------------------------------------------------

_UNRULY = """use std::{env, io::Read, process::Command};

fn main() {
    match env::args().nth(1).unwrap_or_default().as_str() {
        "flood" => flood(),
        "leave" => leave(),
        "read" => read(),
        _ => println!("demo"),
    }
}

fn flood() {
    println!("a drop");
}

fn leave() {
    println!("alone");
}

fn read() {
    println!("nothing");
}

pub fn all(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

pub fn start(line: &str) {
    Command::new("sh").args(["-c", line]).spawn().unwrap().wait().unwrap();
}
"""
_STAYS = "setsid sleep 86397 >/dev/null 2>&1 </dev/null & setsid sleep 86397 &"


def unruly(repo: Repo) -> None:
    """A program that floods its output, leaves processes behind, and reads its standard input."""
    commands = "".join(f'[[command]]\nname = "{one}"\nargv = ["{one}"]\n' for one in ("flood", "leave", "read"))
    repo.commit("base", program(_UNRULY, **{"harness.toml": commands}))
    edit(repo, "flood it", ("src/main.rs", 'println!("a drop")', 'loop { println!("{}", "x".repeat(9999)) }'))
    edit(repo, "leave some", ("src/main.rs", 'println!("alone")', f'start("{_STAYS}")'))
    edit(repo, "read all", ("src/main.rs", 'println!("nothing")', 'println!("{} bytes", all(std::io::stdin()).len())'))


@pytest.mark.parametrize(
    ("subject", "after"),
    [("flood it", "output limit"), ("leave some", "it left processes running"), ("read all", "0 bytes")],
)
def test_a_program_that_does_not_behave_is_held_and_told(histories: Histories, subject: str, after: str) -> None:
    outcome = histories.verify(unruly, "--harness-range=HEAD~3..HEAD", COMMAND)
    explained(outcome)
    assert outcome.probe(subject, "command")["verdict"] == "CHANGED"
    assert any(after in f"{one['after']} {one['summary']}" for one in outcome.differences(subject, "command"))


def test_a_program_that_starts_others_leaves_none_running(histories: Histories) -> None:
    histories.verify(unruly, "--harness-range=HEAD~3..HEAD", COMMAND)
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 86397" not in running


def hanging(repo: Repo) -> None:
    """A test that hangs, and a build script that takes long."""
    crate(repo.root)
    edit(
        repo,
        "hang the test",
        ("src/lib.rs", "assert_eq!", "loop { std::thread::park() } #[allow(unreachable_code)] assert_eq!"),
    )
    edit(repo, "do not", ("src/lib.rs", "loop { std::thread::park() } #[allow(unreachable_code)] ", ""))
    script = f"""fn main() {{
    println!("cargo:rerun-if-changed=build.rs");
    let patience = std::time::Instant::now();
    while !std::path::Path::new({json.dumps(str(gate_of(repo.root)))}).exists() && patience.elapsed().as_secs() < 60 {{
        std::thread::sleep(std::time::Duration::from_millis(50));
    }}
}}
"""
    repo.commit("build for long", {"build.rs": script})


def gate_of(root: Path) -> Path:
    """The file for which the build script of `hanging` waits."""
    return root.with_name(f"{root.name}-may-go-on")


def limited(folder: Path, seconds: int) -> str:
    """The option that gives builds so much time."""
    path = folder / f"{seconds}.toml"
    path.write_text(f"[build]\ntimeout = {seconds}\n")
    return f"--harness-config={path}"


def test_a_test_that_hangs_timed_out_and_the_others_are_told(histories: Histories, tmp_path: Path) -> None:
    range_ = "--harness-range=HEAD~3..HEAD~2"
    outcome = histories.verify(hanging, range_, "--harness-probes=test_suite", limited(tmp_path, 5))
    assert outcome.verdicts()["hang the test"] == {"test_suite": "TIMED_OUT"}
    assert [one["where"] for one in outcome.differences("hang the test", "test_suite")] == ["demo lib tests::adds"]


def test_a_build_that_runs_out_of_time_is_tried_again_with_more(forgetful: Forgetful, tmp_path: Path) -> None:
    gate = gate_of(forgetful.root(hanging))
    gate.unlink(missing_ok=True)
    short = forgetful.run(hanging, RANGE, COMMAND, limited(tmp_path, 5))
    assert short.verdicts()["build for long"] == {"command": "TIMED_OUT"}
    assert "did not end within 5 s" in reason(short, "build for long", "command")
    gate.touch()
    long = forgetful.run(hanging, RANGE, COMMAND, limited(tmp_path, 300))
    assert long.verdicts()["build for long"] == {"command": "SAME"}


# -- workspaces of all kinds ----------------------------------------------------------------------------------


def _lone(repo: Repo, kind: str, before: str, after: str) -> None:
    repo.commit("base", {"Cargo.toml": f"{MANIFEST}{kind}", "Cargo.lock": LOCK, "src/lib.rs": before})
    repo.commit("change it", {"src/lib.rs": after})


def procedural(repo: Repo) -> None:
    """Nothing but a procedural macro."""
    text = (
        "//! M.\n/// X.\n#[proc_macro]\npub fn x(i: proc_macro::TokenStream) -> proc_macro::TokenStream {\n    i\n}\n"
    )
    _lone(repo, "[lib]\nproc-macro = true\n", text, text.replace("fn x", "fn y"))


def shared_library(repo: Repo) -> None:
    """Nothing but a library for C."""
    text = '//! M.\n/// X.\n#[no_mangle]\npub extern "C" fn x() -> i32 {\n    1\n}\n'
    _lone(repo, '[lib]\ncrate-type = ["cdylib"]\n', text, text.replace("    1", "    2"))


@pytest.mark.parametrize(("history", "public_api"), [(procedural, "CHANGED"), (shared_library, "SAME")])
def test_without_executables_the_command_line_is_skipped_and_the_others_speak(
    histories: Histories, history: object, public_api: str
) -> None:
    outcome = histories.verify(history, RANGE, "--harness-probes=command,public_api")  # type: ignore[arg-type]
    assert outcome.verdicts()["change it"] == {"command": "SKIPPED", "public_api": public_api}
    assert reason(outcome, "change it", "command") == "the workspace has no executable"


def test_where_every_probe_is_skipped_nothing_was_verified(histories: Histories) -> None:
    outcome = histories.verify(procedural, RANGE, COMMAND)
    assert outcome.status == pytest.ExitCode.NO_TESTS_COLLECTED
    explained(outcome, "Nothing was verified")


def virtual(repo: Repo) -> None:
    """A workspace without a package of its own."""
    repo.commit(
        "base",
        {
            "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n',
            "a/Cargo.toml": MANIFEST.replace("demo", "a"),
            "a/src/lib.rs": LIBRARY,
            "b/Cargo.toml": MANIFEST.replace("demo", "b"),
            "b/src/main.rs": 'fn main() {\n    println!("1");\n}\n',
        },
    )
    edit(repo, "count on", ("b/src/main.rs", '"1"', '"2"'))


def test_a_workspace_without_a_root_package_is_verified(histories: Histories) -> None:
    outcome = histories.verify(virtual, RANGE, "--harness-probes=command,public_api")
    assert outcome.verdicts()["count on"] == {"command": "CHANGED", "public_api": "SAME"}


def test_submodules_and_lfs_pointers_that_are_not_there_are_told_in_a_shallow_clone(tmp_path: Path) -> None:
    inner = Repo(tmp_path / "inner")
    inner.commit("base", {"a.txt": "a"})
    repo = crate(tmp_path / "repo", **{".gitattributes": "*.bin filter=lfs\n", "src/main.rs": MAIN})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "inner")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12\n"
    repo.commit("bring data", {"data.bin": pointer})
    repo.commit("say more", {"README.md": "More.\n"})
    repo.git("clone", "-q", "--depth=2", f"file://{repo.root}", str(tmp_path / "shallow"))
    outcome = run_pytest(tmp_path / "shallow", RANGE, COMMAND, store=tmp_path / "store")
    assert outcome.verdicts()["say more"] == {"command": "SAME"}
    assert "The submodule inner is empty" in notes(outcome, "say more")
    assert "data.bin is only a Git LFS pointer" in notes(outcome, "say more")
