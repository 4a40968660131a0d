"""Small programs that stand for what cargo built, and ways to run cases on them."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.built import Artifact, Build, Workspace
from harness.compare.output import CommandObservation
from harness.compare.redact import Redactor, default_rules, rules_from
from harness.config import Config
from harness.model import Case, Revision
from harness.probes.base import Pair, Subject
from harness.probes.containment import Containment, containment
from harness.probes.lanes import run_cases
from harness.store import digest_of

OPEN = Containment(reason="this test goes without")

needs_sandbox = pytest.mark.skipif(not containment().works, reason=f"no sandbox here: {containment().reason}")


def shell(folder: Path, text: str, name: str = "prog") -> Path:
    """Makes a program of a shell script."""
    return _made(folder / name, f"#!/bin/sh\n{textwrap.dedent(text)}")


def python(folder: Path, text: str, name: str = "prog") -> Path:
    """Makes a program of a Python script, run by the interpreter outside of any virtual environment."""
    interpreter = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return _made(folder / name, f"#!{interpreter} -IS\n{textwrap.dedent(text)}")


def _made(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def observe(
    program: Path, *cases: Case, contained: Containment | None = None, lanes: int = 1
) -> list[CommandObservation]:
    """What running each case on a program gave, in the order of the cases."""
    made = contained or containment()
    seen = {id(case): one for case, one in run_cases({program.name: program}, cases, lanes=lanes, contained=made)}
    return [seen[id(case)] for case in cases]


def observe_one(program: Path, *argv: str, contained: Containment | None = None, **more: object) -> CommandObservation:
    """What one run gave. `more` are fields of the case."""
    return observe(program, Case(program=program.name, argv=argv, **more), contained=contained)[0]  # type: ignore[arg-type]


def revision(name: str = "a") -> Revision:
    """A revision that is nowhere."""
    return Revision(sha=digest_of(name.encode())[:40], tree=name, subject=name, date="2024-01-01T00:00:00+00:00")


def pair(config: Config | None = None) -> Pair:
    """Two revisions, the rules of a configuration and the default ones."""
    old, new = revision("old"), revision("new")
    rules = (*rules_from(config or Config()), *default_rules())
    return Pair(
        baseline=old,
        candidate=new,
        before=Redactor(rules, old),
        after=Redactor(rules, new),
        config=config or Config(),
    )


def subject(programs: Mapping[str, Path], workspace: Workspace | None = None) -> Subject:
    """A build that has these programs."""
    executables = tuple(
        Artifact(package="p", target=name, kind="bin", digest=digest_of(path.read_bytes()))
        for name, path in programs.items()
    )
    build = Build(
        key="key",
        revision="r",
        tree="t",
        features="default",
        toolchain="",
        workspace=workspace or Workspace(packages={}, targets=()),
        executables=executables,
    )
    folder = next(iter(programs.values())).parent
    return Subject(revision=revision(), build=build, folder=folder, executables=programs)
