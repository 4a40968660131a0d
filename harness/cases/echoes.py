"""Which values of a document come back in what a program says: found out by putting a word there that nobody has."""

from __future__ import annotations

import msgspec

from harness.cases.base import Ground
from harness.cases.documents import Path, format_of, read, replaced, scalars, write
from harness.cases.known_good import Base
from harness.model import Case

__all__ = ["echoed"]

VERSION = 1
MOST = 60  # values that are tried
_WORD = "zqechoxj"
_SECONDS = 3.0


def echoed(ground: Ground, base: Base) -> list[Path]:
    """The places of a base's document whose values come back, those that come back most often first."""
    form = format_of(base.document)
    document = read(form, base.case.files.get(base.document, b""))
    if document is None:
        return []
    places = [path for path, value in scalars(document) if isinstance(value, str)][:MOST]

    def ask() -> bytes:
        cases = [_with(base, write(form, replaced(document, path, _WORD))) for path in places]
        seen = {id(case): one for case, one in ground.run(cases)}
        counts = [_count(seen[id(case)].stdout + seen[id(case)].stderr) if id(case) in seen else 0 for case in cases]
        order = sorted(range(len(places)), key=lambda index: -counts[index])
        return msgspec.msgpack.encode([index for index in order if counts[index]])

    parts = (VERSION, msgspec.msgpack.encode(base.case, order="deterministic"), base.document)
    return [places[index] for index in msgspec.msgpack.decode(ground.remember("echoes", parts, ask), type=list[int])]


def _with(base: Base, content: bytes) -> Case:
    case = base.case
    return Case(
        program=case.program,
        argv=case.argv,
        files={**case.files, base.document: content},
        env=case.env,
        stdin=case.stdin,
        timeout=_SECONDS,
    )


def _count(output: bytes) -> int:
    return output.count(_WORD.encode())
