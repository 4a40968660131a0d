"""Reports that were not made by a run: large ones, and ones in which every text is hostile."""

from __future__ import annotations

from harness.model import Case, CommitReport, Difference, ProbeReport, RedactionHits, Report, Seconds, Verdict, worst

__all__ = ["HOSTILE", "hostile_report", "large_report", "report_of_commits"]

HOSTILE = (
    "</script><script>document.title='broken'</script><img src=x onerror=alert(1)> ]]> --> {{data}} @everyone "
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \u202eevil\u2066 \x00 \r [link](https://example.org) `code` \ud800 'q' \"q\""
)
_PROBES = ("layout", "command", "public_api")


def report_of_commits(commits: list[CommitReport], overall: CommitReport) -> Report:
    """A report of these commits."""
    return Report(
        base="0" * 40,
        head="f" * 40,
        verdict=worst([one.verdict for one in (*commits, overall)]),
        reason="made up",
        platform="Linux x86_64",
        toolchains=("rustc 1.95.0",),
        commits=tuple(commits),
        overall=overall,
        redactions=(RedactionHits(name="timestamps", reason="they say when it ran", hits=3),),
        seconds=Seconds(total=12.0),
    )


def _commit(name: str, subject: str, probes: tuple[ProbeReport, ...]) -> CommitReport:
    verdict = worst([probe.verdict for probe in probes])
    return CommitReport(
        sha=name.ljust(40, "0"), subject=subject, baseline="0" * 40, verdict=verdict, reason="made up", probes=probes
    )


def hostile_report() -> Report:
    """Every text is made to break what shows it."""
    case = Case(
        program="demo", argv=(HOSTILE,), files={HOSTILE: HOSTILE.encode("utf-8", "surrogatepass")}, origin=HOSTILE
    )
    one = Difference(
        facet="stdout", where=HOSTILE, before=HOSTILE, after=HOSTILE + " more", case=case, reproduce=HOSTILE,
        summary=HOSTILE,
    )  # fmt: skip
    probe = ProbeReport(name="command", verdict=Verdict.CHANGED, reason=HOSTILE, differences=(one,), notes=(one,))
    commit = _commit("abc", HOSTILE, (probe,))
    return report_of_commits([commit], commit)


def _differing(number: int, lines: int) -> Difference:
    text = [f"line {line} of case {number}: some words that make it as long as lines are" for line in range(lines)]
    changed = [*text[:-2], text[-2].replace("words", "others"), text[-1]]
    case = Case(program="demo", argv=("run", f"--number={number}", "x" * (number % 7)))
    return Difference(
        facet="stdout",
        where="",
        before="\n".join(text),
        after="\n".join(changed),
        case=case,
        count=1 + number % 5,
        reproduce=f"demo run --number={number}",
        summary="stdout differs from line 4 on: 1 line became 1 line",
    )


def _moved(name: str) -> Difference:
    return Difference(
        facet="moved", where=f"demo::old::{name}", before=f"demo::old::{name}", after=f"demo::new::{name}",
        summary=f"`demo::old::{name}` is now `demo::new::{name}`",
    )  # fmt: skip


def large_report(commits: int = 50, cases: int = 5_000) -> Report:
    """So many commits with so many differing cases in all; each tenth commit is harmless."""
    rows = []
    each = cases // commits
    for number in range(commits):
        differences = () if number % 10 == 9 else tuple(_differing(number * each + one, 6) for one in range(each))
        rows.append(
            _commit(
                f"{number:07x}",
                f"refactor: step {number}",
                (
                    ProbeReport(name="layout", verdict=Verdict.SAME, reason="no difference"),
                    ProbeReport(
                        name="command",
                        verdict=Verdict.CHANGED if differences else Verdict.SAME,
                        reason=f"{len(differences)} × stdout" if differences else "no difference",
                        cases=400,
                        differences=differences,
                    ),
                    ProbeReport(
                        name="public_api",
                        verdict=Verdict.CHANGED if number == 0 else Verdict.SAME,
                        reason="2 × moved" if number == 0 else "no difference",
                        differences=(_moved("Alpha"), _moved("Beta")) if number == 0 else (),
                    ),
                ),
            )
        )
    nothing = tuple(ProbeReport(name=name, verdict=Verdict.SAME, reason="equal digests") for name in _PROBES)
    return report_of_commits(rows, _commit("range", "the two ends compared", nothing))
