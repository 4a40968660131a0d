"""The report of a benchmark in what one run of it wrote: a marked line, a file, or what criterion and libtest write.

A report is one JSON document, read strictly: where two things may be meant, that is said and nothing is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NoReturn

from harness.compare.output import CommandObservation, FileChange

__all__ = [
    "CRITERION",
    "LIBTEST",
    "WHOLE",
    "Document",
    "Number",
    "TroubleError",
    "guess",
    "place_of",
    "read_report",
    "spec_of",
]

CRITERION, LIBTEST, WHOLE = "criterion", "libtest", "stdout"
_LINE, _FILE = "line:", "file:"
_ESTIMATES = "estimates.json"
_LONGEST = 4 << 20  # characters of one document
_SHOWN = 80
_TOO_LONG = "it writes more than the harness keeps, so its report cannot be read"
_MARKED = re.compile(r"^(?P<marker>[^\s{\[\"'][^{\"']{0,60}?)\s*(?P<json>\{.*\})\s*$")
_LOUD = re.compile(r"bench|json|report|stats|metric|timing|perf|@@|##|==", re.IGNORECASE)
_BENCH = re.compile(
    r"^test (?P<name>\S.*?) +\.\.\. bench: +(?P<ns>[\d,.]+) (?P<unit>[nµum]?s)/iter \(\+/- (?P<dev>[\d,.]+)\)"
)

Document = Any
"""What a report says: tuples of key and value for objects, lists, texts, numbers, booleans and None."""


class TroubleError(Exception):
    """There is no report that could be compared; the text says why."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number with the type that it is written in: `decimals` after the point, -1 for an integer."""

    value: float | int
    decimals: int = -1


def spec_of(table: Mapping[str, Any]) -> str:
    """The `report` of a `[[benchmark]]` in the short form that a case carries; ValueError says what is wrong."""
    match dict(table):
        case {"line": str(marker), **rest} if marker.strip() and not rest:
            return _LINE + marker
        case {"file": str(glob), **rest} if glob.strip() and not rest:
            return _FILE + glob
        case {"criterion": True, **rest} if not rest:
            return CRITERION
        case _ if not table:
            return ""
    raise ValueError('`report` is one of { line = "MARKER" }, { file = "GLOB" } and { criterion = true }')


def read_report(seen: CommandObservation, spec: str) -> Document:
    """The report of one run.

    Raises:
        TroubleError: there is none, there are two, or it is not JSON as a program that reads it expects.
    """
    if seen.status == "output limit":
        raise TroubleError(_TOO_LONG)
    if spec.startswith(_LINE):
        return _the_line(seen, spec.removeprefix(_LINE))
    if spec.startswith(_FILE):
        return _the_file(seen, spec.removeprefix(_FILE))
    if spec == CRITERION:
        return _criterion(seen)
    if "stdout" in _cut(seen):
        raise TroubleError(_TOO_LONG)
    if spec == LIBTEST:
        return _libtest(_text(seen.stdout))
    return _parsed(_text(seen.stdout).strip(), "its output")


def place_of(seen: CommandObservation, spec: str) -> str:
    """Where in the output the marked line stands, which a script that takes the last line of it relies on."""
    if not spec.startswith(_LINE):
        return ""
    for name, stream in (("standard output", seen.stdout), ("standard error", seen.stderr)):
        lines = _text(stream).splitlines()
        for number, line in enumerate(lines, 1):
            if line.startswith(spec.removeprefix(_LINE)):
                return f"line {number} of {len(lines)} of {name}"
    return ""


def guess(seen: CommandObservation) -> str:
    """How the report of this run is found; empty where nothing looks like one.

    A marked line goes first, then what libtest and criterion write, one JSON document alone, one JSON file.
    """
    if marker := _marker(seen):
        return _LINE + marker
    for spec in (LIBTEST, CRITERION, WHOLE):
        if _reads(seen, spec):
            return spec
    written = [path for path, one in _written(seen) if path.endswith(".json") and _reads(seen, _FILE + path)]
    return _FILE + written[0] if len(written) == 1 else ""


def _reads(seen: CommandObservation, spec: str) -> bool:
    try:
        return _has_number(read_report(seen, spec))
    except TroubleError:
        return False


def _has_number(document: Document) -> bool:
    if isinstance(document, tuple):
        return any(_has_number(value) for _, value in document)
    if isinstance(document, list):
        return any(map(_has_number, document))
    return isinstance(document, Number)


# -- lines ----------------------------------------------------------------------------------------------------


def _marker(seen: CommandObservation) -> str:
    """What stands before the only JSON object of its kind on a line; what looks like a mark goes first."""
    counts: dict[str, int] = {}
    for _, line in _lines(seen):
        if len(line) <= _LONGEST and (found := _MARKED.match(line)) and _is_report(found["json"]):
            counts[found["marker"]] = counts.get(found["marker"], 0) + 1
    alone = [marker for marker, count in counts.items() if count == 1 and not _is_log(marker)]
    loud = [marker for marker in alone if _LOUD.search(marker)]
    return (loud or alone or [""])[0]


