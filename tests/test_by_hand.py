"""Configurations from a strategy in somebody's Python file, and what is said of one that does not do."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from harness.cases.by_hand import by_hand
from harness.cases.configured import Configured
from harness.config import Config, parse
from harness.errors import ConfigError
from harness.model import Case
from harness.store import Store
from tests.support.folder import everything
from tests.support.judging import judged
from tests.support.programs import needs_sandbox, python, subject

STRATEGIES = """
import os
from hypothesis import strategies as st
print("imported")
pipelines = st.fixed_dictionaries({"limit": st.integers(0, 9), "name": st.sampled_from(["a", "b"])})
texts = st.sampled_from(["one\\n", "two\\n"])
def made(): return st.just(b"\\xff")
number = 5
picky = st.integers().filter(lambda value: value * 7919 % 100003 == 5)
odd = st.builds(object)
def broken(): raise ValueError("not today")
raising = st.integers().map(lambda value: 1 // 0)
slow = st.builds(lambda: __import__("time").sleep(100))
"""


def ground(folder: Path, python_spec: str, extra: str = "") -> object:
    """What cases grow on, for one command with a strategy."""
    from harness.cases.base import Ground

    (folder / "work").mkdir(exist_ok=True)
    return Ground(
        build=subject({"prog": python(folder / "bin", "")}).build,
        programs=("prog",),
        config=config(folder / "work", python_spec, extra),
        store=Store(folder / "store"),
        run=lambda cases: (),
    )


def config(folder: Path, python_spec: str, extra: str = "") -> Config:
    text = (
        f'[[command]]\nname = "check"\nargv = ["check", "{{config}}"]\nconfig = {{ python = "{python_spec}"{extra} }}\n'
    )
    made = parse(text, "harness.toml")
    return replace(made, by_hand=by_hand(made.command, folder))


def cases(folder: Path, python_spec: str, extra: str = "", text: str = STRATEGIES) -> Sequence[Case]:
    (folder / "work").mkdir(exist_ok=True)
    (folder / "work" / "plans.py").write_text(text)
    return Configured().cases(ground(folder, python_spec, extra), ())  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "name", "read"),
    [
        ("", "config.yaml", yaml.safe_load),
        (', format = "json"', "config.json", json.loads),
        (', format = "toml"', "config.toml", lambda data: tomllib.loads(data.decode())),
    ],
)
def test_data_is_written_in_the_format_that_is_asked_for(tmp_path: Path, extra: str, name: str, read: object) -> None:
    made = cases(tmp_path, "plans:pipelines", extra)
    assert len({case.files[name] for case in made}) == len(made)
    assert all(case.argv == ("check", name) for case in made)
    assert {read(case.files[name])["limit"] for case in made} == set(range(10))  # type: ignore[operator]


@pytest.mark.slow
def test_texts_and_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    assert {case.files["config.yaml"] for case in cases(tmp_path, "plans:texts")} == {b"one\n", b"two\n"}
    assert [case.files["config.yaml"] for case in cases(tmp_path, "plans:made")] == [b"\xff"]


@pytest.mark.slow
def test_the_same_values_come_in_the_same_order_each_time(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert cases(tmp_path / "a", "plans:pipelines") == cases(tmp_path / "b", "plans:pipelines")


def test_values_are_drawn_once_until_the_file_changes(tmp_path: Path) -> None:
    first = cases(tmp_path, "plans:texts")
    made = ground(tmp_path, "plans:texts")
    (tmp_path / "work" / "plans.py").unlink()
    assert Configured().cases(made, ()) == first  # type: ignore[arg-type]
    changed = cases(tmp_path, "plans:texts", text=STRATEGIES.replace("two", "three"))
    assert {case.files["config.yaml"] for case in changed} == {b"one\n", b"three\n"}


def test_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "plans.py").write_text(STRATEGIES)
    before = everything(tmp_path / "work")
    Configured().cases(ground(tmp_path, "plans:pipelines"), ())  # type: ignore[arg-type]
    assert everything(tmp_path / "work") == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("plans", "is not written as module:strategy"),
        ("no.such:thing", "is in a module that is not there"),
        ("plans:nothing", "is not there: the module has no `nothing`"),
        ("plans:number", "is no Hypothesis strategy but an int"),
        ("plans:picky", "rejects too much"),
        ("plans:odd", "gives an object that cannot be written as yaml"),
        ("plans:broken", "is a function that fails: ValueError: not today"),
        ("plans:raising", "fails while it draws: ZeroDivisionError"),
    ],
)
def test_a_strategy_that_does_not_do_is_one_clear_error(tmp_path: Path, spec: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        cases(tmp_path, spec)
    text = str(caught.value)
    assert f"harness.toml: the strategy {spec} of the command `check` {said}" in text
    assert "Traceback" not in text


def test_a_strategy_in_a_file_that_does_not_import_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be imported: ModuleNotFoundError: No module named 'nowhere'"):
        cases(tmp_path, "plans:x", text="import nowhere\n")


@pytest.mark.slow
def test_a_strategy_that_takes_for_ever_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.cases.by_hand._PATIENCE", 2.0)
    with pytest.raises(ConfigError, match=r"did not give 100 values in 2 s\. Make it simpler"):
        cases(tmp_path, "plans:slow")


def test_an_unknown_format_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is to be written as ini\. Known are yaml, json, toml"):
        cases(tmp_path, "plans:texts", ', format = "ini"')


@pytest.mark.slow
@needs_sandbox
def test_a_drawn_configuration_shows_a_change(tmp_path: Path) -> None:
    (tmp_path / "plans.py").write_text(STRATEGIES)
    program = "import sys\nif 'limit: 7' in ''.join(open(one).read() for one in sys.argv[2:]): print('seven')\n"
    made = replace(config(tmp_path, "plans:pipelines"), cases=2)
    (one,) = judged(tmp_path, program, program.replace("seven", "7"), config=made).differences
    assert one.case is not None
    assert one.case.files == {"config.yaml": b"limit: 7\n"}
