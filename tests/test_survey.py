"""How far a verdict carries: how different the cases were, and what the user's own redactions do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.output import CommandObservation, FileChange
from harness.compare.redact import rules_from
from harness.compare.survey import Survey, hidden_exactly
from harness.config import Config, RedactionRule, parse
from harness.model import Case, CommitReport, Diversity, ProbeReport, Report, Seconds, Verdict
from harness.report.answer import strength
from harness.report.json_file import as_data
from harness.report.terminal import render
from harness.verify.verdicts import commit_report, report_of
from tests.support.judging import judged
from tests.support.programs import needs_sandbox, revision

NO_CONFIG = CommandObservation(status="exit 1", stderr=b"error: no file config.toml\nmore\n")


def case(*argv: str, origin: str = "", **more: object) -> Case:
    return Case(program="app", argv=argv, origin=origin, **more)  # type: ignore[arg-type]


def survey(*seen: tuple[Case, CommandObservation], known: dict[str, list[str]] | None = None) -> Survey:
    made = Survey(known or {})
    for one, what in seen:
        made.add(one, what)
    return made


def printed(text: str, status: str = "exit 0") -> CommandObservation:
    return CommandObservation(status=status, stdout=text.encode())


def test_an_echo_of_the_input_is_no_new_outcome() -> None:
    words = ["alpha", "beta", "gamma"]
    assert survey(*((case(word), printed(f"hello {word}")) for word in words)).diversity().outcomes == 1
    assert (
        survey(*((case(word), printed(f"hello {word}")) for word in words), (case("x"), printed("bye")))
        .diversity()
        .outcomes
        == 2
    )


def test_numbers_make_no_new_outcome() -> None:
    assert survey((case("-a"), printed("line 12")), (case("-b"), printed("line 3"))).diversity().outcomes == 1


def test_ends_and_files_do() -> None:
    left = FileChange(path=b"out.txt", change="created", kind="file", mode="644", content=b"x")
    seen = [printed("x"), printed("x", "exit 1"), replace(printed("x"), files=(left,))]
    assert survey(*((case(str(number)), one) for number, one in enumerate(seen))).diversity().outcomes == 3


def test_messages_and_accepted_cases_are_counted() -> None:
    found = survey(
        (case("abc"), CommandObservation(status="exit 2", stderr=b"error: unknown key `abc`\n")),
        (case("xyz"), CommandObservation(status="exit 2", stderr=b"error: unknown key `xyz`\n")),
        (case("bad"), CommandObservation(status="exit 2", stderr=b"error: too deep\n")),
        (case("good"), printed("fine")),
    ).diversity()
    assert (found.cases, found.accepted, found.messages) == (4, 1, 2)


def test_flags_and_keys_that_no_case_had_are_named() -> None:
    known = {"app": ["--limit", "--level", "--dry-run", "retries", "backoff"]}
    found = survey(
        (case("--limit", "5"), printed("")),
        (case("--level=high", files={"in.yaml": b"retries: 0\n"}), printed("")),
        known=known,
    ).diversity()
    assert found.never_used == ("app --dry-run", "app backoff")


# -- nothing in depth -----------------------------------------------------------------------------------------


def test_a_program_that_refuses_every_case_in_the_same_way_was_not_tested_in_depth() -> None:
    refused = [(case(f"word{number}"), NO_CONFIG) for number in range(10)]
    (said,) = survey(*refused, (case("--help"), printed("Usage"))).remarks()
    assert said == (
        "all 10 cases of app fail alike (exit 1: error: no file config.toml), so nothing of it was tested in depth"
    )


@pytest.mark.parametrize(
    "other",
    [
        pytest.param((case("x"), printed("fine")), id="one that works"),
        pytest.param((case("x"), CommandObservation(status="exit 1", stderr=b"error: other\n")), id="another message"),
        pytest.param((case("x"), CommandObservation(status="exit 2", stderr=NO_CONFIG.stderr)), id="another status"),
    ],
)
def test_one_case_that_ends_in_another_way_is_enough(other: tuple[Case, CommandObservation]) -> None:
    refused = [(case(f"word{number}"), NO_CONFIG) for number in range(10)]
    assert survey(*refused, other).remarks() == ()


@pytest.mark.parametrize("status", ["output limit", "process limit", "signal SIGXFSZ"])
def test_cases_that_ended_at_a_limit_are_told(status: str) -> None:
    (said,) = survey((case("x"), CommandObservation(status=status)), (case("y"), printed("fine"))).remarks()
    assert said.startswith("1 case ended at a limit of what a case may write or start")


def test_of_a_few_cases_nothing_is_made() -> None:
    assert survey(*((case(f"word{number}"), NO_CONFIG) for number in range(4))).remarks() == ()


def test_a_command_that_refuses_every_case_is_told_where_others_do_not() -> None:
    refused = [(case("check", f"{number}", origin="harness.toml: check: a.yaml"), NO_CONFIG) for number in range(6)]
    fine = [(case("run", origin="help: app run: plausible"), printed("ran"))]
    (said,) = survey(*refused, *fine).remarks()
    assert said.startswith("all 6 cases of app check fail alike (exit 1")


# -- the user's own rules -------------------------------------------------------------------------------------

RULES = (
    RedactionRule(pattern="run-[0-9a-f]+", reason="random", name="run"),
    RedactionRule(pattern="[0-9]+", reason="numbers", facets=("stdout",)),
)


def test_a_rule_that_matches_nothing_is_known() -> None:
    made = Survey({}, rules_from(Config(redaction=RULES)))
    made.add(case(), CommandObservation(status="exit 0", stderr=b"123"))
    assert made.rules() == {"run": False, "harness.toml 2": False}
    made.add(case(), CommandObservation(status="exit 0", stdout=b"12", stderr=b"run-1f"))
    assert made.rules() == {"run": True, "harness.toml 2": True}


def test_a_rule_that_makes_an_exact_field_equal_is_named() -> None:
    rules = rules_from(Config(redaction=(RedactionRule(pattern="[0-9]+", reason="all", name="numbers"),)))
    assert list(hidden_exactly({"exit status": "exit 0"}, {"exit status": "exit 1"}, rules)) == [
        ("numbers", "exit status 'exit 0' and 'exit 1'")
    ]
    assert list(hidden_exactly({"exit status": "exit 0"}, {"exit status": "signal SIGSEGV"}, rules)) == []
    assert list(hidden_exactly({"exit status": "exit 0"}, {"exit status": "exit 0"}, rules)) == []


@given(before=st.text(max_size=8), after=st.text(max_size=8), facet=st.sampled_from(["files", "exit status"]))
def test_a_rule_for_other_facets_hides_no_exact_field(before: str, after: str, facet: str) -> None:
    rules = rules_from(Config(redaction=(RedactionRule(pattern=".+", reason="all", facets=("stdout",)),)))
    assert list(hidden_exactly({facet: before}, {facet: after}, rules)) == []


OWN = """
[[redaction]]
name = "numbers"
pattern = "[0-9]+"
reason = "they vary"

