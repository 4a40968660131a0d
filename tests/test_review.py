"""`harness review`: differences are decided one by one with single keys, and what was accepted is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from harness.compare.approvals import Approvals
from harness.compare.cluster import with_forms
from harness.model import Case, Comparison, Difference, ProbeReport, Seconds, Verdict
from harness.report.json_file import render
from harness.report.read import read_report
from harness.store import Store
from harness.verify.review import pending, to_write
from harness.verify.verdicts import commit_report, report_of, surfaces_report
from tests.support.facts import History
from tests.support.programs import needs_sandbox, revision, shell


@pytest.fixture(scope="module")
def judged_once(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Two commits with three differences, judged and not approved."""
    made = History(tmp_path_factory.mktemp("review"))
    made.commit("rename a and b", a="uno", b="dos")
    made.commit("say c", c="tres")
    assert made.verify().status == 1
    return made


@pytest.fixture
def history(judged_once: History) -> History:
    """The same, with nothing approved."""
    for name in judged_once.approved():
        (judged_once.repo.root / "snapshots" / "approved" / name).unlink()
    return judged_once


def command(history: History, *argv: str) -> list[str]:
    """The command line that reviews the last run."""
    where = [f"--repo={history.repo.root}", f"--store={history.folder / 'store'}"]
    return [sys.executable, "-m", "harness.cli", "review", *where, *argv]


def on_terminal(history: History, *argv: str) -> pexpect.spawn[str]:
    """The same in a pseudo-terminal."""
    program, *rest = command(history, *argv)
    return pexpect.spawn(program, rest, encoding="utf-8", timeout=60, dimensions=(40, 100))


def ended(review: pexpect.spawn[str]) -> int | None:
    """The exit status."""
    review.expect(pexpect.EOF)
    review.close()
    return review.exitstatus


@pytest.mark.slow
def test_accepting_with_single_keys_on_a_terminal_writes_what_was_accepted(history: History) -> None:
    review = on_terminal(history)
    review.expect_exact("1 of 3  facts changed a  at rename a and b")
    review.expect_exact("-one")
    review.expect_exact("+uno")
    review.expect_exact("[q] quit")
    review.send("a")
    review.expect_exact("accepted")
    review.expect_exact("2 of 3  facts changed b")
    review.expect_exact("[q] quit")
    review.send("r")
    review.expect_exact("rejected")
    review.expect_exact("3 of 3  facts changed c  at say c")
    review.expect_exact("[q] quit")
    review.send("s")
    review.expect_exact("1 accepted, 1 rejected, 1 skipped")
    assert ended(review) == 1
    files = history.approved()
    assert list(files) == ["rename-a-and-b.facts.txt"]
    assert "+ uno" in files["rename-a-and-b.facts.txt"]
    assert "+ dos" not in files["rename-a-and-b.facts.txt"]


