"""What `make recall` says of a patch, which patches it takes, and that it never measures one twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.make_engine_repo import CataloguePatch, FixtureError, catalogue
from harness.probes import PROBES
from recall import __main__ as command
from recall.__main__ import basis, measured
from recall.kept import Kept
from recall.measure import Measure
from recall.row import Row, RowError, blind, harmless_row, regression_row
from recall.sample import HARMLESS, REGRESSIONS, chosen, in_order, probes_of, quick
from recall.table import as_json, line, misses, numbers

PATCHES = list(catalogue())


def probe(name: str, verdict: str, *differences: dict[str, Any], reason: str = "why") -> dict[str, Any]:
    """A probe of report.json."""
    return {"name": name, "verdict": verdict, "reason": reason, "differences": list(differences), "notes": []}


def report(*probes: dict[str, Any]) -> dict[str, Any]:
    """A report.json with one commit."""
    return {"commits": [{"probes": list(probes)}]}


def difference(*argv: str, **files: str) -> dict[str, Any]:
    """A difference that a case shows."""
    case = {"program": "app", "argv": list(argv), "files": files, "env": {}}
    return {"facet": "stderr", "where": "", "case": case}


def patch(folder: Path, name: str = "one", **more: Any) -> CataloguePatch:
    """A regression of the catalogue."""
    path = folder / "regressions" / f"{name}.patch"
    path.parent.mkdir(exist_ok=True)
    path.write_text(name)
    known: dict[str, Any] = {"subject": name, "on": "task-1", "breaks": "It.", "probe": "command", "harmless": None}
    return CataloguePatch(path=path, diff="", **{**known, **more})


def row(name: str = "one", *, seen: bool = True, harmless: bool = False) -> Row:
    """A row that was measured."""
    expected = () if harmless else ("command",)
    return Row(
        name=name, harmless=harmless, expected=expected, seen=seen, verdicts={}, reason="why", case="app", seconds=1.0
    )


# -- what is said of one patch ---------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", ["CHANGED", "UNMET"])
def test_a_regression_is_seen_when_its_probe_notices_it(verdict: str) -> None:
    assert regression_row("one", ["command"], report(probe("command", verdict)), 1.0).seen


@pytest.mark.parametrize("verdict", ["SAME", "FLAKY", "SKIPPED", "INTENDED"])
def test_it_is_missed_whatever_else_its_probe_says(verdict: str) -> None:
    said = report(probe("command", verdict), probe("layout", "SAME"))
    assert not regression_row("one", ["command", "layout"], said, 1.0).seen


def test_another_probe_than_the_expected_one_does_not_count() -> None:
    said = report(probe("command", "SAME"), probe("public_api", "CHANGED"))
    assert not regression_row("one", ["command"], said, 1.0).seen


def test_one_of_several_expected_probes_is_enough() -> None:
    said = report(probe("command", "SAME"), probe("lints", "CHANGED"))
    made = regression_row("one", ["command", "lints"], said, 1.0)
    assert made.seen
    assert made.verdicts == {"command": "SAME", "lints": "CHANGED"}


def test_the_smallest_case_is_shown_with_what_differs() -> None:
    large, small = difference("run", "p.yaml", p="x" * 100), difference("run", "p.yaml", p="x")
    made = regression_row("one", ["command"], report(probe("command", "CHANGED", large, small)), 1.0)
    assert made.case == "app run p.yaml (stderr)"


def test_what_no_case_shows_is_named_by_its_place() -> None:
    one = {"facet": "gone", "where": "lib::item", "case": None}
    assert regression_row("one", ["public_api"], report(probe("public_api", "CHANGED", one)), 1.0).case == (
        "gone lib::item"
    )


@pytest.mark.parametrize("verdict", ["BUILD_FAILED", "BASELINE_FAILED", "INCOMPLETE"])
def test_a_run_without_a_verdict_is_no_miss_but_an_error(verdict: str) -> None:
    with pytest.raises(RowError, match=verdict):
        regression_row("one", ["command"], report(probe("command", verdict)), 1.0)
    with pytest.raises(RowError, match=verdict):
        harmless_row("one", report(probe("command", verdict)), 1.0)


def test_a_report_of_another_number_of_commits_is_an_error() -> None:
    with pytest.raises(RowError, match="0 commits"):
        harmless_row("one", {"commits": []}, 1.0)


@pytest.mark.parametrize("verdict", ["CHANGED", "UNMET", "FLAKY", "TIMED_OUT", "INTENDED"])
def test_anything_but_same_is_a_false_alarm_of_a_harmless_patch(verdict: str) -> None:
    made = harmless_row("one", report(probe("command", "SAME"), probe("lints", verdict)), 1.0)
    assert made.seen
    assert made.reason == "lints: why"


def test_a_harmless_patch_is_quiet_when_all_that_looked_say_same() -> None:
    assert not harmless_row("one", report(probe("command", "SAME"), probe("lints", "SKIPPED")), 1.0).seen


def test_a_harmless_patch_that_nobody_looked_at_is_an_error() -> None:
    with pytest.raises(RowError, match="skipped"):
        harmless_row("one", report(probe("command", "SKIPPED")), 1.0)


def test_what_only_an_absent_probe_could_see_is_missed_without_a_run(tmp_path: Path) -> None:
    assert "no_such_probe" not in PROBES
    measure = Measure(repository=None, work=tmp_path, seed=0)  # type: ignore[arg-type]  # there is no run
    made = measure(patch(tmp_path, probe="no_such_probe"))
    assert made == blind("one", ["no_such_probe"])
    assert not made.seen
    assert "no_such_probe" in made.reason


# -- which patches -----------------------------------------------------------------------------------------------


def test_the_sample_is_fixed_and_has_every_probe() -> None:
    sample = quick(PATCHES, 0)
    assert sample == quick(list(reversed(PATCHES)), 0)
    assert {probes_of(one) for one in sample} == {probes_of(one) for one in PATCHES}
    assert sum(bool(one.harmless) for one in sample) == HARMLESS
    assert abs(sum(bool(one.breaks) for one in sample) - REGRESSIONS) <= len({probes_of(one) for one in PATCHES})


def test_another_seed_draws_another_sample() -> None:
    assert {one.name for one in quick(PATCHES, 0)} != {one.name for one in quick(PATCHES, 1)}


@given(st.integers(0, len(PATCHES) - 1))
@settings(deadline=None, max_examples=30)
def test_one_patch_more_hardly_changes_the_sample(index: int) -> None:
    without = {one.name for one in quick(PATCHES[:index] + PATCHES[index + 1 :], 0)}
    assert len({one.name for one in quick(PATCHES, 0)} - without) <= 3


def test_a_pattern_chooses_by_name_and_by_folder() -> None:
    assert {one.name for one in chosen(PATCHES, "dlq-*")} == {
        one.name for one in PATCHES if one.name.startswith("dlq-")
    }
    assert all(one.harmless for one in chosen(PATCHES, "harmless/*"))
    assert chosen(PATCHES, "") == PATCHES
    assert chosen(PATCHES, "nothing-such") == []


def test_patches_are_measured_task_by_task() -> None:
    tasks = [one.on for one in in_order(PATCHES)]
    assert tasks == sorted(tasks)
    assert len(tasks) == len(PATCHES)


# -- what was measured before ------------------------------------------------------------------------------------


def test_a_patch_is_measured_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def measure(one: CataloguePatch) -> Row:
        asked.append(one.name)
        return row(one.name)

    patches = [patch(tmp_path, "one"), patch(tmp_path, "two")]
    kept = Kept(tmp_path / "rows", basis="a")
    first = measured(patches, measure, kept)
    assert measured(patches, measure, kept) == first == ([row("one"), row("two")], [])
    assert asked == ["one", "two"]


def test_a_changed_patch_or_another_harness_is_measured_anew(tmp_path: Path) -> None:
    one = patch(tmp_path)
    Kept(tmp_path / "rows", basis="a").put(one, row())
    assert Kept(tmp_path / "rows", basis="a").get(one) == row()
    assert Kept(tmp_path / "rows", basis="b").get(one) is None
    one.path.write_text("changed")
    assert Kept(tmp_path / "rows", basis="a").get(one) is None


def test_a_damaged_row_is_measured_anew(tmp_path: Path) -> None:
    one = patch(tmp_path)
    kept = Kept(tmp_path / "rows", basis="a")
    kept.put(one, row())
    (file,) = (tmp_path / "rows").iterdir()
    file.write_text(file.read_text()[:-10])
    assert kept.get(one) is None


def test_an_error_of_one_patch_is_told_and_not_kept_and_the_others_go_on(tmp_path: Path) -> None:
    def measure(one: CataloguePatch) -> Row:
        if one.name == "one":
            raise FixtureError(f"{one.path}: does not apply")
        return row(one.name)

    kept = Kept(tmp_path / "rows", basis="a")
    patches = [patch(tmp_path, "one"), patch(tmp_path, "two")]
    rows, errors = measured(patches, measure, kept)
    assert [one.name for one in rows] == ["two"]
    assert len(errors) == 1
    assert "one.patch: does not apply" in errors[0]
    assert kept.get(patches[0]) is None


def test_rows_depend_on_the_seed() -> None:
    assert basis(0) == basis(0) != basis(1)


# -- how it is shown ---------------------------------------------------------------------------------------------


def test_the_two_numbers_count_regressions_and_alarms_apart() -> None:
    rows = [row("a"), row("b", seen=False), row("c", harmless=True, seen=True), row("d", harmless=True, seen=False)]
    told = as_json(rows)
    assert {key: told[key] for key in ("seeded", "seen", "harmless", "alarms")} == {
        "seeded": 2,
        "seen": 1,
        "harmless": 2,
        "alarms": 1,
    }
    assert [one["name"] for one in told["rows"]] == ["a", "b", "c", "d"]
    assert numbers(rows) == "seen 1 of 2 seeded regressions, 1 false alarms of 2 harmless patches"
    assert misses(rows) == "missed: command 1"


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (row(), "seen"),
        (row(seen=False), "missed"),
        (row(harmless=True), "ALARM"),
        (row(harmless=True, seen=False), "quiet"),
    ],
)
def test_a_row_says_in_one_word_what_came_of_it(made: Row, word: str) -> None:
    assert line(made).split()[0] == word


def test_a_run_that_is_cut_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "laid_engine", lambda: None)
    monkeypatch.setattr(command, "measured", cut)
    assert command.main() == 130
    assert "goes on from there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("SEED", "many", "SEED=many is not a number"), ("ONLY", "x-*", "ONLY=x-* fits no patch")],
)
def test_a_request_without_a_meaning_is_one_sentence(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert command.main() == 1
    assert said in capsys.readouterr().err
