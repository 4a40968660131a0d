"""The engine's plan holds for its eight commits; where one promise of a task is broken, exactly that is named."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from fixtures.make_engine_repo import make_repository
from harness.contract.facts import Side
from harness.contract.terms import Agreement, agree
from harness.model import Comparison, Revision
from harness.plan.reading import Reading, read_plan
from tests.support.sides import breaches, side, warned

PLAN = Path(__file__).parent.parent / "fixtures" / "engine-plan.md"
ENGINE = "crates/rapidbyte-engine"
TESTS = 249

Tree = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The files of every revision, the plan, and what it says of each commit."""

    trees: list[Tree]
    agreement: Agreement
    sides: list[Side]


@cache
def reading() -> Reading:
    """The plan as a contract."""
    return read_plan(PLAN.read_text(encoding="utf-8"), PLAN.name)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The engine's eight commits."""
    repository = make_repository(tmp_path_factory.mktemp("engine") / "engine")
    revisions = []
    trees = []
    for tag in ("base", *(f"task-{number}" for number in range(1, 9))):
        trees.append(_tree(repository.folder, tag))
        subject = repository.git("log", "-1", "--format=%s", tag).strip()
        revisions.append(Revision(sha=tag, tree=tag, subject=subject, date=""))
    comparisons = [
        Comparison(id=str(number), baseline=revisions[number - 1], candidate=revisions[number])
        for number in range(1, 9)
    ]
    comparisons.append(Comparison(id="range", baseline=revisions[0], candidate=revisions[-1], is_range=True))
    sides = [side(tree, tests=TESTS) for tree in trees]
    return Engine(trees=trees, agreement=agree(reading().contract, comparisons), sides=sides)


def _tree(folder: Path, tag: str) -> Tree:
    names = subprocess.run(["git", "ls-tree", "-r", "--name-only", tag], cwd=folder, capture_output=True, check=True)
    wanted = [name for name in names.stdout.decode().splitlines() if name.endswith((".rs", ".md", ".toml"))]
    done = subprocess.run(
        ["git", "cat-file", "--batch"],
        cwd=folder,
        input="".join(f"{tag}:{name}\n" for name in wanted).encode(),
        capture_output=True,
        check=True,
    )
    files, rest = {}, done.stdout
    for name in wanted:
        head, _, rest = rest.partition(b"\n")
        size = int(head.split()[2])
        files[name] = rest[:size].decode()
        rest = rest[size + 1 :]
    return files


def found(engine: Engine, task: int, after: Tree | None = None, **observed: object) -> list[tuple[str, str, str]]:
    """What breaks the plan when a task's commit gives these files, tests and warnings."""
    terms = engine.agreement.terms[str(task)]
    sides = [engine.sides[at] for at in (0, task - 1)]
    options: dict[str, object] = {"tests": TESTS} | observed
    return breaches(terms, sides[0], sides[1], side(after or engine.trees[task], **options))  # type: ignore[arg-type]


@pytest.mark.slow
def test_every_task_of_the_plan_has_its_commit(engine: Engine) -> None:
    assert engine.agreement.notes == ()
    assert all(not notes for notes in engine.agreement.of_commit.values())


@pytest.mark.slow
@pytest.mark.parametrize("task", range(1, 9))
def test_a_commit_that_does_what_its_task_says_breaks_nothing(engine: Engine, task: int) -> None:
    assert found(engine, task) == []


def test_the_whole_range_is_what_all_tasks_say_together(engine: Engine) -> None:
    first, last = engine.sides[0], engine.sides[8]
    assert breaches(engine.agreement.terms["range"], first, first, last) == []


def edited(tree: Mapping[str, str], name: str, old: str, new: str) -> Tree:
    """The files with one text replaced everywhere in one of them, where it has to be."""
    assert old in tree[name], f"{name} does not hold {old!r}"
    return {**tree, name: tree[name].replace(old, new)}


def src(name: str) -> str:
    return f"{ENGINE}/src/{name}"


# -- one broken promise for each task, and more -------------------------------------------------------------------


def test_task_1_a_missed_rename_is_named(engine: Engine) -> None:
    tree = dict(engine.trees[0])
    assert ("layout", "unmet", "file `src/error.rs`") in (broken := found(engine, 1, tree))
    assert ("layout", "unmet", "file `src/errors.rs`") in broken
    assert {facet for _, facet, _ in broken} == {"unmet"}


def test_task_1_an_import_that_was_left_behind_is_named(engine: Engine) -> None:
    tree = edited(
        engine.trees[1], src("runner.rs"), "use crate::error::PipelineError;", "use crate::errors::PipelineError;"
    )
    assert found(engine, 1, tree) == [
        ("layout", "unmet", "`crate::errors` in `src/runner.rs`"),
        ("layout", "unmet", "`crate::error` in `src/runner.rs`"),
    ]


def test_task_2_a_lost_re_export_is_named(engine: Engine) -> None:
    tree = edited(
        engine.trees[2], src("lib.rs"), "pub use result::{CheckResult, PipelineResult};", "pub use result::CheckResult;"
    )
    assert found(engine, 2, tree) == [
        ("public_api", "unmet", "re-export `PipelineResult`"),
        ("public_api", "moved", "rapidbyte_engine::PipelineResult"),
    ]


def test_task_2_a_type_that_was_not_moved_is_named(engine: Engine) -> None:
    definition = re.search(
        r"///[^\n]*\n#\[derive[^\n]*\npub struct SourceTiming \{.*?\n\}\n", engine.trees[2][src("result.rs")], re.DOTALL
    )
    assert definition
    tree = edited(engine.trees[2], src("result.rs"), definition[0], "")
    tree[src("runner.rs")] += definition[0]
    assert found(engine, 2, tree) == [
        ("layout", "unmet", "`SourceTiming` in `src/result.rs`"),
        ("layout", "unmet", "`SourceTiming` in `src/runner.rs`"),
    ]


