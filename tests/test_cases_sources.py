"""Where cases come from: help texts, harness.toml, log filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.built import Build, Target, Workspace
from harness.cases import distinct, every_source, made_from, suggested_by
from harness.cases.base import Ground
from harness.cases.help_discovery import Page, discover
from harness.cases.help_text import MOST, MOST_ENDLESS, HelpText, suggested
from harness.cases.log_filters import LogFilters
from harness.cases.modules import modules_of
from harness.cases.values import FILES, INPUT, files_meant, files_named, names_outside, values_for
from harness.compare.output import CommandObservation
from harness.config import Command, Config, parse
from harness.errors import ConfigError
from harness.model import Case
from harness.store import Store
from tests.support.files import Files

HELP = """\
Usage: prog [OPTIONS] <COMMAND>

Commands:
  run    Runs it
  serve  Serves it
  help   Print this message

Options:
      --color <WHEN>  Colours [possible values: auto, never]
  -h, --help          Print help
"""
RUN = """\
Usage: prog run [OPTIONS] <FILE> [NAME]

Options:
      --color <WHEN>    Colours [possible values: auto, never]
  -n, --lines <NUM>     Lines
  -o, --output <FILE>   Where to
  -q, --quiet           Less
      --level[=<N>]     Level
  -h, --help            Print help
"""
SERVE = """\
Usage: prog serve [OPTIONS]

Options:
      --color <WHEN>  Colours [possible values: auto, never]
  -w, --watch         Watches
  -h, --help          Print help
