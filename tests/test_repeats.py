"""What differs is run again: often enough to believe it, and not for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.built import Build, Workspace
from harness.model import Case, Revision
from harness.probes.base import Subject
from harness.verify.repeats import Again, Answers, settle_all

STDOUT, STDERR, STATUS = ("stdout", ""), ("stderr", ""), ("exit status", "")


def subject(name: str) -> Subject:
    build = Build(
        key=name,
        revision=name,
        tree=name,
        features="default",
        toolchain="",
        workspace=Workspace(packages={}, targets=()),
    )
    revision = Revision(sha=name, tree=name, subject="", date="")
    return Subject(revision=revision, build=build, folder=Path(), executables={}, files=None, hidden=())


BEFORE, AFTER = subject("before"), subject("after")


class Machine:
    """Plays two programs. A case with `random` varies on both sides, one with `race` on the candidate alone."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.now = 0.0
        self.seconds = seconds
        self.ran: dict[tuple[str, str, int], int] = {}
        self.calls: list[int] = []

    def ensure(self, one: Subject, cases: Sequence[Case], repeat: int) -> None:
        self.calls.append(len(cases))
        for case in cases:
            self.get(one, case, repeat)

    def get(self, one: Subject, case: Case, repeat: int) -> bytes:
        key = (one.build.key, case.argv[0], repeat)
        if repeat and key not in self.ran:
            self.now += self.seconds
        self.ran[key] = self.ran.get(key, 0) + 1
        word = case.argv[0]
        if "random" in word or ("race" in word and one is AFTER and repeat == 7):
            return f"{one.build.key} {repeat}".encode()
        return b"same" if "race" in word else one.build.key.encode()

    def times(self, one: Subject, word: str) -> int:
        return sum(1 for name, other, _ in self.ran if (name, other) == (one.build.key, word))


