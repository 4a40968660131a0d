"""Cases from examples and from what programs looked for: a change deep in a program shows without configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from harness.cases.examples_found import candidates_for, examples_in, stems_beside
from harness.cases.steady import Base, calmest, steadied
from harness.config import Config, parse
from harness.model import Case, Difference
from harness.probes.base import Subject
from harness.probes.command import CommandProbe
from harness.probes.tracing import Tracing, tracing
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import OPEN, needs_sandbox, pair, python, subject

needs_trace = pytest.mark.skipif(not tracing().tool, reason=f"nothing can be traced here: {tracing().reason}")

ENGINE = """
import json, os, sys
args = sys.argv[1:]
if args in (["--help"], ["-h"]):
    print("Usage: prog <COMMAND>\\n\\nCommands:\\n  run   Runs\\n  show  Shows\\n")
    sys.exit(0)
if args[-1:] == ["--help"]:
    print(f"Usage: prog {args[0]} <{'PIPELINE' if args[0] == 'run' else 'PLUGIN'}>")
    sys.exit(0)
def plugin(name):
    try:
        return open(f"plugins/{name}.plug").read().strip()
    except OSError:
        sys.exit(f"error: there is no plugin {name}")
if args[:1] == ["show"] and len(args) == 2:
    print("plugin", plugin(args[1]))
    sys.exit(0)
if args[:1] != ["run"] or len(args) != 2:
    sys.exit("error: usage")
try:
    config = json.load(open(args[1]))
except OSError as error:
    sys.exit(f"error: {error.strerror}")
except ValueError:
    sys.exit("error: no JSON")
if not isinstance(config, dict) or not isinstance(config.get("rows"), int):
    sys.exit("error: rows must be a number")
if unknown := set(config) - {"rows", "use"}:
    sys.exit(f"error: unknown keys {sorted(unknown)}")
text = plugin(config.get("use", "default"))
print("moved", max(config["rows"], 1), "with", text)
if os.path.exists("state.db"):
    print("state of", os.path.getsize("state.db"))
"""

FILES = {
    "examples/small.json": b'{"rows": 3, "use": "copy"}',
    "examples/other.json": b'{"rows": 1, "use": "move"}',
    "fixtures/plugins/copy.plug": b"copying\n",
    "fixtures/plugins/move.plug": b"moving\n",
    "Cargo.toml": b"[package]\n",
    ".github/workflows/ci.yml": b"on: push\n",
    "odd/latin.json": b'{"name": "\xe9"}',
}


def side(folder: Path, text: str, files: dict[str, bytes] | None = None) -> Subject:
    return replace(subject({"prog": python(folder, text)}), files=Files(FILES if files is None else files))


def found(tmp_path: Path, before: str, after: str, probe: CommandProbe | None = None) -> list[Difference]:
    """What the core's cases show between two programs."""
    probe = probe or CommandProbe()
    old, new = side(tmp_path / "old", before), side(tmp_path / "new", after)
    cases = probe.core(old, Config(), Store(tmp_path / "store"))
    seen = [{repr(case): data for case, data in probe.observe(one, cases, 2)} for one in (old, new)]
    return [
        one
        for case in cases
        for one in probe.compare(case, seen[0][repr(case)], seen[1][repr(case)], pair()).differences
    ]


def cases_of(tmp_path: Path, text: str, files: dict[str, bytes] | None = None) -> list[Case]:
    return list(CommandProbe().core(side(tmp_path / "one", text, files), Config(), Store(tmp_path / "store")))


CHANGES = (
    ('max(config["rows"], 1)', 'config["rows"]', "moved 0"),  # a zero, with the plugin there
    ('print("plugin", plugin', 'print("plug-in:", plugin', "plug-in: copying"),  # a plugin, by its name
    ('print("state of"', 'print("size of state"', "size of state"),  # a file that nobody named
    ("sorted(unknown)", "list(unknown) * 2", "['unknown_key', 'unknown_key']"),
    ("rows must be a number", "rows has to be a number", "rows has to be"),
)


@pytest.mark.slow
@needs_sandbox
@needs_trace
def test_changes_deep_in_a_program_show(tmp_path: Path) -> None:
    changed = ENGINE
    for old, new, _ in CHANGES:
        assert old in ENGINE
        changed = changed.replace(old, new)
    shown = {one.after for one in found(tmp_path, ENGINE, changed)}
    assert [new for _, _, new in CHANGES if not any(new in after for after in shown)] == []


