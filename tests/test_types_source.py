"""Cases with configurations: where programs take them, which are tried first, and what is told when that fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.built import Workspace
from harness.cases.base import Ground
from harness.cases.rust_types import RustTypes, keys_read
from harness.cases.types.examples import parse
from harness.cases.types.model import Field, ListOf, Ref, Root, Scalar, Schema, Struct
from harness.compare.output import CommandObservation
from harness.config import Config
from harness.config import parse as parse_config
from harness.errors import ConfigError
from harness.model import Case
from tests.test_cases_sources import Machine, ground

HELP = "Usage: prog <COMMAND>\n\nCommands:\n  check  Checks\n  hello  Says hello\n"
CHECK = "Usage: prog check [OPTIONS] <PIPELINE>\n\nOptions:\n      --strict  Strict\n"
HELLO = "Usage: prog hello [NAME]\n\nOptions:\n      --file <FILE>  A file\n"
TEXTS = {(): HELP, ("check",): CHECK, ("hello",): HELLO}
TEXT = Scalar(kind="text")
U8 = Scalar(kind="int", low="0", high="255")


def schema(*extra: Field) -> Schema:
    fields = (
        Field(name="name", shape=TEXT, required=True),
        Field(name="steps", shape=ListOf(inner=Ref(name="p::Step")), required=True),
        Field(name="limit", shape=U8),
        *extra,
    )
    return Schema(
        types={
            "p::Pipeline": Struct(fields=fields, closed=True),
            "p::Step": Struct(fields=(Field(name="use", shape=TEXT, required=True),)),
        },
        roots=(Root(name="p::Pipeline", paths=("p::load",), top=True),),
    )


class Checker(Machine):
    """Plays `prog check FILE`: refuses unknown keys and steps that are not there, and says which."""

    def __init__(self, *keys: str, refuses: str = "") -> None:
        super().__init__(TEXTS)
        self.keys = {"name", "steps", "limit", *keys}
        self.refuses = refuses

    def run(self, case: Case) -> CommandObservation:
        if "--help" in case.argv or case.argv[:1] != ("check",) or len(case.argv) < 2:
            return super().run(case)
        data = case.files.get(case.argv[1])
        problem = "no such file" if data is None else self.refuses or self.problem(parse(data, "yaml"), case.files)
        if problem:
            return CommandObservation(status="exit 3", stderr=f"error: {problem}\n".encode())
        return CommandObservation(status="exit 0", stdout=b"fine\n")

    def problem(self, tree: Any, files: Mapping[str, bytes]) -> str:
        if not isinstance(tree, dict):
            return "no mapping"
        if unknown := sorted(set(tree) - self.keys):
            return f"unknown key {unknown[0]}"
        if not isinstance(tree.get("name"), str) or not isinstance(tree.get("steps"), list) or not tree["steps"]:
            return "name or steps missing"
        for step in tree["steps"]:
            if not isinstance(step, dict) or f"steps/{step.get('use')}.txt" not in files:
                return f"no step {step.get('use') if isinstance(step, dict) else step}"
        return "" if isinstance(tree.get("limit", 1), int) and 0 <= tree.get("limit", 1) < 256 else "bad limit"


FILES = {
    "pipelines/bad.yaml": b"name: bad\nsteps:\n- use: gone\n",
    "pipelines/good.yaml": b"name: good\nsteps:\n- use: copy\nlimit: 7\n",
    "steps/copy.txt": b"copies",
}
COMMAND = """
[[command]]
name = "check"
argv = ["check", "{config}"]
files = { "steps" = "steps" }
"""


def made(
    tmp_path: Path,
    machine: Machine,
    *,
    text: str = COMMAND,
    types: Schema | None = None,
    files: Any = None,
    **more: Any,
) -> Ground:
    config = replace(parse_config(text, "harness.toml"), **more) if text else Config(**more)
    workspace = Workspace(packages={}, targets=(), dependencies={"p": ("serde_yaml",)})
    plain = ground(tmp_path, machine, config=config, files=FILES if files is None else files, workspace=workspace)
    return replace(plain, types=lambda: schema() if types is None else types)


def statuses(machine: Machine, cases: Sequence[Case], kind: str) -> list[str]:
    return [machine.run(case).status for case in cases if f": {kind}: " in case.origin]


def test_a_command_with_config_in_it_gets_documents_of_the_type_that_is_found(tmp_path: Path) -> None:
    machine = Checker()
    cases = RustTypes().cases(made(tmp_path, machine), ())
    checks = [case for case in cases if case.argv == ("check", "config.yaml")]
    assert 150 < len(checks) <= 400
    assert all("steps/copy.txt" in case.files for case in checks)
    valid = statuses(machine, checks, "valid")
    assert valid.count("exit 0") > 0.8 * len(valid)
    assert len({machine.run(case).stderr for case in checks}) > 20


def test_one_bad_example_does_not_spoil_what_is_built_on_it(tmp_path: Path) -> None:
    machine = Checker()
    files = {**FILES, **{f"pipelines/bad{number}.yaml": FILES["pipelines/bad.yaml"] for number in range(6)}}
    cases = RustTypes().cases(made(tmp_path, machine, files=files), ())
    (least,) = [case for case in cases if case.origin.endswith(": the least document")]
    assert machine.run(least).status == "exit 0"
    assert least.files["config.yaml"] == b"name: good\nsteps:\n- use: copy\n"


@pytest.mark.parametrize("wanted", ["p::Pipeline", "Pipeline"])
def test_the_type_can_be_named(tmp_path: Path, wanted: str) -> None:
    text = COMMAND + f'config = {{ type = "{wanted}", format = "yaml" }}\ncases = 50\n'
    assert len(RustTypes().cases(made(tmp_path, Checker(), text=text), ())) == 50


def test_where_harness_toml_says_nothing_arguments_that_take_files_are_tried(tmp_path: Path) -> None:
    machine = Checker()
    machine.problem = lambda tree, files: Checker.problem(machine, tree, FILES)  # type: ignore[method-assign]
    cases = RustTypes().cases(made(tmp_path, machine, text=""), ())
    assert {case.argv for case in cases} == {("check", "config.yaml")}, "hello does not look at what is in its file"
    assert statuses(machine, cases, "valid").count("exit 0") > 50


def test_without_a_sandbox_only_commands_of_harness_toml_are_run(tmp_path: Path) -> None:
    assert not RustTypes().cases(replace(made(tmp_path, Checker(), text=""), contained=False), ())
    assert RustTypes().cases(replace(made(tmp_path, Checker()), contained=False), ())


def test_the_seed_and_the_number_of_cases_are_those_that_were_asked_for(tmp_path: Path) -> None:
    def contents(**more: Any) -> list[bytes]:
        return [case.files["config.yaml"] for case in RustTypes().cases(made(tmp_path, Checker(), **more), ())]

    assert contents(cases=80) == contents(cases=80)
    assert len(contents(cases=80)) == 80
    assert contents(cases=80) != contents(cases=80, seed=1)


def test_documents_are_tried_once_and_then_known(tmp_path: Path) -> None:
    first, second = Checker(), Checker()
    assert RustTypes().cases(made(tmp_path, first), ()) == RustTypes().cases(made(tmp_path, second), ())
    assert first.ran
    assert not second.ran


def test_a_program_that_refuses_everything_alike_is_not_flooded_with_configurations(tmp_path: Path) -> None:
    assert not RustTypes().cases(made(tmp_path, Checker(refuses="the licence is missing")), ())


@pytest.mark.parametrize(
    ("config", "types", "message"),
    [
        ('config = { type = "p::Pipelin" }', None, "near it: p::Pipeline"),
        ('config = { type = "p::Pipeline" }', Schema(), "no type of the workspace implements Deserialize"),
        ('config = { type = "p::Pipeline" }', Schema(troubles=("rustdoc has format 999.",)), "format 999"),
        ('config = { type = "p::Pipeline", format = "ini" }', None, "format `ini`"),
        ("", Schema(), "no examples"),
    ],
)
def test_what_harness_toml_asks_for_in_vain_is_told(
    tmp_path: Path, config: str, types: Schema | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        RustTypes().cases(made(tmp_path, Checker(), text=COMMAND + config, types=types), ())


def test_without_types_the_examples_of_a_command_stand_alone(tmp_path: Path) -> None:
    text = COMMAND + 'config = { examples = ["pipelines/*.yaml"] }'
    assert not RustTypes().cases(made(tmp_path, Checker(), text=text, types=Schema()), ())


# -- two revisions --------------------------------------------------------------------------------------------

RETRIES = Field(name="retries", shape=U8)


@pytest.mark.parametrize("newer_is_candidate", [True, False])
def test_a_key_that_one_side_alone_knows_is_tried_on_both_and_shows_the_change(
    tmp_path: Path, newer_is_candidate: bool
) -> None:
    old = made(tmp_path, Checker())
    new = made(tmp_path, Checker("retries"), types=schema(RETRIES))
    before, after = (old, new) if newer_is_candidate else (new, old)
    extras = RustTypes().extras(before, after)
    core = RustTypes().cases(old, ())
    assert not [case for case in core if b"retries" in case.files["config.yaml"]]
    showing = [case for case in extras if Checker().run(case) != Checker("retries").run(case)]
    assert showing
    assert all(b"retries" in case.files["config.yaml"] for case in showing)
    assert any("harness.toml: check: one side alone: retries = 1" in case.origin for case in showing)


def test_types_that_are_alike_suggest_nothing_and_nothing_is_run_for_them(tmp_path: Path) -> None:
    machine = Checker()
    moved = schema()
    moved = replace_types(moved, {**moved.types, "p::Other": Struct(fields=(RETRIES,))})
    assert not RustTypes().extras(made(tmp_path, machine), made(tmp_path, machine, types=moved))
    assert not machine.ran


def replace_types(found: Schema, types: dict[str, Any]) -> Schema:
    return Schema(types=types, roots=found.roots)


def test_the_keys_of_the_configuration_are_known_so_that_unused_ones_can_be_told(tmp_path: Path) -> None:
    assert keys_read(made(tmp_path, Checker())) == {"name", "steps", "limit", "use"}
    assert keys_read(made(tmp_path, Checker(), files={})) == frozenset()
    assert keys_read(made(tmp_path, Checker(), types=Schema())) == frozenset()


def test_files_that_a_path_in_a_document_names_are_there(tmp_path: Path) -> None:
    found = schema(Field(name="template", shape=Scalar(kind="text", meaning="path")))
    cases = RustTypes().cases(made(tmp_path, Checker("template"), types=found), ())
    named = [case for case in cases if b"template: input.txt" in case.files["config.yaml"]]
    assert named
    assert all("input.txt" in case.files for case in named)
    absent = [case for case in cases if b"template: out.txt" in case.files["config.yaml"]]
    assert absent
    assert not any("out.txt" in case.files for case in absent)


def test_a_flag_of_several_commands_that_is_none_of_all_is_tried_on_each(tmp_path: Path) -> None:
    class Two(Checker):
        def run(self, case: Case) -> CommandObservation:
            words = case.argv
            if "--file" in words[1:-1] and words[0] in ("check", "plan"):
                return super().run(replace(case, argv=("check", words[words.index("--file") + 1])))
            return super().run(case)

    machine = Two()
    page = "Usage: prog {} --file <FILE>\n\nOptions:\n      --file <FILE>  Which\n"
    commands = "Usage: prog <COMMAND>\n\nCommands:\n  check  Checks\n  plan   Plans\n"
    machine.texts = {(): commands, **{(name,): page.format(name) for name in ("check", "plan")}}
    machine.problem = lambda tree, files: Checker.problem(machine, tree, FILES)  # type: ignore[method-assign]
    cases = RustTypes().cases(made(tmp_path, machine, text=""), ())
    counts = {name: sum(case.argv == (name, "--file", "config.yaml") for case in cases) for name in ("check", "plan")}
    assert counts["check"] > 150
    assert 40 < counts["plan"] <= 100, "it reads the same file in the same way"
