"""Cases with configurations made from the program's own Rust types."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import msgspec

from harness.cases.base import Ground
from harness.cases.configured import with_config
from harness.cases.named import Named, named_between
from harness.cases.types.differing import differing_spots
from harness.cases.types.documents import Document, documents, documents_at
from harness.cases.types.model import Ref, Schema
from harness.cases.types.proof import Proof, probing, prove, shows, vet
from harness.cases.types.spots import Spot
from harness.cases.types.targets import Target, likely_types, same_type, targets_of
from harness.cases.types.together import documents_together
from harness.cases.types.workbench import Workbench
from harness.cases.types.write import write
from harness.cases.values import files_meant
from harness.compare.output import CommandObservation
from harness.model import Case

__all__ = ["CASES", "EXTRA", "RustTypes", "keys_read", "whole_documents"]

CASES = 400
"""How many configurations a command gets where nothing else is said."""

EXTRA = 150
"""How many configurations a command gets at most for what one side of a comparison alone knows."""

TOGETHER = 48
"""How many configurations a command gets at most with several choices at once that a commit names."""

VERSION = 5
_PATIENCE = 5.0  # seconds, for a document that is only tried


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A target that was seen to read its configuration: of which type, in which format, and what it accepts."""

    target: Target
    type: str
    form: str
    proof: Proof

    @property
    def config(self) -> str:
        """The name of the configuration file."""
        return f"config.{self.form}"


class RustTypes:
    """The source."""

    name = "types"

    def cases(self, ground: Ground, others: Sequence[Case]) -> Sequence[Case]:
        """For every place where a program reads a configuration, documents of its type.

        Raises:
            ConfigError: harness.toml names a type or format that is not there.
        """
        workbench = Workbench(ground)
        made: list[Case] = []
        for field in _fields(ground, workbench, vetted=True):
            recipe = workbench.recipe(field.type, field.form, field.proof)
            if not field.target.whole:
                recipe = replace(recipe, examples=())
            found = documents(recipe, field.target.cases, _number(ground, field))
            made += [_case(field, document) for document in found]
        return made

    def extras(self, before: Ground, after: Ground) -> Sequence[Case]:
        """Documents about what one side alone knows, and about what the changed lines name, several at once."""
        old, new = before.types(), after.types()
        roots = [root.name for root in old.roots]
        differ = old != new and any(_differing(old, name, new) or _differing(new, name, old) for name in roots)
        named = named_between(before, after) if roots else Named()
        if not differ and not named.lines:
            return []
        made: list[Case] = []
        proving = before.first or before  # once for a range
        for field in _fields(proving, Workbench(proving), vetted=False):
            for one, other in ((after, before), (before, after)) if differ else ():
                made += _one_sided(field, one, other)
            made += _named_together(field, before, named)
        return made


def whole_documents(ground: Ground) -> list[tuple[Case, str]]:
    """For every place where a program reads a configuration, the fullest that it takes; with the name of the file.

    Errors as `RustTypes.cases`.
    """
    return (ground.first or ground).once(_whole_documents)


def _whole_documents(ground: Ground) -> list[tuple[Case, str]]:
    made = []
    for field in _fields(ground, Workbench(ground), vetted=True):
        tree = field.proof.base if field.proof.whole is None else field.proof.whole
        data = write(tree, field.form)
        made.append((replace(_with_document(field.target, field.config, data), origin="made of types"), field.config))
    return made


def keys_read(ground: Ground) -> frozenset[str]:
    """The keys that the likeliest type of a configuration has; none where no example shows that there is one."""
    workbench = Workbench(ground)
    name = next(iter(likely_types(workbench.schema, workbench.examples)), "")
    if not name or not workbench.fitting(name):
        return frozenset()
    return frozenset(step for spot in workbench.spots(name) for step in spot.path[-1:] if isinstance(step, str))


def _one_sided(field: Field, ground: Ground, other: Ground) -> list[Case]:
    """What the types of one side have that the other's have not, tried on documents that both accept."""
    differing = _differing(ground.types(), field.type, other.types())
    if not differing:
        return []
    recipe = Workbench(ground).recipe(same_type(ground.types(), field.type), field.form, field.proof)
    found = documents_at(recipe, differing, EXTRA)
    return [_case(field, replace(one, kind="one side alone")) for one in found]


