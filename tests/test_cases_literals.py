"""What a commit's lines suggest, and where it is put."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.built import Workspace
from harness.cases.known_good import Base
from harness.cases.literals import Kind, Literal, literals_of_change, spellings, words_of_change
from harness.cases.placements import Place, Scene, Script, amounts, placements, together
from harness.cases.types.model import Field, Root, Scalar, Schema, Struct
from harness.config import Config
from harness.model import Case
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import OPEN, needs_sandbox, pair, python, revision, subject


def changed(old: str, new: str) -> dict[tuple[str, Kind], int]:
    return {(one.text, one.kind): one.rank for one in literals_of_change({"a.rs": old}, {"a.rs": new})}


@pytest.mark.parametrize(
    ("line", "text", "kind"),
    [
        ('let x = "write_mode";', "write_mode", Kind.NAME),
        ('#[serde(rename = "writeMode")]', "writeMode", Kind.NAME),
        ('#[serde(alias = "mode")] pub write_mode: Mode,', "mode", Kind.NAME),
        ("pub write_mode: Mode,", "write_mode", Kind.NAME),
        ("    FullRefresh,", "FullRefresh", Kind.NAME),
        ("    Upsert { keys: Vec<String> },", "Upsert", Kind.NAME),
        ('#[arg(long = "dry-run")]', "--dry-run", Kind.FLAG),
        ("#[arg(short = 'n')]", "-n", Kind.FLAG),
        ('if arg == "--force" {', "--force", Kind.FLAG),
        ('std::env::var("ENGINE_HOME")', "ENGINE_HOME", Kind.VARIABLE),
        ("read(CONNECTOR_DIR)", "CONNECTOR_DIR", Kind.VARIABLE),
        ('url.strip_prefix("vault:")', "vault", Kind.SCHEME),
        ('url.strip_prefix("vault://")', "vault", Kind.SCHEME),
        ("const MAX: usize = 16 * 1024;", "16384", Kind.NUMBER),
        ("const MAX: u64 = 1 << 20;", "1048576", Kind.NUMBER),
        ("if depth > 0x1F_u8 {", "31", Kind.NUMBER),
        ("let limit = 1_000_000u64;", "1000000", Kind.NUMBER),
        ("let ratio = 0.75;", "0.75", Kind.NUMBER),
        ("Duration::from_millis(250)", "250", Kind.NUMBER),
        ("line.split('#')", "#", Kind.TEXT),
        (r'text.replace("\u{e9}\x41", "\n;")', "\u00e9A", Kind.TEXT),
        ('r##"raw "quoted" text"##', 'raw "quoted" text', Kind.TEXT),
    ],
)
def test_this_is_read_off_a_changed_line(line: str, text: str, kind: Kind) -> None:
    assert changed("fn f() {}\n", f"fn f() {{}}\n{line}\n").get((text, kind)) == 0
    assert changed(f"fn f() {{}}\n{line}\n", "fn f() {}\n").get((text, kind)) == 0


@pytest.mark.parametrize(
    "line",
    ['// a comment with "words" and 42', "/* WRITE_MODE */", "let a1 = b2.c3;", "Ok(())", "use crate::config::X;", ""],
)
def test_this_suggests_nothing(line: str) -> None:
    assert changed("", f"{line}\n") == {}


def test_what_one_side_alone_has_comes_before_what_both_have_and_what_stands_near() -> None:
    near = 'call("near");\n'
    found = changed(f'{near}call("same", "old");\n', f'{near}call("same", "new");\n')
    ranks = {text: rank for (text, _), rank in found.items()}
    assert ranks == {"old": 0, "new": 0, "same": 1, "near": 2}


def test_a_line_that_only_moved_to_another_file_comes_last() -> None:
    found = literals_of_change({"a.rs": 'f("moved");\n', "b.rs": ""}, {"a.rs": "", "b.rs": '    f("moved");\n'})
    assert [(one.text, one.rank) for one in found] == [("moved", 2)]


def test_a_deleted_and_an_added_file_count() -> None:
    found = literals_of_change({"gone.rs": 'f("gone");'}, {"come.rs": 'f("come");'})
    assert {(one.text, one.rank) for one in found} == {("gone", 0), ("come", 0)}


def test_a_name_is_spelled_as_documents_may_have_it() -> None:
    assert spellings("FullRefresh") == ("FullRefresh", "full_refresh", "full-refresh", "fullRefresh", "fullrefresh")
    assert spellings("write_mode") == ("write_mode", "write-mode", "writeMode", "writemode")


_LINES = st.lists(
    st.sampled_from(['f("one");', 'g("--two", 3);', "    H_I(0x1f, 'c');", "", "}", "Variant,"]) | st.text(max_size=30),
    max_size=12,
).map("\n".join)


@settings(deadline=None)
@given(_LINES, _LINES)
def test_sources_of_any_kind_do_no_harm_and_order_is_by_rank(old: str, new: str) -> None:
    found = literals_of_change({"a.rs": old}, {"a.rs": new})
    assert found == literals_of_change({"a.rs": old, "same.rs": "x"}, {"same.rs": "x", "a.rs": new})
    assert [one.rank for one in found] == sorted(one.rank for one in found)
    assert len({(one.text, one.kind) for one in found}) == len(found)


@settings(deadline=None)
@given(_LINES, _LINES)
def test_both_directions_suggest_the_same(old: str, new: str) -> None:
    there, back = (literals_of_change({"a.rs": one}, {"a.rs": two}) for one, two in ((old, new), (new, old)))
    assert {one for one in there if one.rank == 0} == {one for one in back if one.rank == 0}


@settings(deadline=None)
@given(_LINES)
def test_equal_sources_suggest_nothing(text: str) -> None:
    assert literals_of_change({"a.rs": text}, {"a.rs": text}) == ()


# -- where literals are put -----------------------------------------------------------------------------------

DATA = {"name": "users", "size": "64mb", "rows": 3, "source": {"use": "rows", "streams": ["a"]}}
CASE = Case(program="prog", argv=("run", "p.yaml"), files={"p.yaml": b"", "input.txt": b"x"})
SCENE = Scene(
    scripts=(Script(base=Base(case=CASE, document="p.yaml"), form="yaml", data=DATA, echoes=(("name",),)),),
    places=(Place(case=Case(program="prog", argv=("show", "value")), index=1),),
    bases=(CASE,),
)


def documents(one: Literal) -> Iterator[tuple[dict[str, object], dict[str, str]]]:
    for case in placements(one, SCENE):
        if case.files.get("p.yaml"):
            yield yaml.safe_load(case.files["p.yaml"]), case.env


@pytest.mark.parametrize(
    ("one", "expected", "env"),
    [
        (Literal(text="MODE", kind=Kind.VARIABLE), {"name": "${MODE}"}, {}),
        (Literal(text="MODE", kind=Kind.VARIABLE), {"name": "${MODE}"}, {"MODE": "value"}),
        (Literal(text="MODE", kind=Kind.VARIABLE), {"name": "${MODE:-fallback}"}, {"MODE": ""}),
        (Literal(text="vault", kind=Kind.SCHEME), {"name": "${vault:path#key}"}, {}),
        (Literal(text="vault", kind=Kind.SCHEME), {"name": "vault://path#key"}, {}),
        (Literal(text="#", kind=Kind.TEXT), {"name": "a#b"}, {}),
        (Literal(text="FullRefresh", kind=Kind.NAME), {"source": {"use": "full-refresh", "streams": ["a"]}}, {}),
        (Literal(text="names", kind=Kind.NAME), {"names": 1}, {}),
        (Literal(text="7", kind=Kind.NUMBER), {"rows": 8}, {}),
        (Literal(text="7", kind=Kind.NUMBER), {"size": "6mb"}, {}),
        (Literal(text="7", kind=Kind.NUMBER), {"source": {"use": "rows", "streams": ["a"] * 7}}, {}),
        (Literal(text="7", kind=Kind.NUMBER), {"name": "xxxxxxxx"}, {}),
    ],
)
def test_a_literal_is_put_into_documents(one: Literal, expected: dict[str, object], env: dict[str, str]) -> None:
    assert ({**DATA, **expected}, env) in documents(one)


def test_a_key_of_the_commit_stands_instead_of_the_one_that_is_most_like_it() -> None:
    renamed = [list(data) for data, _ in documents(Literal(text="nome", kind=Kind.NAME)) if "nome" in data]
    assert renamed[0] == ["nome", "size", "rows", "source"]


def test_a_literal_is_an_argument_a_flag_and_a_variable() -> None:
    argvs = [case.argv for kind in (Kind.NAME, Kind.FLAG) for case in placements(Literal(text="--x", kind=kind), SCENE)]
    assert ("show", "--x") in argvs
    assert {("run", "p.yaml", "--x"), ("run", "p.yaml", "--x=value"), ("run", "p.yaml", "--x", "value")} <= set(argvs)
    cases = placements(Literal(text="HOME_DIR", kind=Kind.VARIABLE), SCENE)
    assert {"", "folder", "input.txt"} <= {case.env["HOME_DIR"] for case in cases if "HOME_DIR" in case.env}


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("let at: u64 = s.strip_prefix('@')?.parse().ok()?;", {"@", "@18446744073709551615", "@1", "@value"}),
        ("let share: u64 = s.strip_suffix('%')?.parse().ok()?;", {"%", "18446744073709551615%", "1%", "value%"}),
        ("let (a, b) = s.split_once('+')?;", {"+", "18446744073709551615+18446744073709551615", "1+1", "value+value"}),
        ("out.push('@');", {"@"}),
    ],
)
def test_what_code_near_a_change_takes_apart_is_put_together(code: str, values: set[str]) -> None:
    (one,) = (one for one in literals_of_change({"a.rs": f"{code}\nold();"}, {"a.rs": f"{code}\nnew();"}) if one.rank)
    assert {case.argv[1] for case in placements(one, SCENE) if case.argv[0] == "show"} == values


def test_two_unknown_names_stand_in_one_document() -> None:
    some = [Literal(text="A1", kind=Kind.VARIABLE), Literal(text="B2", kind=Kind.VARIABLE)]
    texts = [yaml.safe_load(case.files["p.yaml"])["name"] for case in together(some, SCENE)]
    assert texts == ["${B2} ${A1} ${B2}", "${HARNESS_UNSET} ${B2} ${HARNESS_UNSET}"]


# -- from a commit to a difference ----------------------------------------------------------------------------

PROGRAM = """
import json, sys
args = sys.argv[1:]
if args in (["--help"], ["-h"]):
    print("Usage: prog <FILE>")
    sys.exit(0)