@pytest.mark.slow
@needs_sandbox
def test_without_a_tracer_it_is_told_and_examples_are_run_all_the_same(tmp_path: Path) -> None:
    probe = CommandProbe(traced=lambda: Tracing(reason="strace is not installed"))
    assert probe.caveat() == "what programs look for in vain was not given to them, since strace is not installed"
    changed = ENGINE.replace("must be a number", "is no number").replace('"moved"', '"Moved"')
    shown = "".join(one.after for one in found(tmp_path, ENGINE, changed, probe))
    assert "is no number" in shown
    assert "Moved" not in shown


def test_without_a_sandbox_no_example_is_run(tmp_path: Path) -> None:
    probe = CommandProbe(contained=lambda: OPEN)
    cases = probe.core(side(tmp_path / "one", ENGINE), Config(), Store(tmp_path / "store"))
    assert not [case for case in cases if case.files]


@pytest.mark.slow
@needs_sandbox
def test_cases_are_the_same_every_time_and_stay_in_their_directory(tmp_path: Path) -> None:
    cases = cases_of(tmp_path, ENGINE)
    assert cases == cases_of(tmp_path, ENGINE)
    assert not [path for case in cases for path in case.files if path.startswith("/") or ".." in Path(path).parts]


@needs_sandbox
def test_a_program_that_always_fails_alike_gets_no_mutated_documents(tmp_path: Path) -> None:
    cases = cases_of(tmp_path, "import sys; sys.exit('error: licence expired')")
    assert cases
    assert not [case for case in cases if "examples/small.json" in case.files]


@needs_sandbox
def test_a_repository_of_files_in_odd_encodings_does_no_harm(tmp_path: Path) -> None:
    files = {"a.json": b"\xff\xfe{", "b.yaml": b"\x80abc: 1", "c.toml": "k = 'é'".encode("utf-16"), "src/x.rs": b"\xff"}
    assert cases_of(tmp_path, ENGINE, files)


# -- what does not always do the same -------------------------------------------------------------------------


class Threads:
    """Plays a program that does the items of a list in any order."""

    def __init__(self) -> None:
        self.turn = 0

    def __call__(self, bases: Sequence[Base]) -> list[Base]:
        return [replace(one, outcome=self.outcome(one), accepted=True) for one in bases]

    def outcome(self, one: Base) -> str:
        items = json.loads(one.case.files["p.json"])["items"]
        self.turn += 1
        return f"{items} {self.turn % 2 if len(items) > 1 else 0}"


def base(text: str) -> Base:
    case = Case(program="prog", argv=("p.json",), files={"p.json": text.encode()}, origin=text)
    return Base(case=case, document="p.json", accepted=True, outcome="x")


def test_what_does_several_things_in_any_order_is_given_one_to_do() -> None:
    run = Threads()
    bases = run([base('{"items": [1]}'), base('{"other": [3, 4], "items": [1, 2]}')])
    marked, calmer = steadied(bases, run)
    assert [one.unsteady for one in marked] == [False, True]
    assert [json.loads(one.case.files["p.json"]) for one in calmer] == [{"other": [3, 4], "items": [1]}]


def test_what_always_does_the_same_is_left_alone() -> None:
    run = Threads()
    bases = run([base('{"items": [1]}')])
    assert steadied(bases, run) == (bases, [])
    assert steadied([], run) == ([], [])


# -- what is found in a repository ----------------------------------------------------------------------------


def test_examples_are_documents_that_are_not_for_other_tools() -> None:
    assert [one.path for one in examples_in(Files(FILES))] == ["examples/other.json", "examples/small.json"]


def test_an_example_comes_with_what_it_names() -> None:
    files = {
        "examples/a.yaml": b"schema: ./parts/one.sql\nother: data/all.csv\nmissing: parts/none.sql\n",
        "examples/parts/one.sql": b"1",
        "data/all.csv": b"2",
        "data/else.csv": b"3",
    }
    (one,) = examples_in(Files(files))
    assert set(one.files) == {"examples/a.yaml", "examples/parts/one.sql", "data/all.csv"}


def test_those_examples_come_first_in_which_the_most_is_said() -> None:
    files = {"a.json": b'{"a": 1}', "b.json": b'{"a": 1, "b": {"c": 2}}', "c.json": b'{"z": 1}'}
    assert [one.path for one in examples_in(Files(files))] == ["b.json", "c.json", "a.json"]


