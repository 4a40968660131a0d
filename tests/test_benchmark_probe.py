"""The benchmark probe from a program to a difference, with and without harness.toml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest

from harness.cases.benchmark_sizes import variants
from harness.cases.benchmarks import RUNS
from harness.compare.benchmark import BenchmarkObservation, decode, reports_of
from harness.compare.benchmark_facts import Kind
from harness.compare.benchmark_learn import learn
from harness.compare.benchmark_surface import benchmark_surface, benchmark_texts
from harness.compare.output import CommandObservation
from harness.config import Config, parse
from harness.errors import ConfigError
from harness.model import Case, Difference
from harness.probes.base import CaseProbe, Subject
from harness.probes.benchmark import BenchmarkProbe
from harness.store import Store
from tests.support.programs import OPEN, needs_sandbox, pair, python, subject

DATA = Path(__file__).parent / "data"

PROGRAM = """
import json, sys, time
args = sys.argv[1:]
if "--help" in args or "-h" in args:
    if args[0] == "run":
        print("Usage: prog run [OPTIONS] <PIPELINE>\\n\\nOptions:\\n      --bench  Print measurements")
    else:
        print("Usage: prog <COMMAND>\\n\\nCommands:\\n  run  Runs a pipeline")
    sys.exit(0)
if not args or args[0] != "run":
    sys.exit("error: no command")
began = time.perf_counter()
names = [word for word in args[1:] if not word.startswith("--")]
settings = dict(line.split(": ") for line in open(names[0]).read().splitlines())
codes = open("lookup/codes.txt").read().split()
rows, batch = int(settings["rows"]), int(settings["batch_rows"])
if batch < 1:
    sys.exit("error: batch_rows")
if settings.get("compression", "none") not in ("none", "lz4"):
    sys.exit("error: compression")
