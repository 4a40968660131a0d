"""Cases with keys that a file beside a document tells of: plugins and manifests often carry a JSON Schema.

Where a mapping of an example has a key that such a schema describes, it gets the other keys too, with values that the
schema allows. The schema may stand anywhere in the file, also inside a string of another language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.cases.base import Ground
from harness.cases.documents import format_of, nodes, read, replaced, shape, write
from harness.cases.examples import command_of, with_document
from harness.cases.known_good import Base, known_good
from harness.model import Case

__all__ = ["MOST", "Properties", "Schemas", "properties_in"]

MOST = 150
"""How many of these cases there are at most."""

Properties = Mapping[str, Sequence[Any]]
"""Values that a schema allows, by the names of its properties."""

_LARGEST = 1 << 18  # bytes of a file that is looked through
_MOST_VALUES = 8
_LARGEST_NUMBER = 1000  # more of anything may take for ever
_PROPERTY = re.compile(r'"([A-Za-z_][\w.-]{0,60})"\s*:\s*(\{[^{}]{2,400}\})')
_OF_TYPE: Mapping[str, Sequence[Any]] = {
    "integer": (0, 1),
    "number": (0, 1.5),
    "boolean": (True, False),
    "string": ("foo",),
}


class Schemas:
    """The source."""

    name = "schemas beside"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Examples that a command accepts with one property more, or with another value of an enumerated one."""
        described: dict[bytes, Properties] = {}
        made: dict[tuple[object, ...], Case] = {}
        steady = (one for one in known_good(ground).accepted() if not one.unsteady)
        for base in steady:
            files = [data for path, data in base.case.files.items() if path != base.document and len(data) <= _LARGEST]
            for data in files:
                if data not in described:
                    described[data] = properties_in(data.decode("utf-8", "replace"))
            for key, case in _of(base, [described[data] for data in files if described[data]]):
                made.setdefault(key, case)
        return list(made.values())[: ground.config.cases or MOST]


def properties_in(text: str) -> Properties:
    """The properties that JSON Schemas in a text describe and that hold no others.

    Source: https://json-schema.org/draft/2020-12/json-schema-validation
    """
    found: dict[str, Sequence[Any]] = {}
    for match in _PROPERTY.finditer(text.replace('\\"', '"')):
        try:
            said = json.loads(match[2])
        except ValueError:
            continue
        if values := list(_values(said)):
            found[match[1]] = values[:_MOST_VALUES]
    return found


def _values(said: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(choices := said.get("enum"), list):
        yield from (one for one in choices if isinstance(one, str | int | float | bool))
    elif isinstance(kind := said.get("type"), str) and kind in _OF_TYPE:
        limits = [one for name in ("minimum", "maximum", "default") if isinstance(one := said.get(name), int | float)]
        limits = [one for one in limits if abs(one) <= _LARGEST_NUMBER]
        yield from dict.fromkeys((*limits, *_OF_TYPE[kind]))


def _of(base: Base, described: Sequence[Properties]) -> Iterator[tuple[tuple[object, ...], Case]]:
    if not described:
        return
    form = format_of(base.document)
    document = read(form, base.case.files[base.document])
    command = command_of(base)
    for path, mapping in [((), document), *nodes(document)]:
        for properties in described if isinstance(mapping, dict) else ():
            if not mapping.keys() & properties.keys():
                continue
            for name, value in ((name, value) for name, values in properties.items() for value in values):
                if mapping.get(name, not value) != value:
                    content = write(form, replaced(document, path, {**mapping, name: value}))
                    origin = f"{base.document}: {'.'.join(map(str, (*path, name)))}: {value}"
                    key = (command, shape(path), name, repr(value))
                    yield key, with_document(base, content, origin)