@pytest.mark.parametrize(
    ("sought", "given"),
    [
        ("plugins/copy.plug", {"plugins/copy.plug", "plugins/move.plug"}),
        ("plugins", {"plugins/copy.plug", "plugins/move.plug"}),
        ("copy.plug", {"copy.plug"}),
        ("small.json", {"small.json"}),
        ("none.plug", set()),
        ("", set()),
        (".", set()),
    ],
)
def test_the_repository_has_what_was_looked_for(sought: str, given: set[str]) -> None:
    assert set(candidates_for(sought, Files(FILES))) == given


def test_names_beside_a_file_that_is_not_there_are_those_of_its_kind() -> None:
    assert stems_beside("plugins/value.plug", Files(FILES)) == ["copy", "move"]
    assert stems_beside("plugins/value.txt", Files(FILES)) == []


# -- switches -------------------------------------------------------------------------------------------------

CLIENT = """
import socket, sys
args = sys.argv[1:]
if args in (["--help"], ["-h"]):
    print("Usage: prog [OPTIONS]\\n\\nOptions:\\n      --quiet   Quiet\\n      --remote  Asks the server")
    sys.exit(0)
if "--remote" in args:
    try:
        said = socket.create_connection(("127.0.0.1", 5432)).recv(9)
    except OSError as error:
        sys.exit(f"error: {error.strerror}")
    print("the server said", len(said))
print("done")
"""


@needs_sandbox
@needs_trace
def test_what_is_looked_for_under_a_switch_is_given_too(tmp_path: Path) -> None:
    changed = CLIENT.replace("the server said", "the server says")
    old, new = (subject({"prog": python(tmp_path / name, text)}) for name, text in (("a", CLIENT), ("b", changed)))
    probe = CommandProbe()
    cases = [case for case in probe.core(old, Config(), Store(tmp_path / "store")) if case.sockets]
    assert {(case.argv, case.sockets) for case in cases} == {(("--remote",), ("127.0.0.1:5432",))}
    before, after = ([seen for _, seen in probe.observe(side, cases, 1)] for side in (old, new))
    assert before != after


# -- examples that are no files -------------------------------------------------------------------------------

WRITTEN = """
#[cfg(test)]
mod tests {
    const SMALL: &str = r#"{"rows": 3, "use": "copy"}"#;
    const NONE: &str = "key: of a message";
}
"""


@pytest.mark.slow
@needs_sandbox
@needs_trace
def test_documents_in_tests_of_the_repository_are_examples_too(tmp_path: Path) -> None:
    files = {"src/lib.rs": WRITTEN.encode(), "fixtures/plugins/copy.plug": b"copying\n"}
    cases = [case for case in cases_of(tmp_path, ENGINE, files) if "written-1.json" in case.argv]
    assert b'{"rows": 3, "use": "copy"}\n' in [case.files.get("written-1.json") for case in cases]
    assert any("unknown_key" in str(case.files) for case in cases), "and they are mutated"
    assert any("plugins/copy.plug" in case.files for case in cases), "and what they need is given to them"
    assert not [case for case in cases_of(tmp_path / "none", ENGINE, {}) if "written-1.json" in case.argv]


CONFIGURED = parse(
    """
[[command]]
name = "show"
argv = ["show", "copy"]
files = { "plugins" = "odd/place" }
""",
    "harness.toml",
)


@pytest.mark.slow
@needs_sandbox
@needs_trace
def test_what_harness_toml_names_is_given_to_every_command_that_looks_for_it(tmp_path: Path) -> None:
    files = {"examples/small.json": b'{"rows": 3, "use": "copy"}', "odd/place/copy.plug": b"copying\n"}
    made = CommandProbe().core(side(tmp_path / "one", ENGINE, files), CONFIGURED, Store(tmp_path / "store"))
    runs = [case for case in made if case.argv == ("run", "examples/small.json")]
    assert any(case.files.get("plugins/copy.plug") == b"copying\n" for case in runs)


def test_what_is_built_on_an_example_that_is_refused_has_single_items() -> None:
    case = Case(program="p", argv=("run", "a.yaml"), files={"a.yaml": b"jobs: [{ids: [1, 2]}, 3]\nname: x\n"})
    calm = calmest(Base(case=case, document="a.yaml", outcome="x"))
    assert yaml.safe_load(calm.case.files["a.yaml"]) == {"jobs": [{"ids": [1]}], "name": "x"}
    single = replace(case, files={"a.yaml": b"jobs: [1]\n"})
    assert calmest(Base(case=single, document="a.yaml", outcome="x")).outcome == "x"
    assert calmest(Base(case=case)).case == case
