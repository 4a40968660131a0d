"""A case as a line that a person can paste into a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from harness.compare.output import CASE_DIRECTORY
from harness.model import Difference, Session
from harness.probes.base import Subject
from harness.server import Server

__all__ = ["reproduce"]

_NUMBERS = {"stdout": 1, "stderr": 2}


def reproduce(one: Difference, baseline: Subject, candidate: Subject) -> str:
    """A line for a shell that shows a difference's case on both sides, and the file where it is one that differs."""
    if (case := one.case) is None:
        return ""
    files = [_writing(name, content) for name, content in case.files.items()]
    variables = [f"{name}={_quoted(value)}" for name, value in case.env.items()]
    program = f'"$p"/{shlex.quote(case.program)}'
    stopped = [f"timeout {case.timeout:g}"] if case.endless else []
    run = " ".join([*variables, *stopped, program, *map(_quoted, case.argv)])
    if case.terminal:
        run = _on_terminal(run, case.terminal, piped_input=_printing(case.stdin) if case.stdin else "")
    elif case.stdin:
        run = f"{_printing(case.stdin)} | {run}"
    surroundings = [f"unset {' '.join(map(shlex.quote, case.unset))}"] if case.unset else []
    surroundings += [_listening(case.sockets)] if case.sockets else []
    surroundings += ["chmod a-w ."] if case.read_only else []
    steps = " && ".join(['cd "$(mktemp -d)"', 'export HOME="$PWD"', *files, *surroundings, run])
    last = "; s=$?; kill $!; (exit $s)" if case.sockets else ""
    fed = any(step.send for step in case.terminal.script) if case.terminal else case.stdin
    end = "" if fed else " </dev/null"
    show = f"; head -c 2000 {shlex.quote(f'./{one.where}')}" if one.facet == "files" and one.where else ""
    folders = " ".join(_from_home(side.named or side.folder) for side in (baseline, candidate))
    export = "export p; " if case.terminal else ""
    line = f'for p in {folders}; do ({export}{steps}{end}{last}; echo "exit $?"{show}); done'
    return f"{line}  # beside {', '.join(map(_server, case.services))}" if case.services else line


_LISTENS = """\
import socket,sys,select
l=[]
for n in sys.argv[1:]:
  s=socket.socket(2 if ":" in n else 1);s.setsockopt(1,2,1)
  s.bind(("127.0.0.1",int(n.split(":")[1])) if ":" in n else n);s.listen();l.append(s)
open(".listens","w")
while 1:
  for s in select.select(l,[],[])[0]:s.accept()[0].close()"""


def _listening(sockets: Sequence[str]) -> str:
    """Lets somebody listen there, as the runner does, and waits until it does."""
    folders = sorted({os.path.dirname(one) for one in sockets} - {""})  # noqa: PTH120  paths inside the case
    made = [f"mkdir -p {' '.join(map(shlex.quote, folders))}"] if folders else []
    program = f"python3 -c {_literal(_LISTENS)} {' '.join(map(shlex.quote, sockets))}"
    return " && ".join([*made, f"{{ {program} & }}", "until [ -e .listens ]; do sleep 0.1; done", "rm .listens"])


def _server(one: Server) -> str:
    """What a shell cannot be told on one line: a server that has to run, and where it is expected."""
    return f"the service {one.name}, at {' and '.join(f'127.0.0.1:{port}' for port in one.ports)}"


def _on_terminal(run: str, session: Session, piped_input: str) -> str:
    """The same in a terminal of its own. A shell cannot wait for what is written, so each step comes a second later."""
    if piped_input:
        run = f"{piped_input} | {run}"
    outer, keys = "script", ""
    inner = f"stty cols {session.columns} rows {session.rows}; "
    for number, step in enumerate(session.script, 1):
        if step.send:
            keys += f"sleep 1; {_printing(os.fsencode(step.send))}; "
        if step.resize:
            inner += f"(sleep {number}; stty cols {step.resize[0]} rows {step.resize[1]} </dev/tty) & "
        if step.signal:
            run = f"timeout --foreground -k 3 -s {step.signal} {number} env {run}"
        if step.close:
            outer = f"timeout -s KILL {number} script"
    led = "".join(f" {_NUMBERS[one]}>{one}.txt; cat {one}.txt" for one in session.piped)
    line = f"TERM=xterm-256color SHELL=/bin/bash {outer} -qec {shlex.quote(inner + run + led)} /dev/null"
    return f"{{ {keys}sleep 1; }} | {line}" if keys else line


def _from_home(folder: Path) -> str:
    """A folder for a shell, which is the same text for everybody where it lies below the home folder."""
    home = Path.home()
    if folder.is_relative_to(home) and home != Path(home.anchor):
        return f"~/{shlex.quote(str(folder.relative_to(home)))}"
    return shlex.quote(str(folder))


def _quoted(word: str) -> str:
    """A word for a shell; the directory of the case is the one that the line makes."""
    return '"$PWD"'.join(_literal(part) if part else "" for part in word.split(CASE_DIRECTORY)) or "''"


def _literal(text: str) -> str:
    """A word that can be pasted: what cannot be seen stands as bash's escape of it."""
    if text.isprintable():
        return shlex.quote(text)
    parts = (
        one if one.isprintable() and one not in "\\'" else "".join(f"\\x{byte:02x}" for byte in os.fsencode(one))
        for one in text
    )
    return f"$'{''.join(parts)}'"


def _printing(content: bytes) -> str:
    """A command on one line that prints these bytes, whatever they are."""
    text = content.decode("utf-8", "surrogateescape")
    if text.isprintable():
        return f"printf %s {shlex.quote(text)}"
    return f"printf %b {shlex.quote(''.join(map(_for_printf, text)))}"


def _for_printf(one: str) -> str:
    if one == "\n":
        return "\\n"
    if one.isprintable() and one != "\\":
        return one
    return "".join(f"\\0{byte:03o}" for byte in os.fsencode(one))


def _writing(name: str, content: bytes) -> str:
    parent = os.path.dirname(name)  # noqa: PTH120  a path inside the case, not on this machine
    folder = f"mkdir -p {shlex.quote(parent)} && " if parent else ""
    return f"{folder}{_printing(content)} >{_literal(name)}"
