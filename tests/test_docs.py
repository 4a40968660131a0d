"""The documentation: built without a warning, in step with the code, and every command in it works as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from harness.model import Report
from harness.report.json_file import as_data
from harness.report.schema import json_schema
from scripts.write_reference import FOLDER, pages
from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.repo import Repo
from tests.support.reports import full_report, hostile_report, large_report

ROOT = Path(__file__).parent.parent
PAGES = sorted(path for folder in ("", "how-to") for path in (ROOT / "docs" / folder).glob("*.md"))
WITH_COMMANDS = [path for path in PAGES if "```sh\n" in path.read_text()]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize("name", list(pages()))
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], "`make reference` writes it anew"


def test_the_site_is_built_without_a_warning_and_no_link_is_broken(tmp_path: Path) -> None:
    argv = [sys.executable, "-W", "ignore", "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "tutorial.html").is_file()


def closed_schema() -> dict[str, Any]:
    """The schema of this version, in which no key may be missing that a report has."""
    schema = json_schema()
    for shape in schema["$defs"].values():
        shape["additionalProperties"] = False
    return schema


@pytest.mark.parametrize(
    "report", [large_report(3, 6), hostile_report(), full_report()], ids=["large", "hostile", "full"]
)
def test_report_json_is_as_its_schema_says_and_has_no_key_besides(report: Report) -> None:
    jsonschema.validate(json.loads(json.dumps(as_data(report))), closed_schema())


def test_a_key_that_the_schema_does_not_know_would_be_noticed() -> None:
    data = as_data(large_report(1, 2)) | {"unheard_of": 1}
    with pytest.raises(jsonschema.ValidationError, match="unheard_of"):
        jsonschema.validate(data, closed_schema())


def test_the_schema_refuses_what_is_no_report() -> None:
    data = as_data(large_report(1, 2))
    data["commits"][0]["verdict"] = "FINE"
    with pytest.raises(jsonschema.ValidationError, match="FINE"):
        jsonschema.validate(data, json_schema())


def test_every_page_stands_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    assert [path.name for path in PAGES if path.relative_to(ROOT / "docs").as_posix() not in navigation] == []


def commands_outside(text: str) -> list[str]:
    """Lines that look like commands and stand where nothing runs them."""
    rest = re.sub(r"^(`{3,})(?:sh|toml)\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^(?:    )?(?:\$ )?((?:pytest|harness|make) .*)$", rest, re.MULTILINE)


@pytest.mark.parametrize("page", [one for one in PAGES if one.name != "design.md"], ids=lambda path: path.stem)
def test_no_command_stands_where_the_tests_do_not_run_it(page: Path) -> None:
    assert commands_outside(page.read_text()) == []


def test_a_command_that_nothing_runs_would_be_noticed() -> None:
    assert commands_outside("```text\npytest -q\n```\n    harness store\n") == ["pytest -q", "harness store"]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_to_a_file_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / name).read_text())
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []


def test_the_pictures_are_small_and_are_shown() -> None:
    pictures = sorted((ROOT / "docs").glob("*.png"))
    assert len(pictures) >= 3
    assert [path.name for path in pictures if path.stat().st_size > 300_000] == []
    shown = "".join(page.read_text() for page in PAGES)
    assert [path.name for path in pictures if path.name not in shown] == []


def readme(repo: Repo) -> None:
    """A program and a library of which one commit changes nothing that anybody could notice."""
    main = 'fn main() {\n    println!("{}", demo::word());\n}\n'
    library = '/// One.\npub fn word() -> &\'static str {\n    "hello"\n}\n'
    repo.commit("base", program(main, **{"src/lib.rs": library}))
    edit(repo, "say it in other words", ("src/lib.rs", "/// One.", "/// The word."))


@pytest.mark.rust
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda path: path.stem)
def test_every_command_of_a_page_works_as_it_stands(page: Path, histories: Histories, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", str(histories.root(readme)), str(tmp_path / "repo")], check=True)
    dropped = ("PYTEST_", "HARNESS_", "GIT_", "COV_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    toolchain = {"CARGO_HOME": str(Path.home() / ".cargo"), "RUSTUP_HOME": str(Path.home() / ".rustup")}
    own = {"HOME": str(histories.shared / "docs-home"), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    for _, script in re.findall(r"^(`{3,})sh\n(.*?)^\1$", page.read_text(), re.MULTILINE | re.DOTALL):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path / "repo",
            env={**toolchain, **inherited, **own},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