try:
    config = json.load(open(args[0]))
    mode = config["mode"]
except (OSError, ValueError, KeyError, IndexError, TypeError):
    sys.exit("error: no configuration")
print("mode", "copy" if mode == "duplicate" else mode)
"""
RUST = 'fn mode(text: &str) -> &str {{ if text == "{}" {{ "copy" }} else {{ text }} }}\n'


def test_a_constant_that_a_changed_line_names_gives_its_value_wherever_it_is_declared() -> None:
    limits = "const KIB: u64 = 1 << 10;\npub const MOST_ROWS: u64 = 6 * KIB_COUNT;\nconst KIB_COUNT: u64 = 7;\n"
    old, new = (f"if resources.max_rows {sign} MOST_ROWS {{\n" for sign in (">", ">="))
    found = literals_of_change({"a.rs": old, "limits.rs": limits}, {"a.rs": new, "limits.rs": limits})
    (number,) = (one for one in found if one.kind is Kind.NUMBER)
    assert (number.text, number.rank) == ("42", 1)
    assert {"max_rows", "resources"} <= set(number.beside)


def test_constants_that_name_each_other_end() -> None:
    text = "const A_B: u8 = C_D;\nconst C_D: u8 = A_B;\n"
    assert literals_of_change({"a.rs": text}, {"a.rs": f"{text}f(A_B);\n"})


def test_at_a_key_that_a_changed_line_names_there_is_less_and_more() -> None:
    words = words_of_change({"a.rs": "if bytes > self.max_batch {\n"}, {"a.rs": "if bytes >= self.max_batch {\n"})
    assert {"bytes", "max_batch"} <= words
    data = {"maxBatch": "4mb", "retries": 3, "deep": [{"max-batch": 10, "strict": True}]}
    base = Base(case=Case(program="app", argv=("f.json",), files={"f.json": b"{}"}), document="f.json", accepted=True)
    made = [
        yaml.safe_load(case.files["f.json"])
        for case in amounts(words, Scene(scripts=(Script(base=base, form="json", data=data),)))
    ]
    assert [one["maxBatch"] for one in made[:5]] == ["1mb", "1", "0mb", "8mb", "4000mb"]
    assert [one["deep"][0]["max-batch"] for one in made[5:]] == [1, 0, 20, 10_000]
    assert all(one["retries"] == 3 and one["deep"][0]["strict"] for one in made)


def test_a_number_is_put_first_where_its_line_is_about() -> None:
    script = replace(SCENE.scripts[0], data={"rows": 8, "size": "6mb", "maxRows": 3})
    scene = replace(SCENE, scripts=(script,))
    first = next(iter(placements(Literal(text="42", kind=Kind.NUMBER, beside=("max_rows",)), scene)))
    assert "42 at maxRows" in first.origin.replace("'", "")


WORKSPACE = Workspace(packages={}, targets=(), dependencies={"p": ("serde_json",)})
EXAMPLE = {"examples/a.json": b'{"mode": "move", "label": "x"}'}


def observed(
    tmp_path: Path,
    sources: tuple[str, str],
    programs: tuple[str, str],
    examples: dict[str, bytes] = EXAMPLE,
    types: Schema | None = None,
) -> set[str]:
    """What differs on the extra cases of a commit, as the texts after it."""
    probe, store = CommandProbe(), Store(tmp_path / "store")
    sides = [
        replace(
            subject({"prog": python(tmp_path / name, program)}, WORKSPACE),
            revision=revision(name),
            files=Files({"src/lib.rs": source.encode(), **examples}),
            types=lambda: types or Schema(),
        )
        for name, source, program in zip(("old", "new"), sources, programs, strict=True)
    ]
    cases = probe.extras(sides[0], sides[1], Config(), store)
    seen = [{repr(case): data for case, data in probe.observe(side, cases, 2)} for side in sides]
    found = (probe.compare(case, seen[0][repr(case)], seen[1][repr(case)], pair()) for case in cases)
    return {one.after for several in found for one in several.differences}


@pytest.mark.slow
@needs_sandbox
def test_a_value_that_only_a_literal_of_the_commit_names_shows_the_change(tmp_path: Path) -> None:
    new = PROGRAM.replace('"duplicate"', '"twofold"')
    with_it = observed(tmp_path / "a", (RUST.format("duplicate"), RUST.format("twofold")), (PROGRAM, new))
    without = observed(tmp_path / "b", ("", ""), (PROGRAM, new))
    assert "mode duplicate\n" in with_it
    assert not any("mode" in after for after in without)


TYPES = Schema(
    types={
        "p::Config": Struct(
            fields=(
                Field(name="label", shape=Scalar(kind="text"), required=True),
                Field(name="secret", shape=Scalar(kind="text")),
            )
        )
    },
    roots=(Root(name="p::Config", paths=("p::load",), top=True),),
)
SECRET = PROGRAM.replace('mode = config["mode"]', 'mode = config["label"] and config.get("secret", "none")').replace(
    'mode == "duplicate"', 'mode.startswith("vault:")'
)


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize("examples", [{}, {"examples/a.json": b'{"label": "x"}'}], ids=["no example", "another key"])
def test_a_literal_is_put_into_keys_that_no_example_has(tmp_path: Path, examples: dict[str, bytes]) -> None:
    new = SECRET.replace('"copy"', '"taken out"')
    assert new != SECRET
    rust = 'fn secret(text: &str) -> Option<&str> {{ {}; text.strip_prefix("vault:") }}\n'
    sources = rust.format("old()"), rust.format("new()")
    assert "mode taken out\n" in observed(tmp_path / "a", sources, (SECRET, new), examples, TYPES)
    assert "mode taken out\n" not in observed(tmp_path / "b", ("", ""), (SECRET, new), examples, TYPES)


def test_without_a_sandbox_or_sources_a_commit_suggests_nothing(tmp_path: Path) -> None:
    one = subject({"prog": python(tmp_path / "one", PROGRAM)})
    for probe in (CommandProbe(contained=lambda: OPEN), CommandProbe()):
        cases = probe.extras(one, one, Config(), Store(tmp_path / "store"))
        assert not [case for case in cases if case.origin.startswith("the commit")]