"""
TEXTS = {(): HELP, ("run",): RUN, ("serve",): SERVE}
PAGES = [
    Page(program="prog", path=(), text=HELP),
    Page(program="prog", path=("run",), text=RUN),
    Page(program="prog", path=("serve",), text=SERVE, endless=True),
]


class Machine:
    """Plays a program with these help texts, and remembers what it was asked to run."""

    def __init__(self, texts: Mapping[tuple[str, ...], str], endless: Sequence[tuple[str, ...]] = ()) -> None:
        self.texts = texts
        self.endless = endless
        self.ran: list[Case] = []

    def __call__(self, cases: Sequence[Case]) -> list[tuple[Case, CommandObservation]]:
        self.ran += cases
        return [(case, self.run(case)) for case in cases]

    def run(self, case: Case) -> CommandObservation:
        if case.argv[-1:] == ("--help",):
            text = self.texts.get(case.argv[:-1])
            if text is None:
                return CommandObservation(status="exit 2", stderr=b"error: unknown")
            return CommandObservation(status="exit 0", stdout=text.encode())
        if case.argv in self.endless:
            return CommandObservation(status=f"{'stopped' if case.endless else 'timed out'} after {case.timeout:g} s")
        log = b"log\n" if case.env.get("RUST_LOG") and case.argv[:1] == ("run",) else b""
        return CommandObservation(status="exit 0", stdout=" ".join(case.argv[:2]).encode(), stderr=log)


def ground(
    store: Path,
    machine: Machine,
    *,
    config: Config | None = None,
    files: Mapping[str, bytes] | None = None,
    workspace: Workspace | None = None,
    programs: tuple[str, ...] = ("prog",),
    contained: bool = True,
) -> Ground:
    build = Build(
        key="k",
        revision="r",
        tree="t",
        features="default",
        toolchain="",
        workspace=workspace or Workspace(packages={}, targets=()),
    )
    return Ground(
        build=build,
        programs=programs,
        config=config or Config(),
        store=Store(store),
        run=machine,
        repository=Files(files or {}),
        contained=contained,
    )


def argvs(cases: Sequence[Case]) -> list[tuple[str, ...]]:
    return [case.argv for case in cases]


# -- discovery ------------------------------------------------------------------------------------------------


def test_subcommands_are_asked_for_their_help_too(tmp_path: Path) -> None:
    pages = discover(ground(tmp_path, Machine(TEXTS)))
    assert [page.path for page in pages] == [(), ("run",), ("serve",)]


def test_help_texts_are_asked_for_once_for_a_build(tmp_path: Path) -> None:
    first, second = Machine(TEXTS), Machine(TEXTS)
    assert discover(ground(tmp_path, first)) == discover(ground(tmp_path, second))
    assert first.ran
    assert not second.ran


def test_a_program_that_answers_every_subcommand_with_the_same_help_is_no_endless_descent(tmp_path: Path) -> None:
    paths: list[tuple[str, ...]] = [("a",) * depth for depth in range(9)]
    same = dict.fromkeys(paths, "Commands:\n  a  again\n")
    assert [page.path for page in discover(ground(tmp_path, Machine(same)))] == [(), ("a",)]


def test_subcommands_are_followed_down_to_a_bounded_depth(tmp_path: Path) -> None:
    deep = {("a",) * depth: f"level {depth}\nCommands:\n  a  again\n" for depth in range(9)}
    assert max(len(page.path) for page in discover(ground(tmp_path, Machine(deep)))) == 4


def test_the_number_of_help_texts_is_bounded(tmp_path: Path) -> None:
    wide: dict[tuple[str, ...], str] = {(): "Commands:\n" + "".join(f"  c{number}  some\n" for number in range(500))}
    wide |= {(f"c{number}",): f"Usage: prog c{number} [OPTIONS]\n\n  --flag  f\n" for number in range(500)}
    assert len(discover(ground(tmp_path, Machine(wide)))) == 200


def test_a_command_that_does_not_end_is_recognised(tmp_path: Path) -> None:
    pages = discover(ground(tmp_path, Machine(TEXTS, endless=[("serve",)])))
    assert [page.path for page in pages if page.endless] == [("serve",)]


class Filter(Machine):
    """Plays a program whose `run` copies its input, and whose top command lists the files around it."""

    def run(self, case: Case) -> CommandObservation:
        if case.argv == ():
            return CommandObservation(status="exit 0", stdout=" ".join(case.files).encode())
        if case.argv == ("run", "input.txt"):
            return CommandObservation(status="exit 0", stdout=case.stdin)
        return super().run(case)


def test_what_reads_its_input_gets_some_with_every_plausible_flag(tmp_path: Path) -> None:
    made = suggested(discover(ground(tmp_path, Filter(TEXTS))))
    quiet = [case.stdin for case in made if case.argv == ("run", "input.txt", "--quiet")]
    assert quiet == [INPUT]


def test_what_looks_around_has_files_around_it(tmp_path: Path) -> None:
    made = suggested(discover(ground(tmp_path, Filter(TEXTS))))
    assert FILES in [case.files for case in made if case.argv == ()]


def test_what_neither_reads_nor_looks_around_gets_nothing(tmp_path: Path) -> None:
    pages = discover(ground(tmp_path, Machine(TEXTS)))
    assert not any(page.reads or page.looks_around for page in pages)
    quiet = [case for case in suggested(pages) if case.argv == ("run", "input.txt", "--quiet")]
    assert [(case.stdin, list(case.files)) for case in quiet] == [(b"", ["input.txt"])]


def test_a_command_that_does_not_end_is_not_run_again_to_learn_its_manners(tmp_path: Path) -> None:
    machine = Machine(TEXTS, endless=[("serve",)])
    discover(ground(tmp_path, machine))
    assert [case.argv for case in machine.ran].count(("serve",)) == 1


class Slow(Machine):
    """Plays a program on a machine so busy that nothing ends in a few seconds."""

    def run(self, case: Case) -> CommandObservation:
        if case.timeout < 20:
            return CommandObservation(status=f"timed out after {case.timeout:g} s")
        return super().run(case)


def test_help_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    assert [page.path for page in discover(ground(tmp_path, Slow(TEXTS)))] == [(), ("run",), ("serve",)]


def test_of_a_program_that_hangs_only_one_help_text_is_waited_for(tmp_path: Path) -> None:
    class Hanging(Machine):
        def run(self, case: Case) -> CommandObservation:
            return CommandObservation(status=f"timed out after {case.timeout:g} s")

    machine = Hanging({})
    assert discover(ground(tmp_path, machine, programs=("a", "b", "c"))) == []
    assert len([case for case in machine.ran if case.timeout > 20]) == 2  # --help and -h


def test_a_program_without_help_still_gets_cases(tmp_path: Path) -> None:
    cases = HelpText().cases(ground(tmp_path, Machine({})), ())
    assert {("--version",), ("-V",), ("--help",), ("-h",), (), ("--no-such-flag",)} <= set(argvs(cases))


# -- what help texts suggest ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv",
    [
        ("--version",),
        (),
        ("run", "--help"),
        ("help", "run"),
        ("run",),
        ("no-such-command",),
        ("run", "--no-such-flag"),
        ("run", "input.txt"),
        ("run", "missing.txt"),
        ("run", ""),
        ("run", "input.txt", "value"),
        ("run", "input.txt", "one-too-many"),
        ("run", "input.txt", "--lines", "1"),
        ("run", "input.txt", "--lines", "-1"),
        ("run", "input.txt", "--lines", "many"),
        ("run", "input.txt", "--lines", ""),
        ("run", "input.txt", "--lines"),
        ("run", "input.txt", "--lines", "1", "--lines", "16"),
        ("run", "input.txt", "-n", "1"),
        ("run", "input.txt", "--output", "out.txt"),
        ("run", "input.txt", "--quiet"),
        ("run", "input.txt", "-q"),
        ("run", "input.txt", "--quiet", "--quiet"),
        ("run", "input.txt", "--quiet=value"),
        ("run", "input.txt", "--level=1"),
        ("run", "input.txt", "--color", "never"),
        ("run", "input.txt", "--color", "bogus"),
        ("run", "-"),
        ("run", "--", "input.txt"),
    ],
)
def test_this_command_line_is_tried(argv: tuple[str, ...]) -> None:
    assert argv in argvs(suggested(PAGES))


def test_a_flag_of_every_command_is_tried_on_the_first_alone() -> None:
    with_colour = [argv for argv in argvs(suggested(PAGES)) if "--color" in argv]
    assert {argv[0] for argv in with_colour} == {"run"}


def test_a_command_that_does_not_end_is_stopped_after_a_moment_and_what_it_did_counts() -> None:
    tried = {case.argv: case for case in suggested(PAGES) if case.argv[:1] == ("serve",)}
    assert {("serve",), ("serve", "--watch"), ("serve", "--watch=value")} <= set(tried)
    assert {argv for argv, case in tried.items() if not case.endless} == {("serve", "--help")}
    assert not [case for case in suggested(PAGES) if case.endless and "serve" not in case.argv]


def test_of_commands_that_do_not_end_there_are_few_cases() -> None:
    many = "Usage: prog [OPTIONS]\n\nOptions:\n" + "".join(
        f"      --flag-{number} <N>  Number\n" for number in range(40)
    )
    cases = suggested([Page(program="prog", path=(), text=many, endless=True)])
    assert len([case for case in cases if case.endless]) == MOST_ENDLESS
    assert cases[0].argv == ("--version",)


TWO = """\
Usage: prog [OPTIONS] <WIDTH> <HEIGHT>

