"""libtest's lines are read as they are, garbled ones included, and what they leave open is run again."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from harness.build.visit import CargoRun
from harness.compare.inventory import PROCESS
from harness.probes.test_suite_doc import parse_doctests
from harness.probes.test_suite_run import parse_outcomes, run_custom, run_listed

NAMES = {"a::ok", "a::bad", "a::skipped", "b::panics", "odd name - with blanks"}


def done(output: str, status: int = 0, *, timed_out: bool = False) -> CargoRun:
    return CargoRun(
        status=status,
        messages=(),
        stdout=output.encode(),
        stderr=b"",
        log=Path("log"),
        seconds=0.0,
        timed_out=timed_out,
    )


class FakeTests:
    """A test executable: which tests there are, and what becomes of the process when each of them runs.

    `ends` maps a name to the outcomes of its runs, the last of which repeats: an outcome as libtest prints it,
    `die`, `exit`, or `hang`.
    """

    def __init__(self, ends: dict[str, list[str]], *, parallel_prints_nothing: bool = False) -> None:
        self.ends = {name: list(every) for name, every in ends.items()}
        self.quiet = parallel_prints_nothing

    def __call__(self, *argv: str) -> CargoRun:
        if "--list" in argv:
            return done("".join(f"{name}: test\n" for name in self.ends))
        chosen = [name for name in self.ends if name in argv] if "--exact" in argv else list(self.ends)
        sequential = "--test-threads=1" in argv
        output, failed = f"\nrunning {len(chosen)} tests\n", False
        for name in chosen:
            end = self.ends[name].pop(0) if len(self.ends[name]) > 1 else self.ends[name][0]
            if end in ("die", "exit", "hang"):
                output += f"test {name} ... " if sequential else ""
                status = {"die": -6, "exit": 0, "hang": -9}[end]
                return done("" if self.quiet and not sequential else output, status, timed_out=end == "hang")
            output += f"test {name} ... {end}\n"
            failed |= end == "FAILED"
        return done(output + "\ntest result: x\n", 101 if failed else 0)


def outcomes(tests: FakeTests) -> dict[str, list[str]]:
    return {name: one.outcomes for name, one in run_listed(tests).items()}


def test_plain_lines_are_read() -> None:
    text = b"""test a::ok ... ok
test a::bad ... FAILED
test a::skipped ... ignored, slow
test b::panics - should panic ... ok
"""
    found = parse_outcomes(text, NAMES)
    assert {name: one.outcomes[0] for name, one in found.items()} == {
        "a::ok": "ok",
        "a::bad": "failed",
        "a::skipped": "ignored",
        "b::panics": "ok",
    }
    assert found["b::panics"].flavour == "should panic"


def test_names_with_blanks_are_read() -> None:
    assert set(parse_outcomes(b"test odd name - with blanks ... ok\n", NAMES)) == {"odd name - with blanks"}


def test_a_line_that_a_test_wrote_into_is_read() -> None:
    assert set(parse_outcomes(b"raw test text test a::ok ... ok\n", NAMES)) == {"a::ok"}


def test_a_line_that_a_test_made_up_is_not_believed() -> None:
    assert parse_outcomes(b"test made::up ... ok\n---- test a::x ... okay\n", NAMES) == {}


@given(st.binary(max_size=300))
def test_any_output_can_be_read(output: bytes) -> None:
    assert set(parse_outcomes(output, NAMES)) <= NAMES
    parse_doctests(output)


def test_a_test_that_fails_every_time_is_run_four_times() -> None:
    assert outcomes(FakeTests({"good": ["ok"], "bad": ["FAILED"]})) == {"good": ["ok"], "bad": ["failed"] * 4}


def test_a_test_that_passes_when_run_again_is_not_run_further() -> None:
    assert outcomes(FakeTests({"flake": ["FAILED", "FAILED", "ok"]})) == {"flake": ["failed", "failed", "ok"]}


def test_the_test_that_ends_the_process_is_found_and_the_others_run() -> None:
    tests = FakeTests(
        {"a": ["ok"], "b": ["die"], "c": ["ok"], "d": ["exit"], "e": ["ok"]}, parallel_prints_nothing=True
    )
    assert outcomes(tests) == {"a": ["ok"], "b": ["crashed"], "c": ["ok"], "d": ["crashed"], "e": ["ok"]}


def test_a_test_that_hangs_is_found_and_the_others_run() -> None:
    assert outcomes(FakeTests({"a": ["hang"], "b": ["ok"]})) == {"a": ["timed out"], "b": ["ok"]}


def test_what_lies_behind_too_many_hanging_tests_is_not_run() -> None:
    assert outcomes(FakeTests({name: ["hang"] for name in "abc"})) == {
        "a": ["timed out"],
        "b": ["timed out"],
        "c": ["not run"],
    }


def test_a_process_that_dies_only_in_parallel_stands_for_itself() -> None:
    tests = FakeTests({"a": ["die", "ok"], "b": ["ok"]})
    assert outcomes(tests) == {"a": ["ok"], "b": ["ok"], PROCESS: ["crashed"]}


def test_an_executable_that_cannot_list_its_tests_is_one_failed_test() -> None:
    assert run_listed(lambda *argv: done("", 127))[PROCESS].outcomes == ["failed"]


def test_an_executable_with_its_own_main_is_one_test() -> None:
    assert run_custom(lambda *argv: done("hello")).keys() == {PROCESS}
    assert run_custom(lambda *argv: done("", 3))[PROCESS].outcomes == ["failed"] * 4
    assert run_custom(lambda *argv: done("", -11))[PROCESS].outcomes == ["crashed"]


def test_an_own_main_that_prints_like_libtest_has_the_tests_it_names() -> None:
    output = "running 2 tests\ntest case one ... ok\ntest case two ... FAILED\n\ntest result: FAILED. 1 passed\n"
    found = run_custom(lambda *argv: done(output, 101))
    assert {name: one.outcomes[0] for name, one in found.items()} == {"case one": "ok", "case two": "failed"}


def test_examples_are_read_with_item_line_and_kind() -> None:
    text = b"""test a/src/lib.rs - (line 3) ... ok
test a/src/lib.rs - <impl T for S>::m (line 12) - compile fail ... FAILED
test a/src/lib.rs - f (line 9) ... ignored
"""
    assert {(one.name, one.line, one.flavour, one.outcome) for one in parse_doctests(text)} == {
        ("a/src/lib.rs -", 3, "", "ok"),
        ("a/src/lib.rs - <impl T for S>::m", 12, "compile fail", "failed"),
        ("a/src/lib.rs - f", 9, "", "ignored"),
    }
