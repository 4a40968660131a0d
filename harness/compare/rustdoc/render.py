"""Types, bounds and generics of rustdoc JSON as Rust text in one canonical form.

What a user cannot tell apart is written alike: bounds are sorted, bounds of a `where` clause on a plain parameter
stand at the parameter, type aliases of the workspace are written out, and `Self` inside an impl is the type. An
item of the workspace is written as its identity between MARK_OPEN and MARK_CLOSE, so that moves can be seen
through; an item of any other crate is written as the path of its definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from harness.compare.rustdoc.load import Crates, Json, Krate, kind_of

__all__ = ["MARK_CLOSE", "MARK_OPEN", "NAME", "Writer", "header"]

MARK_OPEN = "\ue000"
MARK_CLOSE = "\ue001"
NAME = "\ue002"
"""Stands where an item's own name stands: a re-export may give it another."""

_ALIAS_DEPTH = 16


class Writer:
    """Writes what stands in one crate's JSON. `names` says what a generic name stands for, where it is known."""

    def __init__(self, crates: Crates, krate: Krate, names: dict[str, str] | None = None, depth: int = 0) -> None:
        self.crates = crates
        self.krate = krate
        self.names = names or {}
        self.depth = depth

    def within(self, names: dict[str, str]) -> Writer:
        """A writer that also knows these names."""
        return Writer(self.crates, self.krate, self.names | names, self.depth)

    # -- types --------------------------------------------------------------------------------------------

    def type(self, value: Json | str) -> str:
        """A type. An unknown kind of type is written as its JSON, so that it is at least compared."""
        if isinstance(value, str):
            return "_" if value == "infer" else value
        kind, inner = next(iter(value.items()))
        write = _TYPES.get(kind)
        return f"{kind} {inner!r}" if write is None else write(self, inner)

    def path(self, path: Json) -> str:
        """A path to a type or trait, with its arguments."""
        summary = self.krate.paths.get(str(path["id"]))
        if summary is None:
            return _written(path) + self.arguments(path["args"])
        if summary["kind"] == "type_alias":
            expanded = self._expanded(path)
            if expanded is not None:
                return expanded
        return self._name(summary) + self.arguments(path["args"])

    def arguments(self, arguments: Json | str | None) -> str:
        """Generic arguments, empty where there are none."""
        if arguments is None:
            return ""
        if isinstance(arguments, str):
            return "(..)"
        if "parenthesized" in arguments:
            inner = arguments["parenthesized"]
            return f"({', '.join(map(self.type, inner['inputs']))}){self.output(inner['output'])}"
        if "angle_bracketed" not in arguments:
            return "(..)"
        inner = arguments["angle_bracketed"]
        parts = [self._argument(one) for one in inner["args"]]
        parts += sorted(self._constraint(one) for one in inner["constraints"])
        return f"<{', '.join(parts)}>" if parts else ""

    def output(self, output: Json | None) -> str:
        """` -> Type`, empty for the unit type."""
        return "" if output is None or output == {"tuple": []} else f" -> {self.type(output)}"

    def bounds(self, bounds: Sequence[Json]) -> list[str]:
        """Bounds, each once and in alphabetical order."""
        return sorted({self._bound(one) for one in bounds})

    def traits(self, value: Json) -> str:
        """What stands behind `dyn`."""
        parts = [self._poly(one["generic_params"]) + self.path(one["trait"]) for one in value["traits"]]
        parts = parts[:1] + sorted(parts[1:])
        return " + ".join([*parts, value["lifetime"]] if value["lifetime"] else parts)

    def _expanded(self, path: Json) -> str | None:
        node = self.crates.find(self.krate, path["id"])
        if node is None or self.depth >= _ALIAS_DEPTH:
            return None
        item = self.crates.item(node)
        if kind_of(item) != "type_alias":
            return None
        alias = item["inner"]["type_alias"]
        given = self._given(path["args"])
        home = Writer(self.crates, self.crates.by_name[node.crate], {}, self.depth + 1)
        names: dict[str, str] = {}
        for param in alias["generics"]["params"]:
            is_lifetime = "lifetime" in param["kind"]
            if given and is_lifetime == given[0].startswith("'"):
                names[param["name"]] = given.pop(0)
            elif not is_lifetime:
                names[param["name"]] = home.within(names).default(param["kind"]) or "_"
            else:
                names[param["name"]] = "'_"
        return home.within(names).type(alias["type"])

    def _given(self, arguments: Json | None) -> list[str]:
        if not isinstance(arguments, dict) or "angle_bracketed" not in arguments:
            return []
        return [self._argument(one) for one in arguments["angle_bracketed"]["args"]]

    def _name(self, summary: Json) -> str:
        number, path = summary["crate_id"], "::".join(summary["path"])
        name = self.krate.name if number == 0 else self.krate.outside.get(number, "")
        return f"{MARK_OPEN}{path}{MARK_CLOSE}" if name in self.crates.by_name else path

    def _argument(self, argument: Json | str) -> str:
        if isinstance(argument, str):
            return "_"
        kind, inner = next(iter(argument.items()))
        if kind == "lifetime":
            return self.lifetime(inner)
        if kind == "const":
            return self.names.get(inner["expr"], str(inner["expr"]))
        return self.type(inner)

    def _constraint(self, constraint: Json) -> str:
        head = constraint["name"] + self.arguments(constraint["args"])
        binding = constraint["binding"]
        if "equality" in binding:
            return f"{head} = {self.term(binding['equality'])}"
        return f"{head}: {' + '.join(self.bounds(binding['constraint']))}"

    def term(self, term: Json) -> str:
        """The right side of an equality: a type or a constant."""
        return self.type(term["type"]) if "type" in term else str(term["constant"]["expr"])

    def lifetime(self, name: str) -> str:
        """A lifetime, as what it stands for inside an expanded alias."""
        return self.names.get(name, name)

    def _bound(self, bound: Json) -> str:
        kind, inner = next(iter(bound.items()))
        if kind == "outlives":
            return self.lifetime(inner)
        if kind == "use":
            return f"use<{', '.join(one if isinstance(one, str) else next(iter(one.values())) for one in inner)}>"
        modifier = {"maybe": "?", "maybe_const": "[const] "}.get(inner["modifier"], "")
        return modifier + self._poly(inner["generic_params"]) + self.path(inner["trait"])

    def _poly(self, params: Sequence[Json]) -> str:
        return f"for<{', '.join(one['name'] for one in params)}> " if params else ""

    def _grouped(self, value: Json) -> str:
        text = self.type(value)
        many = isinstance(value, dict) and ("dyn_trait" in value or "impl_trait" in value) and " + " in text
        return f"({text})" if many else text

    # -- generics -----------------------------------------------------------------------------------------

    def default(self, kind: Json) -> str:
        """The default of a generic parameter, empty where it has none."""
        inner = next(iter(kind.values()))
        given = inner.get("default")
        if given is None:
            return ""
        return given if isinstance(given, str) else self.type(given)

    def generics(self, generics: Json) -> tuple[str, str]:
        """`<…>` and ` where …`, each empty where there is nothing."""
        params = [one for one in generics["params"] if not _synthetic(one)]
        more: dict[str, set[str]] = {one["name"]: set() for one in params}
        rest = sorted(text for one in generics["where_predicates"] if (text := self._predicate(one, more)))
        heads = [self._param(one, more[one["name"]]) for one in params]
        return f"<{', '.join(heads)}>" if heads else "", f" where {', '.join(rest)}" if rest else ""

    def _param(self, param: Json, more: set[str]) -> str:
        name = param["name"]
        kind, inner = next(iter(param["kind"].items()))
        if kind == "lifetime":
            return _with_bounds(name, {*inner["outlives"], *more})
        default = self.default(param["kind"])
        tail = f" = {default}" if default else ""
        if kind == "const":
            return f"const {name}: {self.type(inner['type'])}{tail}"
        return _with_bounds(name, {*self.bounds(inner["bounds"]), *more}) + tail

    def _predicate(self, predicate: Json, more: dict[str, set[str]]) -> str:
        kind, inner = next(iter(predicate.items()))
        if kind == "eq_predicate":
            return f"{self.type(inner['lhs'])} = {self.term(inner['rhs'])}"
        if kind == "lifetime_predicate":
            if inner["lifetime"] in more:
                more[inner["lifetime"]].update(inner["outlives"])
                return ""
            return _with_bounds(inner["lifetime"], set(inner["outlives"]))
        name = inner["type"].get("generic") if isinstance(inner["type"], dict) else None
        if name in more and not inner["generic_params"]:
            more[name].update(self.bounds(inner["bounds"]))
            return ""
        bounds = set(self.bounds(inner["bounds"]))
        head = self._poly(inner["generic_params"]) + self.type(inner["type"])
        return _with_bounds(head, bounds) if bounds else ""

    # -- functions ----------------------------------------------------------------------------------------

    def inputs(self, signature: Json) -> str:
        """The types of the parameters; their names cannot be seen by a caller and are left out."""
        parts = [self._input(name, value) for name, value in signature["inputs"]]
        return ", ".join([*parts, "..."] if signature["is_c_variadic"] else parts)

    def _input(self, name: str, value: Json) -> str:
        if name != "self":
            return self.type(value)
        if value == {"generic": "Self"}:
            return "self"
        reference = value.get("borrowed_ref")
        if reference and reference["type"] == {"generic": "Self"}:
            lifetime = f"{self.lifetime(reference['lifetime'])} " if reference["lifetime"] else ""
            return f"&{lifetime}{'mut ' if reference['is_mutable'] else ''}self"
        return f"self: {self.type(value)}"


