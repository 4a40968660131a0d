"""A patch that no longer applies, does not compile, or is caught is an error of the fixture, named by file.

Small fakes stand for the engine and for cargo; the whole catalogue is checked on request, since that takes about
twenty minutes of building and testing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures import check_catalogue, check_commits
from fixtures.make_engine_repo import Repository, catalogue, read_catalogue_patch
from tests.support.programs import python

ROOT = Path(__file__).parent.parent
ON_REQUEST = pytest.mark.skipif(
    not os.environ.get("CATALOGUE"), reason="takes about 30 minutes of cargo: CATALOGUE=1 asks for it"
)
DIFF = """\
diff --git a/code.txt b/code.txt
--- a/code.txt
+++ b/code.txt
@@ -1 +1 @@
-{before}
+{after}
"""
# What cargo would say is read from the file that patches change.
CARGO = """
import sys
code = open("code.txt").read().strip()
if code == "broken":
    sys.stderr.write("error[E0308]: mismatched types\\n")
    sys.exit(101)
caught = code == "caught"
print(f"test tests::it_works ... {'FAILED' if caught else 'ok'}")
passed = 248 if code in ("caught", "lost") else 249
print(f"test result: {'FAILED' if caught else 'ok'}. {passed} passed; {int(caught)} failed; 2 ignored")
sys.exit(101 if caught else 0)
"""


@pytest.fixture
def engine(tmp_path: Path) -> Repository:
    """A repository with one file and a tag."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "code.txt").write_text("fine\n")
    repository = Repository(folder)
    repository.git("init", "-q", "--template=")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "base")
    repository.git("tag", "base")
    return repository


def patch(folder: Path, after: str, *, before: str = "fine", header: str = "Breaks: It.\nProbe: command\n") -> Path:
    """A patch file that turns the code into `after`."""
    path = folder / "regressions" / f"{after}.patch"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"Subject: a change\nOn: base\n{header}\n{DIFF.format(before=before, after=after)}")
    return path


def problem(engine: Repository, folder: Path, path: Path) -> str | None:
    """What the check says of a patch file."""
    cargo = python(folder / "bin", CARGO, name="cargo")
    return check_catalogue.check(read_catalogue_patch(path), engine, folder / "target", [str(cargo)])


def test_a_patch_that_compiles_and_passes_is_fine(engine: Repository, tmp_path: Path) -> None:
    assert problem(engine, tmp_path, patch(tmp_path, "still fine")) is None


def test_a_patch_that_no_longer_applies_is_an_error(engine: Repository, tmp_path: Path) -> None:
    said = problem(engine, tmp_path, patch(tmp_path, "late", before="something else"))
    assert said is not None
    assert "does not apply" in said


def test_a_patch_that_does_not_compile_is_an_error(engine: Repository, tmp_path: Path) -> None:
    said = problem(engine, tmp_path, patch(tmp_path, "broken"))
    assert said == "does not compile: error[E0308]: mismatched types"


def test_a_patch_that_the_tests_catch_is_an_error(engine: Repository, tmp_path: Path) -> None:
    assert problem(engine, tmp_path, patch(tmp_path, "caught")) == "caught by tests: tests::it_works"


def test_a_patch_that_loses_a_test_is_an_error_unless_that_is_what_it_is_about(
    engine: Repository, tmp_path: Path
) -> None:
    assert problem(engine, tmp_path, patch(tmp_path, "lost")) == "248 tests pass instead of 249"
    about_tests = patch(tmp_path, "lost", header="Breaks: It.\nProbe: test_suite\n")
    assert problem(engine, tmp_path, about_tests) is None


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("Probe: command\n", "header has no 'Breaks'"),
        ("Breaks: It.\nProbe: crystal_ball\n", "'Probe: crystal_ball' is none of"),
    ],
)
def test_a_header_that_says_too_little_is_an_error(engine: Repository, tmp_path: Path, header: str, said: str) -> None:
    found = problem(engine, tmp_path, patch(tmp_path, "still fine", header=header))
    assert found is not None
    assert said in found


def test_an_error_names_the_file_and_fails_the_check_and_is_kept(
    engine: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    patches = [read_catalogue_patch(patch(tmp_path, after)) for after in ("caught", "still fine")]
    made = iter([engine, engine])
    monkeypatch.setattr(check_catalogue, "catalogue", lambda: iter(patches))
    monkeypatch.setattr(check_catalogue, "make_repository", lambda folder: next(made))
    cargo = python(tmp_path / "bin", CARGO, name="cargo")
    argv = ["--work", str(tmp_path / "work"), "--cargo", str(cargo)]
    assert check_catalogue.main(argv) == 1
    cargo.unlink()  # nothing is run twice
    assert check_catalogue.main(argv) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "regressions/caught.patch: caught by tests: tests::it_works"
    assert told[1] == "regressions/still fine.patch: ok"
    assert told[:3] == told[3:]


def test_a_patch_without_a_diff_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "empty.patch"
    path.write_text("Subject: a change\nOn: base\n")
    script = (
        "import sys, pathlib; from fixtures.make_engine_repo import *; read_catalogue_patch(pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert "empty.patch: holds no diff" in done.stderr


def found(revision: str = "base", **more: object) -> check_commits.Found:
    """What cargo says of a revision that is as it should be, but for what is named."""
    tests = check_catalogue.Outcome(passed=249, failed=(), build_error=None, seconds=1.0)
    known: dict[str, object] = {"tests": tests, "clippy": (), "pedantic": (), "documentation": ()}
    return check_commits.Found(revision=revision, **{**known, **more})  # type: ignore[arg-type]


def test_pedantic_warnings_are_allowed_in_between_only() -> None:
    assert list(found("task-2", pedantic=("clippy::x",)).problems()) == []
    for revision in ("base", "task-7", "task-8"):
        assert list(found(revision, pedantic=("clippy::x",)).problems()) == ["pedantic clippy warns: clippy::x"]


def test_other_warnings_and_lost_tests_are_allowed_nowhere() -> None:
    lost = check_catalogue.Outcome(passed=248, failed=(), build_error=None, seconds=1.0)
    problems = list(found("task-3", tests=lost, clippy=("dead_code",), documentation=("rustdoc::y",)).problems())
    assert problems == [
        "248 tests pass instead of 249; failed: none",
        "clippy warns: dead_code",
        "rustdoc warns: rustdoc::y",
    ]


@pytest.mark.rust
@pytest.mark.slow
@ON_REQUEST
def test_the_whole_catalogue_compiles_and_is_not_caught_by_the_tests(capsys: pytest.CaptureFixture[str]) -> None:
    work = ROOT / ".cache" / "catalogue"
    status = check_catalogue.main(["--work", str(work)])
    assert status == 0, capsys.readouterr().out


@pytest.mark.rust
@pytest.mark.slow
@ON_REQUEST
def test_the_engine_is_clean_at_the_base_and_at_every_task(capsys: pytest.CaptureFixture[str]) -> None:
    work = ROOT / ".cache" / "catalogue"
    status = check_commits.main(["--work", str(work / "commits"), "--target", str(work / "target")])
    assert status == 0, capsys.readouterr().out


def test_every_header_of_the_catalogue_is_complete() -> None:
    wrong = {one.path.name: errors for one in catalogue() if (errors := check_catalogue.header_errors(one))}
    assert wrong == {}
