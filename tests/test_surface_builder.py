"""Makes rustdoc JSON from a small description of a crate, with any numbering and order. Holds no tests."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import msgspec

from harness.compare.surface import Surface, surface_of

__all__ = ["Enum", "Fn", "Glob", "Module", "Struct", "Thing", "Trait", "Use", "document", "exists", "surface"]

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Struct:
    """`fields` and `methods` map names to types: a primitive, or the path of a type inside the crate."""

    fields: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)
    impls: tuple[str, ...] = ()
    private: bool = False
    attrs: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Enum:
    variants: tuple[str, ...] = ()
    attrs: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trait:
    required: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fn:
    """A function without parameters that returns a type."""

    returns: str = "u8"


@dataclass(frozen=True, kw_only=True)
class Use:
    """A re-export of an item by its path inside the crate, or by a path outside."""

    target: str


@dataclass(frozen=True, kw_only=True)
class Glob:
    target: str


@dataclass(frozen=True, kw_only=True)
class Module:
    items: dict[str, Thing] = field(default_factory=dict)
    private: bool = False


Thing = Struct | Enum | Trait | Fn | Use | Glob | Module


def document(name: str, root: Module, seed: int = 0, version: int = 57) -> bytes:
    """The JSON of a crate; `seed` chooses ids and the order of everything that has no order."""
    return _Maker(name, root, seed, version).json()


def surface(root: Module, name: str = "demo", seed: int = 0) -> Surface:
    """The surface of one such crate."""
    return surface_of({name: document(name, root, seed)})


def exists(root: Module, path: str) -> bool:
    """Whether a path names something inside the crate; what it does not is taken for another crate's."""
    here: Any = root
    for part in path.split("::") if path else []:
        if isinstance(here, Enum) and part in here.variants:
            return True
        if not isinstance(here, Module) or part not in here.items:
            return False
        here = here.items[part]
    return True


_NO_GENERICS: Json = {"params": [], "where_predicates": []}
_IMPL = {
    "is_unsafe": False,
    "generics": _NO_GENERICS,
    "provided_trait_methods": [],
    "is_negative": False,
    "is_synthetic": False,
    "blanket_impl": None,
}


