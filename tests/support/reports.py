"""Reports that were not made by a run: large ones, and ones in which every text is hostile."""

from __future__ import annotations

from dataclasses import replace

from harness.compare.cluster import with_forms
from harness.measured import Structure, Timing, Trait
from harness.model import (
    Case,
    CommitReport,
    Difference,
    Diversity,
    ProbeReport,
    RedactionHits,
    Report,
    Seconds,
    Session,
    Step,
    Verdict,
    worst,
)

__all__ = ["HOSTILE", "full_report", "hostile_report", "large_report", "report_of_commits"]

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


def _differing(number: int, lines: int, *, logged: bool) -> Difference:
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
        logs=("\n".join(["exit 0", *text]), "\n".join(["exit 0", *changed])) if logged else None,
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
        differences = (
            ()
            if number % 10 == 9
            else tuple(_differing(number * each + one, 6, logged=one < 60) for one in range(each))
        )
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


def full_report() -> Report:
    """A report of two commits in which everything stands that a report can have."""
    session = Session(columns=40, rows=10, script=(Step(expect="ready", send="\x03"),), piped=("stderr",))
    case = Case(
        program="demo",
        argv=("run", "--fast"),
        files={"in.yaml": b"rows: 3\n", "raw.bin": b"\xff\x00"},
        env={"RUST_LOG": "debug"},
        stdin=b"more\n",
        origin="its help text",
        unset=("HOME",),
        read_only=True,
        endless=True,
    )
    printed = Difference(
        facet="stdout",
        where="",
        before="read 3 rows\n\x1b[32mdone\x1b[0m in 3 steps\n",
        after="read 3 rows\n\x1b[31mdone\x1b[0m in 4 steps\n",
        count=7,
        case=case,
        reproduce="demo run --fast <in.yaml",
        summary="1 line became 1 line",
        logs=("exit 0\n── stdout, 30 bytes\nread 3 rows", "exit 0\n── stdout, 30 bytes\nread 3 rows, really"),
    )
    drawn = Difference(facet="screen", where="", before="[##  ]", after="[####]", case=replace(case, terminal=session))
    probes = (
        ProbeReport(name="layout", verdict=Verdict.SAME, reason="no difference"),
        ProbeReport(
            name="command",
            verdict=Verdict.CHANGED,
            reason="stdout",
            cases=400,
            differences=tuple(with_forms([printed])),
            diversity=Diversity(cases=400, outcomes=90, messages=30, accepted=120, never_used=("--slow",)),
        ),
        ProbeReport(
            name="terminal",
            verdict=Verdict.INTENDED,
            reason="1 approved in snapshots/approved/step.terminal.txt",
            cases=20,
            differences=(replace(drawn, intended="approved in snapshots/approved/step.terminal.txt"),),
        ),
        _measured(),
        _public_api(),
    )
    commit = replace(
        _commit("abc", "refactor: split the runner", probes),
        log="   Compiling demo v0.1.0\nwarning: unused variable: `x`\n    Finished `dev` profile",
        notes=("abc has no Cargo.lock",),
        evidence={"executed": "12 of 14 changed lines"},
    )
    failure = "error[E0308]: mismatched types\n  --> src/lib.rs:3:5"
    broken = Difference(facet="build", where="cargo build", before="builds", after=failure)
    failed = ProbeReport(
        name="command", verdict=Verdict.BUILD_FAILED, reason="error[E0308]: mismatched types", differences=(broken,)
    )
    second = replace(
        _commit("def", "refactor: does not build", (probes[0], failed, replace(failed, name="public_api"))),
        log=f"   Compiling\n{failure}",
    )
    overall = _commit("def", "the two ends compared", probes)
    surface = ProbeReport(
        name="command_help",
        verdict=Verdict.CHANGED,
        reason="demo --help",
        differences=(Difference(facet="help", where="demo", before="Usage: demo\n", after="Usage: demo [FLAGS]\n"),),
    )
    return replace(
        report_of_commits([commit, second], overall),
        remarks=("the redaction `ids` of harness.toml matched nothing in this run",),
        changed_by_range=("harness.toml: was changed, and says what its own range may change",),
        surfaces=_commit("def", "surfaces", (surface,)),
    )


def _measured() -> ProbeReport:
    """What a benchmark is like: one value is another one, and it is slower."""
    traits = (
        Trait(path="", kind="keys", says="rows, retries, total_secs, read_secs, write_secs", runs=5),
        Trait(path="rows", kind="exact", says="always 1000", runs=5, broken=5, instead="999"),
        Trait(path="retries", kind="zero", says="always 0", runs=5),
        Trait(path="total_secs", kind="related", says="= read_secs + write_secs", runs=5),
        Trait(path="total_secs", kind="not zero", says="never 0", runs=5),
        Trait(path="read_secs", kind="measured", says="of the usual magnitude", runs=5),
        Trait(path="write_secs", kind="measured", says="of the usual magnitude", runs=5),
    )
    case = Case(program="demo", argv=("bench", "small.yaml"), report="line:@@", runs=5)
    broken = Difference(
        facet="timing structure", where="rows", before="always 1000", after="999", case=case,
        summary="rows: always 1000 in 5 of 5 runs, 999 in 5 of 5",
    )  # fmt: skip
    return ProbeReport(
        name="benchmark",
        verdict=Verdict.CHANGED,
        reason="timing structure",
        cases=12,
        differences=(broken,),
        structures=(Structure(benchmark="demo bench small.yaml", runs=5, traits=traits, more=2),),
        timings=(
            Timing(benchmark="demo bench small.yaml", word="slower", ratio=1.12, low=1.09, high=1.15, pairs=24),
            Timing(benchmark="demo bench large.yaml", word="as fast", ratio=0.998, low=0.982, high=1.014, pairs=80),
            Timing(benchmark="demo bench odd.yaml", word="not measurable here: a run ended with exit 1"),
        ),
    )


def _public_api() -> ProbeReport:
    """Two paths moved, one vanished, one changed, one is new."""
    gone = Difference(facet="removed", where="demo::runner::Legacy", before="struct Legacy", after="", summary="gone")
    changed = Difference(
        facet="changed", where="demo::runner::run", before="fn run(config: &Config) -> Result",
        after="fn run(config: Config) -> Result", summary="its signature changed",
    )  # fmt: skip
    fresh = Difference(facet="added", where="demo::result::Outcome", before="", after="enum Outcome")
    return ProbeReport(
        name="public_api",
        verdict=Verdict.CHANGED,
        reason="2 × moved, removed, changed",
        cases=48,
        differences=(gone, _moved("Alpha"), _moved("Beta"), changed),
        notes=(fresh,),
    )
