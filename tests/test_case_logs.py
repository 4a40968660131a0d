"""A whole observation for people, and the logs that a report carries."""

from __future__ import annotations

from dataclasses import replace

from harness.compare.output import Beyond, CommandObservation, FileChange
from harness.compare.seen import log_of, shortened
from harness.model import Comparison, Revision
from harness.report.json_file import as_data
from harness.verify.verdicts import with_logs
from tests.support.reports import large_report


def test_a_log_says_how_it_ended_what_was_printed_and_which_files_there_are() -> None:
    change = FileChange(path=b"out.txt", change="created", kind="file", size=3)
    text = log_of(CommandObservation(status="exit 2", stdout=b"one\n", stderr=b"two\n", files=(change,)))
    streams = ["exit 2", "── stdout, 4 bytes", "one", "── stderr, 4 bytes", "two"]
    assert text.splitlines() == [*streams, "── files, 1", "created file out.txt, 3 bytes"]


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    assert r"\xff" in log_of(CommandObservation(status="exit 0", stdout=b"\xff"))


def test_a_long_stream_keeps_its_beginning_and_its_end() -> None:
    text = log_of(CommandObservation(status="exit 0", stdout=b"first" + b"x" * 100_000 + b"last"))
    assert len(text) < 7_000
    assert "first" in text
    assert "last" in text
    assert "characters are left out" in text


def test_what_was_not_kept_is_counted() -> None:
    beyond = (Beyond(stream="stdout", blocks=("a", "b")),)
    assert "── stdout, 1 bytes, and 2 blocks more" in log_of(
        CommandObservation(status="exit 0", stdout=b"x", beyond=beyond)
    )


def test_many_files_are_counted() -> None:
    files = tuple(FileChange(path=b"%d" % number, change="created", kind="file") for number in range(100))
    assert log_of(CommandObservation(status="exit 0", files=files)).endswith("… and 60 more")


def test_what_is_short_is_left_whole() -> None:
    assert shortened("abc", 3) == "abc"


def revision(sha: str) -> Revision:
    return Revision(sha=sha, tree="", subject="", date="")


def test_each_commit_gets_its_log_and_report_json_has_none() -> None:
    report = large_report(2, 0)
    comparisons = [
        Comparison(id=one.sha, baseline=revision("0"), candidate=revision(one.sha)) for one in report.commits
    ]
    told = with_logs(comparisons, report, {report.commits[1].sha: "error[E0308]"})
    assert [one.log for one in told.commits] == ["", "error[E0308]"]
    assert as_data(told) == as_data(report)


def test_the_only_commit_of_a_range_stays_the_whole_of_it() -> None:
    report = large_report(1, 0)
    report = replace(report, overall=report.commits[0])
    comparisons = [Comparison(id="01", baseline=revision("0"), candidate=revision(report.commits[0].sha))]
    told = with_logs(comparisons, report, {report.commits[0].sha: "log"})
    assert told.overall in told.commits