Options:
      --depth <N>      Depth
      --timeout <SEC>  Seconds
  -q, --quiet          Less
"""


@pytest.mark.parametrize(
    "argv",
    [
        ("0", "0"),
        ("1", "1", "--depth", "0", "--timeout", "-1"),
        ("1", "1", "--timeout", "-1", "--depth", "0"),
        ("0", "1", "--depth", "0"),
        ("1", "0", "--timeout", "-1"),
        ("1", "1", "--depth", "0", "--no-such-flag"),
        ("1", "1", "--no-such-flag", "--depth", "0"),
        ("1", "--depth", "0"),
    ],
)
def test_two_bad_values_stand_in_one_command_line(argv: tuple[str, ...]) -> None:
    assert argv in argvs(suggested([Page(program="prog", path=(), text=TWO)]))


@pytest.mark.parametrize(
    "value",
    ["255", "256", "65536", "4294967295", "4294967296", "9223372036854775808", "18446744073709551616", " 1 ", "1_000"],
)
def test_numbers_go_to_the_limits_of_types_and_one_beyond(value: str) -> None:
    assert ("1", "1", "--depth", value) in argvs(suggested([Page(program="prog", path=(), text=TWO)]))


@pytest.mark.parametrize("value", ["bogus", "AUTO", " auto ", "aut", "auto,never"])
def test_possible_values_are_also_given_in_other_ways(value: str) -> None:
    assert ("run", "input.txt", "--color", value) in argvs(suggested(PAGES))


def test_the_kinds_of_cases_keep_their_proportions() -> None:
    text = RUN + "".join(
        f"      --number-{number} <N>  Number\n      --name-{number} <NAME>  Name\n" for number in range(8)
    )
    said = [case.origin.rpartition(" ")[2] for case in suggested([Page(program="prog", path=(), text=text)])]
    odd = said.count("odd")
    assert len(said) / 5 < odd < len(said) * 0.45
    assert said[: len(said) // 2].count("odd") == 0


def test_files_that_a_command_line_names_are_there_and_others_are_not() -> None:
    by_argv = {case.argv: case for case in suggested(PAGES)}
    assert by_argv["run", "input.txt"].files == {"input.txt": FILES["input.txt"]}
    assert by_argv["run", "missing.txt"].files == {}


def test_nothing_names_anything_outside_the_cases_directory() -> None:
    words = [word for case in suggested(PAGES) for word in (*case.argv, *case.files)]
    assert not [word for word in words if word.startswith(("/", "~")) or ".." in word or "=/" in word]


def test_the_most_promising_cases_survive_a_limit() -> None:
    assert argvs(suggested(PAGES, most=6)) == argvs(suggested(PAGES))[:6]
    assert {("--version",), (), ("--help",), ("run", "--help")} <= set(argvs(suggested(PAGES, most=6)))


def test_cases_are_the_same_every_time_and_each_there_once() -> None:
    cases = suggested(PAGES)
    assert cases == suggested(PAGES)
    assert len(distinct(cases)) == len(cases) <= MOST


def test_without_a_sandbox_only_help_and_version_are_asked_for(tmp_path: Path) -> None:
    machine = Machine(TEXTS)
    cases = HelpText().cases(ground(tmp_path, machine, contained=False), ())
    asks = {"--help", "-h", "--version", "-V", "help"}
    assert all(asks & set(case.argv) for case in (*cases, *machine.ran))
    assert ("run", "--help") in argvs(cases)


def test_a_flag_that_one_side_alone_knows_is_suggested_for_both(tmp_path: Path) -> None:
    more = TEXTS | {("run",): RUN.replace("  -q,", "      --brand-new     New\n  -q,")}
    old, new = ground(tmp_path / "a", Machine(TEXTS)), ground(tmp_path / "b", Machine(more))
    assert ("run", "input.txt", "--brand-new") in argvs(suggested_by(old, new))


def test_a_default_outside_of_the_directory_is_not_used() -> None:
    assert "/etc/passwd" not in values_for("FILE", default="/etc/passwd").good
    assert "mine.txt" in values_for("FILE", default="mine.txt").good


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("FILE", "input.txt"),
        ("input_path", "input.txt"),
        ("DIR", "folder"),
        ("N", "1"),
        ("max-depth", "1"),
        ("WORD", "value"),
        ("CONFIG", "input.toml"),
        ("URL", "http://127.0.0.1:9/"),
        ("KEY=VALUE", "key=value"),
        ("PATTERN", "alpha"),
    ],
)
def test_values_are_plausible_by_name(name: str, good: str) -> None:
    assert values_for(name).good[0] == good


@pytest.mark.parametrize(
    ("name", "flag", "good"),
    [
        ("color", "", "red"),
        ("COLOR", "--foreground", "red"),
        ("WHEN", "--color", "always"),
        ("COLOR", "--color", "always"),
    ],
)
def test_a_colour_is_one_unless_a_flag_asks_when_to_use_them(name: str, flag: str, good: str) -> None:
    assert values_for(name, flag).good[0] == good


def test_a_named_folder_comes_with_all_that_is_in_it() -> None:
    assert set(files_named(["--dir=folder"])) == {"folder/a.txt", "folder/inner/b.txt", "folder/code.rs"}


# -- harness.toml ---------------------------------------------------------------------------------------------

REPOSITORY = {
    "bench/small.yaml": b"small",
    "examples/a.yaml": b"a",
    "examples/b.yaml": b"b",
    "fixtures/plugins/one.wasm": b"1",
    "fixtures/plugins/deep/two.wasm": b"2",
}


def configured(tmp_path: Path, text: str, **more: object) -> tuple[Case, ...]:
    made = ground(tmp_path, Machine({}), config=parse(text, "harness.toml"), files=REPOSITORY, **more)  # type: ignore[arg-type]
    return tuple(case for case in made_from(made) if case.origin.startswith("harness.toml"))


def test_a_command_of_harness_toml_is_a_case(tmp_path: Path) -> None:
    (case,) = configured(
        tmp_path,
        """
        [[command]]
        name = "check"
        argv = ["check", "{file:bench/small.yaml}", "--root={dir}/x"]
        files = { "plugins" = "fixtures/plugins", "one" = "examples/a.yaml" }
        env = { DIR = "{dir}/plugins" }
        stdin = "hello"
        timeout = 3.0
        """,
    )
    assert case.argv == ("check", "bench/small.yaml", "--root=/tmp/case/x")
    assert case.files == {
        "plugins/one.wasm": b"1",
        "plugins/deep/two.wasm": b"2",
        "one": b"a",
        "bench/small.yaml": b"small",
    }
    assert (case.env, case.stdin, case.timeout) == ({"DIR": "/tmp/case/plugins"}, b"hello", 3.0)


def test_every_example_is_a_case(tmp_path: Path) -> None:
    text = '[[command]]\nname = "c"\nargv = ["check", "{config}"]\nconfig = { examples = ["examples/*.yaml"] }'
    cases = configured(tmp_path, text)
    assert [(case.argv[1], case.files) for case in cases] == [
        ("examples/a.yaml", {"examples/a.yaml": b"a"}),
        ("examples/b.yaml", {"examples/b.yaml": b"b"}),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('argv = ["{file:bench/none.yaml}"]', "bench/none.yaml, which the first revision does not have"),
        ('argv = ["{file:../x}"]', "not inside the case's directory"),
        ('argv = []\nfiles = { "/etc/x" = "bench" }', "not inside the case's directory"),
        ('argv = ["{config}"]\nconfig = { examples = ["none/*"] }', "match no file"),
        ('argv = ["{config}"]\nconfig = { type = "demo::Config" }', "names the type demo::Config"),
        ('argv = ["x"]\nprogram = "absent"', "names the program `absent`"),
    ],
)
def test_what_harness_toml_asks_for_in_vain_is_an_error(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured(tmp_path, f'[[command]]\nname = "c"\n{line}')


def test_a_command_has_to_say_which_of_several_programs_it_means(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="several programs"):
        configured(tmp_path, '[[command]]\nname = "c"\nargv = ["x"]', programs=("a", "b"))


def test_commands_of_harness_toml_come_first_and_without_a_sandbox_too(tmp_path: Path) -> None:
    config = parse('[[command]]\nname = "c"\nargv = ["run", "x"]', "harness.toml")
    cases = made_from(ground(tmp_path, Machine(TEXTS), config=config, contained=False))
    assert cases[0].argv == ("run", "x")


# -- log filters ----------------------------------------------------------------------------------------------

WORKSPACE = Workspace(
    packages={"my-lib": "", "other": "other", "plain": "plain"},
    targets=(
        Target(package="my-lib", name="my_lib", kind="lib", src_path="src/lib.rs"),
        Target(package="my-lib", name="my-cli", kind="bin", src_path="src/main.rs"),
        Target(package="other", name="other", kind="bin", src_path="other/src/main.rs"),
        Target(package="plain", name="plain", kind="lib", src_path="plain/src/lib.rs"),
    ),
    dependencies={"my-lib": ("tracing", "serde"), "other": ("log",), "plain": ("serde",)},
)
SOURCES = [
    "src/lib.rs", "src/main.rs", "src/retry.rs", "src/state/mod.rs", "src/state/disk.rs", "src/bin/tool.rs", "build.rs",
    "other/src/main.rs", "other/src/args.rs", "plain/src/lib.rs", "tests/it.rs", "README.md",
]  # fmt: skip


def test_modules_are_derived_from_where_files_are() -> None:
    assert modules_of(WORKSPACE, SOURCES, ["my-lib", "other"]) == (
        ("my_cli", "my_lib", "other", "my_lib::retry", "my_lib::state", "other::args", "my_lib::state::disk")
    )


def test_cases_that_log_are_run_with_a_filter_for_each_module(tmp_path: Path) -> None:
    made = ground(tmp_path, Machine(TEXTS), files=dict.fromkeys(SOURCES, b""), workspace=WORKSPACE)
    filters = [case for case in made_from(made) if "RUST_LOG" in case.env]
    assert {case.env["RUST_LOG"] for case in filters} >= {"trace", "my_lib::retry=trace", "other::args=trace"}
    assert {case.argv[0] for case in filters} == {"run"}


def test_flags_that_say_how_much_is_logged_are_tried_alone_and_together(tmp_path: Path) -> None:
    told = RUN.replace(
        "  -q, --quiet           Less",
        "      --log <LEVEL>     Log [possible values: error, trace]\n  -q, --quiet  Less",
    )
    machine = Machine(TEXTS | {("run",): told})
    made = ground(tmp_path, machine, files=dict.fromkeys(SOURCES, b""), workspace=WORKSPACE)
    ends = {case.argv[-3:] for case in LogFilters().cases(made, [Case(program="prog", argv=("run",))])}
    assert {("--log", "trace", "--quiet"), ("--log", "error", "--quiet")} <= ends
    assert ("--log", "error", "--log") not in ends


class Threads(Machine):
    """A program whose steps are logged in another order each time where all of them are."""

    times = 0

    def run(self, case: Case) -> CommandObservation:
        seen, lines = super().run(case), [b"begun", b"read"]
        self.times += 1
        order = lines[:: 1 if self.times % 2 else -1]
        return replace(seen, stderr=b"\n".join(order)) if "trace" in case.argv else seen


def test_flags_about_logs_are_left_out_on_what_varies_with_any_of_them(tmp_path: Path) -> None:
    told = RUN.replace("  -q, --quiet ", "      --log <LEVEL>     Log [possible values: error, trace]\n  -q, --quiet ")
    made = ground(tmp_path, Threads(TEXTS | {("run",): told}), files=dict.fromkeys(SOURCES, b""), workspace=WORKSPACE)
    assert not [one for one in LogFilters().cases(made, [Case(program="prog", argv=("run",))]) if "--log" in one.argv]


def test_programs_that_do_not_log_get_no_filters(tmp_path: Path) -> None:
    workspace = Workspace(packages=WORKSPACE.packages, targets=WORKSPACE.targets, dependencies={"my-lib": ("serde",)})
    made = ground(tmp_path, Machine(TEXTS), files=dict.fromkeys(SOURCES, b""), workspace=workspace)
    assert not [case for case in made_from(made) if "RUST_LOG" in case.env]


def test_a_module_that_the_commit_brings_has_its_filter_on_both_sides(tmp_path: Path) -> None:
    command = Config(command=(Command(name="run", argv=("run",)),))
    machine = Machine(TEXTS)
    files = dict.fromkeys(SOURCES, b"")
    old = ground(tmp_path, machine, config=command, files=files, workspace=WORKSPACE)
    new = ground(tmp_path, machine, config=command, files={**files, "src/moved.rs": b"fn a() {}"}, workspace=WORKSPACE)
    for before, after in ((old, new), (new, old)):
        made = LogFilters().extras(replace(before, first=old), after)
        assert {case.env["RUST_LOG"] for case in made} == {"my_lib::moved=trace"}
    changed = ground(tmp_path, machine, config=command, files={**files, "src/retry.rs": b"x"}, workspace=WORKSPACE)
    assert not LogFilters().extras(old, changed), "the core has that filter already"


class Clock(Machine):
    """A program that writes when, and from threads, but reads no filter."""

    def run(self, case: Case) -> CommandObservation:
        lines = [f"2026-01-02T03:04:{len(self.ran) % 60:02d}.5Z started", "took  7.1 ms"]
        return CommandObservation(
            status="exit 0", stderr="\n".join(lines[:: 1 if "RUST_LOG" in case.env else -1]).encode()
        )


def test_programs_whose_log_has_times_but_reads_no_filter_get_none(tmp_path: Path) -> None:
    command = Config(command=(Command(name="run", argv=("run",)),))
    made = ground(tmp_path, Clock({}), config=command, files=dict.fromkeys(SOURCES, b""), workspace=WORKSPACE)
    cases = made_from(made)
    assert [case.argv for case in cases if case.argv == ("run",)]
    assert not [case for case in cases if "RUST_LOG" in case.env]


def test_which_cases_log_is_found_out_once_for_a_build(tmp_path: Path) -> None:
    first, second = Machine(TEXTS), Machine(TEXTS)
    made = [
        made_from(ground(tmp_path, machine, files=dict.fromkeys(SOURCES, b""), workspace=WORKSPACE))
        for machine in (first, second)
    ]
    assert made[0] == made[1]
    assert not second.ran


def test_the_registry_of_sources_is_looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(every_source()) > 1
    monkeypatch.setattr("harness.cases.SOURCES", (HelpText(),))
    assert [one.name for one in every_source()] == ["help"]


NEEDY = """\
Usage: prog copy [OPTIONS] --name <NAME> <--from <FILE>|--url <URL>> <OUT>

