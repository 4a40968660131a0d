"""Servers that cases need: started in the case's sandbox, fresh for each or staying, and gone afterwards."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cases.services import again, at_port, served
from harness.compare.benchmark import decode
from harness.compare.output import CommandObservation
from harness.config import Config, parse
from harness.errors import ConfigError, HarnessError
from harness.model import Case, Session
from harness.probes.benchmark import BenchmarkProbe
from harness.probes.command import CommandProbe
from harness.probes.containment import Containment, containment
from harness.probes.lanes import OpenLanes, run_cases
from harness.probes.services import ServiceFailed, identity_of, log_kept, search_path
from harness.server import Ready, Server
from harness.store import Store
from harness.verify.observer import Observer
from tests.support.files import Files
from tests.support.judging import judged
from tests.support.programs import OPEN, needs_sandbox, python, subject

SERVER = """
import os, signal, socketserver, sys, time

class Counter(socketserver.StreamRequestHandler):
    def handle(self):
        said = self.rfile.readline().decode().strip()
        if not said:
            return  # somebody looks whether it is up
        if said == "die":
            os._exit(9)
        if said == "fork":
            if not os.fork():
                if os.fork():
                    os._exit(0)
                os.setsid()
                time.sleep(600)
                os._exit(0)
            os.wait()
        with open(sys.argv[2] + "/count", "a+") as file:
            file.write("x")
            file.flush()
            file.seek(0)
            self.wfile.write(b"%d %s\\n" % (len(file.read()), os.environ.get("GREETING", "").encode()))

class Server(socketserver.TCPServer):
    allow_reuse_address = True

server = Server(("127.0.0.1", int(sys.argv[1])), Counter)
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
print("serving", flush=True)
server.serve_forever()
"""
"""Answers each line with how often it was asked, counted in a file of its data directory."""

CLIENT = """
import os, socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5) as one:
    one.sendall(sys.argv[2].encode() + b"\\n")
    print(sys.argv[1], one.makefile().readline().strip() or "nothing", os.environ.get("COUNTER", ""))
"""

TOML = """
[[service]]
name = "counter"
argv = ["python3", "-S", "{file:server.py}", "{port}", "{data}"]
env = { GREETING = "hello" }
provides = { COUNTER = "127.0.0.1:{port}" }
timeout = 20
"""
WAYS = [pytest.param("contained", marks=needs_sandbox), "open"]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Containment:
    return containment() if request.param == "contained" else OPEN


def config(more: str = "", toml: str = TOML) -> Config:
    return parse(f"{toml}{more}", "harness.toml")


def case(said: str = "count", made: Config | None = None, server: str = SERVER) -> Case:
    """A case whose program says this to the server."""
    blank = Case(program="prog", argv=("{service.counter.port}", said), origin=f"harness.toml: {said}")
    return served(blank, (), made or config(), Files({"server.py": server.encode()}), "the command `c`")


def run(folder: Path, cases: Sequence[Case], way: Containment) -> list[CommandObservation]:
    program = python(folder / "bin", CLIENT)
    seen = {id(one): done for one, done in run_cases({"prog": program}, cases, lanes=1, contained=way)}
    return [seen[id(one)] for one in cases]


def failure(folder: Path, one: Case, way: Containment) -> ServiceFailed:
    with pytest.raises(ServiceFailed) as caught:
        run(folder, [one], way)
    return caught.value


def children() -> list[int]:
    """The processes below this one, which a server that was forgotten would be among."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(path.parent.name)] = int(fields[1])
    found = [os.getpid()]
    for parent in found:
        found += [one for one, above in parents.items() if above == parent]
    return found[1:]


# -- what cases get -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_case_gets_the_server_newly_started_on_fresh_data(tmp_path: Path, way: Containment) -> None:
    seen = run(tmp_path, [case("one"), case("two"), case("three")], way)
    assert [one.stdout.split()[1:3] for one in seen] == [[b"1", b"hello"]] * 3


