"""Odd surroundings, and the variables that programs read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cases.variables import variables_in_help, variables_in_sources
from harness.config import Config
from harness.model import Case
from harness.probes.command import CommandProbe
from harness.store import Store
from tests.support.files import Files
from tests.support.programs import needs_sandbox, pair, python, subject


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('std::env::var("ENGINE_DIR")', "ENGINE_DIR"),
        ('env::var_os( "ENGINE_DIR" )', "ENGINE_DIR"),
        ('read_env::<u64>("ENGINE_DIR", 3)', "ENGINE_DIR"),
        ('Arg::new("dir").env("ENGINE_DIR")', "ENGINE_DIR"),
        ('#[arg(long, env = "ENGINE_DIR", value_name = "DIR")]\ndir: PathBuf,', "ENGINE_DIR"),
        ("#[arg(long, env)]\n    pub(crate) engine_dir: PathBuf,", "ENGINE_DIR"),
        ('const DIR: &str = "ENGINE_DIR";\nfn f() { env::var(DIR); }', "ENGINE_DIR"),
        ('pub const DIR: &\'static str = "ENGINE_DIR";\n#[arg(env = names::DIR)]', "ENGINE_DIR"),
    ],
)
def test_a_variable_is_found_in_sources(text: str, name: str) -> None:
    assert variables_in_sources({"src/main.rs": text}) == (name,)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/main.rs", 'env!("CARGO_PKG_VERSION")'),
        ("src/main.rs", 'env::var("CARGO_MANIFEST_DIR")'),
        ("src/main.rs", '// env::var("COMMENTED_OUT")'),
        ("src/main.rs", 'println!("ENGINE_DIR")'),
        ("src/main.rs", 'const DIR: &str = "ENGINE_DIR";'),
        ("build.rs", 'env::var("ENGINE_DIR")'),
        ("tests/it.rs", 'env::var("ENGINE_DIR")'),
    ],
)
def test_this_is_no_variable_of_the_program(path: str, text: str) -> None:
    assert variables_in_sources({path: text}) == ()


def test_variables_are_read_off_help_texts() -> None:
    assert variables_in_help(["  --dir <DIR>  Where [env: ENGINE_DIR=]\n  --x [env: OTHER=here]", "none"]) == (
        "ENGINE_DIR",
        "OTHER",
    )


@settings(deadline=None)
@given(st.text(max_size=120))
def test_no_source_makes_it_fail(text: str) -> None:
    variables_in_sources({"src/main.rs": text})


PROGRAM = """
import os, sys
if sys.argv[1:] in (["--help"], ["-h"]):
    print("Usage: prog [OPTIONS]\\n\\nOptions:\\n      --dir <DIR>  Where [env: PROG_DIR=]\\n")
    sys.exit(0)
home = os.environ.get("HOME")
print("home", "none" if home is None else "empty" if not home else os.path.isdir(home))
folder = os.environ.get("PROG_DIR")
if folder:
    print("folder", sorted(os.listdir(folder)) if os.path.isdir(folder) else "missing")
print("level", os.environ.get("PROG_LEVEL", "unset"))
try:
    open("log", "w").write("x")
except OSError as error:
    print("no log:", error.strerror)
"""
SOURCES = {"src/main.rs": b'let level = std::env::var("PROG_LEVEL");'}


def made(tmp_path: Path) -> list[Case]:
    one = replace(subject({"prog": python(tmp_path / "prog", PROGRAM)}), files=Files(SOURCES))
    cases = CommandProbe().core(one, Config(), Store(tmp_path / "store"))
    return [case for case in cases if case.origin.startswith("environment")]


@needs_sandbox
def test_variables_of_help_and_sources_get_plausible_and_odd_values(tmp_path: Path) -> None:
    cases = made(tmp_path)
    folders = {case.env["PROG_DIR"]: case.files for case in cases if "PROG_DIR" in case.env}
    assert {"", "folder", "input.txt", "missing-folder"} <= set(folders)
    assert "folder/a.txt" in folders["folder"]
    assert {"1", "", "true"} <= {case.env["PROG_LEVEL"] for case in cases if "PROG_LEVEL" in case.env}


@pytest.mark.slow
@needs_sandbox
@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ('"none" if', '"missing" if', "home missing"),
        ('"empty" if', '"blank" if', "home blank"),
        ("no log:", "cannot log:", "cannot log: Permission denied"),
        ('else "missing")', 'else "absent")', "folder absent"),
        ('"PROG_LEVEL", "unset")', '"PROG_LEVEL") or "unset"', "level unset"),
    ],
)
def test_a_change_that_only_odd_surroundings_show_is_seen(tmp_path: Path, old: str, new: str, shown: str) -> None:
    assert old in PROGRAM
    cases = made(tmp_path)
    sides = [subject({"prog": python(tmp_path / name, text)}) for name, text in
             (("old", PROGRAM), ("new", PROGRAM.replace(old, new)))]  # fmt: skip
    probe = CommandProbe()
    seen = [{repr(case): data for case, data in probe.observe(side, cases, 2)} for side in sides]
    found = [probe.compare(case, seen[0][repr(case)], seen[1][repr(case)], pair()).differences for case in cases]
    assert any(shown in one.after for several in found for one in several)
