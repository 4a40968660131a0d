"""Whole runs of pytest: how long a second one takes, what processes it starts, and how much memory the first takes."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.place import Place, environment, harness_argv
from harness.probes.runner.streams import OUTPUT_LIMIT
from tests.support.repo import Repo

__all__ = ["measure_memory", "measure_range"]

_WATCHED = ("cargo", "rustc", "rustdoc", "clippy-driver")
_SECOND_RUNS = 3

_FLOOD = """
use std::io::Write;

const HELP: &str = "Floods.\\n\\nUsage: flood [OPTIONS] [TEXT]\\n\\nOptions:\\n\\
  -a, --all            Everything\\n  -b, --bytes <COUNT>  How many [default: 7]\\n  -c, --colour <WHEN>  \\
[possible values: auto, always, never]\\n  -d, --depth <DEPTH>  How deep\\n  -h, --help           Print help\\n";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        out.write_all(HELP.as_bytes()).unwrap();
        return;
    }
    let line = format!("{} GREETING, and this line is written again and again\\n", words.join(" "));
    let size = if words.iter().any(|word| word == "--depth") { LIMIT - line.len() } else { 16 << 20 };
    let many = line.repeat(size / line.len());
    let _ = out.write_all(many.as_bytes());
    let _ = std::io::stderr().lock().write_all(many.as_bytes());
}
"""


def measure_range(place: Place, repository: Path, commits: Sequence[str]) -> dict[str, object]:
    """`warm_seconds`, and the memory of the run before, which builds and observes everything.

    Programs of the toolchain are called through scripts that note it, so that none goes unseen.
    """
    notes = place.folder / "started.txt"
    path = f"{_watching(place.folder / 'watched', notes)}{os.pathsep}{os.environ['PATH']}"
    shutil.rmtree(place.store / "records", ignore_errors=True)
    argv = harness_argv(place.store, f"--harness-range={commits[0]}..{commits[-1]}")
    cold = _watched(argv, repository, place, path)
    notes.write_text("")
    runs = [_watched(argv, repository, place, path) for _ in range(_SECOND_RUNS)]
    started = notes.read_text().split()
    return {
        "warm_seconds": statistics.median(seconds for seconds, _ in runs),
        "peak_mb": max(peak for _, peak in (cold, *runs)),
        "details": {
            "commits": len(commits) - 1,
            "first_run": {"seconds": round(cold[0], 1), "peak_mb": round(cold[1], 1)},
            "second_runs": [{"seconds": round(one, 3), "peak_mb": round(peak, 1)} for one, peak in runs],
            "toolchain_processes_of_second_runs": started,
        },
    }


def measure_memory(place: Place) -> dict[str, object]:
    """The memory of a run on a program that floods.

    With `--depth` it writes the most that is kept whole, else 16 MiB, on each of both streams.
    """
    folder, store = place.folder / "flood", place.folder / "flood-store"
    for one in (folder, store):
        shutil.rmtree(one, ignore_errors=True)
    repo = Repo(folder)
    program = _FLOOD.replace("LIMIT", str(OUTPUT_LIMIT))
    manifest = '[package]\nname = "flood"\nversion = "0.1.0"\nedition = "2021"\n'
    repo.commit("first", {"Cargo.toml": manifest, "src/main.rs": program.replace("GREETING", "hello")})
    repo.commit("second", {"src/main.rs": program.replace("GREETING", "good day")})
    argv = harness_argv(store, "--harness-range=HEAD~1..HEAD", "--harness-probes=command")
    seconds, peak = _watched(argv, folder, place, os.environ["PATH"])
    shutil.rmtree(store, ignore_errors=True)
    return {
        "peak_mb": peak,
        "details": {"seconds": round(seconds, 1), "peak_mb": round(peak, 1)},
    }


def _watched(argv: Sequence[str], cwd: Path, place: Place, path: str) -> tuple[float, float]:
    """Seconds and, in MB, the most memory that the process itself (no child) ever had.

    Raises:
        SystemExit: pytest ended otherwise than with verdicts.
    """
    with place.log.open("ab") as sink:
        sink.write(f"\n$ cd {cwd} && {' '.join(argv)}\n".encode())
        sink.flush()
        began = time.perf_counter()
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment({"PATH": path}),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        peak = 0.0
        ended = threading.Event()

        def poll() -> None:
            nonlocal peak
            while not ended.wait(0.05):
                peak = max(peak, _high_water(process.pid))

        poller = threading.Thread(target=poll)
        poller.start()
        status = process.wait()
        seconds = time.perf_counter() - began
        ended.set()
        poller.join()
    if status not in (0, 1):
        sys.exit(f"`{' '.join(argv)}` in {cwd} ended with status {status}; the end of {place.log} says why.")
    return seconds, peak


def _high_water(pid: int) -> float:
    """Megabytes. From proc_pid_status(5), VmHWM: the most resident memory so far."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:")), 0.0)


def _watching(folder: Path, notes: Path) -> Path:
    """A folder with a stand-in for each program of the toolchain, which notes its name and becomes the real one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _WATCHED:
        real = shutil.which(name)
        if real is not None and not (folder / name).exists():
            (folder / name).write_text(f'#!/bin/sh\necho {name} >>"{notes}"\nexec "{real}" "$@"\n')
            (folder / name).chmod(0o755)
    return folder
