"""harness.toml: everything of it that has a meaning is read, and everything else is told with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.config import Config, RedactionRule, load, parse
from harness.errors import ConfigError
from harness.model import Step
from harness.server import Ready

# The example of docs/design.md, whole.
EXAMPLE = r"""
[verify]
base = "origin/main"                     # or range = "A..B", or surfaces = true

[build]
profile = "dev"
features = ["default", "all"]            # the workspace is observed under each
env = { PROTOC = "/usr/bin/protoc" }

[[command]]
name = "check"
argv = ["check", "{config}"]
config = { type = "rapidbyte_engine::PipelineConfig", format = "yaml" }
files = { "plugins" = "fixtures/plugins" }
env = { RAPIDBYTE_CONNECTOR_DIR = "{dir}/plugins" }
cases = 400

[[benchmark]]
name = "small"
argv = ["run", "{file:bench/small.yaml}"]
report = { line = "@@BENCH_JSON@@" }
repeat = 5

[[terminal]]
name = "interrupted"
argv = ["run", "{file:bench/large.yaml}"]
script = [{ expect = "rows" }, { send = "\u0003" }]

[[service]]
name = "postgres"
argv = ["postgres", "-D", "{data}", "-p", "{port}"]
ready = { tcp = "{port}" }

[[redaction]]
pattern = 'run-[0-9a-f]{8}'
facets = ["stdout", "files"]
reason = "run identifiers are random"
"""


def refused(text: str, path: str = "harness.toml") -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, path)
    return str(caught.value)


def test_every_key_of_the_documented_example_is_read() -> None:
    config = parse(EXAMPLE, "harness.toml")
    assert config.verify.base == "origin/main"
    assert config.build.features == ("default", "all")
    assert config.build.env == {"PROTOC": "/usr/bin/protoc"}
    (command,) = config.command
    assert (command.name, command.argv, command.cases) == ("check", ("check", "{config}"), 400)
    assert command.config == {"type": "rapidbyte_engine::PipelineConfig", "format": "yaml"}
    assert command.files == {"plugins": "fixtures/plugins"}
    assert command.env == {"RAPIDBYTE_CONNECTOR_DIR": "{dir}/plugins"}
    assert (config.benchmark[0].report, config.benchmark[0].repeat) == ({"line": "@@BENCH_JSON@@"}, 5)
    assert config.terminal[0].script == (Step(expect="rows"), Step(send="\x03"))
    assert config.service[0].ready == Ready(tcp="{port}")
    assert config.redaction == (
        RedactionRule(
            pattern="run-[0-9a-f]{8}", facets=("stdout", "files"), reason="run identifiers are random", name=""
        ),
    )
    assert config.path == "harness.toml"


@pytest.mark.parametrize("text", ['range = "A..B"', "surfaces = true", 'base = "HEAD"'])
def test_verify_is_asked_for_by_any_of_its_keys(text: str) -> None:
    assert parse(f"[verify]\n{text}\n", "x").verify


def test_an_empty_file_is_the_defaults() -> None:
    assert parse("", "") == Config()
    assert not parse("[verify]\n", "").verify


def test_numbers_of_seconds_may_be_whole() -> None:
    assert parse("[build]\ntimeout = 60\n", "").build.timeout == 60.0


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n[verfiy]\nbase = 'x'\n", 2, "unknown key `verfiy` in the top level. Perhaps `verify` was meant."),
        ("[verify]\n\nbsae = 'x'\n", 3, "unknown key `bsae` in [verify]. Perhaps `base` was meant."),
        ("\nverify.bsae = 'x'\n", 2, "Perhaps `base` was meant."),
        ("verify = { bsae = 'x' }\n", 1, "Perhaps `base` was meant."),
        ("[[command]]\nname = 'a'\nargv = []\nagrv = []\n", 4, "in [command]. Perhaps `argv` was meant."),
        (
            "[[command]]\nname='a'\nargv=[]\n[[command]]\nname='b'\nargv=[]\n'case' = 3\n",
            7,
            "Perhaps `cases` was meant.",
        ),
        ("[[redactions]]\n", 1, "Perhaps `redaction` was meant."),
        ("[build]\nzzz = 1\n", 2, "Known here: profile, features, env, timeout."),
        ("path = 'x'\n", 1, "unknown key `path`"),
    ],
)
def test_an_unknown_key_is_named_with_its_file_line_and_the_nearest_known_one(text: str, line: int, said: str) -> None:
    message = refused(text)
    assert message.startswith(f"harness.toml:{line}: ")
    assert said in message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n[verify]\nbase = 3\n", 3, "Expected `str`"),
        ("[build]\nfeatures = 'all'\n", 2, "Expected `array`"),
        ("[build]\nenv = { A = 1 }\n", 2, "Expected `str`"),
        ("command = 'x'\n", 1, "Expected `array`"),
        ("[verify]\nsurfaces = 'yes'\n", 2, "Expected `bool`"),
        ("[[benchmark]]\nname = 'a'\nargv = []\nrepeat = 1.5\n", 4, "Expected `int`"),
        ("[[command]]\nname = 'a'\n", 1, "missing required field `argv`"),
        ("\n[[redaction]]\npattern = 'x'\n", 2, "missing required field `reason`"),
    ],
)
def test_a_wrong_type_is_told_with_its_line(text: str, line: int, said: str) -> None:
    message = refused(text)
    assert said in message
    assert message.startswith(f"harness.toml:{line}: ")


@pytest.mark.parametrize("reason", ["", "   ", "\\t"])
def test_a_redaction_without_a_reason_is_refused(reason: str) -> None:
    message = refused(f"[[redaction]]\npattern='a'\nreason='b'\n[[redaction]]\npattern='x'\nreason=\"{reason}\"")
    assert message.startswith("harness.toml:5: a redaction needs a reason.")


def test_a_redaction_that_is_no_regular_expression_is_refused_with_its_line() -> None:
    message = refused("[[redaction]]\nreason = 'r'\npattern = '(x'\n")
    assert message.startswith("harness.toml:3: the redaction pattern '(x' is not a regular expression")


@pytest.mark.parametrize("pattern", ["x*", "", ".*", "a|", "(?:)"])
def test_a_redaction_that_would_hide_everything_is_refused(pattern: str) -> None:
    assert "hide everything" in refused(f"[[redaction]]\nreason = 'r'\npattern = '{pattern}'\n")


def test_what_is_not_toml_is_told_with_its_place() -> None:
    assert re.match(r"harness.toml is not valid TOML: .*line 2", refused("[verify]\nbase = \n"))


# -- where it is read from ------------------------------------------------------------------------------------


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()


def test_harness_toml_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text('\ufeff[verify]\nbase = "x"\n', encoding="utf-8")
    assert load(tmp_path).verify.base == "x"


def test_the_named_file_goes_before_that_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text('verify.base = "x"\n')
    (tmp_path / "other.toml").write_text('verify.base = "y"\n')
    assert load(tmp_path, tmp_path / "other.toml").verify.base == "y"


def test_a_named_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no configuration file"):
        load(tmp_path, tmp_path / "absent.toml")


@pytest.mark.parametrize(
    "text",
    [
        "[workspace.metadata.harness.verify]\nbase = 'x'\n",
        "[workspace.metadata.harness]\nverify = { base = 'x' }\n",
        "[workspace.metadata]\nharness = { verify = { base = 'x' } }\n",
        "[workspace]\nmetadata = { harness = { verify = { base = 'x' } } }\n",
    ],
)
def test_the_manifests_metadata_serve_as_well(tmp_path: Path, text: str) -> None:
    (tmp_path / "Cargo.toml").write_text(text)
    assert load(tmp_path).verify.base == "x"


def test_a_manifest_that_only_mentions_the_harness_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[package]\nname = 'harness'\n[[test]]\nname = 'a'\nharness = false\n")
    assert load(tmp_path) == Config(path=str(tmp_path / "Cargo.toml"))


def test_metadata_that_are_no_table_are_told(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[workspace.metadata]\nharness = 'yes'\n")
    with pytest.raises(ConfigError, match="is not a table"):
        load(tmp_path)


def test_a_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


SERVICE = '[[service]]\nname = "s"\nargv = ["serve", "{port}"]\n'


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('per = "cas"\n', 'is per "cas". Say per = "case" or per = "run".'),
        ('stop = "SIGNOPE"\n', "is stopped with 'SIGNOPE', which is no signal."),
        ("port = 80\n", "has the port 80. Give 1024 to 65535."),
        ("timeout = 0\n", "has 0 seconds to come up."),
        ("ready = { line = '(' }\n", "is ready at the line '(', which is not a regular expression"),
        ("setup = [[]]\n", "has a command without a word."),
        (SERVICE, "two services are called `s`."),
    ],
)
def test_a_service_without_a_meaning_is_refused(more: str, said: str) -> None:
    assert said in refused(SERVICE + more)


def test_a_service_that_nothing_says_is_ready_is_refused() -> None:
    text = '[[service]]\nname = "s"\nargv = ["serve"]\n'
    assert "does not say when it is ready" in refused(text)
    assert parse(f"{text}ready = {{ line = 'up' }}\n", "").service[0].ready == Ready(line="up")


def test_the_name_of_a_service_is_fit_for_a_folder() -> None:
    assert "a name with other than letters" in refused(SERVICE.replace('"s"', '"../s"'))


def test_a_misspelt_key_of_what_is_ready_is_told() -> None:
    assert "unknown key `tpc` in [service.ready]. Perhaps `tcp` was meant." in refused(
        f"{SERVICE}ready = {{ tpc = '1' }}"
    )
