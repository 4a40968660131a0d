"""Command lines are read off documents, comments and tests."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.command_lines import CommandLine, in_document, in_source, spans_in

DOCUMENT = r"""
prog is a tool, as this sentence says. Try `prog --quick 'a b'` or `other --slow`, see `--quick`.

```sh
$ prog sort input.txt | head
LEVEL=2 ./target/debug/prog --level "$LEVEL" > out.txt  # a comment
prog --err 2> err.txt
echo 'one two' | prog -
cat data.csv | prog stats
prog stats < data.csv
prog build \
    --release
prog [OPTIONS] <FILE>
prog 'no end
```

    prog --indented && prog --twice; rm -rf nothing

printf 'prog' is prose.
"""


def argvs(lines: list[CommandLine]) -> list[tuple[str, ...]]:
    return [one.argv for one in lines]


def test_lines_of_code_are_found_and_prose_is_not() -> None:
    found = list(in_document(DOCUMENT, {"prog"}))
    assert argvs(found) == [
        ("--quick", "a b"),
        ("sort", "input.txt"),
        ("--level", "$LEVEL"),
        ("--err",),
        ("-",),
        ("stats",),
        ("stats",),
        ("build", "--release"),
        ("--indented",),
        ("--twice",),
    ]


def test_what_is_fed_to_a_line_and_set_for_it_is_known() -> None:
    found = {one.argv: one for one in in_document(DOCUMENT, {"prog"}) if one.argv != ("stats",)}
    assert found["-",].stdin == b"one two\n"
    assert [one.reads for one in in_document(DOCUMENT, {"prog"}) if one.argv == ("stats",)] == ["data.csv", "data.csv"]
    (set_for_it,) = in_document("    LEVEL=2 prog --level 2", {"prog"})
    assert set_for_it.env == (("LEVEL", "2"),)


SOURCE = r"""
//! ```
//! prog --from-a-comment
//! ```

#[test]
fn lists() {
    let mut cmd = Command::cargo_bin("prog").unwrap();
    cmd.args(["sort", "a.txt"]).assert();
    cmd.args(&["--list", r"a\b"]).write_stdin("one\ntwo").assert();
    cmd.arg("stats").arg("--deep").args(["x"]);
    check(&["-n", "1 + 1"], "2");
    let names = ["one", "two"];
    let mixed = ["--made", &name()];
    cmd.arg(name).arg("--after-a-name");
}
"""


def test_lists_of_words_in_tests_are_found_with_what_is_fed_to_them() -> None:
    found = list(in_source(SOURCE, {"prog"}))
    assert argvs(found) == [
        ("--from-a-comment",),
        ("sort", "a.txt"),
        ("--list", "a\\b"),
        ("stats", "--deep", "x"),
        ("-n", "1 + 1"),
        ("--after-a-name",),
    ]
    assert {one.program for one in found} == {"prog"}
    assert [one.stdin for one in found if one.argv[0] == "--list"] == [b"one\ntwo"]


def test_a_list_of_which_nobody_says_whose_it_is_is_of_no_program() -> None:
    (one,) = in_source('let x = ["--all", "b"];', {"prog"})
    assert one == CommandLine(program="", argv=("--all", "b"))


def test_code_within_lines_is_found_without_its_result() -> None:
    assert list(spans_in("Say `.a.[0] --> 1` or ``x`y``, not ```three```.")) == [".a.[0]", "x`y"]


PROSE = """
```prog --inline```
prog is prose here.

> prog is a quoted sentence.

`prog run <FILE>`, `prog --out=<FILE> x`, `prog [OPTIONS] x`, `prog a...`

```
prog --real
prog - <<EOF
```
"""


def test_prose_quotations_and_placeholders_are_no_command_lines() -> None:
    assert argvs(list(in_document(PROSE, {"prog"}))) == [("--real",)]


@pytest.mark.parametrize(
    "source",
    [
        '["-a"/*' + "x " * 900 + '*/ | "b"]',
        '.arg("-a"' + "\n// why\n" * 200 + '.to_string() + "b")',
        '["-a"' + " " * 20000,
    ],
)
def test_a_long_comment_in_a_list_does_not_make_it_slow(source: str) -> None:
    began = time.process_time()
    assert list(in_source(source, {"prog"})) == []
    assert time.process_time() - began < 1


@pytest.mark.parametrize("piece", ["`", "prog '", '["', ".args([", "/*", "$ prog \\\n", "```\n", '"a", '])
def test_no_long_text_makes_it_slow(piece: str) -> None:
    text = piece * 5000
    assert isinstance(list(in_document(text, {"prog"})), list)
    assert isinstance(list(in_source(text, {"prog"})), list)


@given(st.text(alphabet="prog -'\"`$|<>;\\[](),.args\n/*#", max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    for one in (*in_document(text, {"prog"}), *in_source(text, {"prog"})):
        assert one.program in ("prog", "")
