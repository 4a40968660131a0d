"""A property of one's own over both revisions, in an ordinary pytest suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.redact import Redactor, default_rules
from harness.errors import ConfigError, HarnessError
from harness.verify.own import Ran, Revisions, running
from tests.support.histories import program
from tests.support.programs import python, revision, subject
from tests.support.repo import Repo
from tests.support.run import run_pytest

PROGRAM = """
import os, sys
print("got", *sys.argv[1:], os.environ.get("LEVEL", ""), sys.stdin.read(), sorted(os.listdir()))
open("left.txt", "w").write("in " + os.getcwd() + "\\n")
print("2026-01-05T10:11:12Z done", file=sys.stderr)
sys.exit(len(sys.argv) - 1)
"""


@contextlib.contextmanager
def both(folder: Path, before: str = PROGRAM, after: str = PROGRAM) -> Iterator[Revisions]:
    """Two scripts as two revisions."""
    subjects = [subject({"prog": python(folder / name, text)}) for name, text in (("old", before), ("new", after))]
    with running(subjects, [Redactor(default_rules(), revision(name)) for name in ("old", "new")]) as revisions:
        yield revisions


def test_a_run_gives_all_that_can_be_seen_after_redaction(tmp_path: Path) -> None:
    with both(tmp_path) as (before, after):
        ran = before.run(["a", "b"], files={"in.txt": "text", "raw": b"\xff"}, stdin="typed", env={"LEVEL": "high"})
        assert ran == Ran(
            status="exit 2",
            stdout="got a b high typed ['in.txt', 'raw']\n",
            stderr="{dateTtime:Z} done\n",
            files={"left.txt": "created file, mode 644\nin {dir}\n"},
        )
        assert ran.exit_status == 2
        assert after.run([]).exit_status == 0


def test_each_run_has_a_fresh_directory(tmp_path: Path) -> None:
    with both(tmp_path) as (before, _):
        before.run([])
        assert "left.txt" not in before.run([]).stdout


def test_a_difference_between_the_two_is_one(tmp_path: Path) -> None:
    with both(tmp_path, after=PROGRAM.replace('"got"', '"had"')) as (before, after):
        assert before.run(["x"]) != after.run(["x"])
        assert before.run(["x"]).status == after.run(["x"]).status


def test_a_program_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with both(tmp_path) as (before, _):
        with pytest.raises(ConfigError, match=r"has no program `other`. It has: prog"):
            before.run([], program="other")
        with pytest.raises(HarnessError, match="not a plain path below its directory"):
            before.run([], files={"../x": ""})


def test_of_several_programs_one_has_to_be_named(tmp_path: Path) -> None:
    one = subject({name: python(tmp_path, f"print({name!r})", name) for name in ("a", "b")})
    rules = [Redactor(default_rules(), revision())] * 2
    with running([one, one], rules) as (before, _):
        assert before.run([], program="b").stdout == "b\n"
        with pytest.raises(ConfigError, match="has the programs a, b"):
            before.run([])


def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    with both(tmp_path, "import time; time.sleep(60)") as (before, after):
        ran = before.run([], timeout=0.5)
        assert (ran.status, ran.exit_status) == ("timed out after 0.5 s", None)
        assert after.run([]).exit_status == 0


def test_what_did_not_change_is_equal_whatever_the_words(tmp_path: Path) -> None:
    with both(tmp_path) as (before, after):

        @settings(deadline=None, max_examples=20)
        @given(words=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5), max_size=3))
        def holds(words: list[str]) -> None:
            assert before.run(words) == after.run(words)

        holds()


# -- in somebody's suite --------------------------------------------------------------------------------------

OWN = """
from hypothesis import given, settings, strategies as st

@settings(deadline=None, derandomize=True)
@given(limit=st.integers(0, 1000))
def test_limits(harness_revisions, limit):
    before, after = harness_revisions
    assert after.run([str(limit)]) == before.run([str(limit)])

def test_words(harness_revisions):
    assert harness_revisions.baseline.run(["x"]) == harness_revisions.candidate.run(["x"])
"""
MAIN = """fn main() {
    println!("{:?}", std::env::args().nth(1).map(|word| word.parse::<u32>().ok()));
}
"""


def own_suite(folder: Path, **files: str) -> Repo:
    """A crate whose second commit reads no number above 255, with a pytest suite of its own."""
    repo = Repo(folder / "repo")
    suite = {
        "checks/test_own.py": OWN,
        "checks/conftest.py": "import pytest\n",
        "pytest.ini": "[pytest]\naddopts = -ra\n",
    }
    repo.commit("base", program(MAIN, **suite, **files))
    repo.commit("Parse less", {"src/main.rs": MAIN.replace("parse::<u32>", "parse::<u8>")})
    return repo


@pytest.mark.slow
def test_without_anything_to_compare_the_test_says_so(tmp_path: Path) -> None:
    outcome = run_pytest(own_suite(tmp_path).root, "checks", "-p", "no:cacheprovider")
    assert outcome.status == 1
    assert "harness_revisions: Nothing says what to compare. Give --harness-range=A..B" in outcome.output
    assert "Traceback" not in outcome.output


@pytest.mark.slow
def test_a_suite_that_does_not_ask_for_it_pays_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text(
        "import sys\n\ndef test_other():\n    assert 'harness.verify.own' not in sys.modules\n"
    )
    assert run_pytest(tmp_path, "test_other.py", "-p", "no:cacheprovider").status == 0


@pytest.mark.rust
def test_a_property_of_ones_own_shrinks_to_the_smallest_number_that_shows_it(
    tmp_path: Path, shared_store_root: Path
) -> None:
    root = own_suite(tmp_path).root
    store = f"--harness-store={shared_store_root}"
    outcome = run_pytest(root, "checks/test_own.py", "--harness-range=HEAD~1..HEAD", store)
    assert outcome.status == 1
    assert "limit=256" in outcome.output
    assert "1 failed, 1 passed" in outcome.output
    assert "refactor harness" not in outcome.output.replace("plugins:", "")


@pytest.mark.rust
def test_the_range_of_verify_is_used_where_no_option_is_given(tmp_path: Path, shared_store_root: Path) -> None:
    repo = own_suite(tmp_path, **{"harness.toml": '[verify]\nrange = "HEAD~1..HEAD"\n'})
    outcome = run_pytest(
        repo.root,
        "checks/test_own.py",
        "-k",
        "words",
        "-p",
        "no:cacheprovider",
        env={"XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert "1 passed, 1 deselected" in outcome.output