def header(flags: Json) -> str:
    """`const async unsafe extern "C" `, whatever of it applies."""
    words = [word for word in ("const", "async", "unsafe") if flags[f"is_{word}"]]
    abi = flags["abi"]
    if abi != "Rust":
        words.append(f'extern "{_abi(abi)}"')
    return "".join(f"{word} " for word in words)


def _abi(abi: Json | str) -> str:
    if isinstance(abi, str):
        return abi
    name, inner = next(iter(abi.items()))
    if not isinstance(inner, dict):
        return str(inner).strip('"')
    return name + ("-unwind" if inner.get("unwind") else "")


def _written(path: Json) -> str:
    return str(path.get("path", path.get("name", "")))


def _synthetic(param: Json) -> bool:
    return bool(param["kind"].get("type", {}).get("is_synthetic"))


def _with_bounds(head: str, bounds: Iterable[str]) -> str:
    parts = sorted(bounds)
    return f"{head}: {' + '.join(parts)}" if parts else head


def _pointer(writer: Writer, inner: Json) -> str:
    return f"*{'mut' if inner['is_mutable'] else 'const'} {writer._grouped(inner['type'])}"


def _reference(writer: Writer, inner: Json) -> str:
    lifetime = f"{writer.lifetime(inner['lifetime'])} " if inner["lifetime"] else ""
    return f"&{lifetime}{'mut ' if inner['is_mutable'] else ''}{writer._grouped(inner['type'])}"


