"""Values that vary on the baseline by itself (times, random identifiers), found by their place in a file of data.

A column of a table and a key of a document is one place, so that what varies in one row is left out in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.compare.documents import places_in

__all__ = ["varying_places", "without"]

_HIDDEN = "{varies}"


def varying_places(runs: Sequence[str]) -> set[str]:
    """The places whose values are not the same in all runs, in whatever order they come.

    None where a place is not there equally often: then something else differs, and no value is to blame.
    """
    seen = [_values(run) for run in dict.fromkeys(runs)]
    every = {place for values in seen for place in values}
    if any(len({len(values.get(place, ())) for values in seen}) > 1 for place in every):
        return set()
    varying = {place for place in every if len({tuple(sorted(values[place])) for values in seen}) > 1}
    return varying if len(varying) < len(every) else set()


def without(text: str, places: set[str]) -> str:
    """The text with the values at these places hidden."""
    return "\n".join(_hidden(line, places) for line in text.split("\n"))


def _values(text: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        for place, start, end in places_in(line):
            found.setdefault(place, []).append(line[start:end])
    return found


def _hidden(line: str, places: set[str]) -> str:
    for place, start, end in reversed(places_in(line)):
        if place in places:
            line = line[:start] + _HIDDEN + line[end:]
    return line
