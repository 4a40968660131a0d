"""The report for a terminal: nothing that a verdict rests on is cut off, and each difference is told once."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Case, CommitReport, Difference, ProbeReport, Report, Seconds, Verdict
from harness.report.terminal import describe_case, render

NAMES = ("layout", "command", "public_api", "lints", "test_suite")


def probes(**differences: Difference) -> tuple[ProbeReport, ...]:
    return tuple(
        ProbeReport(
            name=name,
            verdict=Verdict.CHANGED if name in differences else Verdict.SAME,
            reason="",
            differences=(differences[name],) if name in differences else (),
        )
        for name in NAMES
    )


def commit(sha: str, **differences: Difference) -> CommitReport:
    verdict = Verdict.CHANGED if differences else Verdict.SAME
    subject = "A subject that is much too long for any table on a terminal"
    return CommitReport(sha=sha, subject=subject, baseline="", verdict=verdict, reason="", probes=probes(**differences))


def report(*commits: CommitReport, overall: CommitReport | None = None) -> Report:
    return Report(
        base="0" * 40,
        head="1" * 40,
        verdict=Verdict.CHANGED,
        reason="",
        platform="",
        toolchains=(),
        commits=commits,
        overall=overall or commit("range"),
        redactions=(),
        seconds=Seconds(),
    )


def shown(what: Report, width: int = 80, verbose: int = 0) -> str:
    return render(what, width=width, colour=False, verbose=verbose)


def seen(before: str, after: str, *argv: str, facet: str = "stdout", count: int = 1) -> Difference:
    made = Case(program="app", argv=argv)
    return Difference(facet=facet, where="", before=before, after=after, count=count, case=made)


def lint(place: str, *, count: int = 1) -> Difference:
    return Difference(facet="clippy", where="x in app", before="", after=f"message\n{place}: text", count=count)


def test_the_table_fits_eighty_columns_and_shows_every_verdict() -> None:
    table = shown(report(commit("a" * 40))).splitlines()[:3]
    assert all(len(line) <= 80 for line in table)
    assert table[0].split() == ["commit", "subject", *NAMES]
    assert table[2].split()[-5:] == ["SAME"] * 5


def test_on_a_narrow_terminal_the_table_is_wider_rather_than_cut() -> None:
    assert shown(report(commit("a" * 40)), width=40).splitlines()[2].split()[-5:] == ["SAME"] * 5


def test_a_long_line_of_a_difference_is_left_whole() -> None:
    line = "word " * 60 + "end"
    assert f"    +{line}\n" in shown(report(commit("a" * 40, command=seen("", f"{line}\n"))))


def test_a_warning_that_later_commits_shifted_is_told_once() -> None:
    text = shown(
        report(commit("a" * 40, lints=lint("src/lib.rs:7")), overall=commit("range", lints=lint("src/lib.rs:9")))
    )
    assert text.count("CHANGED lints clippy") == 1
    assert "at aaaaaaaaaaaa, range" in text


def test_what_is_about_no_case_is_not_counted_in_cases() -> None:
    assert "at aaaaaaaaaaaa, 2 times" in shown(report(commit("a" * 40, lints=lint("src/lib.rs:7", count=2))))


def test_what_several_commits_come_to_on_a_case_is_shown_only_when_asked() -> None:
    one, two, both = seen("1\n", "2\n", "-h"), seen("2\n", "3\n", "-h"), seen("1\n", "3\n", "-h")
    made = report(commit("a" * 40, command=one), commit("b" * 40, command=two), overall=commit("range", command=both))
    assert "app -h  at range" not in shown(made)
    assert "app -h  at range" in shown(made, verbose=1)


def test_a_change_that_the_range_shows_by_another_case_is_not_told_twice() -> None:
    one, other = seen("bad key\n", "no key\n", "-h"), seen("bad key\n", "no key\n", "--other")
    made = report(commit("a" * 40, command=one), overall=commit("range", command=other))
    assert "app --other" not in shown(made)
    assert "app --other" in shown(made, verbose=1)


def test_what_only_the_range_shows_is_told() -> None:
    made = report(commit("a" * 40), overall=commit("range", command=seen("1\n", "3\n", "-h")))
    assert "app -h  at range" in shown(made)


def noted(*notes: Difference) -> Report:
    one = commit("a" * 40)
    return report(replace(one, probes=(replace(one.probes[0], notes=notes), *one.probes[1:])))


def test_notes_of_one_kind_share_a_line() -> None:
    notes = [Difference(facet="lines", where=f"{letter}.rs", before="", after="") for letter in "abcdef"]
    assert "\n  layout lines 6 ×: a.rs, b.rs, c.rs, d.rs and 2 more\n" in shown(noted(*notes))


def test_every_note_is_shown_when_asked_for_all() -> None:
    body = Difference(facet="body", where="app tests::x", before="", after="", summary="-old\n+new")
    assert "\n  layout body: app tests::x\n    -old\n    +new\n" in shown(noted(body), verbose=1)


def test_what_holds_of_many_commits_is_told_of_the_first() -> None:
    # The sources of the second are those of an earlier commit, which is the one that is named.
    first = replace(commit("a" * 40), notes=("aaaaaaaaaaaa has no Cargo.lock",))
    second = replace(commit("b" * 40), notes=("cccccccccccc has no Cargo.lock",))
    text = shown(report(first, second))
    assert text.count("has no Cargo.lock") == 1
    assert "notes on bbbbbbbbbbbb" not in text


def test_what_stays_as_it_was_is_told_of_the_first_commit() -> None:
    stale = Difference(facet="build", where="app bench b", before="error", after="error")
    commits = noted(stale).commits
    text = shown(report(commits[0], replace(commits[0], sha="b" * 40)))
    assert text.count("layout build: app bench b") == 1


def test_many_files_of_a_case_are_counted() -> None:
    few, many = (Case(program="app", files={f"{name}.txt": b"" for name in names}) for names in ("ab", "abcdefg"))
    assert describe_case(few) == "app  (with a.txt, b.txt)"
    assert describe_case(many) == "app  (with 7 files)"
