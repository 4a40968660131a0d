"""Processes end when they must, with everything they started, and see only the environment that they were given."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from harness import process
from harness.errors import Interrupted, MissingTool
from harness.process import clean_environment, command_line, end_all, run, start, stream

ENV = {"PATH": os.environ["PATH"]}

# Starts a grandchild that writes its own number to a file and sleeps, with the pipes inherited.
FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session={detached})
open(sys.argv[1], "w").write(str(child.pid))
print("begun", flush=True)
{then}
"""


def family(tmp_path: Path, *, detached: bool = False, then: str = "time.sleep(300)") -> tuple[list[str], Path]:
    pid = tmp_path / "pid"
    return [sys.executable, "-c", FAMILY.format(detached=detached, then=then), str(pid)], pid


def is_alive(pid: Path) -> bool:
    for _ in range(50):
        try:
            state = Path("/proc", pid.read_text(), "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state == "Z":
            return False
        time.sleep(0.05)
    return True


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


# -- run ------------------------------------------------------------------------------------------------------


def test_a_process_gets_its_input_and_gives_its_output_and_status(tmp_path: Path) -> None:
    code = "import sys; d = sys.stdin.read(); print(d.upper()); print('bad', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code], cwd=tmp_path, env=ENV, stdin=b"hello")
    assert (done.status, done.text, done.stderr, done.timed_out) == (3, "HELLO\n", b"bad\n", False)


def test_a_signal_is_a_negative_status(tmp_path: Path) -> None:
    assert run(["sh", "-c", "kill -SEGV $$"], cwd=tmp_path, env=ENV).status == -11


def test_input_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    assert run(["true"], cwd=tmp_path, env=ENV, stdin=b"x" * 1_000_000).status == 0


@pytest.mark.slow
@linux
def test_a_timeout_ends_the_grandchildren_too_and_keeps_what_was_written(tmp_path: Path) -> None:
    argv, pid = family(tmp_path)
    done = run(argv, cwd=tmp_path, env=ENV, timeout=1.5)
    assert (done.timed_out, done.stdout) == (True, b"begun\n")
    assert not is_alive(pid)


@pytest.mark.slow
@linux
def test_a_timeout_holds_although_a_grandchild_left_the_group_and_holds_the_pipes(tmp_path: Path) -> None:
    argv, pid = family(tmp_path, detached=True)
    began = time.monotonic()
    done = run(argv, cwd=tmp_path, env=ENV, timeout=1.5)
    os.kill(int(pid.read_text()), 9)
    assert (done.timed_out, done.stdout) == (True, b"begun\n")
    assert time.monotonic() - began < 30


@linux
def test_what_a_process_left_running_in_its_group_ends_with_it(tmp_path: Path) -> None:
    argv, pid = family(tmp_path, then="import os; os.close(1); os.close(2); sys.exit(0)")
    code = argv[2].replace("start_new_session=False", "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL")
    assert run([argv[0], "-c", code, argv[3]], cwd=tmp_path, env=ENV, timeout=60).status == 0
    assert not is_alive(pid)


def test_a_missing_program_is_named_with_what_it_was_needed_for(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match=r"`no-such-program` was not found\..*no-such-program --version"):
        run(["no-such-program", "--version"], cwd=tmp_path, env=ENV)


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run(["true"], cwd=tmp_path / "absent", env=ENV)


# -- stream ---------------------------------------------------------------------------------------------------


def test_lines_are_handed_over_whole_as_they_come(tmp_path: Path) -> None:
    code = "import sys; w = sys.stdout.buffer; w.write(b'one\\rtwo\\n\\n' + b'x' * 200_000 + b'\\nlast'); w.flush()"
    lines: list[bytes] = []
    done = stream([sys.executable, "-c", code], cwd=tmp_path, env=ENV, on_line=lines.append, log=tmp_path / "log")
    assert lines == [b"one\rtwo\n", b"\n", b"x" * 200_000 + b"\n", b"last"]
    assert (done.status, done.stdout) == (0, b"")


@pytest.mark.slow
def test_a_line_is_handed_over_before_the_process_ends(tmp_path: Path) -> None:
    seen: list[float] = []
    code = "import time; print('a', flush=True); time.sleep(2)"
    began = time.monotonic()
    stream(
        [sys.executable, "-c", code], cwd=tmp_path, env=ENV, log=tmp_path / "log",
        on_line=lambda line: seen.append(time.monotonic()),
    )  # fmt: skip
    assert time.monotonic() - seen[0] > 1.5
    assert seen[0] >= began


def test_standard_error_goes_to_the_log_and_its_end_comes_back(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"before\n")
    done = stream(["sh", "-c", "echo bad >&2; exit 4"], cwd=tmp_path, env=ENV, on_line=lambda line: None, log=log)
    assert (done.status, log.read_bytes(), done.stderr) == (4, b"before\nbad\n", b"before\nbad\n")


@pytest.mark.slow
@linux
@pytest.mark.parametrize("detached", [False, True])
def test_a_stream_that_runs_out_of_time_ends_with_its_grandchildren(tmp_path: Path, detached: bool) -> None:
    argv, pid = family(tmp_path, detached=detached)
    lines: list[bytes] = []
    done = stream(argv, cwd=tmp_path, env=ENV, on_line=lines.append, log=tmp_path / "log", timeout=1.5)
    if detached:
        os.kill(int(pid.read_text()), 9)
    assert (done.timed_out, lines) == (True, [b"begun\n"])
    assert not is_alive(pid)


@pytest.mark.slow
@linux
def test_a_stream_does_not_wait_for_a_daemon_that_its_process_left_behind(tmp_path: Path) -> None:
    argv, pid = family(tmp_path, detached=True, then="")
    done = stream(argv, cwd=tmp_path, env=ENV, on_line=lambda line: None, log=tmp_path / "log")
    os.kill(int(pid.read_text()), 9)
    assert (done.status, done.timed_out) == (0, False)


@linux
def test_an_error_while_reading_ends_the_process(tmp_path: Path) -> None:
    argv, pid = family(tmp_path)

    def fail(line: bytes) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match="begun"):
        stream(argv, cwd=tmp_path, env=ENV, on_line=fail, log=tmp_path / "log")
    assert not is_alive(pid)


