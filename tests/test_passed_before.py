"""Long tests that passed before on the same files are left out, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.passed_before import PassedBefore, keys_of
from tests.support.repo import Repo

_TESTS = """
import pytest

@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
def test_long(number):
    assert number == 1

def test_short():
    pass
"""


def _run(pytester: pytest.Pytester, known: dict[str, list[str]]) -> tuple[dict[str, int], list[str]]:
    """How a run ends, and what is recorded of it."""
    pytester.makepyfile(test_it=_TESTS)
    pytester.makeini("[pytest]\nmarkers = slow")
    file = pytester.path / "passed.json"
    ended = pytester.runpytest_inprocess(plugins=[PassedBefore(file, {"test_it.py": "key"}, known)])
    return ended.parseoutcomes(), json.loads(file.read_text())["test_it.py"]["passed"]


def test_what_passed_is_recorded_and_what_failed_is_not(pytester: pytest.Pytester) -> None:
    outcome, recorded = _run(pytester, {})
    assert (outcome["passed"], outcome["failed"]) == (2, 1)
    assert recorded == ["test_it.py::test_long[1]", "test_it.py::test_short"]


def test_a_long_test_that_passed_is_left_out_and_stays_recorded(pytester: pytest.Pytester) -> None:
    outcome, recorded = _run(pytester, {"test_it.py": ["test_it.py::test_long[1]", "test_it.py::test_short"]})
    assert outcome == {"passed": 1, "failed": 1, "deselected": 1}
    assert recorded == ["test_it.py::test_long[1]", "test_it.py::test_short"]


def test_a_change_of_one_test_file_concerns_that_one_and_any_other_change_all(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("base", {"tests/test_a.py": "a", "tests/test_b.py": "b", "harness/x.py": "x"})
    before = keys_of(repo.root)
    repo.write({"tests/test_a.py": "changed"})
    after = keys_of(repo.root)
    assert before.keys() == after.keys() == {"tests/test_a.py", "tests/test_b.py"}
    assert {name for name in before if before[name] != after[name]} == {"tests/test_a.py"}
    repo.write({"harness/y.py": "not committed"})
    assert all(keys_of(repo.root)[name] != after[name] for name in after)
