"""The text of a file of approved differences, format 1: written for reviewers, read back to the same.

    # Approved differences, format 1: what one commit changes on purpose. `pytest --snapshot-update` writes it.
    commit: refactor(cli): say what a key is
    probe: command

    difference 1f0c5d1b8a7e: stderr, in cases
    - error: unknown key `{1}`
    + error: invalid key `{1}`
    for example
    - error: unknown key `name`
    + error: invalid key `name`

The number is a digest of what follows it, so that an entry changed by hand, or by a merge, is noticed: when in doubt
it does not count. Control characters, and spaces at the end of a line, stand as escapes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.compare.approvals import Approval, content_of
from harness.compare.escape import BadEscape, escaped, unescaped
from harness.model import Form, Wording

__all__ = ["FORMAT", "HEAD", "ApprovalFile", "Problem", "identity", "parse", "render"]

FORMAT = 1
HEAD = "# Approved differences, format "
_TAIL = ": what one commit changes on purpose. `pytest --snapshot-update` writes it."
_CONFLICT = re.compile(r"(<{7}|={7}|>{7}|\|{7})( |\Z)")
_ENTRY = re.compile(r"difference ([0-9a-f]{12}): (.*)\Z")
_IN_CASES = ", in cases"
_EXAMPLE = "for example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a file that does not count, and why. `whole`: because of it, nothing in the file does."""

    line: int
    what: str
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFile:
    """What a file of approvals says, as far as it counts."""

    subject: str
    probe: str
    forms: tuple[Form, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether it may be written anew: nothing in it would be lost that this version does not understand."""
        return not any(problem.whole for problem in self.problems)

    def approvals(self, file: str) -> list[Approval]:
        """Its approvals; `file` is the name that they are told by."""
        return [Approval(probe=self.probe, form=form, file=file, subject=self.subject) for form in self.forms]


class _Unreadable(Exception):
    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


def identity(form: Form) -> str:
    """A short digest of all that a form says."""
    # In plain ASCII, so that every version of Python agrees.
    return hashlib.sha256(json.dumps(dataclasses.astuple(form)).encode()).hexdigest()[:12]


# -- writing --------------------------------------------------------------------------------------------------


def render(subject: str, probe: str, forms: Iterable[Form]) -> str:
    """The text of a file: its entries in an order that depends on nothing but them, each once."""
    distinct: dict[object, Form] = {}
    for form in sorted(forms, key=lambda form: (form.facet, form.general.where, repr(form))):
        distinct.setdefault(content_of(form), form)
    head = [f"{HEAD}{FORMAT}{_TAIL}", f"commit: {escaped(subject)}", f"probe: {escaped(probe)}"]
    return "\n".join([*head, *(line for form in distinct.values() for line in _entry(form)), ""])


def _entry(form: Form) -> Iterator[str]:
    yield ""
    yield f"difference {identity(form)}: {escaped(form.facet)}{_IN_CASES if form.of_case else ''}"
    if form.whole:
        yield f"all of it: {form.whole}"
    yield from _wording(form.general)
    if form.example is not None:
        yield _EXAMPLE
        yield from _wording(form.example)


def _wording(wording: Wording) -> Iterator[str]:
    if wording.where:
        yield f"at: {escaped(wording.where)}"
    yield from (f"beside: {escaped(line)}" for line in wording.beside)
    for number, (removed, added) in enumerate(wording.hunks):
        if number:
            yield "@"
        yield from (f"- {escaped(line)}" for line in removed)
        yield from (f"+ {escaped(line)}" for line in added)


# -- reading --------------------------------------------------------------------------------------------------


def parse(data: bytes) -> ApprovalFile:
    """What a file says. Nothing is raised: what cannot be understood does not count, and `problems` says so."""
    try:
        lines = data.decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        _refuse(lines)
        subject, probe = (_field(lines, number, name) for number, name in ((1, "commit"), (2, "probe")))
    except UnicodeDecodeError:
        return _nothing(Problem(line=1, what="it is not UTF-8 text", whole=True))
    except _Unreadable as error:
        return _nothing(Problem(line=error.line, what=error.what, whole=True))
    forms: list[Form] = []
    problems: list[Problem] = []
    for start, entry in _entries(lines):
        try:
            forms.append(_form(start, entry))
        except _Unreadable as error:
            problems.append(Problem(line=error.line, what=error.what))
    return ApprovalFile(subject=subject, probe=probe, forms=tuple(forms), problems=tuple(problems))


def _nothing(problem: Problem) -> ApprovalFile:
    return ApprovalFile(subject="", probe="", forms=(), problems=(problem,))


def _refuse(lines: Sequence[str]) -> None:
    """Raises for a file of which nothing may count."""
    for number, line in enumerate(lines, 1):
        if _CONFLICT.match(line):
            raise _Unreadable(number, "it holds a merge conflict; resolve it, then update")
    found = re.match(rf"{re.escape(HEAD)}(\d+)", lines[0])
    if not found:
        raise _Unreadable(1, f"its first line does not begin with `{HEAD.strip()}`")
    if int(found.group(1)) != FORMAT:
        raise _Unreadable(
            1, f"it is of format {found.group(1)}, and this version knows format {FORMAT}; update the harness"
        )


def _field(lines: Sequence[str], index: int, name: str) -> str:
    line = lines[index] if index < len(lines) else ""
    if not line.startswith(f"{name}:"):
        raise _Unreadable(index + 1, f"line {index + 1} should be `{name}: …`")
    return _text(index + 1, line.removeprefix(f"{name}:").removeprefix(" "))


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The entries with the number of their first line; they are parted by empty lines."""
    entry: list[str] = []
    for number, line in enumerate([*lines[3:], ""], 4):
        if line.strip():
            entry.append(line)
        elif entry:
            yield number - len(entry), entry
            entry = []


def _form(start: int, lines: Sequence[str]) -> Form:
    found = _ENTRY.match(lines[0])
    if not found:
        raise _Unreadable(start, "this does not begin with `difference NUMBER: …`")
    facet = found.group(2)
    of_case = facet.endswith(_IN_CASES)
    rest, at = list(lines[1:]), start + 1
    whole = ""
    if rest and rest[0].startswith("all of it: "):
        whole, rest, at = rest[0].removeprefix("all of it: "), rest[1:], at + 1
    cut = rest.index(_EXAMPLE) if _EXAMPLE in rest else len(rest)
    form = Form(
        facet=_text(start, facet.removesuffix(_IN_CASES)),
        general=_read_wording(at, rest[:cut]),
        example=_read_wording(at + cut + 1, rest[cut + 1 :]) if cut < len(rest) else None,
        of_case=of_case,
        whole=whole,
    )
    if whole:
        form = replace(
            form, general=_without_hunks(form.general), example=form.example and _without_hunks(form.example)
        )
    if identity(form) != found.group(1):
        raise _Unreadable(
            start, "this entry was changed since it was written, so it does not count; update writes it anew"
        )
    return form


def _without_hunks(wording: Wording) -> Wording:
    return replace(wording, hunks=())


def _read_wording(start: int, lines: Sequence[str]) -> Wording:
    where, beside = "", []
    hunks: list[tuple[list[str], list[str]]] = [([], [])]
    for number, line in enumerate(lines, start):
        if line == "@":
            hunks.append(([], []))
        elif line[:2] in ("- ", "+ ") or line in ("-", "+"):
            hunks[-1][line[0] == "+"].append(_text(number, line[2:]))
        elif line.startswith("at: "):
            where = _text(number, line.removeprefix("at: "))
        elif line.startswith("beside:"):
            beside.append(_text(number, line.removeprefix("beside:").removeprefix(" ")))
        else:
            raise _Unreadable(number, "this line is none that an approval has")
    return Wording(where=where, hunks=tuple((tuple(old), tuple(new)) for old, new in hunks), beside=tuple(beside))


def _text(number: int, text: str) -> str:
    try:
        return unescaped(text)
    except BadEscape as error:
        raise _Unreadable(number, str(error)) from error