[[redaction]]
name = "runs"
pattern = "run-[0-9a-f]{8}"
reason = "they are random"
"""


@needs_sandbox
def test_what_own_rules_do_is_told_with_the_findings(tmp_path: Path) -> None:
    config = replace(parse(OWN, "harness.toml"), cases=4)
    found = judged(tmp_path, "import sys; sys.exit(1)", "import sys; sys.exit(2)", config=config)
    assert found.differences == ()
    assert found.rules == {"numbers": True, "runs": False}
    assert found.remarks == (
        "the redaction `numbers` hides a difference in an exact field: exit status 'exit 1' and 'exit 2'",
    )


@needs_sandbox
def test_a_survey_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = ("import sys; sys.exit(len(sys.argv) > 1)", "import sys; sys.exit(len(sys.argv) > 1)  # moved")
    first = judged(tmp_path, *scripts)
    assert first.diversity is not None
    assert first.diversity.cases == first.cases
    monkeypatch.setattr("harness.compare.survey.Survey.add", None)
    assert judged(tmp_path, *scripts) == first


# -- in the report --------------------------------------------------------------------------------------------


def report(*probes: ProbeReport) -> Report:
    from harness.model import Comparison

    comparison = Comparison(id="01-x", baseline=revision("a"), candidate=revision("b"))
    commits: list[CommitReport] = [commit_report(comparison, [one]) for one in probes]
    return report_of([comparison] * len(probes), commits, platform="", toolchains=(), seconds=Seconds())


def probe(**more: object) -> ProbeReport:
    return ProbeReport(name="command", verdict=Verdict.SAME, reason="", **more)  # type: ignore[arg-type]


DIVERSITY = Diversity(cases=40, outcomes=12, messages=7, accepted=20, never_used=("app --odd", "app --even"))


def test_diversity_is_one_short_line_and_all_of_it_when_asked() -> None:
    made = report(probe(diversity=DIVERSITY))
    line = (
        "command: 40 cases, 20 accepted, 12 distinct outcomes, 7 distinct error messages, 2 flags and keys never used"
    )
    assert f"{line}\n" in render(made, width=80, colour=False, verbose=0)
    assert "--odd" not in render(made, width=80, colour=False, verbose=0)
    assert "never used: app --odd, app --even" in render(made, width=80, colour=False, verbose=1)


def test_the_json_has_what_was_measured() -> None:
    data = as_data(report(probe(diversity=DIVERSITY, remarks=("all 9 cases fail alike",))))
    assert data["commits"][0]["probes"][0]["diversity"]["outcomes"] == 12
    assert data["remarks"] == ["all 9 cases fail alike"]
    assert "remarks" not in as_data(report(probe()))


def test_a_rule_is_idle_only_where_no_comparison_needed_it() -> None:
    said = "the redaction `runs` of harness.toml matched nothing in this run"
    idle = probe(rules={"runs": False})
    assert report(idle, idle).remarks == (said,)
    assert report(idle, probe(rules={"runs": True})).remarks == ()
    assert strength(report(idle))[-1] == f"T{said[1:]}."
    assert said in render(report(idle), width=80, colour=False, verbose=0)
