"""What pytest collects, wherever and however it is called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.crates import LIBRARY, crate
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest

pytestmark = pytest.mark.slow

_PROBES = ("layout", "command", "terminal", "benchmark", "public_api", "lints", "test_suite")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two commits after the base."""
    made = crate(tmp_path / "repo")
    made.commit("refactor(core): Extract the thing", {"src/lib.rs": LIBRARY.replace("a + b", "b + a")})
    made.commit("docs: say more", {"README.md": "More.\n"})
    return made


def collect(folder: Path, *argv: str) -> Outcome:
    """Collects only, with a store beside the repository."""
    return run_pytest(folder, "--collect-only", "-q", *argv, store=folder.parent / "store")


def node_ids(outcome: Outcome) -> list[str]:
    """The collected node ids, in order."""
    return [line for line in outcome.output.splitlines() if line.startswith("Cargo.toml::")]


EXPECTED = [
    f"Cargo.toml::{comparison}::{probe}"
    for comparison in ("01-extract-the-thing", "02-say-more", "range")
    for probe in _PROBES
]


def test_a_range_is_collected_from_the_root(repo: Repo) -> None:
    assert node_ids(collect(repo.root, "--harness-range=HEAD~2..HEAD")) == EXPECTED


def test_a_range_is_collected_from_a_subfolder(repo: Repo, tmp_path: Path) -> None:
    outcome = run_pytest(
        repo.root / "src", "--collect-only", "-q", "--harness-range=HEAD~2..HEAD", store=tmp_path / "store"
    )
    assert node_ids(outcome) == EXPECTED


def test_an_option_and_its_value_may_be_two_words(repo: Repo) -> None:
    assert node_ids(collect(repo.root, "--harness-range", "HEAD~2..HEAD")) == EXPECTED


def test_another_repository_can_be_named(repo: Repo, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    outcome = collect(elsewhere, "--harness-range=HEAD~2..HEAD", "--harness-repo", str(repo.root))
    assert node_ids(outcome) == EXPECTED


def test_the_working_tree_is_one_comparison(repo: Repo) -> None:
    repo.write({"src/new.rs": "//! New.\n"})
    outcome = collect(repo.root, "--harness-base", "HEAD")
    assert node_ids(outcome) == [f"Cargo.toml::working-tree::{probe}" for probe in _PROBES]


def test_probes_can_be_chosen(repo: Repo) -> None:
    outcome = collect(repo.root, "--harness-range=HEAD~1..HEAD", "--harness-probes=lints,layout")
    assert node_ids(outcome)[:2] == ["Cargo.toml::01-say-more::layout", "Cargo.toml::01-say-more::lints"]


def test_one_comparison_can_be_chosen_by_its_node_id(repo: Repo) -> None:
    outcome = collect(repo.root, "--harness-range=HEAD~2..HEAD", "Cargo.toml::02-say-more::lints")
    assert node_ids(outcome) == ["Cargo.toml::02-say-more::lints"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["checks"]\n'}, id="testpaths"),
        pytest.param({"pytest.ini": "[pytest]\naddopts = --cov=src --no-such-option -n 3\n"}, id="absent-plugin"),
        pytest.param({"conftest.py": "import nowhere_to_be_found\n"}, id="conftest-that-does-not-import"),
        pytest.param({"tests/test_x.py": "import nowhere_to_be_found\n", "test_y.py": "(\n"}, id="broken-tests"),
        pytest.param({"__init__.py": "import nowhere_to_be_found\n"}, id="package-that-does-not-import"),
        pytest.param({"pytest.ini": "[pytest]\nfilterwarnings = error::nowhere.Warning\n"}, id="warning-filter"),
        pytest.param({"tox.ini": "[pytest]\npython_files = *.rs *.toml\n"}, id="other-test-files"),
    ],
)
def test_the_users_python_tests_and_pytest_configuration_do_not_matter(repo: Repo, files: dict[str, str]) -> None:
    repo.write(files)
    assert node_ids(collect(repo.root, "--harness-range=HEAD~2..HEAD")) == EXPECTED


