"""What is not as it has to be gives one clear error with the next step, before anything is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.crates import MANIFEST, crate
from tests.support.machine import NOBODY, needs_root, needs_rustup, path_without, small_disk
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest

pytestmark = pytest.mark.slow

RANGE = "--harness-range=HEAD~1..HEAD"
LAYOUT = "--harness-probes=layout"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """One commit after the base."""
    made = crate(tmp_path / "repo")
    made.commit("say more", {"README.md": "More.\n"})
    return made


def collect(folder: Path, store: Path, *argv: str, env: dict[str, str] | None = None) -> Outcome:
    """Collects only."""
    return run_pytest(folder, "--collect-only", "-q", *(argv or (RANGE,)), store=store, env=env)


def refused(outcome: Outcome, *words: str) -> None:
    """Asserts that a run ended at once with one error line that holds these words, and no traceback."""
    assert outcome.status == pytest.ExitCode.USAGE_ERROR, outcome.output
    assert "Traceback" not in outcome.output
    assert "INTERNALERROR" not in outcome.output
    lines = [line for line in outcome.output.splitlines() if line.startswith("ERROR: ")]
    assert len(lines) == 1, outcome.output
    for word in words:
        assert word in lines[0]


# -- the repository and the range -----------------------------------------------------------------------------


def test_a_folder_outside_any_repository_names_the_option(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    refused(collect(tmp_path / "plain", tmp_path / "store"), "is not in a git repository", "--harness-repo=DIR")


def test_a_repository_that_is_not_there_is_named(repo: Repo, tmp_path: Path) -> None:
    refused(collect(repo.root, tmp_path / "store", RANGE, "--harness-repo=/nowhere"), "There is no folder /nowhere")


def test_a_bare_repository_asks_for_a_checkout(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    refused(collect(tmp_path / "bare", tmp_path / "store"), "without a work tree", "git clone")


def test_a_repository_without_a_manifest_asks_for_the_workspace(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("base", {"a": "a"})
    repo.commit("next", {"a": "b"})
    refused(collect(repo.root, tmp_path / "store"), "There is no Cargo.toml", "--harness-repo=DIR")


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.write({"Cargo.toml": MANIFEST})
    refused(collect(repo.root, tmp_path / "store", "--harness-range=HEAD..main"), "`HEAD`", "no commit yet")


def test_a_revision_that_does_not_resolve_is_named(repo: Repo, tmp_path: Path) -> None:
    outcome = collect(repo.root, tmp_path / "store", "--harness-range=nowhere..HEAD")
    refused(outcome, "`nowhere` does not name a commit", "git branch -a")


def test_an_empty_range_says_what_to_name_instead(repo: Repo, tmp_path: Path) -> None:
    refused(collect(repo.root, tmp_path / "store", "--harness-range=HEAD..HEAD"), "is empty", "--harness-base")


def test_a_range_the_wrong_way_round_is_turned(repo: Repo, tmp_path: Path) -> None:
    refused(collect(repo.root, tmp_path / "store", "--harness-range=HEAD..HEAD~1"), "`HEAD~1..HEAD` was perhaps meant")


def test_unrelated_ends_say_so(repo: Repo, tmp_path: Path) -> None:
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit("another beginning")
    refused(collect(repo.root, tmp_path / "store", "--harness-range=main..other"), "no history in common")


def test_a_commit_beyond_a_shallow_clone_asks_to_deepen_it(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    refused(collect(tmp_path / "shallow", tmp_path / "store"), "HEAD~1", "git fetch --unshallow")


@pytest.mark.parametrize("way", ["spaces and ünïcode ✓", "a link", "variables of git"])
def test_an_odd_way_to_a_repository_leads_there_all_the_same(repo: Repo, tmp_path: Path, way: str) -> None:
    folder, env = repo.root, {}
    if way == "a link":
        folder = tmp_path / "link"
        folder.symlink_to(repo.root)
    elif way == "variables of git":
        env = {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index", "GIT_WORK_TREE": "/tmp"}
    else:
        folder = tmp_path / way
        shutil.copytree(repo.root, folder)
    outcome = collect(folder, tmp_path / "store", env=env)
    assert "Cargo.toml::01-say-more::command" in outcome.output


# -- programs that are not installed --------------------------------------------------------------------------


def test_a_missing_git_is_named(repo: Repo, tmp_path: Path) -> None:
    env = {"PATH": path_without(tmp_path / "path", "git")}
    refused(collect(repo.root, tmp_path / "store", env=env), "The program `git` was not found", "Install it")


@pytest.mark.parametrize("program", ["cargo", "rustc"])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_missing_toolchain_is_one_error_and_no_table(
    repo: Repo, tmp_path: Path, program: str, workers: tuple[str, ...]
) -> None:
    env = {"PATH": path_without(tmp_path / "path", program)}
    outcome = run_pytest(repo.root, RANGE, *workers, store=tmp_path / "store", env=env)
    refused(outcome, f"The program `{program}` was not found", "Install it")
    assert "INCOMPLETE" not in outcome.output


@needs_rustup
def test_a_toolchain_file_that_names_what_is_not_installed_names_the_override(tmp_path: Path) -> None:
    repo = crate(tmp_path / "repo", **{"rust-toolchain.toml": '[toolchain]\nchannel = "1.31.1"\n'})
    repo.commit("say more", {"README.md": "More.\n"})
    outcome = run_pytest(repo.root, RANGE, store=tmp_path / "store")
    refused(outcome, "`1.31.1", "rustup toolchain install 1.31.1", "--harness-env=RUSTUP_TOOLCHAIN=stable")


@needs_rustup
def test_a_variable_that_names_what_is_not_installed_is_the_one_that_is_blamed(repo: Repo, tmp_path: Path) -> None:
    outcome = run_pytest(repo.root, RANGE, store=tmp_path / "store", env={"RUSTUP_TOOLCHAIN": "1.31.1"})
    refused(outcome, "The variable RUSTUP_TOOLCHAIN asks for the toolchain `1.31.1")


# -- where nothing can be written -----------------------------------------------------------------------------


def test_a_store_that_is_a_file_names_the_option(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run_pytest(repo.root, RANGE, f"--harness-store={tmp_path / 'file'}")
    refused(outcome, f"The store {tmp_path / 'file'} cannot be written to", "--harness-store")


def test_a_store_may_be_named_by_way_of_the_folder_above(repo: Repo, tmp_path: Path) -> None:
    outcome = run_pytest(repo.root, "--collect-only", "-q", RANGE, "--harness-store=../store")
    assert outcome.status == 0, outcome.output
    assert (tmp_path / "store" / "records").is_dir()


def test_a_cache_folder_that_cannot_be_made_names_the_option(repo: Repo) -> None:
    outcome = run_pytest(repo.root, RANGE, env={"XDG_CACHE_HOME": "/dev/null/cache"})
    refused(outcome, "/dev/null/cache", "cannot be written to", "--harness-store")


@needs_root
def test_a_cache_folder_without_write_access_names_the_option() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own are closed to other users
        folder = Path(name)
        folder.chmod(0o755)
        repo = crate(folder / "repo")
        repo.commit("say more", {"README.md": "More.\n"})
        (folder / "cache").mkdir(mode=0o755)
        done = subprocess.run(
            [*NOBODY, sys.executable, "-B", "-m", "pytest", RANGE],
            cwd=repo.root,
            env={"PATH": os.environ["PATH"], "HOME": name, "XDG_CACHE_HOME": str(folder / "cache")},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in range(6):
        pytest.skip(f"another user cannot start this Python: {done.stderr.strip()}")
    outcome = Outcome(status=done.returncode, output=done.stdout + done.stderr, report={})
    refused(outcome, f"The store {folder / 'cache'}", "Permission denied", "--harness-store")


@needs_root
def test_a_disk_that_is_full_from_the_start_names_the_option(repo: Repo, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        with (disk / "filler").open("wb", buffering=0) as filler:
            while filler.tell() < 64 << 10:
                try:
                    filler.write(b"x" * 4096)
                except OSError:
                    break
        refused(run_pytest(repo.root, RANGE, f"--harness-store={disk}"), "is full", "--harness-store")


@pytest.mark.parametrize("place", ["file", "file/below", "/dev/null/below", "/sys"])
def test_a_report_folder_that_cannot_be_written_to_is_told_before_the_work(
    repo: Repo, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("")
    outcome = run_pytest(
        repo.root, RANGE, f"--harness-store={tmp_path / 'store'}", f"--harness-report={tmp_path / place}"
    )
    refused(outcome, f"The report cannot be written to {tmp_path / place}", "--harness-report")


@pytest.mark.parametrize("place", ["file/below.bin", "/sys/export.bin", "."])
def test_an_export_that_cannot_be_written_is_told_before_the_work(repo: Repo, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    target = (tmp_path / place).resolve()
    outcome = run_pytest(
        repo.root, RANGE, f"--harness-store={tmp_path / 'store'}", f"--harness-export={tmp_path / place}"
    )
    refused(outcome, f"The export cannot be written to {target}")


def test_an_older_report_is_written_over_and_what_else_lies_there_is_left(repo: Repo, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    for name in ("report.json", "report.html", "notes.txt"):
        (folder / name).write_text("older")
    outcome = run_pytest(
        repo.root, RANGE, LAYOUT, f"--harness-store={tmp_path / 'store'}", f"--harness-report={folder}"
    )
    assert outcome.status == 0, outcome.output
    assert (folder / "report.json").read_text().startswith("{")
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert (folder / "notes.txt").read_text() == "older"
    assert sorted(path.name for path in folder.iterdir()) == ["notes.txt", "report.html", "report.json", "summary.md"]


# -- a matrix -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--harness-shard=0/4", "There is no shard 0/4"),
        ("--harness-shard=5/4", "There is no shard 5/4"),
        ("--harness-shard=half", "--harness-shard=half is not K/N"),
        ("--harness-shard=1/9", "Shard 1/9 has nothing to do"),
        ("--harness-import=nowhere.bin", "nowhere.bin cannot be read"),
        ("--harness-import=Cargo.toml", "Cargo.toml is no export"),
    ],
)
def test_a_part_that_there_is_not_is_one_clear_error(repo: Repo, tmp_path: Path, option: str, words: str) -> None:
    refused(run_pytest(repo.root, RANGE, LAYOUT, option, store=tmp_path / "store"), words)


# -- configuration --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[build]\nprofil = 'dev'\n", [":2: ", "`profil` in [build]", "Perhaps `profile` was meant"]),
        ("\n[biuld]\n", [":2: ", "`biuld` in the top level", "Perhaps `build` was meant"]),
        ("[[command]]\nname = 'x'\nargs = []\n", [":3: ", "`args` in [command]", "Perhaps `argv`"]),
        ("[build]\nfeatures = 'all'\n", [":2: ", "Expected `array`, got `str`", "build.features"]),
        ("[build]\n\ntimeout = 'long'\n", [":3: ", "Expected `float`, got `str`", "build.timeout"]),
        ("[[command]]\nargv = ['x']\n", ["missing required field `name`", "command[0]"]),
        ("[[redaction]]\npattern = '('\nreason = 'r'\n", [":2: ", "'(' is not a regular expression"]),
        ("[[redaction]]\npattern = 'x*'\nreason = 'r'\n", [":2: ", "matches the empty text"]),
        ("x = [\n", ["is not valid TOML"]),
    ],
)
def test_a_mistake_in_the_configuration_is_told_with_file_and_line(
    repo: Repo, tmp_path: Path, text: str, words: list[str]
) -> None:
    repo.write({"harness.toml": text})
    refused(collect(repo.root, tmp_path / "store"), str(repo.root / "harness.toml"), *words)


def test_a_mistake_in_the_manifests_metadata_is_told_with_its_table(repo: Repo, tmp_path: Path) -> None:
    repo.write({"Cargo.toml": f'{MANIFEST}[workspace.metadata.harness.build]\nprofil = "dev"\n'})
    outcome = collect(repo.root, tmp_path / "store")
    refused(outcome, "Cargo.toml:6: ", "`profil` in [workspace.metadata.harness.build]", "`profile`")


def test_a_manifest_that_is_broken_just_now_does_not_keep_older_commits_from_being_looked_at(
    repo: Repo, tmp_path: Path
) -> None:
    repo.write({"Cargo.toml": "[package\n"})
    assert "Cargo.toml::01-say-more::layout" in collect(repo.root, tmp_path / "store").output