Options:
  -n, --name <NAME>  Its name
      --from <FILE>  From where
      --url <URL>    From where
      --size <NUM>   How much
"""


@pytest.mark.parametrize(
    "argv",
    [
        ("copy", "out.txt", "--name", "value", "--from", "input.txt"),
        ("copy", "out.txt", "--name", "value"),
        ("copy", "out.txt", "--from", "input.txt"),
        ("copy", "--name", "value", "--from", "input.txt"),
        ("copy", "out.txt", "--name", "value", "--from", "input.txt", "--size", "16"),
        ("copy", "out.txt", "--name", "value", "--from", "missing.txt"),
        ("copy", "--name", "value", "--from", "input.txt", "--", "out.txt"),
        ("copy", "-", "--name", "value", "--from", "input.txt"),
    ],
)
def test_what_a_command_does_nothing_without_is_given_to_it(argv: tuple[str, ...]) -> None:
    made = argvs(suggested([Page(program="prog", path=("copy",), text=NEEDY)]))
    assert argv in made
    assert not [one for one in made if one.count("--from") > 2], "nothing is given twice that is not meant to be"


@pytest.mark.parametrize(
    "way",
    [
        lambda path: (*path, "-h"),
        lambda path: ("help", *path),
        lambda path: path,
    ],
    ids=["a short flag", "a command", "no word"],
)
def test_programs_are_asked_for_their_help_in_several_ways(tmp_path: Path, way: Any) -> None:
    class Shy(Machine):
        def run(self, case: Case) -> CommandObservation:
            text = next((text for path, text in self.texts.items() if way(path) == case.argv), "")
            # As many do, it fails and says what it can on standard error.
            return CommandObservation(status="exit 2", stderr=text.encode() or b"bad usage")

    assert [page.path for page in discover(ground(tmp_path, Shy(TEXTS)))] == [(), ("run",), ("serve",)]
    outside = discover(ground(tmp_path / "outside", Shy(TEXTS), contained=False))
    assert bool(outside) == (way(()) == ("-h",)), "words that may mean anything are for a sandbox"


@pytest.mark.parametrize(
    ("content", "tops"),
    [
        (b"template: input.txt\n", {"input.txt"}),
        (b'{"a": "input.txt/below", "b": "./folder/new.txt"}', {"input.txt", "folder"}),
        (b"root = 'folder'\n", {"folder"}),
        (b"a: input.txtx\nb: my/input.txt\nc: my-folder\n", set()),
    ],
)
def test_files_that_a_document_names_are_there(content: bytes, tops: set[str]) -> None:
    assert {path.partition("/")[0] for path in files_meant(content)} == tops


@pytest.mark.parametrize(
    ("word", "outside"),
    [
        *(
            (one, True)
            for one in ("/", "/etc/passwd", "~", "~/x", "..", "../x", "./../x", "--root=/home/u", "/dev/sda")
        ),
        *(
            (one, False)
            for one in ("/foo/", "a/b", "/dev/null", "--x=/y", "...", "a..b", "http://x/etc/", "/usrx", "s/a/b/", "a=b")
        ),
    ],
)
def test_words_that_name_places_outside_are_known(word: str, outside: bool) -> None:
    assert names_outside(word) == outside
