"""Durations: equal programs raise no alarm, slower ones do, and a machine that is too noisy is told."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from harness.compare.durations import FALSE_ALARMS, LOOKS, Interval, Word, interval, judge
from harness.config import parse
from harness.model import Case
from harness.probes.base import TellsDurations
from harness.probes.benchmark import BenchmarkProbe
from harness.probes.containment import containment
from harness.probes.lanes import Solo
from harness.probes.stopwatch import BUDGET, compare_durations
from harness.verify.plan import Request
from tests.support.noise import Machine, compare
from tests.support.programs import needs_sandbox, pair, python, subject
from tests.support.repo import Repo
from tests.support.run import run_pytest

SPIN = "import time\nuntil = time.perf_counter() + {seconds}\nwhile time.perf_counter() < until:\n    pass\n"


def words(count: int, *, ratio: float, noise: float) -> Counter[Word]:
    return Counter(compare(Machine(seed, ratio=ratio, noise=noise), seed).word for seed in range(count))


# -- the statistics -------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_equal_programs_raise_at_most_one_alarm_in_two_hundred(noise: float) -> None:
    seen = words(70, ratio=1.0, noise=noise)
    assert seen[Word.SLOWER] + seen[Word.FASTER] == 0


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_equal_programs_raise_at_most_one_alarm_in_two_hundred_in_many_trials(noise: float) -> None:
    seen = words(100, ratio=1.0, noise=noise)
    assert (seen[Word.SLOWER] + seen[Word.FASTER]) / 100 <= FALSE_ALARMS


def test_a_slowdown_of_five_percent_is_found_within_the_time() -> None:
    machines = [Machine(seed, ratio=1.05, noise=0.05) for seed in range(20)]
    found = [compare(machine, seed).word for seed, machine in enumerate(machines)]
    assert found.count(Word.SLOWER) >= 19
    assert max(machine.now for machine in machines) <= BUDGET + 10


def test_a_program_twice_as_slow_is_found_at_the_first_look_and_a_faster_one_too() -> None:
    found = compare(Machine(1, ratio=2.0), 1)
    assert (found.word, found.seen.pairs) == (Word.SLOWER, LOOKS[0])
    assert compare(Machine(2, ratio=0.5), 2).word is Word.FASTER


def test_a_noisy_machine_is_told_and_not_measured_to_the_end() -> None:
    machine = Machine(3, ratio=1.05, noise=0.5, processor=False)
    assert compare(machine, 3).word is Word.HOPELESS
    assert machine.now < BUDGET / 2


def test_a_slowdown_is_found_by_the_processors_time_where_the_machine_is_busy() -> None:
    found = compare(Machine(8, ratio=1.05, noise=0.15), 8)
    assert (found.word, found.clock.partition(";")[0]) == (Word.SLOWER, "the processor's time")


def test_equal_programs_on_a_quiet_machine_need_few_runs() -> None:
    found = compare(Machine(4, noise=0.005), 4)
    assert found.word is Word.SAME
    assert found.seen.pairs <= 120


def test_a_slow_program_is_looked_at_once_when_there_is_time_for_no_more() -> None:
    machine = Machine(5, ratio=1.5, noise=0.01, seconds=1.0)
    found = compare(machine, 5)
    assert (found.word, found.seen.pairs) == (Word.SLOWER, LOOKS[0])


@pytest.mark.parametrize(
    ("low", "high", "pairs", "word"),
    [
        (1.021, 1.2, 50, Word.SLOWER),
        (1.019, 1.2, 54, Word.GO_ON),
        (0.5, 0.97, 50, Word.FASTER),
        (0.97, 1.03, 50, Word.SAME),
        (0.97, 1.2, 600, Word.HOPELESS),
        (0.2, 5.0, 54, Word.HOPELESS),
    ],
)
def test_only_a_whole_interval_beyond_the_threshold_is_a_verdict(
    low: float, high: float, pairs: int, word: Word
) -> None:
    assert judge(Interval(ratio=1.0, low=low, high=high, pairs=pairs), 600) is word


def test_the_interval_gets_narrower_with_more_pairs_and_covers_the_truth() -> None:
    draw = random.Random(6)
    pairs = [(draw.gauss(1, 0.05), draw.gauss(1.1, 0.05)) for _ in range(400)]

    def resample(count: int) -> list[int]:
        return draw.choices(range(count), k=count)

    few, many = interval(pairs[:40], resample), interval(pairs, resample)
    assert many.high - many.low < few.high - few.low
    assert many.low < 1.1 < many.high


# -- programs -------------------------------------------------------------------------------------------------


@needs_sandbox
def test_a_run_is_timed_from_the_start_of_the_program_to_its_end(tmp_path: Path) -> None:
    lane = Solo({"prog": python(tmp_path, "import time; time.sleep(0.3)")}, containment())
    try:
        times = [lane.run(Case(program="prog"))[1:] for _ in range(2)]
    finally:
        lane.close()
    assert all(0.3 <= wall < 3 and 0 < processor < 0.3 for wall, processor in times)


@pytest.mark.slow
@needs_sandbox
def test_a_program_that_takes_twice_as_long_is_a_difference_that_names_profile_and_interval(tmp_path: Path) -> None:
    quick, slow = (
        subject({"prog": python(tmp_path / str(seconds), SPIN.format(seconds=seconds))}) for seconds in (0.01, 0.1)
    )
    cases = [Case(program="prog", argv=("run",), origin="found: x"), Case(program="prog", origin="found: x, with y")]
    probe = BenchmarkProbe()
    assert isinstance(probe, TellsDurations)
    config = replace(pair(), config=parse("", "harness.toml").timed())
    found = probe.durations(cases, quick, slow, config)
    assert [(one.facet, one.where, one.after) for one in found.differences] == [("duration", "run", "slower")]
    assert "16 pairs of runs" in found.differences[0].summary
    assert found.remarks[0].startswith("durations (profile release): run slower, ")
    back = probe.durations(cases, slow, quick, config)
    assert (back.differences, [one.after for one in back.notes]) == ((), ["faster"])


@needs_sandbox
def test_a_program_that_crashes_is_not_timed(tmp_path: Path) -> None:
    one = subject({"prog": python(tmp_path, "import os; os.abort()")})
    timed = compare_durations(Case(program="prog"), one, one, containment())
    assert (timed.word, timed.why) == (Word.HOPELESS, "a run ended with signal SIGABRT")


# -- the option -----------------------------------------------------------------------------------------------


def test_with_timing_the_profile_is_release_unless_one_is_configured() -> None:
    assert parse("", "harness.toml").timed().build.profile == "release"
    named = parse('[build]\nprofile = "dev"\n', "harness.toml")
    assert named.timed().build.profile == "dev"
    assert not named.timing


def test_a_request_without_the_option_builds_as_ever(tmp_path: Path) -> None:
    Repo(tmp_path).commit("one", {"Cargo.toml": "[workspace]\n"})
    plain, timed = (Request(folder=str(tmp_path), timing=timing) for timing in (False, True))
    assert [one.configuration(one.repository()).build.profile for one in (plain, timed)] == ["dev", "release"]


@pytest.mark.slow
def test_timing_beside_other_workers_is_refused(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit("one", {"Cargo.toml": "[workspace]\n"})
    repo.commit("two", {"a": "b"})
    ended = run_pytest(
        repo.root, "--harness-range=HEAD~1..HEAD", "--harness-timing", "-n", "2", store=tmp_path / "store"
    )
    assert ended.status == 4
    assert "--harness-timing and -n exclude each other" in ended.output
