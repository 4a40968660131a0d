"""What each kind of item looks like from outside: its signature, its shape and its members."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from harness.compare.rustdoc.load import Crates, Json, Node, kind_of
from harness.compare.rustdoc.render import NAME, Writer, header

__all__ = ["Looks", "Part", "attributes", "function", "look", "parts"]

_LITERAL = re.compile(r"""^-?(\d[\w.]*|b?'.*'|b?c?r?#*".*"#*|true|false)$""", re.DOTALL)
_ABI_ATTRIBUTES = re.compile(r"^#\[(repr|export_name|link_section|no_mangle|target_feature|non_exhaustive|must_use)\b")
_OLD_MUST_USE = "#[attr = MustUse"


class Looks(NamedTuple):
    """Signature and shape, as in `Item`."""

    signature: str
    shape: str = ""


class Part(NamedTuple):
    """A member before it is put into the surface. `node` is set where it has members itself."""

    name: str
    kind: str
    looks: Looks
    node: Node | None = None


def look(crates: Crates, node: Node) -> Looks:
    """The looks of an item that lies in a module, or of a variant."""
    item = crates.item(node)
    kind = kind_of(item)
    writer = Writer(crates, crates.by_name[node.crate])
    inner = next(iter(item["inner"].values()))
    write = _LOOKS.get(kind)
    if write is None:
        return Looks(f"{attributes(item)}{kind} {NAME}")
    looks = write(writer, item, inner)
    return Looks(attributes(item) + looks.signature, looks.shape)


def parts(crates: Crates, node: Node) -> list[Part]:
    """The members that stand in the item itself: fields, variants, items of a trait."""
    item = crates.item(node)
    kind = kind_of(item)
    inner = next(iter(item["inner"].values()))
    writer = Writer(crates, crates.by_name[node.crate])
    if kind in ("struct", "variant"):
        return _fields(writer, inner["kind"], public=kind == "struct")
    if kind == "union":
        return _named_fields(writer, inner["fields"], public=True)
    if kind == "enum":
        return _variants(crates, node, inner)
    return [_trait_item(writer, one) for one in _known(writer, inner["items"])] if kind == "trait" else []


def attributes(item: Json) -> str:
    """The attributes that reach a user, each followed by a space.

    Reasons and notes of `#[must_use]` and `#[deprecated]` are documentation and left out.
    """
    found = {text for one in item["attrs"] if (text := _attribute(one))}
    if item["deprecation"] is not None:
        found.add("#[deprecated]")
    return "".join(f"{one} " for one in sorted(found))


def function(writer: Writer, item: Json, *, prefix: str = "pub ") -> str:
    """The signature of a function or method."""
    inner = item["inner"]["function"]
    generics, where = writer.generics(inner["generics"])
    signature = inner["sig"]
    output = writer.output(signature["output"])
    return f"{prefix}{header(inner['header'])}fn {NAME}{generics}({writer.inputs(signature)}){output}{where}"


def value(text: str | None) -> str:
    """The value of a constant where rustdoc tells it; source text that is no literal says nothing of the value."""
    return text if text is not None and _LITERAL.match(text) else "_"


def _attribute(attribute: Json | str) -> str:
    if isinstance(attribute, str):
        known = {"non_exhaustive": "#[non_exhaustive]", "no_mangle": "#[no_mangle]"}
        return known.get(attribute) or _source_attribute(attribute)
    kind, inner = next(iter(attribute.items()))
    if kind == "must_use":
        return "#[must_use]"
    if kind == "repr":
        return _repr(inner)
    if kind in ("export_name", "link_section"):
        return f'#[{kind} = "{inner}"]'
    if kind == "target_feature":
        return f"#[target_feature({', '.join(sorted(inner['enable']))})]"
    return _source_attribute(inner) if kind == "other" else ""


def _source_attribute(text: str) -> str:
    """Formats below 54 give attributes as text, `#[must_use]` since 52 as the compiler prints it for itself."""
    if text.startswith(("#[must_use", _OLD_MUST_USE)):
        return "#[must_use]"
    return text if _ABI_ATTRIBUTES.match(text) else ""


def _repr(inner: Json) -> str:
    kind = {"c": "C", "transparent": "transparent", "simd": "simd"}.get(inner["kind"])
    pieces = [kind, inner["int"]]
    pieces += [f"{word}({inner[word]})" for word in ("align", "packed") if inner[word] is not None]
    given = ", ".join(one for one in pieces if one)
    return f"#[repr({given})]" if given else ""


def _known(writer: Writer, ids: Iterable[object]) -> list[Json]:
    return [
        writer.krate.index[str(number)] for number in ids if number is not None and str(number) in writer.krate.index
    ]


# -- structs, unions, enums --------------------------------------------------------------------------------


def _struct(writer: Writer, item: Json, inner: Json) -> Looks:
    generics, where = writer.generics(inner["generics"])
    return Looks(f"pub struct {NAME}{generics}{where}", _shape(writer, item, inner["kind"]))


def _shape(writer: Writer, item: Json, kind: Json | str) -> str:
    open_ended = "#[non_exhaustive]" in attributes(item)
    if isinstance(kind, str):
        return ".." if open_ended else ""
    if "tuple" in kind:
        fields = kind["tuple"]
        if open_ended or None in fields:
            return ".."
        return f"({', '.join(map(str, range(len(fields))))})"
    inner = kind.get("plain") or kind["struct"]
    if open_ended or inner["has_stripped_fields"]:
        return ".."
    names = sorted(one["name"] for one in _known(writer, inner["fields"]))
    return f"{{ {', '.join(names)} }}" if names else "{}"


def _fields(writer: Writer, kind: Json | str, *, public: bool) -> list[Part]:
    if isinstance(kind, str):
        return []
    inner = kind.get("plain") or kind.get("struct")
    return _named_fields(writer, inner["fields"] if inner else kind["tuple"], public=public)


def _named_fields(writer: Writer, ids: Iterable[object], *, public: bool) -> list[Part]:
    return [_field(writer, one, public=public) for one in _known(writer, ids)]


def _field(writer: Writer, item: Json, *, public: bool) -> Part:
    text = f"{attributes(item)}{'pub ' if public else ''}{NAME}: {writer.type(item['inner']['struct_field'])}"
    return Part(item["name"], "field", Looks(text))


def _union(writer: Writer, _: Json, inner: Json) -> Looks:
    generics, where = writer.generics(inner["generics"])
    return Looks(f"pub union {NAME}{generics}{where}")


def _enum(writer: Writer, item: Json, inner: Json) -> Looks:
    generics, where = writer.generics(inner["generics"])
    names = sorted(one["name"] for one in _known(writer, inner["variants"]))
    names += [".."] if inner["has_stripped_variants"] else []
    shape = ".." if "#[non_exhaustive]" in attributes(item) else f"{{ {', '.join(names)} }}" if names else "{}"
    return Looks(f"pub enum {NAME}{generics}{where}", shape)


def _variants(crates: Crates, node: Node, inner: Json) -> list[Part]:
    nodes = [
        Node(node.crate, str(number)) for number in inner["variants"] if str(number) in crates.by_name[node.crate].index
    ]
    items = [crates.item(one) for one in nodes]
    values = _discriminants(items, complete=not inner["has_stripped_variants"])
    found = []
    for one, item, number in zip(nodes, items, values, strict=True):
        looks = look(crates, one)
        found.append(Part(item["name"], "variant", Looks(looks.signature + number, looks.shape), one))
    return found


def _discriminants(variants: list[Json], *, complete: bool) -> list[str]:
    """` = 3` for each variant that has a number: given, or counted where `as` can show it (no variant has fields)."""
    given = [one["inner"]["variant"]["discriminant"] for one in variants]
    counted = complete and all(one["inner"]["variant"]["kind"] == "plain" for one in variants)
    following, texts = 0, []
    for one in given:
        if one is not None:
            following = int(one["value"])
        texts.append(f" = {following}" if one is not None or counted else "")
        following += 1
    return texts


def _variant(writer: Writer, item: Json, inner: Json) -> Looks:
    return Looks(NAME, _shape(writer, item, inner["kind"]))


# -- traits ------------------------------------------------------------------------------------------------


def _trait(writer: Writer, _: Json, inner: Json) -> Looks:
    words = ("unsafe " if inner["is_unsafe"] else "") + ("auto " if inner["is_auto"] else "")
    generics, where = writer.generics(inner["generics"])
    bounds = " + ".join(writer.bounds(inner["bounds"]))
    usable = inner.get("is_dyn_compatible", inner.get("is_object_safe", True))
    tail = "" if usable else " /* not dyn compatible */"
    required = sorted(one["name"] for one in _known(writer, inner["items"]) if not _is_provided(one))
    head = f"pub {words}trait {NAME}{generics}{': ' if bounds else ''}{bounds}{where}{tail}"
    return Looks(head, f"{{ {', '.join(required)} }}" if required else "{}")


def _is_provided(item: Json) -> bool:
    kind, inner = next(iter(item["inner"].items()))
    if kind == "function":
        return bool(inner["has_body"])
    return inner.get("value" if kind == "assoc_const" else "type") is not None


def _trait_item(writer: Writer, item: Json) -> Part:
    kind = kind_of(item)
    word = "provided " if _is_provided(item) else "required "
    return Part(item["name"], kind, Looks(attributes(item) + associated(writer, item, prefix=word)))


def associated(writer: Writer, item: Json, *, prefix: str = "") -> str:
    """The signature of an associated function, constant or type."""
    kind, inner = next(iter(item["inner"].items()))
    if kind == "function":
        return function(writer, item, prefix=prefix)
    if kind == "assoc_const":
        given = "" if inner.get("value") is None else f" = {value(inner['value'])}"
        return f"{prefix}const {NAME}: {writer.type(inner['type'])}{given}"
    generics, where = writer.generics(inner["generics"])
    bounds = " + ".join(writer.bounds(inner["bounds"]))
    given = "" if inner.get("type") is None else f" = {writer.type(inner['type'])}"
    return f"{prefix}type {NAME}{generics}{': ' if bounds else ''}{bounds}{given}{where}"


# -- everything else ---------------------------------------------------------------------------------------


def _constant(writer: Writer, _: Json, inner: Json) -> Looks:
    constant = inner["const"]
    known = constant["value"] if constant["value"] is not None else value(constant["expr"])
    return Looks(f"pub const {NAME}: {writer.type(inner['type'])} = {known}")


def _static(writer: Writer, _: Json, inner: Json) -> Looks:
    words = ("unsafe " if inner.get("is_unsafe") else "") + "static " + ("mut " if inner["is_mutable"] else "")
    return Looks(f"pub {words}{NAME}: {writer.type(inner['type'])} = {value(inner['expr'])}")


def _alias(writer: Writer, _: Json, inner: Json) -> Looks:
    generics, where = writer.generics(inner["generics"])
    return Looks(f"pub type {NAME}{generics}{where} = {writer.type(inner['type'])}")


def _trait_alias(writer: Writer, _: Json, inner: Json) -> Looks:
    generics, where = writer.generics(inner["generics"])
    return Looks(f"pub trait {NAME}{generics} = {' + '.join(writer.bounds(inner['params']))}{where}")


def _macro(_: Writer, item: Json, inner: str) -> Looks:
    return Looks(re.sub(rf"\b{re.escape(item['name'])}\b", NAME, inner, count=1))


def _proc_macro(_: Writer, __: Json, inner: Json) -> Looks:
    helpers = f", attributes({', '.join(sorted(inner['helpers']))})" if inner["helpers"] else ""
    written = {"bang": f"{NAME}!(..)", "attr": f"#[{NAME}]", "derive": f"#[derive({NAME})]{helpers}"}
    return Looks(f"pub macro {written[inner['kind']]}")


_LOOKS: dict[str, Callable[[Writer, Json, Json], Looks]] = {
    "module": lambda _, __, ___: Looks(f"pub mod {NAME}"),
    "struct": _struct,
    "union": _union,
    "enum": _enum,
    "variant": _variant,
    "function": lambda writer, item, _: Looks(function(writer, item)),
    "trait": _trait,
    "trait_alias": _trait_alias,
    "type_alias": _alias,
    "constant": _constant,
    "static": _static,
    "macro": _macro,  # type: ignore[dict-item]
    "proc_macro": _proc_macro,
    "proc_attribute": _proc_macro,
    "proc_derive": _proc_macro,
}