def _named_together(field: Field, ground: Ground, named: Named) -> list[Case]:
    recipe = Workbench(ground).recipe(same_type(ground.types(), field.type), field.form, field.proof)
    found = documents_together(recipe, named, TOGETHER)
    return [_case(field, replace(one, kind="the commit")) for one in found]


def _differing(schema: Schema, name: str, other: Schema) -> list[Spot]:
    """The places of a type that another schema lacks or has otherwise, wherever the type lies in each."""
    own, its = same_type(schema, name), same_type(other, name)
    if not own:
        return []
    return differing_spots(schema, Ref(name=own), other, Ref(name=its) if its else None)


# -- finding out ------------------------------------------------------------------------------------------


def _fields(ground: Ground, workbench: Workbench, *, vetted: bool) -> list[Field]:
    """The targets that read what they are given, from the store where they were tried before."""
    if not workbench.schema.types and not ground.config.command:
        return []
    targets = list(targets_of(ground, workbench.schema, workbench.examples, ground.config.cases or CASES))
    if not targets:
        return []
    parts = (VERSION, workbench.identity, msgspec.msgpack.encode(targets, order="deterministic"), vetted)
    kept = ground.remember(
        "types", parts, lambda: msgspec.msgpack.encode(_found_out(ground, workbench, targets, vetted=vetted))
    )
    return msgspec.msgpack.decode(kept, type=list[Field])


def _found_out(ground: Ground, workbench: Workbench, targets: Sequence[Target], *, vetted: bool) -> list[Field]:
    found: list[Field] = []
    for target in _reading(ground, workbench, targets):
        for name, form in [(name, form) for name in target.types for form in target.forms]:
            run = partial(_tried, ground, target, f"config.{form}")
            maker = workbench.maker(name)
            proof = prove(maker, Ref(name=name), form, workbench.examples, run)
            if proof is None:
                continue
            alike = [one.proof for one in found if (one.type, one.form, one.proof.base) == (name, form, proof.base)]
            if vetted and alike:
                proof = msgspec.structs.replace(alike[0], accepted=proof.accepted)
            elif vetted:
                proof = vet(maker, proof, workbench.spots(name), form, run)
            found.append(Field(target=target, type=name, form=form, proof=proof))
            break
    return found


def _reading(ground: Ground, workbench: Workbench, targets: Sequence[Target]) -> list[Target]:
    """The targets that do different things for different contents; all are asked in one go."""
    asked: dict[int, list[Case]] = {}
    for number, target in enumerate(targets):
        name, form = target.types[0], target.forms[0]
        contents = probing(workbench.maker(name), Ref(name=name), form, workbench.examples)
        asked[number] = [_trial(target, f"config.{form}", data) for data in contents]
    seen = {id(case): one for case, one in ground.run([case for cases in asked.values() for case in cases])}
    return [targets[number] for number, cases in asked.items() if shows([seen[id(case)] for case in cases])]


def _trial(target: Target, path: str, data: bytes) -> Case:
    return replace(_with_document(target, path, data), timeout=min(_PATIENCE, target.blank.timeout))


def _with_document(target: Target, path: str, data: bytes) -> Case:
    """The target with a document, and with the files that this names, as far as they are no others there."""
    case = with_config(target.blank, path, data, "")
    return replace(case, files={**files_meant(data), **case.files})


def _tried(ground: Ground, target: Target, path: str, contents: Sequence[bytes]) -> list[CommandObservation]:
    cases = [_trial(target, path, data) for data in contents]
    seen = {id(case): one for case, one in ground.run(cases)}
    return [seen[id(case)] for case in cases]


def _number(ground: Ground, field: Field) -> int:
    """A seed of its own for each target, so that two commands do not get the same documents."""
    state = hashlib.sha256(f"{ground.config.seed} {field.target.blank.origin}".encode())
    return int.from_bytes(state.digest()[:6], "big")


def _case(field: Field, document: Document) -> Case:
    case = _with_document(field.target, field.config, document.data)
    origin = f"{case.origin}: {document.kind}: {document.label}"[:300]
    return replace(case, env={**case.env, **document.env}, origin=origin)