def test_task_3_a_private_item_made_public_is_named(engine: Engine) -> None:
    tree = edited(engine.trees[3], src("resolve.rs"), "pub(crate) fn resolve_connectors(", "pub fn resolve_connectors(")
    assert found(engine, 3, tree) == [("layout", "unmet", "`resolve_connectors` in `src/resolve.rs`")]


def test_task_3_a_private_module_made_public_is_named(engine: Engine) -> None:
    tree = edited(engine.trees[3], src("lib.rs"), "pub(crate) mod resolve;", "pub mod resolve;")
    assert found(engine, 3, tree) == [("layout", "unmet", "`resolve` in `src/lib.rs`")]


@pytest.mark.parametrize("count", [TESTS - 1, TESTS + 1, 0])
def test_task_4_another_number_of_tests_is_named(engine: Engine, count: int) -> None:
    broken = found(engine, 4, tests=count)
    assert ("test_suite", "unmet", "tests") in broken
    assert {facet for _, facet, _ in broken} <= {"unmet", "vanished"}


def test_task_4_a_type_that_stayed_is_named(engine: Engine) -> None:
    tree = edited(
        engine.trees[4], src("orchestrator.rs"), "struct StreamBuild", "struct StreamError;\n\nstruct StreamBuild"
    )
    assert found(engine, 4, tree) == [("layout", "unmet", "`StreamError` in `src/orchestrator.rs`")]


def test_task_5_a_clone_that_stayed_is_named(engine: Engine) -> None:
    line = "        let p = params.clone();\n"
    tree = edited(
        engine.trees[5], src("orchestrator.rs"), line, f"{line}        let dest_config = dest_config.clone();\n"
    )
    place = "`let dest_config = dest_config.clone();` in `src/orchestrator.rs`"
    assert found(engine, 5, tree) == [("layout", "unmet", place)]


def test_task_5_a_file_made_outside_of_the_plan_is_named(engine: Engine) -> None:
    tree = {**engine.trees[5], src("params.rs"): "//! Elsewhere.\n"}
    assert found(engine, 5, tree) == [("layout", "added", src("params.rs"))]


def test_task_6_a_wrong_row_of_the_table_is_named(engine: Engine) -> None:
    tree = edited(engine.trees[6], src("lib.rs"), "//! | `resolve`      |", "//! | `resolver`     |")
    assert found(engine, 6, tree) == [
        ("layout", "unmet", "`//! | `resolve` | Connector resolution, manifest validation…` in `src/lib.rs`"),
        ("layout", "unmet", "table of modules in `src/lib.rs`"),
    ]


def test_task_6_a_missing_row_of_the_table_is_named(engine: Engine) -> None:
    row = "//! | `result`       | Pipeline result types and timing breakdowns |\n"
    broken = found(engine, 6, edited(engine.trees[6], src("lib.rs"), row, ""))
    assert ("layout", "unmet", "table of modules in `src/lib.rs`") in broken


def test_task_7_one_warning_is_named(engine: Engine) -> None:
    one = warned("clippy::explicit_iter_loop", f"{src('orchestrator.rs')}:388")
    assert found(engine, 7, warnings=[one]) == [("lints", "unmet", "clippy::pedantic warnings")]


def test_task_7_a_warning_in_code_for_tests_alone_is_none(engine: Engine) -> None:
    lines = engine.trees[7][src("resolve.rs")].splitlines()
    inside = next(number for number, line in enumerate(lines, 1) if "mod tests" in line) + 5
    one = warned("clippy::similar_names", f"{src('resolve.rs')}:{inside}")
    assert found(engine, 7, warnings=[one]) == []


def test_before_task_7_a_warning_is_intended(engine: Engine) -> None:
    one = warned("clippy::needless_return", f"{src('resolve.rs')}:30", group="clippy")
    assert found(engine, 3, warnings=[one]) == []
    assert found(engine, 8, warnings=[one]) == [
        ("lints", "unmet", "clippy::pedantic warnings"),
        ("lints", "clippy", "clippy::needless_return in rapidbyte-engine"),
    ]


def test_task_8_951_lines_are_named(engine: Engine) -> None:
    have = engine.trees[8][src("orchestrator.rs")].count("\n")
    tree = {**engine.trees[8], src("orchestrator.rs"): engine.trees[8][src("orchestrator.rs")] + "\n" * (951 - have)}
    assert ("layout", "unmet", "lines of `src/orchestrator.rs`") in (broken := found(engine, 8, tree))
    assert len(broken) == 1


def test_task_8_949_lines_are_few_enough(engine: Engine) -> None:
    have = engine.trees[8][src("orchestrator.rs")].count("\n")
    tree = {**engine.trees[8], src("orchestrator.rs"): engine.trees[8][src("orchestrator.rs")] + "\n" * (949 - have)}
    assert found(engine, 8, tree) == []


def test_task_8_a_module_that_the_document_leaves_out_is_named(engine: Engine) -> None:
    tree = edited(engine.trees[8], "CLAUDE.md", "`resolve.rs`", "it")
    assert found(engine, 8, tree) == [("layout", "unmet", "`CLAUDE.md`")]


def test_task_8_a_file_that_was_not_to_be_touched_is_named(engine: Engine) -> None:
    tree = {**engine.trees[8], src("arrow.rs"): engine.trees[8][src("arrow.rs")] + "// More.\n"}
    assert found(engine, 8, tree) == [("layout", "unmet", "file `src/arrow.rs`")]


def test_only_what_explains_is_no_check() -> None:
    assert [one.line for one in reading().unread] == [3, 3, 6, 228, 328]