def test_another_root_folder_does_not_matter(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    outcome = collect(repo.root, "--harness-range=HEAD~2..HEAD", f"--rootdir={tmp_path}")
    assert node_ids(outcome) == EXPECTED


def test_a_workspace_below_the_root_of_the_repository_is_found(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    files = {"rust/Cargo.toml": '[package]\nname = "demo"\nversion = "0.1.0"\n', "rust/src/lib.rs": ""}
    repo.commit("base", files)
    repo.commit("extract the thing", {"rust/src/lib.rs": "mod a;\n", "rust/src/a.rs": ""})
    repo.commit("say more", {"rust/src/a.rs": "//! More.\n"})
    for folder in (repo.root, repo.root / "rust"):
        outcome = run_pytest(folder, "--collect-only", "-q", "--harness-range=HEAD~2..HEAD", store=tmp_path / "store")
        assert node_ids(outcome) == EXPECTED


def test_workers_collect_the_same(repo: Repo, tmp_path: Path) -> None:
    outcome = run_pytest(
        repo.root, "-n", "2", "--harness-range=HEAD~2..HEAD", "--harness-probes=layout", store=tmp_path / "store"
    )
    assert outcome.status == 0, outcome.output
    assert "3 passed" in outcome.output


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--harness-range=HEAD..HEAD"], ["is empty"]),
        (["--harness-range=HEAD"], ["not a range"]),
        (["--harness-range=nowhere..HEAD"], ["nowhere", "does not name a commit"]),
        (["--harness-range=HEAD~1..HEAD", "--harness-base=HEAD"], ["exclude each other"]),
        (["--harness-range="], ["is empty"]),
        (["--harness-range=HEAD~1..HEAD", "--harness-probes=commands"], ["no probe `commands`", "command"]),
        (["--harness-range=HEAD~1..HEAD", "--harness-config=absent.toml"], ["absent.toml"]),
        (["--harness-range=HEAD~1..HEAD", "--harness-env=A"], ["NAME=VALUE"]),
        (["--harness-probes=layout"], ["Nothing says what to compare"]),
        (["--harness-base=nowhere"], ["nowhere"]),
    ],
)
def test_a_request_without_a_meaning_is_one_clear_error(repo: Repo, argv: list[str], words: list[str]) -> None:
    outcome = collect(repo.root, *argv)
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert "Traceback" not in outcome.output
    for word in words:
        assert word in outcome.output


def test_a_folder_outside_any_repository_is_one_clear_error(tmp_path: Path) -> None:
    outcome = collect(tmp_path, "--harness-range=HEAD~1..HEAD")
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert "is not in a git repository" in outcome.output


def test_a_repository_without_a_manifest_is_one_clear_error(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("base", {"a": "a"})
    repo.commit("next", {"a": "b"})
    outcome = collect(repo.root, "--harness-range=HEAD~1..HEAD")
    assert outcome.status == pytest.ExitCode.USAGE_ERROR
    assert "Cargo.toml" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_selection_of_nothing_is_an_error_and_never_green(repo: Repo, tmp_path: Path) -> None:
    outcome = run_pytest(repo.root, "--harness-range=HEAD~1..HEAD", "-k", "nothing", store=tmp_path / "store")
    assert outcome.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "Nothing was verified" in outcome.output


def test_a_plain_pytest_verifies_what_harness_toml_says_besides_the_users_tests(repo: Repo, tmp_path: Path) -> None:
    repo.write({"harness.toml": '[verify]\nrange = "HEAD~2..HEAD"\n', "test_own.py": "def test_own(): pass\n"})
    outcome = run_pytest(repo.root, "--collect-only", "-q", env={"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert node_ids(outcome) == EXPECTED
    assert "test_own.py::test_own" in outcome.output


def test_a_plain_pytest_without_a_verify_table_collects_nothing_of_ours(repo: Repo) -> None:
    repo.write({"harness.toml": '[build]\nprofile = "dev"\n', "test_own.py": "def test_own(): pass\n"})
    outcome = run_pytest(repo.root, "--collect-only", "-q")
    assert node_ids(outcome) == []
    assert "1 test collected" in outcome.output


def test_a_suite_that_does_not_use_it_pays_for_no_more_than_the_hooks() -> None:
    program = (
        "import sys, time, pytest\n"
        "known = set(sys.modules)\n"
        "began = time.perf_counter()\n"
        "import harness.plugin\n"
        "print(time.perf_counter() - began)\n"
        "print(*sorted(name for name in set(sys.modules) - known if not name.startswith('harness')))\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True) for _ in range(3)
    ]
    seconds = min(float(run.stdout.splitlines()[0]) for run in runs)
    assert seconds < 0.020
    heavy = {"msgspec", "rich", "hypothesis", "yaml", "filelock", "platformdirs"}
    assert not heavy & set(runs[0].stdout.splitlines()[1].split())
