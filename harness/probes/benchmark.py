"""The probe `benchmark`: runs benchmarks several times and compares what their reports are like, not their durations.

Nothing is configured about a report: what it is like is learned from the baseline's own runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence

from harness.cases.benchmarks import benchmark_cases, is_sized
from harness.compare.benchmark import BenchmarkObservation, Break, breaks, decode, encode, reports_of
from harness.compare.benchmark_traits import structure_of
from harness.compare.durations import Word
from harness.compare.output import CommandObservation
from harness.compare.rule import Rule
from harness.compare.seen import log_of
from harness.config import Config
from harness.measured import Timing
from harness.model import Case, Difference
from harness.probes.base import Findings, Observe, Pair, Subject
from harness.probes.of_programs import OfPrograms
from harness.probes.stopwatch import Timed, compare_durations
from harness.store import Store

__all__ = ["BenchmarkProbe"]

Answers = Mapping[tuple[str, str], str]


class BenchmarkProbe(OfPrograms):
    """Observes benchmarks."""

    name = "benchmark"
    version = 1

    def core(self, first: Subject, config: Config, store: Store) -> Sequence[Case]:
        """The benchmarks that harness.toml names, or those that are found, and sizes of them.

        Raises:
            ConfigError: one that is named cannot be run or gives no report.
        """
        return benchmark_cases(self._ground(first, config, store))

    def extras(self, baseline: Subject, candidate: Subject, config: Config, store: Store) -> Sequence[Case]:
        """None: a benchmark that one side alone has cannot be compared."""
        return ()

    @contextlib.contextmanager
    def opened(self, subject: Subject, lanes: int) -> Iterator[Observe]:
        """Runs each case as often as it says, or once where it ran out of time; yields it when it has all its runs."""
        with self._lanes(subject, lanes) as opened:

            def observe(cases: Sequence[Case]) -> Generator[tuple[Case, bytes]]:
                runs: dict[int, list[CommandObservation]] = {id(one): [] for one in cases}
                for case, seen in opened.run(cases):
                    runs[id(case)].append(seen)
                    if seen.timed_out or case.runs == 1:  # each further run would cost a whole time limit
                        yield case, encode(BenchmarkObservation(runs=tuple(runs.pop(id(case)))))
                more = [one for one in cases if id(one) in runs for _ in range(one.runs - 1)]
                for case, seen in opened.run(more):
                    known = runs[id(case)]
                    known.append(seen)
                    if len(known) == case.runs:
                        yield case, encode(BenchmarkObservation(runs=tuple(known)))

            yield observe

    def compare(self, case: Case, before: bytes, after: bytes, pair: Pair) -> Findings:
        """What held in all runs of the baseline and not in those of the candidate."""
        old = reports_of(decode(before).runs, case.report, pair.before)
        new = reports_of(decode(after).runs, case.report, pair.after)
        found = tuple(_difference(case, one) for one in breaks(old, new, final=False))
        structure = None if is_sized(case) else structure_of(" ".join((case.program, *case.argv)), old, new)
        return Findings(differences=found, hits=old.hits | new.hits, structures=(structure,) if structure else ())

    def settle(self, case: Case, before: Sequence[bytes], after: Sequence[bytes], pair: Pair) -> Answers:
        """What all runs together say of each place that the first runs or all of them make suspicious."""
        old, new = [decode(one).runs for one in before], [decode(one).runs for one in after]
        first = self.compare(case, before[0], after[0], pair).differences
        sure = breaks(
            reports_of([run for runs in old for run in runs], case.report, pair.before),
            reports_of([run for runs in new for run in runs], case.report, pair.after),
            final=True,
        )
        # What the baseline itself did not keep in all its runs was never a property of it.
        return {(one.facet, one.where): "same" for one in first} | {(one.facet, one.where): "changed" for one in sure}

    def durations(self, cases: Sequence[Case], baseline: Subject, candidate: Subject, pair: Pair) -> Findings:
        """Times the benchmarks themselves, not their other sizes: slower is a difference, faster only a note."""
        contained = self._contained()
        timed = [compare_durations(case, baseline, candidate, contained) for case in cases if not is_sized(case)]
        slower = tuple(_slower(one) for one in timed if one.word is Word.SLOWER)
        faster = tuple(_slower(one) for one in timed if one.word is Word.FASTER)
        profile = f"durations (profile {pair.config.build.profile})"
        told = [_told(one) for one in timed] or ["there is no benchmark to time"]
        remarks = (f"{profile}: {'; '.join(told)}",)
        return Findings(differences=slower, notes=faster, remarks=remarks, timings=tuple(map(_timing, timed)))

    def vocabulary(self, subjects: Sequence[Subject], config: Config, store: Store) -> Mapping[str, Collection[str]]:
        """None: what flags there are is looked at by the command probe."""
        return {}

    def survey(
        self, seen: Iterable[tuple[Case, bytes]], known: Mapping[str, Collection[str]], rules: Sequence[Rule]
    ) -> Findings:
        """Nothing: sizes of one benchmark are alike by intention."""
        return Findings()

    def ran_out(self, seen: bytes) -> bool:
        """Whether the program ran out of time in all runs of this observation."""
        return all(run.timed_out for run in decode(seen).runs)

    def log(self, seen: bytes) -> str:
        """What the first run did: the others are like it, or the report says how they are not."""
        return log_of(decode(seen).runs[0])

    def caveat(self) -> str:
        """Why not every case may be run here; empty where every one may."""
        made = self._contained()
        if made.works:
            return ""
        return f"only benchmarks named in harness.toml were run, since there is no sandbox: {made.reason}"


def _difference(case: Case, one: Break) -> Difference:
    return Difference(
        facet=one.facet, where=one.where, before=one.before, after=one.after, case=case, summary=one.summary()
    )


def _slower(one: Timed) -> Difference:
    return Difference(
        facet="duration",
        where=" ".join(one.case.argv),
        before="as fast as it is",
        after=one.word.value,
        case=one.case,
        summary=str(one.seen),
    )


def _told(one: Timed) -> str:
    where = "" if one.pinned else ", not pinned to a processor, which this system does not allow"
    said = str(one.seen) if one.seen else f"{one.word.value}, {one.why}"
    return f"{' '.join(one.case.argv)} {said}{where}"


def _timing(one: Timed) -> Timing:
    name = " ".join((one.case.program, *one.case.argv))
    if one.seen is None:
        return Timing(benchmark=name, word=f"{one.word.value}: {one.why}")
    seen = one.seen.seen
    return Timing(
        benchmark=name,
        word=one.word.value,
        ratio=seen.ratio,
        low=seen.low,
        high=seen.high,
        pairs=seen.pairs,
        clock=one.seen.clock,
    )
