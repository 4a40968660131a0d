"""The ready workflow for GitHub Actions: linted, pinned, and its very steps run as jobs with homes of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.histories import Histories
from tests.test_matrix_end_to_end import talk

WORKFLOW = Path(__file__).parent.parent / ".github" / "workflows" / "refactor-harness.yml"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The workflow as data."""
    data: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())
    return data


@pytest.mark.slow
@pytest.mark.parametrize(
    "argv",
    [
        ("zizmor", "--offline", "--quiet", "--min-severity=low"),
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
    ],
    ids=lambda argv: argv[0],
)
def test_a_linter_finds_nothing(argv: tuple[str, ...]) -> None:
    done = subprocess.run([BIN / argv[0], *argv[1:], WORKFLOW], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_its_commit_and_says_which_version_that_is() -> None:
    uses = re.findall(r"uses: (.*)", WORKFLOW.read_text())
    assert len(uses) > 10
    assert [one for one in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", one)] == []


class Runner:
    """Runs the steps of jobs as GitHub does: bash, one folder and one home a job, artifacts carried between them."""

    def __init__(self, workflow: dict[str, Any], root: Path, folder: Path) -> None:
        self.workflow = workflow
        self.root = root
        self.folder = folder
        self.artifacts: dict[str, list[Path]] = {}
        self.summary = ""

    def job(self, name: str, home: str, known: dict[str, str]) -> tuple[dict[str, str], list[int]]:
        """The outputs of a job's steps, and how each of them ended."""
        place = self.folder / home
        subprocess.run(["git", "clone", "-q", str(self.root), str(place / "work")], check=True)
        outputs: dict[str, str] = {}
        statuses: list[int] = []
        (place / "output").touch()
        job = self.workflow["jobs"][name]
        for step in job["steps"]:
            if "download-artifact" in step.get("uses", ""):
                self._download(step["with"], place / "work")
            elif "upload-artifact" in step.get("uses", ""):
                self._upload(step["with"], place / "work", known)
            elif "run" in step and step["name"] not in ("Install the harness", "Comment on the pull request"):
                env = {**self.workflow["env"], **job.get("env", {}), **step.get("env", {})}
                statuses.append(
                    self._run(step["run"], place, {key: known.get(text, text) for key, text in env.items()})
                )
                outputs |= dict(line.split("=", 1) for line in (place / "output").read_text().splitlines())
        return outputs, statuses

    def _run(self, script: str, place: Path, env: dict[str, str]) -> int:
        if shutil.which("sccache") is None:
            env.pop("RUSTC_WRAPPER", None)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_", "HARNESS_"))
        }
        toolchain = {"CARGO_HOME": str(Path.home() / ".cargo"), "RUSTUP_HOME": str(Path.home() / ".rustup")}
        github = {"GITHUB_OUTPUT": str(place / "output"), "GITHUB_STEP_SUMMARY": str(place / "summary")}
        own = {"HOME": str(place), "XDG_CACHE_HOME": "", "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=place / "work",
            env={**kept, **toolchain, **env, **github, **own},
            capture_output=True,
            text=True,
            check=False,
        )
        (place / "log").write_text(done.stdout + done.stderr)
        if (place / "summary").exists():
            self.summary = (place / "summary").read_text()
        return done.returncode

    def _upload(self, options: dict[str, str], work: Path, known: dict[str, str]) -> None:
        name = options["name"].replace("${{ matrix.name }}", known.get("${{ matrix.name }}", ""))
        self.artifacts[name] = sorted(work.glob(options["path"]))

    def _download(self, options: dict[str, str], work: Path) -> None:
        pattern = re.compile(options.get("pattern", options.get("name", "")).replace("*", ".*"))
        for name, files in self.artifacts.items():
            if pattern.fullmatch(name):
                for file in files:
                    shutil.copy2(file, work)


@pytest.mark.rust
def test_its_very_steps_come_to_a_verdict(workflow: dict[str, Any], histories: Histories, tmp_path: Path) -> None:
    root = histories.root(talk)
    commits = subprocess.run(
        ["git", "rev-parse", "HEAD~3", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    known = {workflow["env"]["RANGE"]: "..".join(commits), workflow["env"]["HARNESS"]: "installed already"}
    runner = Runner(workflow, root, tmp_path)
    outputs, statuses = runner.job("matrix", "cut", known)
    assert statuses == [0], (tmp_path / "cut" / "log").read_text()
    for entry in json.loads(outputs["matrix"])["include"]:
        shard = {"${{ matrix.shard }}": entry["shard"], "${{ matrix.name }}": entry["name"]}
        _, statuses = runner.job("verify", entry["name"], known | shard)
        assert statuses == [0], (tmp_path / entry["name"] / "log").read_text()
    _, statuses = runner.job("report", "report", known)
    assert statuses == [1, 0], (tmp_path / "report" / "log").read_text()
    assert "CHANGED" in runner.summary
    assert "INCOMPLETE" not in runner.summary
