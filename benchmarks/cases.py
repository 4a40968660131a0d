"""A thousand cases on one executable, against a bare loop that spawns and collects on all cores."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.place import Place, environment
from harness.built import Artifact, Build, Workspace
from harness.model import Case, Revision
from harness.probes.base import Subject
from harness.probes.command import CommandProbe
from harness.store import digest_of

__all__ = ["built", "measure_cases", "subject_of"]

_PROGRAM = """
use std::io::Write;
fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    println!("got {} words: {}", words.len(), words.join(" "));
    eprintln!("a warning");
    let mut file = std::fs::File::create("result.txt").unwrap();
    writeln!(file, "{}", words.join("\\n")).unwrap();
    std::process::exit((words.len() % 3) as i32);
}
"""


def measure_cases(place: Place) -> dict[str, object]:
    """`cases_vs_bare_loop`: throughput by throughput."""
    program = built(place.folder / "small", _PROGRAM)
    cases = [Case(program="small", argv=("run", f"--value={number}")) for number in range(1000)]
    subject = subject_of(program)
    sides = {"harness": lambda: _ours(subject, cases), "bare": lambda: _bare(program, cases)}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    for name in order:
        sides[name]()  # untimed: what is read for the first time
    for _ in range(3 if place.quick else 8):
        for name in order:
            seconds[name].append(sides[name]())
        order.reverse()
    return {
        "cases_vs_bare_loop": statistics.median(seconds["bare"]) / statistics.median(seconds["harness"]),
        "details": {
            "per_second": {name: round(len(cases) / statistics.median(each)) for name, each in seconds.items()},
            "seconds": {name: [round(one, 3) for one in each] for name, each in seconds.items()},
        },
    }


def _ours(subject: Subject, cases: Sequence[Case]) -> float:
    began = time.perf_counter()
    seen = dict(enumerate(CommandProbe().observe(subject, cases, os.cpu_count() or 1)))
    seconds = time.perf_counter() - began
    assert len(seen) == len(cases)
    return seconds


def _bare(program: Path, cases: Sequence[Case]) -> float:
    def run(case: Case) -> tuple[int, bytes, bytes, dict[str, bytes]]:
        with tempfile.TemporaryDirectory() as folder:
            env = {"HOME": folder, "PATH": "/usr/bin:/bin"}
            argv = [str(program), *case.argv]
            done = subprocess.run(argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        return done.returncode, done.stdout, done.stderr, files

    began = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        seen = list(pool.map(run, cases))
    seconds = time.perf_counter() - began
    assert len(seen) == len(cases)
    return seconds


def built(folder: Path, text: str, name: str = "small") -> Path:
    """A program of one file, compiled in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.rs").write_text(text)
    argv = ["rustc", "--edition", "2021", "-o", name, f"{name}.rs"]
    subprocess.run(argv, cwd=folder, env=environment(), check=True, stdin=subprocess.DEVNULL)
    return folder / name


def subject_of(program: Path) -> Subject:
    """A build that has nothing but this program."""
    name = program.name
    digest = digest_of(program.read_bytes())
    build = Build(
        key="",
        revision="",
        tree="",
        features="default",
        toolchain="",
        workspace=Workspace(packages={}, targets=()),
        executables=(Artifact(package=name, target=name, kind="bin", digest=digest),),
    )
    revision = Revision(sha="0" * 40, tree="0" * 40, subject=name, date="2024-01-01T00:00:00+00:00")
    return Subject(revision=revision, build=build, folder=program.parent, executables={name: program})