def test_a_server_of_the_run_serves_one_case_after_another(tmp_path: Path, way: Containment) -> None:
    made = config('per = "run"\n')
    seen = run(tmp_path, [case("one", made), case("two", made)], way)
    assert [one.stdout.split()[1] for one in seen] == [b"1", b"2"]


def test_the_port_is_the_same_text_with_and_without_a_sandbox_and_cases_have_what_is_provided(
    tmp_path: Path, way: Containment
) -> None:
    one = case()
    (port,) = one.services[0].ports
    (seen,) = run(tmp_path, [one], way)
    assert seen.stdout == f"{port} 1 hello 127.0.0.1:{port}\n".encode()


@pytest.mark.slow
def test_set_up_is_run_once_and_every_case_starts_with_what_it_left(tmp_path: Path, way: Containment) -> None:
    made = config("""setup = [["sh", "-c", "printf xxx >{data}/count; date +%s%N >{data}/when"]]\n""")
    look = Case(program="look", argv=("{service.counter.data}/when",))
    look = served(look, (), made, Files({"server.py": SERVER.encode()}), "x")
    asks = case("one", made)
    programs = {"prog": python(tmp_path, CLIENT), "look": python(tmp_path, LOOK, "look")}
    cases = [look, asks, replace(look, origin="again")]
    seen = {id(one): done for one, done in run_cases(programs, cases, lanes=1, contained=way)}
    assert seen[id(asks)].stdout.split()[1] == b"4"
    assert seen[id(cases[0])].stdout == seen[id(cases[2])].stdout != b""


LOOK = "import sys\nprint(open(sys.argv[1]).read())\n"


@pytest.mark.slow
def test_what_seeds_a_server_is_run_while_it_is_up(tmp_path: Path, way: Containment) -> None:
    made = config("""seed = [["python3", "-S", "{file:client.py}", "{port}", "seeding"]]\n""")
    blank = Case(program="prog", argv=("{service.counter.port}", "x"))
    files = Files({"server.py": SERVER.encode(), "client.py": CLIENT.encode()})
    one = served(blank, (), made, files, "x")
    assert [seen.stdout.split()[1] for seen in run(tmp_path, [one, replace(one, origin="b")], way)] == [b"2", b"2"]


@pytest.mark.parametrize(
    "ready",
    [
        '{ tcp = "{port}" }',
        '{ line = "^serv.ng$" }',
        '{ command = ["sh", "-c", "grep -q : {dir}/server.py"], tcp = "{port}" }',
    ],
)
def test_each_way_to_say_when_a_server_is_up_works(tmp_path: Path, ready: str) -> None:
    (seen,) = run(tmp_path, [case("x", config(f"ready = {ready}\n"))], OPEN)
    assert seen.stdout.split()[1] == b"1"


def test_a_session_in_a_terminal_reaches_its_server(tmp_path: Path, way: Containment) -> None:
    (seen,) = run(tmp_path, [replace(case(), terminal=Session())], way)
    assert seen.stdout.split()[1] == b"1"
    assert seen.terminal is not None


def test_cases_without_a_server_are_run_beside_those_with_one(tmp_path: Path, way: Containment) -> None:
    alone = Case(program="prog", argv=("1", "x"))
    seen = run(tmp_path, [alone, case()], way)
    assert (seen[0].status, seen[1].status) == ("exit 1", "exit 0")


def test_a_port_of_ones_own_choice_is_kept_in_the_sandbox(tmp_path: Path) -> None:
    if not containment().works:
        pytest.skip(containment().reason)
    (seen,) = run(tmp_path, [case("x", config("port = 5432\n"))], containment())
    assert seen.stdout.startswith(b"5432 1 ")


# -- what fails -----------------------------------------------------------------------------------------------


