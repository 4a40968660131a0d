"""What a command line was seen to do, what of it is compared, and when a difference is to be believed."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal, Protocol

import msgspec

from harness.compare.redact import Redactor
from harness.model import Case

__all__ = [
    "CASE_DIRECTORY",
    "ERROR_RATE",
    "ROOT",
    "CommandObservation",
    "FileChange",
    "Place",
    "Sides",
    "Weighed",
    "decode",
    "encode",
    "redacted",
    "settle",
    "texts",
    "weigh",
]

ROOT = "/tmp"
CASE_DIRECTORY = "/tmp/case"
"""Where every case runs in the sandbox; what cases say when they mean their own directory."""

Place = tuple[str, str]
"""A facet and a place inside it: the path for `files`, nothing for the others."""

Answer = Literal["same", "changed", "flaky"]

ERROR_RATE = 0.05
"""How often what varies on the baseline may be taken for a change (one-sided, by Fisher's exact test)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file below the case's directory that was `created`, `changed` or `deleted`.

    `kind` is file, folder, link, fifo, socket or device (unlisted: there was more than is listed), `mode` as octal
    digits, `size` in bytes, `digest` SHA-256. `content` is that of a file or the target of a link, and empty with
    `whole` false where it was too large to keep.
    """

    path: bytes
    change: str
    kind: str
    mode: str = ""
    size: int = 0
    digest: str = ""
    content: bytes = b""
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandObservation:
    """What one run of one case did, raw. `status` is in words: `exit 0`, `signal SIGSEGV`, `timed out after 10 s`.

    `left_running` says that processes had to be ended after the program itself had. Where there was no sandbox, so
    not `contained`, the folder that stood for /tmp reads /tmp all the same.
    """

    status: str
    stdout: bytes = b""
    stderr: bytes = b""
    files: tuple[FileChange, ...] = ()
    left_running: bool = False
    contained: bool = True

    @property
    def timed_out(self) -> bool:
        """Whether it was ended because its time was over."""
        return self.status.startswith("timed out")


class Sides(Protocol):
    """The redactions of both sides of a comparison; a `Pair` is one."""

    @property
    def before(self) -> Redactor:
        """Of the baseline."""
        ...

    @property
    def after(self) -> Redactor:
        """Of the candidate."""
        ...


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(CommandObservation)


def encode(seen: CommandObservation) -> bytes:
    """An observation as the store keeps it."""
    return _encoder.encode(seen)


def decode(data: bytes) -> CommandObservation:
    """An observation from `encode`. Raises msgspec.DecodeError for anything else."""
    return _decoder.decode(data)


# -- what is compared -----------------------------------------------------------------------------------------


def texts(seen: CommandObservation) -> dict[Place, str]:
    """The comparable parts of an observation as text, nothing redacted. Bytes that are not UTF-8 are surrogates."""
    status = seen.status + ("; it left processes running" if seen.left_running else "")
    parts = {("exit status", ""): status, ("stdout", ""): _text(seen.stdout), ("stderr", ""): _text(seen.stderr)}
    return parts | {("files", _text(one.path)): _described(one) for one in seen.files}


def redacted(
    parts: Mapping[Place, str], redactor: Redactor, case: Case | None = None
) -> tuple[dict[Place, str], Counter[str]]:
    """The parts with what varies by itself hidden, and what each rule hid.

    Paths are redacted too. Where that makes several equal, their texts stand together, sorted.
    """
    rules = redactor.for_case(CASE_DIRECTORY, case)
    hits: Counter[str] = Counter()
    found: dict[Place, list[str]] = {}
    for (facet, where), text in parts.items():
        name = rules.redact(facet, where) if where else None
        content = rules.redact(facet, text)
        hits += content.hits
        if name:
            hits += name.hits
        found.setdefault((facet, name.text if name else ""), []).append(content.text)
    return {place: "\n".join(sorted(several)) for place, several in found.items()}, hits


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _described(one: FileChange) -> str:
    if one.change == "deleted" or one.kind == "unlisted":
        return f"{one.change} {one.kind}"
    head = f"{one.change} {one.kind}, mode {one.mode}"
    if one.kind == "link":
        return f"{one.change} link to {_text(one.content)}"
    if one.kind != "file":
        return head
    if not one.whole or b"\0" in one.content:
        return f"{head}, {one.size} bytes, sha256 {one.digest}"
    return f"{head}\n{_text(one.content)}"


# -- when a difference is believed ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What repeated observations say of one place. `form` is empty where it was compared as it is, else how."""

    answer: Answer
    form: str = ""


def settle(
    before: Sequence[CommandObservation], after: Sequence[CommandObservation], sides: Sides, case: Case | None = None
) -> Answer:
    """Whether repeated observations of both sides show a change: the worst that `weigh` says of any place."""
    answers = {one.answer for one in weigh(before, after, sides, case).values()}
    return "changed" if "changed" in answers else "flaky" if "flaky" in answers else "same"


def weigh(
    before: Sequence[CommandObservation], after: Sequence[CommandObservation], sides: Sides, case: Case | None = None
) -> dict[Place, Weighed]:
    """What repeated observations say of each place of each facet.

    A place that is the same in all runs of the baseline is `changed` as soon as the candidate differs in one: a
    new race is a regression. Where the baseline itself varies, what comes and goes there is left out on both sides
    first; it is `changed` only if then no outcome of the candidate is among those of the baseline.
    """
    old, new = _redacted_once(before, sides.before, case), _redacted_once(after, sides.after, case)
    places = sorted({place for run in (*old, *new) for place in run})
    return {
        place: _weigh(place[0], [run.get(place) for run in old], [run.get(place) for run in new]) for place in places
    }


def _redacted_once(runs: Sequence[CommandObservation], redactor: Redactor, case: Case | None) -> list[dict[Place, str]]:
    """Each run's parts, redacted; of runs that are one and the same object, the work and the texts are shared."""
    known = {id(one): one for one in runs}
    made = {identity: redacted(texts(one), redactor, case)[0] for identity, one in known.items()}
    return [made[id(one)] for one in runs]


def _weigh(facet: str, old: Sequence[str | None], new: Sequence[str | None]) -> Weighed:
    if len(set(old)) == 1:
        return Weighed(answer="same" if set(new) == set(old) else "changed")
    if facet == "exit status" or None in old:
        return Weighed(answer="flaky" if set(new) & set(old) else "changed")
    if None in new:
        return Weighed(answer="changed")
    return _weaker([one or "" for one in old], [one or "" for one in new])


def _weaker(old: Sequence[str], new: Sequence[str]) -> Weighed:
    """Compares a text that varies on the baseline, in the strongest form that the baseline itself stands up to.

    Where its own runs do not fit each other in that form, so that a run of it would be taken for a change, this is
    a change only if the runs of the candidate fit significantly less often, or have something in common.
    """
    weighed = _against(old, new)
    if weighed.answer != "changed":
        return weighed
    fitting = sum(_fits(run, [*old[:index], *old[index + 1 :]]) for index, run in enumerate(old))
    by_chance = comb(len(old), fitting) / comb(len(old) + len(new), fitting)
    if fitting == len(old) or by_chance <= ERROR_RATE or _have_in_common(new, old) or _have_in_common(old, new):
        return weighed
    return Weighed(answer="flaky", form=f"{weighed.form}, which no two runs of the baseline need to agree in")


def _fits(run: str, others: Sequence[str]) -> bool:
    return run in others or (len(set(others)) > 1 and _against(others, [run]).answer != "changed")


def _have_in_common(runs: Sequence[str], others: Sequence[str]) -> bool:
    """Whether every one of the runs has a line that no other one has; or a shape of lines, so often, or in a row."""
    for look in (_lines, _shapes, _counts, _neighbours):
        known = {one for text in others for one in look(text)}
        if set.intersection(*(set(look(text)) for text in runs)) - known:
            return True
    return False


def _lines(text: str) -> Iterable[Hashable]:
    return text.splitlines()


def _shapes(text: str) -> Iterable[Hashable]:
    return map(_shape, text.splitlines())


def _counts(text: str) -> Iterable[Hashable]:
    return Counter(_shapes(text)).items()


def _neighbours(text: str) -> Iterable[Hashable]:
    return itertools.pairwise(_shapes(text))


def _against(old: Sequence[str], new: Sequence[str]) -> Weighed:
    """Holds runs against those of the baseline: without the lines that come and go there, then in any order."""
    runs, others = [text.splitlines() for text in old], [text.splitlines() for text in new]
    unsteady = _unsteady([Counter(run) for run in runs])
    steady = [_without(run, unsteady) for run in runs]
    form = "without the lines that come and go on the baseline" if unsteady else "as lines in any order"
    if any(run != steady[0] for run in steady):
        form = "as lines in any order"
        runs, others = [sorted(run) for run in runs], [sorted(run) for run in others]
        steady = [_without(run, unsteady) for run in runs]
    if all(_without(run, unsteady) == steady[0] for run in others):
        return Weighed(answer="same", form=form)
    # The baseline's next run could have had other numbers too, so those cannot tell the two apart.
    shapes, known = {_shape(line) for line in unsteady}, set(steady[0])
    if any([line for line in run if line in known or _shape(line) not in shapes] == steady[0] for run in others):
        return Weighed(answer="flaky", form="by the shape of its lines")
    return Weighed(answer="changed", form=form)


def _unsteady(runs: Sequence[Counter[str]]) -> set[str]:
    """The lines that are not there equally often in all runs."""
    every = {line for run in runs for line in run}
    return {line for line in every if len({run[line] for run in runs}) > 1}


def _without(run: Sequence[str], lines: set[str]) -> list[str]:
    return [line for line in run if line not in lines]


_VARYING = re.compile(r"(?=[0-9A-Fa-f]*[0-9])[0-9A-Fa-f]+|[0-9]+")


def _shape(line: str) -> str:
    """A line without its numbers, and without the spaces that line them up."""
    return " ".join(_VARYING.sub("#", line).split())
