"""Running cases: what programs may do, and what is seen of it."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.compare.output import CommandObservation, FileChange
from harness.errors import HarnessError
from harness.model import Case
from harness.probes.containment import Containment, containment
from harness.probes.lanes import run_cases
from tests.support.programs import OPEN, needs_sandbox, observe, observe_one, python, shell

WAYS = [
    pytest.param("contained", marks=needs_sandbox),
    "open",
]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Containment:
    return containment() if request.param == "contained" else OPEN


def changes(seen: CommandObservation) -> dict[bytes, tuple[str, str]]:
    return {one.path: (one.change, one.kind) for one in seen.files}


def only(seen: CommandObservation) -> FileChange:
    (one,) = seen.files
    return one


# -- what is seen ---------------------------------------------------------------------------------------------


def test_status_and_both_streams_are_seen(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, 'echo "out $1"; echo err >&2; exit 3'), "x", contained=way)
    assert (seen.status, seen.stdout, seen.stderr, seen.files) == ("exit 3", b"out x\n", b"err\n", ())


def test_a_signal_is_told_by_its_name(tmp_path: Path, way: Containment) -> None:
    assert observe_one(shell(tmp_path, "kill -SEGV $$"), contained=way).status == "signal SIGSEGV"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell what is ignored")
def test_no_signal_is_ignored_because_the_harness_ignores_it(tmp_path: Path, way: Containment) -> None:
    numbers = [signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1]
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        seen = observe_one(shell(tmp_path, "grep SigIgn /proc/self/status"), contained=way)
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    ignored = int(seen.stdout.split()[1], 16)
    assert not any(ignored >> (number - 1) & 1 for number in numbers)


def test_a_written_file_is_seen_with_mode_and_content(tmp_path: Path, way: Containment) -> None:
    one = only(observe_one(shell(tmp_path, "echo hi >new; chmod 600 new"), contained=way))
    assert (one.path, one.change, one.kind, one.mode, one.content) == (b"new", "created", "file", "600", b"hi\n")


def test_home_and_the_working_directory_are_the_same_fresh_folder(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, 'ls -A; [ "$(pwd)" = "$HOME" ] && pwd'), contained=way)
    assert seen.stdout == b"/tmp/case\n"


def test_provided_files_are_told_only_when_changed_or_deleted(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "echo more >>d/changed; rm d/gone; echo same >d/again; cat d/kept")
    files = {"d/changed": b"1", "d/gone": b"2", "d/kept": b"3", "d/again": b"same\n"}
    seen = observe_one(program, files=files, contained=way)
    assert changes(seen) == {b"d/changed": ("changed", "file"), b"d/gone": ("deleted", "file")}


def test_a_changed_mode_of_a_provided_file_is_told(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, "chmod 600 f"), files={"f": b"1"}, contained=way)
    assert (only(seen).change, only(seen).mode) == ("changed", "600")


def test_links_fifos_and_folders_are_told_by_their_kind(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, "ln -s nowhere l; mkfifo p; mkdir d"), contained=way)
    assert changes(seen) == {b"d": ("created", "folder"), b"l": ("created", "link"), b"p": ("created", "fifo")}
    assert next(one for one in seen.files if one.kind == "link").content == b"nowhere"


def test_a_provided_script_is_executable(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, "./hook"), files={"hook": b"#!/bin/sh\necho ran\n"}, contained=way)
    assert seen.stdout == b"ran\n"


def test_the_environment_is_fixed_and_the_cases_own_is_laid_over_it(
    tmp_path: Path, way: Containment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKED", "1")
    seen = observe_one(shell(tmp_path, "env"), env={"MINE": "{x}", "TERM": "xterm"}, contained=way)
    names = dict(line.split("=", 1) for line in seen.stdout.decode().splitlines())
    assert {"LEAKED", "USER"}.isdisjoint(names)
    assert (names["TZ"], names["LC_ALL"], names["RUST_BACKTRACE"], names["MINE"], names["TERM"]) == (
        ("UTC", "C.UTF-8", "0", "{x}", "xterm")
    )


def test_programs_have_the_same_name_and_directory_with_and_without_a_sandbox(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, 'echo "$0 $PWD $1"'), "/tmp/case/x", contained=way)
    assert seen.stdout == b"/tmp/bin/prog /tmp/case /tmp/case/x\n"


def test_programs_of_a_build_find_each_other(tmp_path: Path, way: Containment) -> None:
    shell(tmp_path, "echo helped", "helper")
    assert observe_one(shell(tmp_path, "helper"), contained=way).stdout == b"helped\n"


def test_standard_input_is_given_and_ends(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "wc -c")
    seen = observe(program, *(Case(program="prog", stdin=b"x" * size) for size in (0, 5, 300_000)), contained=way)
    assert [int(one.stdout) for one in seen] == [0, 5, 300_000]


def test_input_that_nobody_reads_does_no_harm(tmp_path: Path, way: Containment) -> None:
    assert observe_one(shell(tmp_path, "exit 0"), stdin=b"x" * 1_000_000, contained=way).status == "exit 0"


def test_a_missing_program_is_an_observation(tmp_path: Path, way: Containment) -> None:
    shell(tmp_path, "exit 0", "other")
    case = Case(program="prog")
    ((_, seen),) = run_cases({"other": tmp_path / "other"}, [case], lanes=1, contained=way)
    assert seen.status == "could not start: No such file or directory"


def test_an_argument_that_cannot_be_passed_is_an_observation(tmp_path: Path, way: Containment) -> None:
    assert observe_one(shell(tmp_path, "exit 0"), "a\0b", contained=way).status.startswith("could not start: ")


def test_a_case_may_not_name_a_file_outside_its_directory(tmp_path: Path, way: Containment) -> None:
    with pytest.raises(HarnessError, match=r"\.\./x"):
        observe_one(shell(tmp_path, "exit 0"), files={"../x": b""}, contained=way)


def test_cases_do_not_see_each_other(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "ls -A; touch left $1 2>/dev/null")
    seen = observe(program, *(Case(program="prog") for _ in range(20)), contained=way, lanes=2)
    assert {one.stdout for one in seen} == {b""}


# -- bad programs ---------------------------------------------------------------------------------------------


def test_a_program_that_hangs_is_ended(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, "echo begun; sleep 60"), timeout=0.3, contained=way)
    assert (seen.status, seen.stdout) == ("timed out after 0.3 s", b"begun\n")


@pytest.mark.slow
def test_a_program_that_ignores_termination_is_ended(tmp_path: Path, way: Containment) -> None:
    program = python(
        tmp_path,
        """
        import signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
        while True: time.sleep(1)
        """,
    )
    assert observe_one(program, timeout=0.5, contained=way).status == "timed out after 0.5 s"


@pytest.mark.slow
def test_a_daemon_is_ended_and_told(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "setsid sh -c 'sleep 60' & echo started")
    seen = observe(program, Case(program="prog"), Case(program="prog"), contained=way)
    assert {(one.status, one.stdout, one.left_running) for one in seen} == {("exit 0", b"started\n", True)}


def test_a_daemon_that_holds_no_stream_is_ended_and_told(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "setsid sh -c 'sleep 1; touch late' </dev/null >/dev/null 2>&1 &")
    seen = observe_one(program, contained=way)
    assert (seen.left_running, seen.files) == (True, ())


def test_what_ends_by_itself_at_once_was_not_left_running(tmp_path: Path, way: Containment) -> None:
    assert not observe_one(shell(tmp_path, "sleep 0.02 & exit 0"), contained=way).left_running


@pytest.mark.slow
def test_a_flood_of_output_is_cut_short(tmp_path: Path, way: Containment) -> None:
    began = time.monotonic()
    seen = observe_one(shell(tmp_path, "yes"), contained=way, timeout=30)
    assert (seen.status, len(seen.stdout)) == ("output limit", 256 << 10)
    assert time.monotonic() - began < 5


def test_of_what_goes_on_until_its_time_is_over_the_beginning_is_kept(tmp_path: Path, way: Containment) -> None:
    lines = "while :; do i=$((i + 1)); echo $i of very many lines, one of which is too many for the time there is; done"
    program = shell(tmp_path, f"echo begun >&2; {lines}")
    seen = [observe_one(program, contained=way, timeout=seconds) for seconds in (1.5, 2.5)]
    assert [one.timed_out for one in seen] == [True, True]
    assert [(len(one.stdout), one.stderr, one.beyond) for one in seen] == [(256 << 10, b"begun\n", ())] * 2
    assert seen[0].stdout == seen[1].stdout


def test_a_large_output_below_the_limit_is_whole(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, "yes | head -c 3000000"), contained=way)
    assert (seen.status, len(seen.stdout)) == ("exit 0", 3_000_000)


@needs_sandbox
def test_a_program_that_multiplies_is_ended(tmp_path: Path) -> None:
    program = python(
        tmp_path,
        """
        import os, time
        while True:
            try:
                if os.fork() == 0:
                    time.sleep(60)
            except BlockingIOError:
                time.sleep(60)
        """,
    )
    assert observe_one(program, timeout=20).status in ("process limit", "timed out after 20 s")


def test_a_program_that_deletes_its_directory_is_seen_to(tmp_path: Path, way: Containment) -> None:
    seen = observe(shell(tmp_path, 'rm -rf "$HOME"'), *(Case(program="prog", files={"f": b""}),) * 1, contained=way)[0]
    assert changes(seen) == {b".": ("deleted", "folder"), b"f": ("deleted", "file")}


def test_a_link_in_place_of_the_directory_is_not_followed(tmp_path: Path, way: Containment) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("dear")
    program = shell(tmp_path / "bin", f'cd /; rm -rf "$HOME"; ln -s {tmp_path}/precious "$HOME"')
    seen = observe(program, Case(program="prog"), Case(program="prog", argv=("x",)), contained=way)
    assert [changes(one) for one in seen] == [{b".": ("deleted", "folder")}] * 2
    assert (tmp_path / "precious" / "file").read_text() == "dear"


def test_locked_folders_are_looked_into_and_cleared(tmp_path: Path, way: Containment) -> None:
    program = shell(tmp_path, "mkdir -p a/b; echo 1 >a/b/f; chmod 000 a/b/f a/b a .")
    seen = observe(program, Case(program="prog"), Case(program="prog", argv=("x",)), contained=way)
    told = {one.path: (one.kind, one.mode) for one in seen[0].files}
    assert told == {b"a": ("folder", "0"), b"a/b": ("folder", "0"), b"a/b/f": ("file", "0")}
    assert seen[0] == seen[1]


def test_names_that_are_not_text_are_kept(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(python(tmp_path, r"open(b'a\xff\n', 'w')"), contained=way)
    assert only(seen).path == b"a\xff\n"


def test_a_folder_too_deep_to_list_is_cleared(tmp_path: Path, way: Containment) -> None:
    program = python(
        tmp_path,
        """
        import os
        for _ in range(1500):
            os.mkdir("d")
            os.chdir("d")
        """,
    )
    programs = {"prog": program, "after": shell(tmp_path, "ls -A", "after")}
    cases = [Case(program="prog"), Case(program="after")]
    # A program that takes long holds up no other, so that either may come first.
    seen = {case.program: one for case, one in run_cases(programs, cases, lanes=1, contained=way)}
    assert (seen["prog"].status, seen["prog"].files[-1].kind) == ("exit 0", "unlisted")
    assert seen["after"].stdout == b""


def test_of_a_large_file_only_the_digest_is_kept(tmp_path: Path, way: Containment) -> None:
    one = only(observe_one(shell(tmp_path, "head -c 5000000 /dev/zero >big"), contained=way))
    assert (one.size, one.content, one.whole, len(one.digest)) == (5_000_000, b"", False, 64)


def test_the_case_that_kills_the_runner_is_told_and_the_others_run(tmp_path: Path) -> None:
    program = shell(tmp_path, '[ "$1" = kill ] && kill -9 $PPID; echo "$1"')
    cases = [Case(program="prog", argv=(word,)) for word in ("a", "kill", "b", "c", "d")]
    seen = observe(program, *cases, contained=OPEN)
    assert [one.status for one in seen] == ["exit 0", "runner lost", "exit 0", "exit 0", "exit 0"]


def test_a_case_that_cannot_be_laid_out_is_an_error(tmp_path: Path, way: Containment) -> None:
    with pytest.raises(HarnessError, match="could not be prepared"):
        observe_one(shell(tmp_path, "exit 0"), files={"a": b"", "a/b": b""}, contained=way)


def test_a_sandbox_that_cannot_be_entered_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="ends as soon as it is started"):
        observe_one(shell(tmp_path, "exit 0"), contained=Containment(tool="/bin/false"))


def test_nothing_is_left_when_the_loop_is_left_early(tmp_path: Path, way: Containment) -> None:
    marker = f"sleep 31.{os.getpid()}"
    program = shell(tmp_path, f'[ "$1" = 0 ] || exec {marker}')
    running: Iterator[object] = run_cases(
        {"prog": program}, [Case(program="prog", argv=(str(n),)) for n in range(3)], lanes=2, contained=way
    )
    next(running)
    running.close()  # type: ignore[attr-defined]
    time.sleep(0.1)
    assert marker not in _command_lines()


def _command_lines() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
        except OSError:
            continue
    return found


# -- containment ----------------------------------------------------------------------------------------------


@needs_sandbox
@pytest.mark.parametrize(
    "where",
    [
        "/tmp/harness-test-outside",
        "/usr/harness-test-outside",
        "{home}/harness-test-outside",
        "{repo}/harness-test-outside",
    ],
)
def test_nothing_outside_can_be_written(tmp_path: Path, where: str) -> None:
    path = Path(where.format(home=Path.home(), repo=Path(__file__).parent))
    observe_one(shell(tmp_path, 'echo x >"$1"; mkdir -p "$1.d"'), str(path))
    assert not path.exists()
    assert not path.with_suffix(".d").exists()


@needs_sandbox
def test_nothing_outside_can_be_changed_or_deleted(tmp_path: Path) -> None:
    victim = Path.cwd() / f".harness-test-victim-{os.getpid()}"
    victim.write_text("dear")
    try:
        observe_one(shell(tmp_path, 'echo x >"$1"; chmod 777 "$1"; rm -f "$1"'), str(victim))
        assert (victim.read_text(), victim.stat().st_mode & 0o777) != ("dear", 0o777)
        assert victim.read_text() == "dear"
    finally:
        victim.unlink()


@needs_sandbox
def test_there_is_no_network(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    program = python(
        tmp_path,
        f"""
        import socket
        socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 2)
        """,
    )
    seen = observe_one(program)
    assert b"ConnectionRefusedError" in seen.stderr
    with server, pytest.raises(TimeoutError):
        server.accept()


@needs_sandbox
def test_programs_can_talk_to_themselves_over_the_loopback(tmp_path: Path) -> None:
    program = python(
        tmp_path,
        """
        import socket
        server = socket.create_server(("127.0.0.1", 8123))
        socket.create_connection(("127.0.0.1", 8123))
        print("connected")
        """,
    )
    assert observe_one(program).stdout == b"connected\n"


@needs_sandbox
def test_processes_outside_cannot_be_seen_or_ended(tmp_path: Path) -> None:
    seen = observe_one(
        shell(tmp_path, f'kill -9 {os.getpid()} 2>/dev/null || echo "no such"; ls -d /proc/[0-9]* | wc -l')
    )
    first, count = seen.stdout.split(b"\n", 1)
    assert first == b"no such"
    assert int(count) < 8


@needs_sandbox
def test_what_is_written_to_shared_folders_is_gone_in_the_next_case(tmp_path: Path) -> None:
    program = shell(tmp_path, "ls -A /tmp /var/tmp /dev/shm; touch /tmp/x /var/tmp/x /dev/shm/x; mkdir -p /tmp/d/e")
    first, second = observe(program, Case(program="prog"), Case(program="prog", argv=("again",)))
    assert first.stdout == second.stdout
    assert first.status == second.status == "exit 0"


@needs_sandbox
def test_hidden_folders_are_empty(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "file").touch()
    program = shell(tmp_path / "bin", f"ls -A {tmp_path}/hidden")
    made = containment()
    ((_, seen),) = run_cases(
        {"prog": program}, [Case(program="prog")], lanes=1, contained=made, hidden=[tmp_path / "hidden"]
    )
    assert (seen.status, seen.stdout) == ("exit 0", b"")


@needs_sandbox
def test_nothing_stands_above_the_case(tmp_path: Path) -> None:
    assert observe_one(shell(tmp_path, "ls -A ..")).stdout == b"bin\ncase\n"


def test_a_system_without_bubblewrap_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert containment.__wrapped__() == Containment(reason="bubblewrap (the program bwrap) is not installed")


def test_a_sandbox_that_is_forbidden_is_told_with_its_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell(tmp_path, "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1", "bwrap")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    made = containment.__wrapped__()
    assert not made.works
    assert made.reason == "bubblewrap does not work here: bwrap: setting up uid map: Permission denied"


# -- surroundings of a case -----------------------------------------------------------------------------------


def test_a_variable_can_be_missing_that_every_case_has(tmp_path: Path, way: Containment) -> None:
    seen = observe_one(shell(tmp_path, 'echo "${HOME-none} ${TERM-none}"'), unset=("HOME",), contained=way)
    assert seen.stdout == b"none dumb\n"


@needs_sandbox
def test_the_directory_can_be_read_only_and_is_cleared_all_the_same(tmp_path: Path) -> None:
    program = shell(tmp_path, "cat given; echo more >new && echo written")
    first = observe_one(program, files={"given": b"text"}, read_only=True)
    assert (first.stdout, first.files) == (b"text", ())
    assert b"written" in observe_one(program, files={"given": b"text"}).stdout


@pytest.mark.slow
@needs_sandbox
def test_programs_that_do_not_end_run_beside_each_other_and_what_they_did_counts(tmp_path: Path) -> None:
    program = shell(tmp_path, 'echo "listening on $1"; sleep 60')
    cases = [Case(program="prog", argv=(str(number),), timeout=1.5, endless=True) for number in range(12)]
    began = time.monotonic()
    seen = observe(program, *cases, lanes=1)
    assert time.monotonic() - began < 9
    assert [one.stdout for one in seen] == [b"listening on %d\n" % number for number in range(12)]
    assert {one.status for one in seen} == {"stopped after 1.5 s"}
    assert not any(one.timed_out for one in seen)


@pytest.mark.slow
@needs_sandbox
def test_each_of_those_has_a_network_of_its_own(tmp_path: Path) -> None:
    text = """
        import socket, time
        listening = socket.create_server(("127.0.0.1", 4567))
        print("listening", flush=True)
        time.sleep(60)
    """
    cases = [Case(program="prog", argv=(str(number),), timeout=2, endless=True) for number in range(4)]
    assert {one.stdout for one in observe(python(tmp_path, text), *cases)} == {b"listening\n"}


CLIENT = """
    import socket, sys
    for where in sys.argv[1:]:
        made = socket.socket(socket.AF_INET if ":" in where else socket.AF_UNIX)
        try:
            made.connect(("127.0.0.1", int(where.split(":")[1])) if ":" in where else where)
            print("let in,", made.recv(9))
        except OSError as error:
            print(error.strerror)
"""


@needs_sandbox
def test_somebody_listens_at_the_sockets_of_a_case_and_they_are_no_files_that_it_left(tmp_path: Path) -> None:
    places = ("run/app.sock", "127.0.0.1:5432")
    cases = [Case(program="prog", argv=places, sockets=places), Case(program="prog", argv=places)]
    there, gone = observe(python(tmp_path, CLIENT), *cases)
    assert (there.stdout, there.files) == (b"let in, b''\nlet in, b''\n", ())
    assert gone.stdout == b"No such file or directory\nConnection refused\n"


@needs_sandbox
def test_a_socket_that_the_program_takes_away_is_told(tmp_path: Path) -> None:
    seen = observe_one(shell(tmp_path, "rm run/app.sock"), sockets=("run/app.sock",))
    assert [(one.path, one.change, one.kind) for one in seen.files] == [(b"run/app.sock", "deleted", "socket")]


@needs_sandbox
def test_a_socket_that_cannot_be_there_is_left_out(tmp_path: Path) -> None:
    seen = observe_one(shell(tmp_path, "ls"), files={"run": b""}, sockets=("run/app.sock", "x" * 200, "127.0.0.1:x"))
    assert (seen.status, seen.stdout) == ("exit 0", b"run\n")