def test_a_server_that_ends_at_once_is_told_with_case_and_output(tmp_path: Path, way: Containment) -> None:
    error = failure(tmp_path, case("hi", server="import sys\nsys.exit('no disk')\n"), way)
    assert str(error).startswith("The service `counter` did not come up: it ended with exit 1.")
    assert "prog" in str(error)
    assert "harness.toml: hi" in str(error)
    assert error.output == b"no disk\n"


@pytest.mark.slow
def test_a_server_that_is_never_ready_is_told(tmp_path: Path, way: Containment) -> None:
    made = config("timeout = 0.3\n", TOML.replace("timeout = 20\n", ""))
    error = failure(tmp_path, case("hi", made, server="import time\ntime.sleep(600)\n"), way)
    assert "is not ready after 0.3 s: nothing takes connections at port" in str(error)


def test_a_server_that_dies_while_a_case_runs_is_told(tmp_path: Path, way: Containment) -> None:
    error = failure(tmp_path, case("die"), way)
    assert "The service `counter` ended while the case ran, with exit 9." in str(error)


def test_a_server_whose_program_is_not_installed_is_told(tmp_path: Path, way: Containment) -> None:
    error = failure(tmp_path, case("x", config(toml=TOML.replace("python3", "no-such-server"))), way)
    assert "did not come up: it ended with could not start: it is not installed" in str(error)


def test_a_set_up_that_fails_is_told_with_its_output(tmp_path: Path, way: Containment) -> None:
    error = failure(tmp_path, case("x", config('setup = [["sh", "-c", "echo full; exit 3"]]\n')), way)
    assert "its set-up `sh -c echo full; exit 3` ended with exit 3" in str(error)
    assert error.output == b"full\n"