def settle(case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
    if len(set(before)) > 1:
        return {STDOUT: "changed" if len(before) < 10 else "flaky"}
    return {STDOUT: "same" if set(before) == set(after) else "changed"}


def run(machine: Machine, *words: str) -> dict[str, str]:
    again = Again(ensure=machine.ensure, get=machine.get, lanes=2, clock=lambda: machine.now)
    settled = settle_all(again, settle, BEFORE, AFTER, {word: Case(program="app", argv=(word,)) for word in words})
    return {word: answers[STDOUT] for word, answers in settled.answers.items()}


def test_what_differs_every_time_is_changed_after_three_runs() -> None:
    machine = Machine()
    assert run(machine, "plain") == {"plain": "changed"}
    assert (machine.times(BEFORE, "plain"), machine.times(AFTER, "plain")) == (3, 3)


def test_what_varies_is_run_ten_times_and_thirty_where_these_say_no_more_than_that() -> None:
    machine = Machine()
    assert run(machine, "random") == {"random": "flaky"}
    assert (machine.times(BEFORE, "random"), machine.times(AFTER, "random")) == (30, 30)

    machine, varies = Machine(), varying_twice
    again = Again(ensure=machine.ensure, get=varies(machine), lanes=2, clock=lambda: machine.now)
    cases = {"plain": Case(program="app", argv=("plain",))}
    settled = settle_all(again, lambda case, before, after: {STDOUT: "changed"}, BEFORE, AFTER, cases)
    assert settled.answers == {"plain": {STDOUT: "changed"}}
    assert (machine.times(BEFORE, "plain"), machine.times(AFTER, "plain")) == (10, 10)


def test_what_two_runs_of_the_baseline_make_look_unsteady_is_run_as_often_as_anything_else() -> None:
    machine = Machine()

    def unsure(case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
        # Two runs that do not vary look as if they did; the seventh of the candidate is another one.
        few = len(before) + len(after) == 2
        unlike = {one.strip() for one in before} != {one.strip() for one in after}
        return {STDOUT: "flaky" if few or (unlike and len(after) < 30) else "same"}

    again = Again(ensure=machine.ensure, get=varying_twice(machine), lanes=2, clock=lambda: machine.now)
    settled = settle_all(again, unsure, BEFORE, AFTER, {"race": Case(program="app", argv=("race",))})
    assert settled.answers == {"race": {STDOUT: "same"}}


def varying_twice(machine: Machine) -> Callable[[Subject, Case, int], bytes]:
    """The machine, with a second run of the baseline that is not as the first one byte by byte."""

    def get(one: Subject, case: Case, repeat: int) -> bytes:
        seen = machine.get(one, case, repeat)
        return b"same " if one is BEFORE and repeat == 1 else seen

    return get


def test_what_three_runs_are_too_few_for_is_run_ten_times() -> None:
    machine = Machine()

    def unsure(case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
        found = settle(case, before, after)
        return {STDOUT: "flaky"} if found[STDOUT] == "changed" and len(after) < 10 else found

    again = Again(ensure=machine.ensure, get=machine.get, lanes=2, clock=lambda: machine.now)
    settled = settle_all(again, unsure, BEFORE, AFTER, {"text": Case(program="app", argv=("text",))})
    assert settled.answers == {"text": {STDOUT: "changed"}}
    assert machine.times(BEFORE, "text") == machine.times(AFTER, "text") == 10


def test_cases_are_repeated_together() -> None:
    machine = Machine()
    run(machine, "one", "two", "three")
    assert max(machine.calls) == 3


@pytest.mark.parametrize("count", [30, 300])
def test_a_slow_program_that_draws_lots_does_not_go_on_for_ever(count: int) -> None:
    machine = Machine(seconds=1.0)
    answers = run(machine, *(f"random {number}" for number in range(count)))
    assert set(answers.values()) == {"flaky"}
    assert machine.now <= count + 60 + 2 * 2 * 30


@pytest.mark.parametrize(("seconds", "together"), [(0.01, 8), (1.0, 2)])
def test_cases_that_vary_are_repeated_together_as_long_as_they_are_quick(seconds: float, together: int) -> None:
    machine = Machine(seconds=seconds)
    run(machine, *(f"random {number}" for number in range(8)))
    assert machine.calls[-1] == together


def test_what_is_sure_is_told_however_long_others_take() -> None:
    machine = Machine(seconds=1.0)
    answers = run(machine, *(f"random {number}" for number in range(30)), "plain")
    assert answers["plain"] == "changed"


def test_a_change_of_how_often_something_comes_is_believed_only_if_runs_by_turns_show_it_too() -> None:
    kept, quiet = Machine(), Machine()

    def busier_then(one: Subject, case: Case, repeat: int) -> bytes:
        return b"seldom" if one is AFTER or repeat == 1 else b"often"

    def alike_now(one: Subject, case: Case, repeat: int) -> bytes:
        return b"seldom" if repeat % 3 else b"often"

    def by_outcomes(case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
        return {STDOUT: "same" if set(before) == set(after) else "changed"}

    race = {"race": Case(program="app", argv=("race",))}
    again = Again(ensure=kept.ensure, get=busier_then, lanes=2, clock=lambda: 0.0)
    for get, answer in ((alike_now, "same"), (busier_then, "changed")):
        anew = Again(ensure=quiet.ensure, get=get, lanes=2, clock=lambda: 0.0, first=0)
        assert settle_all(again, by_outcomes, BEFORE, AFTER, race, anew).answers == {"race": {STDOUT: answer}}


def test_what_there_is_no_time_to_run_by_turns_is_in_doubt() -> None:
    now = [0.0]

    def get(one: Subject, case: Case, repeat: int) -> bytes:
        now[0] += 5.0
        return b"%d" % (repeat if "race" in case.argv[0] and one is AFTER else one is AFTER)

    races = [f"race {number}" for number in range(5)]
    cases = {word: Case(program="app", argv=(word,)) for word in (*races, "plain")}
    again = Again(ensure=Machine().ensure, get=get, lanes=1, clock=lambda: now[0])
    settled = settle_all(again, settle, BEFORE, AFTER, cases, replace(again, first=0))
    assert {word: answers[STDOUT] for word, answers in settled.answers.items()} == {
        **dict.fromkeys(races, "changed"),
        "race 4": "flaky",
        "plain": "changed",
    }
    assert settled.unfinished == 1
    assert settled.remarks()


@pytest.mark.parametrize(("changed", "answer"), [(False, "same"), (True, "changed")])
def test_what_the_baseline_does_otherwise_by_now_is_no_change_of_the_candidate(changed: bool, answer: str) -> None:
    def kept(one: Subject, case: Case, repeat: int) -> bytes:
        return b"07:10" if one is AFTER else b"07:09"

    def now(one: Subject, case: Case, repeat: int) -> bytes:
        return b"07:11 more" if changed and one is AFTER else b"07:11"

    def settled(case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
        return {STDOUT: "same" if set(before) == set(after) else "changed"}

    again = Again(ensure=Machine().ensure, get=kept, lanes=2, clock=lambda: 0.0)
    anew = Again(ensure=Machine().ensure, get=now, lanes=2, clock=lambda: 0.0, first=0)
    listed = {"list": Case(program="app", argv=("list",))}
    assert settle_all(again, settled, BEFORE, AFTER, listed, anew).answers == {"list": {STDOUT: answer}}


def test_what_the_baseline_still_does_is_not_run_more_often_than_once() -> None:
    kept, quiet = Machine(), Machine()
    again = Again(ensure=kept.ensure, get=kept.get, lanes=2, clock=lambda: 0.0)
    anew = Again(ensure=quiet.ensure, get=quiet.get, lanes=2, clock=lambda: 0.0, first=0)
    plain = {"plain": Case(program="app", argv=("plain",))}
    assert settle_all(again, settle, BEFORE, AFTER, plain, anew).answers == {"plain": {STDOUT: "changed"}}
    assert (quiet.times(BEFORE, "plain"), quiet.times(AFTER, "plain")) == (1, 0)