def _tuple(writer: Writer, inner: list[Json]) -> str:
    parts = [writer.type(one) for one in inner]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"


def _function_pointer(writer: Writer, inner: Json) -> str:
    signature = inner["sig"]
    head = writer._poly(inner["generic_params"]) + header(inner["header"])
    return f"{head}fn({writer.inputs(signature)}){writer.output(signature['output'])}"


def _projection(writer: Writer, inner: Json) -> str:
    of = writer.type(inner["self_type"])
    tail = inner["name"] + writer.arguments(inner["args"])
    trait = inner["trait"]
    return f"{of}::{tail}" if trait is None else f"<{of} as {writer.path(trait)}>::{tail}"


_TYPES: dict[str, Callable[[Writer, Any], str]] = {
    "resolved_path": Writer.path,
    "dyn_trait": lambda writer, inner: f"dyn {writer.traits(inner)}",
    "generic": lambda writer, inner: writer.names.get(inner, inner),
    "primitive": lambda _, inner: "!" if inner == "never" else str(inner),
    "function_pointer": _function_pointer,
    "tuple": _tuple,
    "slice": lambda writer, inner: f"[{writer.type(inner)}]",
    "array": lambda writer, inner: f"[{writer.type(inner['type'])}; {writer.names.get(inner['len'], inner['len'])}]",
    "impl_trait": lambda writer, inner: f"impl {' + '.join(writer.bounds(inner))}",
    "raw_pointer": _pointer,
    "borrowed_ref": _reference,
    "qualified_path": _projection,
}