def test_the_output_of_a_server_that_failed_is_kept_where_the_error_says(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(HarnessError) as caught, log_kept(store):
        run(tmp_path, [case("hi", server="import sys\nsys.exit('no disk')\n")], OPEN)
    assert Path(caught.value.log).read_text() == "no disk\n"
    assert str(caught.value.log) in str(caught.value)


# -- what is left ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("per", ["case", "run"])
@pytest.mark.parametrize("said", ["count", "fork", "die"])
def test_no_process_and_no_file_is_left(
    tmp_path: Path, way: Containment, per: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    before = set(children())
    try:
        run(tmp_path, [case(said, config(f'per = "{per}"\n'))], way)
    except ServiceFailed:
        assert said == "die"
    until = time.monotonic() + 5
    while (left := set(children()) - before) and time.monotonic() < until:
        time.sleep(0.02)
    assert not left
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.slow
def test_what_a_case_leaves_running_is_ended_and_its_server_is_not(tmp_path: Path, way: Containment) -> None:
    made = config('per = "run"\n')
    leaving = "import os, time\nif not os.fork():\n    os.setsid()\n    time.sleep(600)\n" + CLIENT
    program = python(tmp_path, leaving)
    cases = [case("one", made), case("two", made)]
    seen = [done for _, done in run_cases({"prog": program}, cases, lanes=1, contained=way)]
    assert [(one.left_running, one.stdout.split()[1]) for one in seen] == [(True, b"1"), (True, b"2")]


@pytest.mark.slow
def test_a_server_that_ignores_its_signal_is_ended(tmp_path: Path, way: Containment) -> None:
    made = config("timeout = 1\n", TOML.replace("timeout = 20\n", ""))
    deaf = SERVER.replace("lambda *_: os._exit(0)", "signal.SIG_IGN")
    seen = run(tmp_path, [case(said, made, deaf) for said in ("x", "y")], way)
    assert [one.stdout.split()[1] for one in seen] == [b"1", b"1"]


def test_a_runner_that_is_killed_takes_its_server_with_it(tmp_path: Path) -> None:
    with OpenLanes({"prog": python(tmp_path / "bin", CLIENT)}, lanes=1, contained=OPEN) as opened:
        list(opened.run([case("x", config('per = "run"\n'))]))
        (lane,) = opened._lanes((False, True), 1)
        (port,) = lane.place.ports.values()
        assert takes_connections(port)
        assert lane.tool is not None
        os.kill(lane.tool.process.pid, signal.SIGKILL)
        until = time.monotonic() + 5
        while takes_connections(port) and time.monotonic() < until:
            time.sleep(0.02)
        assert not takes_connections(port)


def takes_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


# -- in a comparison ------------------------------------------------------------------------------------------

ASKING = """
import os, socket
with socket.create_connection(("127.0.0.1", int(os.environ["COUNTER"].rpartition(":")[2])), 5) as one:
    one.sendall(b"x\\n")
    answer = one.makefile().readline().strip()
    print(answer)
"""
COMMAND = '\n[[command]]\nname = "ask"\nargv = ["ask"]\nservices = ["counter"]\n'
FILES = {"server.py": SERVER.encode()}


@pytest.mark.slow
@needs_sandbox
def test_what_a_program_makes_of_its_servers_answer_is_compared(tmp_path: Path) -> None:
    after = ASKING.replace("print(answer)", "print(answer.upper())")
    (found,) = judged(tmp_path, ASKING, after, files=FILES, config=config(COMMAND)).differences
    assert (found.before, found.after) == ("1 hello\n", "1 HELLO\n")
    assert found.case is not None
    assert [one.name for one in found.case.services] == ["counter"]


@needs_sandbox
def test_every_run_of_a_benchmark_has_its_server_on_fresh_data(tmp_path: Path) -> None:
    table = '\n[[benchmark]]\nname = "b"\nargv = ["x"]\nreport = { line = "@@" }\nrepeat = 3\n'
    made = config(f"{table}env = {{ AT = '{{service.counter.port}}' }}\n")
    prints = ASKING.replace("print(answer)", "print('@@{\"asked\": %s, \"at\": %s}' % (answer[0], os.environ['AT']))")
    build = replace(subject({"prog": python(tmp_path / "bin", prints)}), files=Files(FILES))
    (one,) = BenchmarkProbe().core(build, made, Store(tmp_path / "store"))
    ((_, seen),) = BenchmarkProbe().observe(build, [one], 1)
    (port,) = one.services[0].ports
    assert [run.stdout for run in decode(seen).runs] == [f'@@{{"asked": 1, "at": {port}}}\n'.encode()] * 3


@pytest.mark.slow
@needs_sandbox
def test_a_program_that_only_looks_different_is_the_same_beside_its_server(tmp_path: Path) -> None:
    found = judged(tmp_path, ASKING, f"{ASKING}#", files=FILES, config=config(COMMAND))
    assert found.cases > 0
    assert not found.differences


@needs_sandbox
def test_a_server_that_fails_ends_the_comparison_in_one_sentence_with_a_log(tmp_path: Path) -> None:
    files = {"server.py": b"import sys\nsys.exit('no disk')\n"}
    said = r"^The service `counter` did not come up: .* The whole output is in "
    with pytest.raises(HarnessError, match=said) as caught:
        judged(tmp_path, ASKING, f"{ASKING}#", files=files, config=config(COMMAND))
    assert Path(caught.value.log).read_text() == "no disk\n"
    assert "harness.toml: ask" in str(caught.value)


def test_after_an_upgrade_of_a_server_everything_that_needs_it_is_observed_anew(tmp_path: Path) -> None:
    server = tmp_path / "serve"
    one = Case(program="prog", services=(Server(name="s", argv=(str(server),), ready=Ready(line="up")),))
    build = subject({"prog": python(tmp_path / "bin", "")})
    observer = Observer(CommandProbe(lambda: OPEN), Store(tmp_path / "store"), 1, lambda *_: None)
    python(tmp_path, "import time\nprint('up', flush=True)\ntime.sleep(60)\n", "serve")
    assert observer.ensure(build, [one]) == [one]
    assert observer.has(build, one)
    python(tmp_path, "import time\nprint('up', 2, flush=True)\ntime.sleep(60)\n", "serve")
    assert not observer.has(build, one)


# -- what it is known by --------------------------------------------------------------------------------------


def test_a_server_is_known_by_its_program_and_files(tmp_path: Path) -> None:
    shell = tmp_path / "serve"
    shell.write_text("#!/bin/sh\n")
    shell.chmod(0o755)
    one = Server(name="s", argv=("serve",), path=(str(tmp_path),))
    before = identity_of([one])
    shell.write_text("#!/bin/sh\nexit 1\n")
    assert identity_of([one]) != before
    assert identity_of([replace(one, setup=(("sh",),))]) != identity_of([one])


def test_the_last_version_of_a_program_is_found_first(tmp_path: Path) -> None:
    for version in ("9", "15", "16beta"):
        (tmp_path / version / "bin").mkdir(parents=True)
    found = search_path([f"{tmp_path}/*/bin"]).split(os.pathsep)
    assert found[1:4] == [f"{tmp_path}/{version}/bin" for version in ("16beta", "15", "9")]


def test_a_service_that_is_not_named_is_told_with_the_nearest() -> None:
    with pytest.raises(
        ConfigError, match=r"`c` needs the service `countr`, which is not named there\. Perhaps `counter`"
    ):
        served(Case(program="p"), ("countr",), config(), None, "the command `c`")


def test_a_placeholder_without_a_meaning_is_told() -> None:
    blank = Case(program="p", env={"X": "{service.counter.prot}"})
    with pytest.raises(ConfigError, match=r"says \{service.counter.prot\}, which means nothing. Known are \{service"):
        served(blank, (), config(), Files({"server.py": b""}), "the command `c`")


def test_a_file_that_a_service_needs_and_nobody_has_is_told() -> None:
    with pytest.raises(ConfigError, match=r"`counter` needs server.py, which the first revision does not have"):
        served(Case(program="p"), ("counter",), config(), Files({}), "x")


def test_a_service_is_found_by_the_port_that_a_program_looks_for() -> None:
    made = config("port = 5432\n")
    assert at_port(5432, made) == "counter"
    assert at_port(5433, made) == ""


@pytest.mark.slow
@needs_sandbox
def test_a_command_that_no_table_names_gets_the_service_at_the_port_that_it_looks_for(tmp_path: Path) -> None:
    helps = "import sys\nif '--help' in sys.argv:\n    sys.exit(print('Usage: prog [FILE]'))\n"
    asking = helps + ASKING.replace('int(os.environ["COUNTER"].rpartition(":")[2])', "5432")
    after = asking.replace("print(answer)", "print(answer.upper())")
    made = config("port = 5432\n")
    found = judged(tmp_path, asking, after, files=FILES, config=made).differences
    assert [(one.before, one.after) for one in found if one.facet == "stdout"] == [("1 hello\n", "1 HELLO\n")]


def test_the_port_of_a_service_does_not_depend_on_the_others() -> None:
    other = '[[service]]\nname = "a"\nargv = ["a", "{port}", "{port.admin}"]\n'
    files = Files({"server.py": b""})
    alone = served(Case(program="p"), ("counter",), config(), files, "x").services[0]
    both = served(Case(program="p"), ("counter", "a"), config(other), files, "x").services
    assert both[0].ports == alone.ports
    assert len({port for one in both for port in one.ports}) == 3


def test_a_case_that_was_kept_with_the_name_of_a_service_gets_what_it_is_now() -> None:
    kept = Case(program="p", services=(Server(name="counter"),))
    assert again(kept, config(), Files({"server.py": b"1"})).services[0].files == {"server.py": b"1"}
    assert signal.Signals[again(kept, config(), Files({"server.py": b"1"})).services[0].stop] == signal.SIGTERM
