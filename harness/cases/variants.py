"""Cases with the other variants of an enum where an example has one: `on_data_error: fail` in place of `dlq`.

Documents made of types have every variant, on the least document that the program accepts; what a variant does often
shows only beside what an example has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.cases.base import Ground
from harness.cases.documents import format_of, nodes, read, replaced, shape, write
from harness.cases.examples import command_of, with_document
from harness.cases.known_good import Base, known_good
from harness.cases.types.model import Enum, Field, ListOf, MapOf, OptionOf, Schema, Shape, Struct, TupleOf
from harness.model import Case

__all__ = ["MOST", "Siblings", "Variants", "siblings_of"]

MOST = 200
"""How many of these cases there are at most."""

Siblings = Mapping[tuple[str, str], Sequence[str]]
"""By a key and the name of a variant that stands there: the names of the other variants."""


class Variants:
    """The source."""

    name = "variants"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """Every example that a command accepts with each other variant in place of one that it has, each once."""
        siblings = siblings_of(ground.types()) if ground.contained else {}
        made: dict[tuple[object, ...], Case] = {}
        for base in known_good(ground).accepted() if siblings else ():
            # What is made of types has every variant already.
            for key, case in _of(base, siblings) if not (base.made or base.unsteady) else ():
                made.setdefault(key, case)
        return list(made.values())[: ground.config.cases or MOST]


def siblings_of(schema: Schema) -> Siblings:
    """The variants without content of every enum that is the type of a field."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for field in (one for plain in schema.types.values() for one in _fields(plain)):
        for enum in _enums(schema, field.shape):
            names = [one.name for one in enum.variants if one.shape is None and not one.other]
            spellings = [(one.name, *one.aliases) for one in enum.variants if one.shape is None]
            for key in (field.name, *field.aliases):
                for own in spellings:
                    for name in own:
                        others = dict.fromkeys(other for other in names if other != own[0])
                        found.setdefault((key, name), {}).update(others)
    return {key: tuple(names) for key, names in found.items() if names}


def _fields(plain: Shape) -> Iterator[Field]:
    """The fields that stand in the definition of a type."""
    if isinstance(plain, Struct):
        for field in plain.fields:
            yield field
            yield from _fields(field.shape)
    elif isinstance(plain, Enum):
        for variant in plain.variants:
            yield from _fields(variant.shape) if variant.shape is not None else ()
    elif isinstance(plain, OptionOf | ListOf):
        yield from _fields(plain.inner)
    elif isinstance(plain, MapOf):
        yield from _fields(plain.value)
    elif isinstance(plain, TupleOf):
        yield from (field for part in plain.parts for field in _fields(part))


def _enums(schema: Schema, field: Shape) -> Iterator[Enum]:
    """The enum that a field is, or that its items are."""
    plain = schema.resolve(field)
    for _ in range(4):
        if isinstance(plain, OptionOf | ListOf):
            plain = schema.resolve(plain.inner)
    if isinstance(plain, Enum) and not (plain.tag or plain.untagged):
        yield plain


def _of(base: Base, siblings: Siblings) -> Iterator[tuple[tuple[object, ...], Case]]:
    form = format_of(base.document)
    document = read(form, base.case.files[base.document])
    command = command_of(base)
    for path, value in nodes(document):
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        for other in siblings.get((key, value), ()) if isinstance(value, str) else ():
            content = write(form, replaced(document, path, other))
            origin = f"{base.document}: {'.'.join(map(str, path))}: {other}"
            yield (command, shape(path), value, other), with_document(base, content, origin)