written = len(range(0, rows, 2))
spent = time.perf_counter() - began
print("done")
if "--bench" in args:
    report = {"rows": rows, "written": written, "batches": -(-rows // batch), "retries": 0,
              "spent_secs": spent, "spent_nanos": round(spent * 1e9), "codes": len(codes)}
    print("##MEASURED## " + json.dumps(report))
"""
FILES = {
    "bench/small.yaml": b"rows: 100\nbatch_rows: 10\ncompression: lz4\n",
    "pipelines/other.yaml": b"rows: 7\nbatch_rows: 3\n",
    "lookup/codes.txt": b"a b c\n",
    "docs/notes.md": b"# Notes\n",
    "src/main.rs": b"fn main() {}\n",
    "Cargo.toml": b"[package]\n",
}
NAMED = '[[benchmark]]\nname = "small"\nargv = ["run", "--bench", "{file:bench/small.yaml}"]\n'


class Files:
    """The files of a revision."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def paths(self) -> Sequence[str]:
        return list(self.files)

    def read(self, path: str) -> dict[str, bytes]:
        pattern = path.replace("**/", "*")
        return {name: data for name, data in self.files.items() if name == path or fnmatch(name, pattern)}


def built(tmp_path: Path, text: str, files: dict[str, bytes] = FILES) -> Subject:
    return replace(subject({"prog": python(tmp_path, text)}), files=Files(files))


def cases_of(tmp_path: Path, text: str = PROGRAM, toml: str = "", files: dict[str, bytes] = FILES) -> Sequence[Case]:
    config = parse(toml, "harness.toml") if toml else Config()
    return BenchmarkProbe().core(built(tmp_path / "old", text, files), config, Store(tmp_path / "store"))


@pytest.fixture(scope="module")
def found_cases(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Case]:
    """What is found in the program as it is, looked for once."""
    return cases_of(tmp_path_factory.mktemp("found"))


def settled(tmp_path: Path, new: str, cases: Sequence[Case], times: int = 2) -> list[tuple[Case, Difference]]:
    """What is left after everything was observed several times, in three runs each."""
    probe = BenchmarkProbe()
    cases = [replace(case, runs=min(case.runs, 3)) for case in cases]
    found: list[tuple[Case, Difference]] = []
    sides = [built(tmp_path / "old", PROGRAM), built(tmp_path / "new", new)]
    seen = [
        [{repr(case): data for case, data in probe.observe(side, cases, 2)} for _ in range(times)] for side in sides
    ]
    for case in cases:
        old_runs, new_runs = ([one[repr(case)] for one in side] for side in seen)
        answers = probe.settle(case, old_runs, new_runs, pair())
        differences = probe.compare(case, old_runs[0], new_runs[0], pair()).differences
        found += [(case, one) for one in differences if answers[one.facet, one.where] == "changed"]
    return found


def test_it_is_a_case_probe() -> None:
    probe: CaseProbe = BenchmarkProbe()
    assert isinstance(probe, CaseProbe)


# -- finding --------------------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_sandbox
def test_a_benchmark_is_found_with_its_flag_its_report_and_only_the_files_that_it_needs(
    found_cases: Sequence[Case],
) -> None:
    first = found_cases[0]
    assert first.argv == ("run", "--bench", "bench/small.yaml")
    assert first.report == "line:##MEASURED##"
    assert set(first.files) == {"bench/small.yaml", "lookup/codes.txt"}
    assert first.runs == RUNS


@pytest.mark.slow
@needs_sandbox
def test_a_benchmark_behind_a_variable_is_found(tmp_path: Path) -> None:
    text = PROGRAM.replace("\\n\\nOptions:\\n      --bench  Print measurements", "").replace(
        'if "--bench" in args', 'import os\nif os.environ.get("PROG_BENCH")'
    )
    files = FILES | {"src/main.rs": b'fn main() { std::env::var("PROG_BENCH").ok(); }\n'}
    first = cases_of(tmp_path, text, files=files)[0]
    assert (first.argv, first.env) == (("run", "bench/small.yaml"), {"PROG_BENCH": "1"})


@needs_sandbox
def test_a_program_without_a_benchmark_has_no_cases(tmp_path: Path) -> None:
    assert cases_of(tmp_path, PROGRAM.replace('if "--bench" in args', "if False")) == ()
    assert cases_of(tmp_path / "b", "print('hi')") == ()


@needs_sandbox
def test_json_without_a_time_in_it_is_an_answer_and_no_benchmark(tmp_path: Path) -> None:
    text = PROGRAM.replace('"spent_secs": spent, "spent_nanos": round(spent * 1e9), ', "")
    assert cases_of(tmp_path, text) == ()


@needs_sandbox
def test_sizes_of_a_benchmark_are_those_that_it_takes(found_cases: Sequence[Case]) -> None:
    told = {case.origin.partition(", with ")[2] for case in found_cases[1:]}
    assert {"rows = 0", "rows = 1", "rows = 10000", "batch_rows = 1", "all sizes × 10", "no compression"} <= told
    assert "compression = none" in told
    assert not told & {"batch_rows = 0", "compression = zstd"}


def test_without_a_sandbox_only_named_benchmarks_run(tmp_path: Path) -> None:
    probe, store = BenchmarkProbe(contained=lambda: OPEN), Store(tmp_path / "store")
    one = built(tmp_path / "old", PROGRAM)
    assert probe.core(one, Config(), store) == ()
    named = probe.core(one, parse(NAMED, "harness.toml"), store)
    assert [case.origin for case in named] == ["harness.toml: benchmark small"]
    assert "only benchmarks named in harness.toml" in probe.caveat()


# -- naming ---------------------------------------------------------------------------------------------------


@needs_sandbox
def test_a_named_benchmark_runs_as_often_as_it_says(tmp_path: Path) -> None:
    toml = f'{NAMED}report = {{ line = "##MEASURED##" }}\nrepeat = 3\n'
    cases = cases_of(tmp_path, toml=toml)
    assert (cases[0].report, cases[0].runs) == ("line:##MEASURED##", 3)
    ((_, seen),) = BenchmarkProbe().observe(built(tmp_path / "old", PROGRAM), cases[:1], 2)
    assert len(decode(seen).runs) == 3


@needs_sandbox
@pytest.mark.parametrize(
    ("report", "old", "new", "said"),
    [
        ('report = { line = "@@NO@@" }', "", "", r"no line starts with @@NO@@ \(exit 0\)"),
        ('report = { line = "##" }', 'print("done")', 'print("## {}")', "2 lines start with ##"),
        ('report = { line = "##MEASURED##" }', "json.dumps(report)", "json.dumps(report)[:-1]", "is not JSON"),
        ('report = { line = "##MEASURED##" }', '"retries": 0', '"retries": float("nan")', "has NaN"),
        ('report = { line = "##MEASURED##" }', "json.dumps(report)", '\'{"a": 1, "a": 2}\'', "the key a twice"),
        ('report = { line = "##MEASURED##" }', '"retries": 0', '"retries": "x" * (10 << 20)', "more than the harness"),
        ('report = { file = "out/*.json" }', "", "", "it writes no file out"),
        ("report = { criterion = true }", "", "", "no estimates.json of criterion"),
        ("", 'print("##MEASURED## "', 'print("measured: " and ""', "nothing in what it writes looks like a report"),
        ('report = { line = "" }', "", "", "`report` without a meaning"),
    ],
)
def test_a_named_benchmark_without_a_readable_report_is_one_error_with_its_log(
    tmp_path: Path, report: str, old: str, new: str, said: str
) -> None:
    assert old in PROGRAM
    with pytest.raises(ConfigError, match=said) as caught:
        cases_of(tmp_path, PROGRAM.replace(old, new) if old else PROGRAM, toml=f"{NAMED}{report}\n")
    assert "the benchmark `small`" in str(caught.value)
    if "without a meaning" not in said:
        assert b"--- stdout" in (tmp_path / "store" / "logs" / "benchmark-small.log").read_bytes()


@needs_sandbox
def test_a_named_benchmark_that_needs_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs bench/none\.yaml"):
        cases_of(tmp_path, toml=NAMED.replace("small.yaml", "none.yaml"))


# -- comparing ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@needs_sandbox
def test_the_same_program_shows_no_difference(tmp_path: Path, found_cases: Sequence[Case]) -> None:
    assert settled(tmp_path, PROGRAM + "\n# moved\n", found_cases[:5]) == []


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize(
    ("old", "new", "where", "after"),
    [
        ('"retries": 0', '"retries": 1', "retries", "1"),
        ('"batches"', '"batch_count"', "", "rows, written, batch_count, retries, spent_secs, spent_nanos, codes"),
        ("round(spent * 1e9)", "round(spent * 1e6)", "spent_nanos", "about 10^-3 times that"),
        ('"spent_secs": spent', '"spent_secs": 0.0', "spent_secs", "0"),
        ('"written": written', '"written": str(written)', "written", "text"),
        ("##MEASURED## ", "##RESULT## ", "", "no line starts with ##MEASURED##"),
    ],
)
def test_a_change_of_the_report_is_found_without_configuration(
    tmp_path: Path, found_cases: Sequence[Case], old: str, new: str, where: str, after: str
) -> None:
    assert old in PROGRAM
    found = settled(tmp_path, PROGRAM.replace(old, new), found_cases[:1], times=3)
    assert (where, after) in {(one.where, one.after) for _, one in found}


@pytest.mark.slow
@needs_sandbox
def test_a_counter_that_is_wrong_only_for_many_rows_is_found(tmp_path: Path, found_cases: Sequence[Case]) -> None:
    broken = PROGRAM.replace("written = len(", "written = (0 if rows < 5000 else 1) + len(")
    some = [case for case in found_cases if case.origin.partition("with ")[2].startswith(("rows", "all"))]
    found = settled(tmp_path, broken, [*found_cases[:1], *some])
    assert {one.where for _, one in found} == {"written"}
    assert all(b"10000" in case.files["bench/small.yaml"] for case, _ in found)


@pytest.mark.slow
@needs_sandbox
def test_a_candidate_that_hangs_or_floods_is_told(tmp_path: Path, found_cases: Sequence[Case]) -> None:
    cases = [replace(case, timeout=0.5, runs=2) for case in found_cases[:1]]
    hangs = PROGRAM.replace('print("done")', "time.sleep(60)")
    assert "timeout" in {one.facet for _, one in settled(tmp_path, hangs, cases)}
    floods = PROGRAM.replace('print("done")', 'print("x" * (10 << 20))')
    told = {one.after for _, one in settled(tmp_path, floods, [replace(case, timeout=20) for case in cases])}
    assert "it writes more than the harness keeps, so its report cannot be read" in told


# -- the engine -----------------------------------------------------------------------------------------------


def engine_runs() -> list[CommandObservation]:
    """Six runs of `rapidbyte run --bench bench/small.yaml` in fixtures/engine, as they were printed."""
    lines = (DATA / "engine-bench-small.txt").read_text().splitlines()
    return [CommandObservation(status="exit 0", stdout=f"{line}\n".encode()) for line in lines]


def test_the_report_of_the_engine_is_learned_with_its_exact_zero_and_related_values() -> None:
    reports = reports_of(engine_runs(), "line:@@BENCH_JSON@@")
    facts = {(fact.path, fact.kind): fact for fact in learn(reports.tables)}
    exact = {path: fact.value for (path, kind), fact in facts.items() if kind is Kind.ALWAYS and fact.firm}
    assert exact == {
        "pipeline": "bench-small",
        "records_read": 1000,
        "records_written": 500,
        "bytes_read": 30893,
        "bytes_written": 15448,
        "retry_count": 0,
        "source.emit_count": 5,
        "dest.recv_count": 5,
        "transforms.count": 1,
    }
    never_zero = {path for path, kind in facts if kind is Kind.POSITIVE}
    assert {"duration_secs", "source.emit_nanos", "source.compress_nanos", "dest.recv_nanos"} <= never_zero
    related = {path: fact.says() for (path, _), fact in facts.items() if fact.terms and fact.firm}
    assert related == {
        "dest.recv_nanos": "= dest.recv_secs × 1e+09",
        "records_read": "= records_per_sec × duration_secs",
    }
    assert facts["transforms.module_load_ms", Kind.LENGTH].value == 1


def test_the_surface_of_a_benchmark_says_what_is_the_same_after_every_run() -> None:
    runs = engine_runs()
    case = Case(program="rapidbyte", argv=("run", "--bench", "bench/small.yaml"), report="line:@@BENCH_JSON@@")
    texts = {
        benchmark_surface(case, [BenchmarkObservation(runs=tuple(some))]) for some in (runs[:5], runs[1:], runs[::-1])
    }
    (text,) = texts
    assert text.splitlines()[0] == "rapidbyte run --bench bench/small.yaml  (the line @@BENCH_JSON@@)"
    assert re.search(r"^  dest\.recv_nanos +integer, in ns$", text, re.MULTILINE)
    assert re.search(r"^  records_read +integer, always 1000$", text, re.MULTILINE)
    assert text.rstrip().endswith("records_read = records_per_sec × duration_secs")


def test_the_surface_of_a_benchmark_without_a_report_says_so() -> None:
    seen = BenchmarkObservation(runs=(CommandObservation(status="exit 1"),))
    case = Case(program="prog", argv=("run",), report="line:@@")
    assert "no report: no line starts with @@" in benchmark_surface(case, [seen])


def test_each_benchmark_is_a_text_that_has_its_name() -> None:
    seen = [BenchmarkObservation(runs=(CommandObservation(status="exit 0", stdout=b"@@{}"),))]
    named = Case(program="prog", argv=("run",), report="line:@@", origin="harness.toml: benchmark small/one")
    found = Case(program="prog", argv=("run", "a.yaml"), report="line:@@", origin="found: a.yaml")
    assert list(benchmark_texts([(named, seen), (found, seen), (found, seen)])) == [
        "small_one",
        "prog-run-a.yaml",
        "prog-run-a.yaml-2",
    ]


# -- sizes ----------------------------------------------------------------------------------------------------


def test_sizes_of_json_and_toml_are_varied_too() -> None:
    told = dict(variants("b.json", b'{"rows": 5, "name": "x"}', []))
    assert told["rows = 10000"] == b'{\n  "rows": 10000,\n  "name": "x"\n}'
    toml = dict(variants("b.toml", b'rows = 5 # many\nname = "x"\n', []))
    assert toml["rows = 50"] == b'rows = 50 # many\nname = "x"\n'


def test_lists_get_elements_that_other_files_have() -> None:
    told = dict(variants("a.yaml", b"streams:\n- name: a\n", [b"streams:\n- name: a\n- name: b\n"]))
    assert told == {"2 of streams": b"streams:\n- name: a\n- name: b\n"}


@pytest.mark.parametrize("content", [b"{", b"rows: [", b"\xff", b"", b"just text"])
def test_a_file_that_cannot_be_read_has_no_sizes(content: bytes) -> None:
    for name in ("a.yaml", "a.json", "a.toml"):
        assert list(variants(name, content, [content])) == []