@pytest.mark.slow
def test_all_of_a_kind_are_accepted_with_one_key_and_intended_from_then_on(history: History, tmp_path: Path) -> None:
    history = history.copied(tmp_path)
    history.verify()
    review = on_terminal(history)
    review.expect_exact("[q] quit")
    review.send("k")
    review.expect_exact("3 accepted, 0 rejected, 0 skipped")
    assert ended(review) == 0
    assert history.verify().status == 0
    assert "Nothing is pending" in subprocess.run(command(history), capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_quitting_writes_what_was_accepted_and_gives_the_terminal_back(history: History) -> None:
    review = on_terminal(history)
    review.expect_exact("[q] quit")
    review.send("?")
    review.expect_exact("k accept all of this kind, c show the case, x run it again, q quit")
    review.send("c")
    review.expect_exact("It is about no case")
    review.send("x")
    review.expect_exact("run the verification again")
    review.send("aq")
    review.expect_exact("1 accepted, 0 rejected, 2 skipped")
    assert ended(review) == 1
    assert list(history.approved()) == ["rename-a-and-b.facts.txt"]


@pytest.mark.slow
def test_nothing_is_written_after_an_interrupt(history: History) -> None:
    review = on_terminal(history)
    review.expect_exact("[q] quit")
    review.send("a")
    review.expect_exact("2 of 3")
    review.expect_exact("[q] quit")
    review.sendintr()
    review.expect_exact("Stopped; nothing was written.")
    assert ended(review) == 130
    assert history.approved() == {}


@pytest.mark.slow
def test_keys_may_come_from_a_pipe(history: History) -> None:
    done = subprocess.run(command(history), input="?\na\nq", capture_output=True, text=True, check=False)
    assert "a accept, r reject" in done.stdout
    assert "1 accepted, 0 rejected, 2 skipped" in done.stdout
    assert done.returncode == 1


@pytest.mark.slow
def test_without_a_run_there_is_one_clear_sentence(history: History, tmp_path: Path) -> None:
    done = subprocess.run(command(history, f"--store={tmp_path}"), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No run on" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "commits": 3}', "{"])
def test_a_report_that_is_none_is_one_clear_sentence(history: History, tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    done = subprocess.run(command(history, f"--report={tmp_path}"), capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


# -- cases --------------------------------------------------------------------------------------------------------


def reported(store: Store, folders: tuple[Path, Path], case: Case) -> bytes:
    """A report with one difference that a case shows."""
    difference = with_forms(
        [
            Difference(
                facet="stdout",
                where="",
                before="old\n",
                after="new\n",
                case=case,
                reproduce=f"for p in {folders[0]} {folders[1]}; do true; done",
            )
        ]
    )
    comparison = Comparison(id="01-x", baseline=revision("old"), candidate=revision("new"))
    probe = ProbeReport(name="command", verdict=Verdict.CHANGED, reason="stdout", differences=tuple(difference))
    commit = commit_report(comparison, [probe])
    return render(report_of([comparison], [commit], platform="p", toolchains=[], seconds=Seconds()))


def test_a_report_is_read_back_with_its_cases(tmp_path: Path) -> None:
    case = Case(program="prog", argv=("x",), files={"a": b"\xff"}, stdin=b"in", unset=("HOME",), timeout=3.0)
    read = read_report(reported(Store(tmp_path), (tmp_path, tmp_path), case))
    [one] = read.findings
    assert one.difference.case == case
    assert one.difference.forms[0].general.hunks == ((("old",), ("new",)),)


@pytest.mark.slow
@needs_sandbox
def test_a_case_is_shown_and_run_again_on_both_programs(history: History, tmp_path: Path) -> None:
    store = Store(history.folder / "store")
    folders = tuple(store.root / "programs" / name for name in ("before", "after"))
    for folder in folders:
        shell(folder, f"echo {folder.name} $1\ncat in.txt\n")
    case = Case(program="prog", argv=("word",), files={"in.txt": b"from the file\n"})
    (tmp_path / "report.json").write_bytes(reported(store, (folders[0], folders[1]), case))
    review = on_terminal(history, f"--report={tmp_path}")
    review.expect_exact("prog word")
    review.expect_exact("[q] quit")
    review.send("c")
    review.expect_exact("--- in.txt")
    review.expect_exact("from the file")
    review.send("x")
    review.expect_exact("before: exit 0")
    review.expect_exact("before word")
    review.expect_exact("after: exit 0")
    review.expect_exact("after word")
    review.send("q")
    ended(review)


@pytest.mark.slow
def test_programs_outside_of_the_store_are_not_run(history: History, tmp_path: Path) -> None:
    for name in ("before", "after"):
        shell(tmp_path / name, f"touch {tmp_path}/ran\n")
    (tmp_path / "report.json").write_bytes(
        reported(Store(tmp_path / "s"), (tmp_path / "before", tmp_path / "after"), Case(program="prog"))
    )
    done = subprocess.run(
        command(history, f"--report={tmp_path}"), input="xq", capture_output=True, text=True, check=False
    )
    assert "Its programs are not in this store any more" in done.stdout
    assert not (tmp_path / "ran").exists()


# -- surfaces -------------------------------------------------------------------------------------------------------

_KINDS = "snapshots/surfaces/public_api"


def surfaces_reported(*differences: Difference) -> bytes:
    """A report of nothing but surfaces."""
    head = revision("head")
    probe = ProbeReport(name="public_api", verdict=Verdict.CHANGED, reason="texts", differences=differences)
    surfaces = surfaces_report(head, [probe])
    return render(report_of([], [], platform="p", toolchains=[], seconds=Seconds(), surfaces=surfaces))


def text_changed(name: str, before: str, after: str) -> Difference:
    """A text of a surface that is not as approved."""
    return Difference(facet="public_api", where=f"{_KINDS}/{name}", before=before, after=after)


@pytest.mark.slow
def test_texts_of_surfaces_are_accepted_with_keys_and_written_or_deleted(history: History, tmp_path: Path) -> None:
    history = history.copied(tmp_path)
    root = history.repo.root
    history.repo.write({f"{_KINDS}/old.txt": "fn f\nfn g\n", f"{_KINDS}/gone.txt": "fn h\n"})
    (tmp_path / "report.json").write_bytes(
        surfaces_reported(
            text_changed("old.txt", "fn f\nfn g\n", "fn f\nfn k\n"),
            text_changed("gone.txt", "fn h\n", ""),
            text_changed("new.txt", "", "fn n\n"),
        )
    )
    review = on_terminal(history, f"--report={tmp_path}")
    review.expect_exact(f"1 of 3  public_api {_KINDS}/old.txt  against what was approved")
    review.expect_exact("-fn g")
    review.expect_exact("+fn k")
    review.expect_exact("[q] quit")
    review.send("c")
    review.expect_exact("fn f\r\nfn k")
    review.send("a")
    review.expect_exact("2 of 3")
    review.expect_exact("[q] quit")
    review.send("c")
    review.expect_exact("accepting deletes the file")
    review.send("k")
    review.expect_exact("2 accepted")
    review.expect_exact("3 accepted, 0 rejected, 0 skipped")
    assert ended(review) == 0
    written = {path.name: path.read_text() for path in sorted((root / _KINDS).iterdir())}
    assert written == {"new.txt": "fn n\n", "old.txt": "fn f\nfn k\n"}

    again = subprocess.run(command(history, f"--report={tmp_path}"), capture_output=True, text=True, check=True)
    assert "Nothing is pending" in again.stdout


@pytest.mark.slow
def test_a_text_that_was_changed_after_the_run_is_told_and_left_alone(history: History, tmp_path: Path) -> None:
    history = history.copied(tmp_path)
    history.repo.write({f"{_KINDS}/a.txt": "fn by_hand\n"})
    (tmp_path / "report.json").write_bytes(surfaces_reported(text_changed("a.txt", "fn f\n", "fn g\n")))
    done = subprocess.run(
        command(history, f"--report={tmp_path}"), input="a", capture_output=True, text=True, check=True
    )
    assert f"{_KINDS}/a.txt was changed after that run" in done.stdout
    assert (history.repo.root / _KINDS / "a.txt").read_text() == "fn by_hand\n"


@pytest.mark.parametrize(
    "path", ["src/lib.rs", "/etc/x.txt", "snapshots/surfaces/../x.txt", "snapshots/surfaces/a/b/c.txt"]
)
def test_a_report_cannot_name_files_elsewhere_to_be_written(path: str) -> None:
    one = Difference(facet="public_api", where=path, before="", after="text")
    findings = read_report(surfaces_reported(one)).findings
    assert len(findings) == 1
    assert pending(findings, Approvals(), {}) == []


def test_what_other_cases_showed_goes_to_the_file_of_those_cases(tmp_path: Path) -> None:
    data = reported(Store(tmp_path), (tmp_path, tmp_path), Case(program="prog"))
    drawn = read_report(data.replace(b'"format": 1,', b'"format": 1, "seed": 3, "cases": 50,'))
    [(label, probe)] = to_write(drawn, drawn.findings)
    assert label.file(probe).endswith(".command.seed-3.cases-50.txt")
    plain = read_report(data)
    [(label, probe)] = to_write(plain, plain.findings)
    assert label.file(probe).endswith(".command.txt")