def _is_log(marker: str) -> bool:
    """Whether a line starts with a time or a level, so that the same does not stand there in the next run."""
    return bool(re.match(r"\[?\d|\[?(TRACE|DEBUG|INFO|WARN|ERROR)\b", marker))


def _is_report(text: str) -> bool:
    try:
        return _has_number(_parsed(text, "it"))
    except TroubleError:
        return False


def _the_line(seen: CommandObservation, marker: str) -> Document:
    found = [(stream, line) for stream, line in _lines(seen) if line.startswith(marker)]
    if (cut := _cut(seen)) and (not found or found[0][0] in cut):
        raise TroubleError(_TOO_LONG)
    if not found:
        raise TroubleError(f"no line starts with {marker}")
    if len(found) > 1:
        raise TroubleError(f"{len(found)} lines start with {marker}, and one is expected")
    return _parsed(found[0][1].removeprefix(marker).strip(), f"the line that starts with {marker}")


def _lines(seen: CommandObservation) -> Iterator[tuple[str, str]]:
    """The lines of both streams, each with the name of its stream."""
    for name, stream in (("stdout", seen.stdout), ("stderr", seen.stderr)):
        yield from ((name, line) for line in _text(stream).splitlines())


def _cut(seen: CommandObservation) -> set[str]:
    """The streams of which only the beginning is kept: the report may be in the rest, or cut in two."""
    return {one.stream for one in seen.beyond}


def _libtest(text: str) -> Document:
    """The lines of `cargo bench` with the built-in harness: https://doc.rust-lang.org/rustc/tests/index.html"""
    found = [match for line in text.splitlines() if (match := _BENCH.match(line))]
    if not found:
        raise TroubleError("there is no line of libtest's benchmarks")
    names = [match["name"] for match in found]
    if len(set(names)) != len(names):
        raise TroubleError("two benchmarks of libtest have the same name")
    return tuple(
        (match["name"], ((f"{match['unit']}_per_iter", _plain(match["ns"])), ("deviation_ns", _plain(match["dev"]))))
        for match in found
    )


def _plain(text: str) -> Number:
    whole, _, decimals = text.replace(",", "").partition(".")
    return Number(float(f"{whole}.{decimals or 0}"), len(decimals))


# -- files ----------------------------------------------------------------------------------------------------


def _the_file(seen: CommandObservation, glob: str) -> Document:
    found = [(path, one) for path, one in _written(seen) if fnmatchcase(path, glob)]
    if not found:
        raise TroubleError(f"it writes no file {glob}")
    if len(found) > 1:
        raise TroubleError(
            f"it writes {len(found)} files {glob}, and one is expected: {', '.join(p for p, _ in found)}"
        )
    return _content(*found[0])


def _criterion(seen: CommandObservation) -> Document:
    """Of each benchmark the estimates of this run, which criterion keeps in `new`:
    https://bheisler.github.io/criterion.rs/book/user_guide/csv_output.html"""
    found = [(path, one) for path, one in _written(seen) if path.endswith(f"new/{_ESTIMATES}") or path == _ESTIMATES]
    if not found:
        raise TroubleError(f"it writes no {_ESTIMATES} of criterion")
    return tuple((path.removesuffix(f"/new/{_ESTIMATES}"), _content(path, one)) for path, one in found)


def _written(seen: CommandObservation) -> Iterator[tuple[str, FileChange]]:
    for one in sorted(seen.files, key=lambda one: one.path):
        if one.kind == "file" and one.change != "deleted":
            yield _text(one.path), one


def _content(path: str, one: FileChange) -> Document:
    if not one.whole:
        raise TroubleError(f"its report {path} has {one.size} bytes, more than the harness keeps")
    return _parsed(_text(one.content).strip(), f"its report {path}")


# -- JSON -----------------------------------------------------------------------------------------------------


def _parsed(text: str, what: str) -> Document:
    if len(text) > _LONGEST:
        raise TroubleError(f"{what} has {len(text)} characters, more than can be compared")

    def unknown(name: str) -> NoReturn:
        raise TroubleError(f"{what} has {name}, which is not JSON")

    def distinct(pairs: Sequence[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise TroubleError(f"{what} has the key {twice} twice in one object")
        return tuple(pairs)

    try:
        return json.loads(
            text, object_pairs_hook=distinct, parse_constant=unknown, parse_float=_float, parse_int=_integer
        )
    except (ValueError, RecursionError, OverflowError) as error:
        shown = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
        why = getattr(error, "msg", "") or "it is nested too deep or has too large a number"
        raise TroubleError(f"{what} is not JSON ({why}): {shown}") from error


def _integer(text: str) -> Number:
    return Number(int(text))


def _float(text: str) -> Number:
    digits = text.lower().partition("e")
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise OverflowError(text)
    decimals = len(digits[0].partition(".")[2]) - (int(digits[2]) if digits[2] else 0)
    return Number(value, max(0, decimals))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
