"""What documents of one revision are made with: its types, its examples, and values drawn from the seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from hypothesis import strategies as st

from harness.cases.base import Ground
from harness.cases.types.documents import Recipe, changes_of
from harness.cases.types.draw import draw
from harness.cases.types.examples import Example, examples_in, fit, format_of
from harness.cases.types.maker import Maker
from harness.cases.types.meanings import MEANINGS, meaning_of
from harness.cases.types.model import Ref, Scalar, Schema
from harness.cases.types.proof import MOST_CHANGES, Proof
from harness.cases.types.spots import Spot, spots_of
from harness.cases.types.supply import Supply
from harness.cases.types.tree import Tree

__all__ = ["Workbench"]

_DRAWN = 24
_MOST_FILES = 3000


class Workbench:
    """What documents of one revision are made with: its types, its examples, and values drawn from the seed."""

    def __init__(self, ground: Ground) -> None:
        self.schema = ground.types()
        self.seed = ground.config.seed
        self.examples = list(examples_in(_files(ground))) if self.schema.types else []
        self._makers: dict[str, Maker] = {}
        self.identity = _digest(self.schema, self.examples, self.seed)

    def maker(self, name: str) -> Maker:
        """What makes parts of documents of this type."""
        if (known := self._makers.get(name)) is None:
            supply = Supply(self.schema)
            for one in self.fitting(name):
                supply.learn(Ref(name=name), one.tree, one.weight)
            known = self._makers[name] = Maker(self.schema, supply, self._drawn(name, supply))
        return known

    def spots(self, name: str) -> list[Spot]:
        """The places of a document of this type."""
        return spots_of(self.schema, Ref(name=name))

    def fitting(self, name: str) -> list[Example]:
        """The examples of this type."""
        return [one for one in self.examples if fit(self.schema, Ref(name=name), one.tree) > 0.9]

    def recipe(self, name: str, form: str, proof: Proof) -> Recipe:
        """What documents of a type are made of, given what the program accepts."""
        maker, spots = self.maker(name), self.spots(name)
        changes = list(changes_of(maker, spots, proof.base))[:MOST_CHANGES]
        allowed = [(changes[number],) for number in proof.allowed if number < len(changes)]
        together = [(changes[one], changes[other]) for one, other in proof.together if max(one, other) < len(changes)]
        whole = [one.data for one in self.fitting(name) if one.form == form and format_of(one.path)]
        return Recipe(
            maker=maker,
            base=proof.base,
            changes=(*allowed, *together),
            refused=tuple((changes[number],) for number in proof.refused if number < len(changes)),
            spots=tuple(spots),
            form=form,
            examples=tuple(whole),
            whole=proof.whole,
        )

    def _drawn(self, name: str, supply: Supply) -> Mapping[str, Sequence[Tree]]:
        meanings = {
            plain.meaning or meaning_of(spot.name, supply.values(spot.owner, spot.name))
            for spot in self.spots(name)
            if isinstance(plain := self.schema.resolve(spot.shape), Scalar) and plain.kind == "text"
        }
        strategies: dict[str, st.SearchStrategy[Tree]] = {one: MEANINGS[one].drawn for one in sorted(meanings)}
        return draw({**strategies, "number": st.integers(0, 100_000)}, _DRAWN, self.seed)


def _files(ground: Ground) -> dict[str, bytes]:
    """The files of the revision that may be configurations or have some in them."""
    if ground.repository is None:
        return {}
    wanted = [path for path in ground.repository.paths() if path.endswith(".rs") or format_of(path)]
    wanted = [path for path in wanted if not path.endswith(("package-lock.json", "rustfmt.toml", "clippy.toml"))]
    return {path: data for one in wanted[:_MOST_FILES] for path, data in ground.repository.read(one).items()}


def _digest(schema: Schema, examples: Sequence[Example], seed: int) -> str:
    state = hashlib.sha256(msgspec.msgpack.encode(schema))
    for one in examples:
        state.update(one.path.encode() + one.data)
    state.update(str(seed).encode())
    return state.hexdigest()
