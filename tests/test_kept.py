"""What was found is remembered, and kept in the repository: written, read back, and run before all else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cases.kept import FILE_NAME, KeptCase, cases_of, parse, render, written_after
from harness.cases.order import before_the_core
from harness.cli import main
from harness.config import Config
from harness.errors import ConfigError
from harness.model import Case, CommitReport, Difference, ProbeReport, Report, Seconds, Verdict
from harness.report.found import found_in
from harness.report.json_file import as_data
from harness.server import Server
from harness.store import Store, key_of
from harness.verify.case_list import CaseList
from harness.verify.plan import Request
from harness.verify.remember import last_run, recall, remember
from tests.support.judging import judged
from tests.support.programs import needs_sandbox, revision
from tests.support.repo import Repo

WORDS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)
NAMES = st.from_regex(r"[a-z]{1,4}(/[a-z.]{1,3}[a-z])?", fullmatch=True)
CASES = st.builds(
    Case,
    program=st.sampled_from(["app", "other-app"]),
    argv=st.lists(WORDS | st.just("\udc80"), max_size=4).map(tuple),
    files=st.dictionaries(NAMES, st.binary(max_size=30) | WORDS.map(str.encode), max_size=2),
    env=st.dictionaries(st.sampled_from(["A", "B c", 'D"']), WORDS, max_size=2),
    stdin=st.binary(max_size=20) | WORDS.map(str.encode),
    timeout=st.sampled_from([10.0, 0.5, 3.0]),
    unset=st.lists(st.sampled_from(["HOME", "PATH"]), max_size=2, unique=True).map(tuple),
    sockets=st.lists(st.sampled_from(["run/app.sock", "127.0.0.1:5432"]), max_size=2, unique=True).map(tuple),
    read_only=st.booleans(),
    endless=st.booleans(),
    services=st.sampled_from([(), (Server(name="db"),), (Server(name="db"), Server(name="queue"))]),
)
ENTRIES = st.lists(
    st.builds(KeptCase, name=WORDS, why=WORDS, case=CASES), max_size=4, unique_by=lambda one: one.name
).map(tuple)


@settings(deadline=None)
@given(entries=ENTRIES)
def test_what_is_written_reads_back_as_it_was(entries: tuple[KeptCase, ...]) -> None:
    assert parse(render(entries), FILE_NAME) == entries


@settings(deadline=None)
@given(entries=ENTRIES, count=st.integers(0, 4))
def test_adding_to_a_file_leaves_what_is_there(entries: tuple[KeptCase, ...], count: int) -> None:
    first = written_after("", entries[:count])
    both = written_after(first, entries[count:])
    assert both.startswith(first.rstrip())
    assert parse(both, FILE_NAME) == entries


def test_a_kept_case_reads_like_what_a_person_would_write() -> None:
    case = Case(program="app", argv=("check", "in.yaml"), files={"in.yaml": b"retry:\n  max_attempts: 0\n"})
    assert render([KeptCase(name="no-retries", why="1a2b3c Extract: stdout differs", case=case)]) == (
        '[[case]]\nname = "no-retries"\nwhy = "1a2b3c Extract: stdout differs"\nprogram = "app"\n'
        'argv = ["check", "in.yaml"]\n[case.files]\n"in.yaml" = """\nretry:\n  max_attempts: 0\n"""\n'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[case]\n", "is not valid TOML"),
        ("[[cases]]\nname = 'a'\n", "unknown key `cases`"),
        ("case = 1\n", "is no array of tables"),
        ("[[case]]\nprogram = 'a'\n", "case 1 cannot be read: .*name"),
        ("[[case]]\nname = 'a'\nprogram = 'p'\nargs = []\n", "the case `a` cannot be read: .*args"),
        ("[[case]]\nname = 'a'\nprogram = 'p'\nstdin = { base64 = '?' }\n", "the case `a` cannot be read"),
        ("[[case]]\nname = 'a'\nprogram = 'p'\nfiles = { '../x' = '' }\n", "not a plain path"),
        ("[[case]]\nname = 'a'\nprogram = 'bin/p'\n", "no name of a program"),
        ("[[case]]\nname = 'a'\nprogram = 'p'\n[[case]]\nname = 'a'\nprogram = 'q'\n", "two cases are called `a`"),
    ],
)
def test_a_file_that_is_no_list_of_cases_is_one_clear_error(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse(text, FILE_NAME)


# -- from a report to the file --------------------------------------------------------------------------------


def report(*cases: Case, verdict: Verdict = Verdict.CHANGED) -> Report:
    shown = [
        Difference(facet="stdout", where="", before="a", after="b", case=one, summary="stdout differs") for one in cases
    ]
    flaky = Difference(facet="flaky", where="stderr", before="a", after="b", case=Case(program="app", argv=("flaky",)))
    probe = ProbeReport(name="command", verdict=verdict, reason="", differences=(*shown, flaky))
    commit = CommitReport(sha="a" * 40, subject="Extract it", baseline="", verdict=verdict, reason="", probes=(probe,))
    return Report(
        base="0" * 40, head="1" * 40, verdict=verdict, reason="", platform="", toolchains=(), commits=(commit,),
        overall=commit, redactions=(), seconds=Seconds(),
    )  # fmt: skip


SEEN = (
    Case(program="app", argv=("run", "x")),
    Case(program="app", argv=("run", "x"), stdin=b"\xff"),
    Case(program="app", argv=(), unset=("HOME",), read_only=True, endless=True, timeout=1.0),
)


def test_a_report_names_each_of_its_cases_once() -> None:
    found = found_in(json.loads(json.dumps(as_data(report(*SEEN)))))
    assert [one.name for one in found] == ["app-run-x", "app-run-x-2", "app"]
    assert tuple(one.case for one in found) == SEEN
    assert found[0].why == "aaaaaaaaaaaa Extract it: stdout differs"


def test_what_was_meant_or_varies_is_not_found() -> None:
    assert found_in(as_data(report(*SEEN, verdict=Verdict.INTENDED))) == ()


@settings(deadline=None)
@given(case=CASES.filter(lambda case: "\udc80" not in case.argv))
def test_a_case_survives_the_report(case: Case) -> None:
    (found,) = found_in(json.loads(json.dumps(as_data(report(case)))))
    assert found.case == case


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository of a crate."""
    repo = Repo(tmp_path / "repo")
    repo.commit("base", {"Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\n', "src/main.rs": "fn main() {}\n"})
    return repo.root


def keep(workspace: Path, *argv: str) -> int:
    return main(["keep", "--repo", str(workspace), "--store", str(workspace.parent / "store"), *argv])


def remembered(workspace: Path, *cases: Case) -> None:
    found = found_in(as_data(report(*cases)))
    remember(Store(workspace.parent / "store"), workspace, [revision()], found)


def test_the_last_run_is_kept_once(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remembered(workspace, *SEEN)
    assert keep(workspace) == 0
    assert "3 added" in capsys.readouterr().out
    first = (workspace / FILE_NAME).read_text()
    assert tuple(one.case for one in parse(first, "")) == SEEN
    assert keep(workspace) == 0
    assert capsys.readouterr().out.endswith(f"{FILE_NAME}: 0 added, 3 there already\n")
    assert (workspace / FILE_NAME).read_text() == first


def test_cases_are_chosen_by_name_and_shown(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remembered(workspace, *SEEN)
    assert keep(workspace, "app-run-x-2") == 0
    text = capsys.readouterr().out
    assert 'name = "app-run-x-2"' in text
    assert "1 added" in text
    assert [one.name for one in parse((workspace / FILE_NAME).read_text(), "")] == ["app-run-x-2"]


def test_a_name_that_is_taken_by_another_case_gets_a_number(workspace: Path) -> None:
    remembered(workspace, SEEN[0])
    keep(workspace)
    remembered(workspace, replace(SEEN[0], env={"A": "1"}))
    keep(workspace)
    assert [one.name for one in parse((workspace / FILE_NAME).read_text(), "")] == ["app-run-x", "app-run-x-2"]


def test_a_report_can_be_kept_from_its_folder(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(as_data(report(*SEEN))))
    assert keep(workspace, "--report", str(tmp_path)) == 0
    assert len(parse((workspace / FILE_NAME).read_text(), "")) == 3


def test_listing_writes_nothing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    remembered(workspace, *SEEN)
    assert keep(workspace, "--list") == 0
    assert capsys.readouterr().out.startswith("app-run-x: aaaaaaaaaaaa Extract it")
    assert not (workspace / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["no-such"], "No case is called `no-such`. There are: app-run-x"),
        (["--report", "/nowhere"], "There is no report to read"),
        (["--report", "{workspace}/Cargo.toml"], "is no report.json of format 1"),
    ],
)
def test_what_cannot_be_kept_is_one_clear_error(
    workspace: Path, argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    remembered(workspace, *SEEN)
    assert keep(workspace, *(word.replace("{workspace}", str(workspace)) for word in argv)) == 2
    assert said in capsys.readouterr().err


def test_kept_cases_are_part_of_the_configuration(workspace: Path) -> None:
    request = Request(folder=str(workspace))
    assert request.configuration(request.repository()).kept == ()
    remembered(workspace, *SEEN)
    keep(workspace)
    kept = request.configuration(request.repository()).kept
    assert [replace(one, origin="") for one in kept] == list(SEEN)


# -- remembering ----------------------------------------------------------------------------------------------


def test_other_revisions_try_first_what_was_found(workspace: Path) -> None:
    store = Store(workspace.parent / "store")
    remembered(workspace, *SEEN)
    assert [replace(one, origin="") for one in recall(store, workspace, [revision("b")])] == list(SEEN)
    assert recall(store, workspace, [revision()]) == ()
    assert recall(store, workspace / "other", [revision("b")]) == ()


def test_what_the_last_run_no_longer_finds_is_still_remembered_after_what_it_does(workspace: Path) -> None:
    store = Store(workspace.parent / "store")
    remembered(workspace, SEEN[0], SEEN[1])
    remembered(workspace, SEEN[2], SEEN[1])
    assert [one.case for one in last_run(store, workspace)] == [SEEN[2], SEEN[1]]
    assert [replace(one, origin="") for one in recall(store, workspace, [])] == [SEEN[2], SEEN[1], SEEN[0]]


def test_no_more_than_a_hundred_are_remembered(workspace: Path) -> None:
    for start in (0, 80, 160):
        remembered(workspace, *(Case(program="app", argv=(str(number),)) for number in range(start, start + 80)))
    cases = recall(Store(workspace.parent / "store"), workspace, [])
    assert len(cases) == 100
    assert cases[0].argv == ("160",)


# -- what is run first ----------------------------------------------------------------------------------------


ANY = st.lists(st.sampled_from([Case(program=name) for name in "abcdef"]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(core=ANY, extras=ANY, earlier=ANY, plain=ANY)
def test_each_case_is_run_once_and_what_promises_most_first(
    tmp_path: Path, core: list[Case], extras: list[Case], earlier: list[Case], plain: list[Case]
) -> None:
    store = Store(tmp_path)
    kept = cases_of(KeptCase(name=str(number), case=one) for number, one in enumerate(plain))
    first = before_the_core(kept=kept, extras=extras, remembered=earlier)
    names = [one.program for one in CaseList.kept(store, key_of(repr(core)), lambda: core).after(first)]
    assert names == list(dict.fromkeys(one.program for one in (*kept, *earlier, *extras, *core)))


def test_thousands_of_cases_come_in_parts_and_are_made_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    many = [Case(program="app", argv=(str(number),)) for number in range(1500)]
    made = CaseList.kept(store, "key", lambda: many)
    assert len(made) == 1500
    assert list(CaseList.kept(store, "key", list)) == many
    assert max(map(len, made.parts())) < 600
    assert made.identity() == CaseList.kept(store, "other", lambda: many).identity()
    assert made.identity() != CaseList.kept(store, "fewer", lambda: many[:-1]).identity()


@pytest.mark.slow
@needs_sandbox
def test_a_kept_case_shows_what_no_other_does(tmp_path: Path) -> None:
    before = "import os\nif os.environ.get('ODD') == '17': print('before')\n"
    case = Case(program="prog", argv=("x",), env={"ODD": "17"}, files={"a.txt": b"a"})
    config = Config(cases=3, kept=cases_of([KeptCase(name="odd", case=case)]))
    (one,) = judged(tmp_path, before, before.replace("before", "after"), config=config).differences
    assert one.case is not None
    assert (one.case.argv, one.case.env) == ((), {"ODD": "17"})
    assert judged(tmp_path, before, before.replace("before", "after"), config=Config(cases=3)).differences == ()