class _Maker:
    def __init__(self, name: str, root: Module, seed: int, version: int) -> None:
        self.name, self.root, self.version = name, root, version
        self.random = random.Random(seed)
        self.numbers = self.random.sample(range(100_000), 1000)
        self.ids: dict[str, int] = {}
        self.index: dict[str, Json] = {}
        self.paths: dict[str, Json] = {}
        self.outside: dict[str, int] = {"core": 1}

    def json(self) -> bytes:
        root = self.module("", self.name, self.root)
        externals = {str(number): {"name": name, "path": ""} for name, number in self.outside.items()}
        whole = {
            "root": root,
            "crate_version": None,
            "includes_private": False,
            "index": self.shuffled(self.index),
            "paths": self.shuffled(self.paths),
            "external_crates": externals,
            "format_version": self.version,
        }
        return msgspec.json.encode(whole)

    def shuffled(self, mapping: dict[str, Json]) -> dict[str, Json]:
        keys = list(mapping)
        self.random.shuffle(keys)
        return {key: mapping[key] for key in keys}

    def id(self, what: str) -> int:
        return self.ids.setdefault(what, self.numbers[len(self.ids)])

    def add(self, number: int, name: str | None, inner: Json, *, attrs: Any = (), visibility: str = "public") -> int:
        self.index[str(number)] = {
            "id": number,
            "crate_id": 0,
            "name": name,
            "visibility": visibility,
            "docs": None,
            "attrs": list(attrs),
            "deprecation": None,
            "inner": inner,
        }
        return number

    def named(self, path: str, kind: str) -> int:
        number = self.id(path)
        self.paths[str(number)] = {
            "crate_id": 0,
            "path": [self.name, *path.split("::")[bool(not path) :]],
            "kind": kind,
        }
        return number

    def module(self, path: str, name: str, module: Module) -> int:
        items = [self.thing(f"{path}::{key}" if path else key, key, one) for key, one in module.items.items()]
        kept = [number for number in items if number >= 0]
        self.random.shuffle(kept)
        inner = {"module": {"is_crate": not path, "items": kept, "is_stripped": module.private}}
        return self.add(self.named(path, "module"), name, inner, visibility="crate" if module.private else "public")

    def thing(self, path: str, name: str, one: Thing) -> int:
        match one:
            case Module():
                number = self.module(path, name, one)
                return -1 if one.private else number
            case Struct():
                return self.struct(path, name, one)
            case Enum():
                return self.enum(path, name, one)
            case Trait():
                return self.trait(path, name, one)
            case Fn():
                return self.add(self.named(path, "function"), name, self.function(one.returns))
            case Use() | Glob():
                return self.use(path, name, one)

    def struct(self, path: str, name: str, one: Struct) -> int:
        fields = [
            self.add(self.id(f"{path}.{key}"), key, {"struct_field": self.type(value)})
            for key, value in one.fields.items()
        ]
        methods = [
            self.add(self.id(f"{path}.{key}()"), key, self.function(value, me=True))
            for key, value in one.methods.items()
        ]
        owner = {"resolved_path": {"path": name, "id": self.id(path), "args": None}}
        impls = [self.implement(f"{path}.impl", owner, None, methods)]
        impls += [self.implement(f"{path}.impl {each}", owner, each, []) for each in one.impls]
        kind = {"plain": {"fields": fields, "has_stripped_fields": one.private}}
        inner = {"struct": {"kind": kind, "generics": _NO_GENERICS, "impls": impls}}
        return self.add(self.named(path, "struct"), name, inner, attrs=one.attrs)

    def implement(self, key: str, owner: Json, trait: str | None, items: list[int]) -> int:
        named = (
            None if trait is None else {"path": trait, "id": self.elsewhere(f"core::{trait}", "trait"), "args": None}
        )
        inner = {"impl": _IMPL | {"trait": named, "for": owner, "items": items}}
        return self.add(self.id(key), None, inner, visibility="default")

    def enum(self, path: str, name: str, one: Enum) -> int:
        variants = []
        for each in one.variants:
            inner = {"variant": {"kind": "plain", "discriminant": None}}
            variants.append(self.add(self.named(f"{path}::{each}", "variant"), each, inner, visibility="default"))
        body = {"generics": _NO_GENERICS, "has_stripped_variants": False, "variants": variants, "impls": []}
        return self.add(self.named(path, "enum"), name, {"enum": body}, attrs=one.attrs)

    def trait(self, path: str, name: str, one: Trait) -> int:
        items = [
            self.add(self.id(f"{path}.{key}"), key, self.function("u8", me=True, body=key in one.provided))
            for key in (*one.required, *one.provided)
        ]
        self.random.shuffle(items)
        body = {"is_auto": False, "is_unsafe": False, "is_dyn_compatible": True, "items": items, "bounds": []}
        inner = {"trait": body | {"generics": _NO_GENERICS, "implementations": []}}
        return self.add(self.named(path, "trait"), name, inner)

    def function(self, returns: str, *, me: bool = False, body: bool = True) -> Json:
        receiver = {"borrowed_ref": {"lifetime": None, "is_mutable": False, "type": {"generic": "Self"}}}
        inputs = [["self", receiver]] if me else []
        return {
            "function": {
                "sig": {"inputs": inputs, "output": self.type(returns), "is_c_variadic": False},
                "generics": _NO_GENERICS,
                "header": {"is_const": False, "is_unsafe": False, "is_async": False, "abi": "Rust"},
                "has_body": body,
            }
        }

    def use(self, path: str, name: str, one: Use | Glob) -> int:
        inside = one.target.removeprefix(f"{self.name}::")
        is_ours = exists(self.root, inside)
        number = self.id(inside) if is_ours else self.elsewhere(one.target, "struct")
        is_glob = isinstance(one, Glob)
        inner = {"use": {"source": one.target, "name": name, "id": number, "is_glob": is_glob}}
        return self.add(self.id(f"use {path}"), None, inner)

    def elsewhere(self, path: str, kind: str) -> int:
        crate = path.partition("::")[0]
        number = self.id(f"outside {path}")
        self.outside.setdefault(crate, len(self.outside) + 1)
        self.paths[str(number)] = {"crate_id": self.outside[crate], "path": path.split("::"), "kind": kind}
        return number

    def type(self, text: str) -> Json:
        if exists(self.root, text):
            return {"resolved_path": {"path": text.rpartition("::")[2], "id": self.id(text), "args": None}}
        if "::" in text:
            return {"resolved_path": {"path": text, "id": self.elsewhere(text, "struct"), "args": None}}
        return {"primitive": text}
