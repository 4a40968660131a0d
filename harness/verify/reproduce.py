"""A case as a line that a person can paste into a shell."""

from __future__ import annotations

import os
import shlex

from harness.compare.output import CASE_DIRECTORY
from harness.model import Difference
from harness.probes.base import Subject

__all__ = ["reproduce"]


def reproduce(one: Difference, baseline: Subject, candidate: Subject) -> str:
    """A line for a shell that shows a difference's case on both sides, and the file where it is one that differs."""
    if (case := one.case) is None:
        return ""
    files = [_writing(name, content) for name, content in case.files.items()]
    variables = [f"{name}={_quoted(value)}" for name, value in case.env.items()]
    program = f'"$p"/{shlex.quote(case.program)}'
    run = " ".join([*variables, program, *map(_quoted, case.argv)])
    if case.stdin:
        run = f"{_printing(case.stdin)} | {run}"
    steps = " && ".join(['cd "$(mktemp -d)"', 'export HOME="$PWD"', *files, run])
    end = "" if case.stdin else " </dev/null"
    show = f"; head -c 2000 {shlex.quote(f'./{one.where}')}" if one.facet == "files" and one.where else ""
    folders = " ".join(shlex.quote(str(side.folder)) for side in (baseline, candidate))
    return f'for p in {folders}; do ({steps}{end}; echo "exit $?"{show}); done'


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
