"""Which impls an item has, and what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from harness.compare.rustdoc.items import Looks, Part, associated, attributes
from harness.compare.rustdoc.load import Crates, Json, Krate
from harness.compare.rustdoc.render import MARK_CLOSE, MARK_OPEN, NAME, Writer

__all__ = ["AUTO_TRAITS", "all_impls"]

AUTO_TRAITS = frozenset({"Send", "Sync", "Unpin", "UnwindSafe", "RefUnwindSafe"})
"""The auto traits of stable Rust: what rustdoc works out for these is a promise, the rest are internals."""


class _Impl(NamedTuple):
    owner: str
    writer: Writer
    inner: Json
    self_type: str
    generics: str
    where: str


def all_impls(crates: Crates) -> dict[str, list[Part]]:
    """The impls of all crates by the identity of the item that they belong to.

    That is the first item of the workspace in the type, else in the trait, else the crate. Blanket impls of other
    crates are left out, as is what a type does not implement.
    """
    found: dict[str, list[Part]] = {}
    inherent: dict[str, list[tuple[str, Part]]] = {}
    for krate in crates.by_name.values():
        for one in _of_crate(crates, krate):
            if one.inner["trait"] is None:
                inherent.setdefault(one.owner, []).extend((one.self_type, part) for part in _inherent(one))
            else:
                found.setdefault(one.owner, []).append(_of_trait(one))
    for owner, methods in inherent.items():
        found.setdefault(owner, []).extend(_told_apart(methods))
    return found


def _of_crate(crates: Crates, krate: Krate) -> Iterator[_Impl]:
    writer = Writer(crates, krate)
    for item in krate.index.values():
        inner = item["inner"].get("impl")
        if inner is None or item["crate_id"] != 0 or inner["blanket_impl"] is not None or not _promised(krate, inner):
            continue
        self_type = writer.type(inner["for"])
        named = writer.within({"Self": self_type})
        trait = "" if inner["trait"] is None else named.path(inner["trait"])
        owner = _first_mention(self_type) or _first_mention(trait) or krate.name
        generics, where = named.generics(_without_defaults(inner["generics"]))
        yield _Impl(owner, named, inner, self_type, generics, where)


def _promised(krate: Krate, inner: Json) -> bool:
    if not inner.get("is_synthetic"):
        return True
    summary = krate.paths.get(str(inner["trait"]["id"]))
    return not inner["is_negative"] and summary is not None and summary["path"][-1] in AUTO_TRAITS


def _without_defaults(generics: Json) -> Json:
    """Rustdoc copies the type's own defaults into some impls that it works out; an impl has none."""
    params = [
        param if "lifetime" in param["kind"] else param | {"kind": _plain_kind(param["kind"])}
        for param in generics["params"]
    ]
    return generics | {"params": params}


def _plain_kind(kind: Json) -> Json:
    name, inner = next(iter(kind.items()))
    return {name: inner | {"default": None}}


def _first_mention(text: str) -> str:
    return text.partition(MARK_OPEN)[2].partition(MARK_CLOSE)[0]


def _of_trait(one: _Impl) -> Part:
    trait = one.writer.path(one.inner["trait"])
    items = sorted(_associated(one))
    body = f" {{ {' '.join(items)} }}" if items else ""
    polarity = "!" if one.inner["is_negative"] else ""
    text = f"impl{one.generics} {polarity}{trait} for {one.self_type}{one.where}{body}"
    return Part(f"<{one.self_type} as {trait}>", "impl", Looks(text))


def _associated(one: _Impl) -> Iterator[str]:
    for item in _items(one):
        if "function" not in item["inner"]:
            yield associated(one.writer, item).replace(NAME, item["name"]) + ";"


def _items(one: _Impl) -> Iterator[Json]:
    for number in one.inner["items"]:
        item = one.writer.krate.index.get(str(number))
        if item is not None:
            yield item


def _inherent(one: _Impl) -> Iterator[Part]:
    is_plain = one.self_type == f"{MARK_OPEN}{one.owner}{MARK_CLOSE}" and not one.where
    head = "" if is_plain else f"impl{one.generics} {one.self_type}{one.where}: "
    for item in _items(one):
        if item["visibility"] == "public":
            kind = "method" if "function" in item["inner"] else next(iter(item["inner"]))
            text = attributes(item) + head + associated(one.writer, item, prefix="pub ")
            yield Part(item["name"], kind, Looks(text))


def _told_apart(methods: list[tuple[str, Part]]) -> Iterator[Part]:
    """Methods of one name in several impls of one type are named with the type that they are for."""
    counts: dict[str, int] = {}
    for _, part in methods:
        counts[part.name] = counts.get(part.name, 0) + 1
    for self_type, part in methods:
        yield part if counts[part.name] == 1 else part._replace(name=f"<{self_type}>::{part.name}")