# -- the environment ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "PYTEST_ADDOPTS",
        "PYTHONPATH",
        "RUST_LOG",
        "RUST_BACKTRACE",
        "HARNESS_X",
        "COV_CORE",
    ],
)
def test_what_would_reach_git_pytest_or_the_output_is_taken_out(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "from outside")
    assert clean_environment().get(name) != "from outside"


def test_the_rest_is_kept_and_what_is_given_is_laid_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "clang")
    monkeypatch.setenv("LC_ALL", "de_DE")
    made = clean_environment({"RUST_BACKTRACE": "1", "X": "y"})
    assert (made["CC"], made["LC_ALL"], made["TZ"], made["RUST_BACKTRACE"], made["X"]) == (
        "clang", "C.UTF-8", "UTC", "1", "y",
    )  # fmt: skip


def test_a_process_sees_the_environment_that_it_was_given_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKED", "1")
    done = run(["/usr/bin/env"], cwd=tmp_path, env={"ONLY": "this"})
    assert done.text == "ONLY=this\n"


def test_a_command_line_can_be_pasted(tmp_path: Path) -> None:
    argv = ["printf", "%s|", "a b", "c'd", "$HOME", "*", ""]
    line = command_line(argv, tmp_path)
    assert line.startswith(f"cd {tmp_path} && ")
    assert subprocess.check_output(["sh", "-c", line]) == b"a b|c'd|$HOME|*||"


# -- the end --------------------------------------------------------------------------------------------------


@linux
def test_at_the_end_of_a_session_everything_ends_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_stopping", threading.Event())
    monkeypatch.setattr(process, "_running", set())
    argv, pid = family(tmp_path)
    with end_all():
        tool = start(argv, cwd=tmp_path, env=ENV)
        assert tool.stdout.readline() == b"begun\n"
    assert not is_alive(pid)
    with pytest.raises(Interrupted):
        start(["true"], cwd=tmp_path, env=ENV)
    assert tool.end() == -9
