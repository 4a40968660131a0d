"""Where the report of a benchmark is found, and what is said where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.compare.benchmark_report import Number, TroubleError, guess, read_report, spec_of
from harness.compare.benchmark_units import unit_of
from harness.compare.output import Beyond, CommandObservation, FileChange

LIBTEST = (
    "running 2 tests\ntest fast ... bench:       1,234 ns/iter (+/- 56)\ntest slow ... bench: 9.5 ns/iter (+/- 1)\n"
)


def printed(text: str, status: str = "exit 0") -> CommandObservation:
    return CommandObservation(status=status, stdout=text.encode())


def wrote(**files: str) -> CommandObservation:
    changes = [
        FileChange(
            path=name.replace("__", "/").encode() + b".json", change="created", kind="file", content=text.encode()
        )
        for name, text in files.items()
    ]
    return CommandObservation(status="exit 0", files=tuple(changes))


def trouble(seen: CommandObservation, spec: str) -> str:
    with pytest.raises(TroubleError) as caught:
        read_report(seen, spec)
    return str(caught.value)


def test_a_marked_line_is_found_without_being_told_the_marker() -> None:
    seen = printed('Done in 3 s\n@@BENCH_JSON@@{"rows": 1, "secs": 0.50}\n')
    assert guess(seen) == "line:@@BENCH_JSON@@"
    assert read_report(seen, guess(seen)) == (("rows", Number(1)), ("secs", Number(0.5, 2)))


def test_a_marked_line_on_standard_error_is_found_too() -> None:
    assert guess(CommandObservation(status="exit 0", stderr=b'RESULT: {"ms": 1}\n')) == "line:RESULT:"


@pytest.mark.parametrize(
    "text",
    [
        "rows: 12 in 3 ms",
        '2024-01-01T00:00:00Z {"rows": 1}',
        '{"rows": 1}\n{"rows": 2}',
        '@@X@@{"name": "no number"}',
        '@@X@@{"rows": NaN}',
        "",
    ],
)
def test_what_is_no_report_is_not_taken_for_one(text: str) -> None:
    assert guess(printed(text)) == ""


def test_output_that_is_one_json_document_is_a_report() -> None:
    assert guess(printed('{\n  "rows": 1\n}\n')) == "stdout"


def test_the_lines_of_libtest_are_a_report_with_units() -> None:
    assert guess(printed(LIBTEST)) == "libtest"
    assert read_report(printed(LIBTEST), "libtest") == (
        ("fast", (("ns_per_iter", Number(1234.0, 0)), ("deviation_ns", Number(56.0, 0)))),
        ("slow", (("ns_per_iter", Number(9.5, 1)), ("deviation_ns", Number(1.0, 0)))),
    )


def test_estimates_of_criterion_are_a_report() -> None:
    seen = wrote(
        criterion__sort__new__estimates='{"mean": {"point_estimate": 1.5}}', criterion__sort__base__estimates="{}"
    )
    assert guess(seen) == "criterion"
    assert read_report(seen, "criterion") == (("criterion/sort", (("mean", (("point_estimate", Number(1.5, 1)),)),)),)


def test_the_only_json_file_that_is_written_is_a_report() -> None:
    assert guess(wrote(out__result='{"ms": 1}')) == "file:out/result.json"
    assert guess(wrote(a='{"ms": 1}', b='{"ms": 1}')) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing\n", "no line starts with @@X@@"),
        ('@@X@@{"a": 1}\n@@X@@{"a": 1}\n', "2 lines start with @@X@@, and one is expected"),
        ('@@X@@{"a": 1', "is not JSON"),
        ('@@X@@{"a": NaN}', "has NaN, which is not JSON"),
        ('@@X@@{"a": -Infinity}', "has -Infinity, which is not JSON"),
        ('@@X@@{"a": 1e999}', "is not JSON"),
        ('@@X@@{"a": 1, "b": {"c": 2, "c": 3}}', "has the key c twice"),
        ("@@X@@" + "[" * 100_000, "is not JSON"),
        ("@@X@@{" + f'"a": {"1" * 5000}' + "}", "is not JSON"),
        ('@@X@@{"a": "' + "x" * (10 << 20) + '"}', "more than can be compared"),
    ],
)
def test_each_kind_of_damage_is_named(text: str, said: str) -> None:
    assert said in trouble(printed(text), "line:@@X@@")


def test_a_flood_and_a_missing_file_are_named() -> None:
    assert trouble(printed("{}", "output limit"), "stdout").startswith("it writes more than the harness keeps")
    assert trouble(wrote(), "file:out/*.json") == "it writes no file out/*.json"
    assert "2 files" in trouble(wrote(a="1", b="1"), "file:*.json")


@pytest.mark.parametrize("spec", ["line:@@X@@", "stdout", "libtest"])
def test_a_report_in_a_stream_of_which_only_the_beginning_is_kept_is_not_guessed_at(spec: str) -> None:
    cut = replace(printed('@@X@@{"rows": 1}\n'), beyond=(Beyond(stream="stdout", blocks=("1 bytes",)),))
    assert trouble(cut, spec).startswith("it writes more than the harness keeps")


def test_a_long_log_on_the_other_stream_does_not_hide_a_report() -> None:
    logged = replace(printed('@@X@@{"rows": 1}\n'), beyond=(Beyond(stream="stderr", blocks=("1 bytes",)),))
    assert read_report(logged, "line:@@X@@") == (("rows", Number(1)),)


def test_a_file_too_large_to_keep_is_named() -> None:
    large = FileChange(path=b"r.json", change="created", kind="file", size=10 << 20, whole=False)
    assert "10485760 bytes" in trouble(CommandObservation(status="exit 0", files=(large,)), "file:r.json")


def test_the_table_of_harness_toml_has_three_forms() -> None:
    assert [spec_of(one) for one in ({"line": "@@"}, {"file": "a*"}, {"criterion": True}, {})] == [
        "line:@@",
        "file:a*",
        "criterion",
        "",
    ]


@pytest.mark.parametrize("table", [{"line": ""}, {"line": "@", "file": "a"}, {"criterion": False}, {"lines": "@"}])
def test_any_other_table_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is one of"):
        spec_of(table)


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("source.emit_nanos", "time", "ns"),
        ("duration_secs", "time", "s"),
        ("module_load_ms", "time", "ms"),
        ("load_ms[0]", "time", "ms"),
        ("latency_ms.p99", "time", "ms"),
        ("elapsedMs", "time", "ms"),
        ("ns_per_iter", "time", "ns"),
        ("duration", "time", ""),
        ("records_per_sec", "rate", ""),
        ("bytes_read", "bytes", "B"),
        ("emit_count", "count", ""),
        ("wait_count", "count", ""),
        ("records", "count", ""),
        ("peak_rss_kb", "statistic", "KiB"),
        ("created_at", "moment", ""),
    ],
)
def test_a_key_says_the_unit_of_its_value(path: str, kind: str, name: str) -> None:
    assert (unit_of(path).kind, unit_of(path).name) == (kind, name)
