"""Files and input as trees: YAML, JSON and TOML parsed and written again; everything else as lines."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import yaml

from harness.cases import toml_text
from harness.cases.reduce.tree import Branch, Leaf, Node
from harness.cases.yaml_emitter import written

__all__ = ["Document", "forms_of", "lines_of"]

_MOST_NODES = 20_000
_DEEPEST = 100
_SHORT = 60
_UNUSUAL_BREAKS = "\x85\u2028\u2029"  # only double quotes keep them: PyYAML folds them elsewhere
_YAML = "tag:yaml.org,2002:"


class Form(Protocol):
    """A way of writing trees."""

    def parse(self, text: str) -> Node:
        """The tree of a text. Raises ValueError for a text that is none of this form."""
        ...

    def render(self, tree: Node) -> str:
        """The text of a tree, in plain style."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text as a tree, and how to write it again."""

    tree: Node
    form: Form
    encoding: str = "utf-8"

    def content(self) -> bytes:
        """As bytes."""
        return self.form.render(self.tree).encode(self.encoding)

    def having(self, tree: Node) -> Document:
        """With another tree."""
        return replace(self, tree=tree)


def forms_of(name: str, content: bytes) -> Document | None:
    """A structured text by the end of its name, or JSON by its beginning; None for everything else."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    form = _FORMS.get(name.rpartition(".")[2].lower())
    if form is None and text.lstrip()[:1] in ("{", "["):
        form = _FORMS["json"]
    if form is None:
        return None
    try:
        return Document(tree=form.parse(text), form=form)
    except (ValueError, RecursionError):
        return None


def lines_of(content: bytes) -> Document:
    """Any content as a sequence of lines."""
    try:
        text, encoding = content.decode(), "utf-8"
    except UnicodeDecodeError:
        text, encoding = content.decode("latin-1"), "latin-1"
    return Document(tree=_Lines().parse(text), form=_Lines(), encoding=encoding)


class _Lines:
    def parse(self, text: str) -> Node:
        parts = text.split("\n")
        ended = [f"{part}\n" for part in parts[:-1]] + parts[-1:]
        return Branch(children=tuple(Leaf(kind="text", text=one) for one in ended if one))

    def render(self, tree: Node) -> str:
        assert isinstance(tree, Branch)
        return "".join(child.text for child in tree.children if isinstance(child, Leaf))


# -- YAML -----------------------------------------------------------------------------------------------------


class _Yaml:
    def parse(self, text: str) -> Node:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from error
        if node is None:
            raise ValueError("an empty document")
        return _Composed().tree(node, 0)

    def render(self, tree: Node) -> str:
        def serialized(dumper: Any) -> str:
            text: str = yaml.serialize(
                _yaml_node(tree), Dumper=dumper, allow_unicode=True, width=1_000_000, line_break="\n"
            )
            return text

        return written(serialized).removesuffix("...\n")


class _Composed:
    """What PyYAML composed as a tree; what an alias stands for is written out, as long as that is not much."""

    def __init__(self) -> None:
        self._count = 0

    def tree(self, node: yaml.Node, depth: int) -> Node:
        self._count += 1
        if self._count > _MOST_NODES or depth > _DEEPEST:
            raise ValueError("too large a document")
        if isinstance(node, yaml.ScalarNode):
            return _yaml_leaf(node)
        if isinstance(node, yaml.SequenceNode):
            return Branch(children=tuple(self.tree(one, depth + 1) for one in node.value), tag=node.tag)
        keys = [self.tree(name, depth + 1) for name, _ in node.value]
        named = tuple(one for one in keys if isinstance(one, Leaf))
        if len(named) < len(keys):
            raise ValueError("a key that is no scalar")
        children = tuple(self.tree(one, depth + 1) for _, one in node.value)
        return Branch(children=children, keys=named, tag=node.tag)


def _yaml_leaf(node: yaml.ScalarNode) -> Leaf:
    kind = {f"{_YAML}str": "text", f"{_YAML}int": "number", f"{_YAML}float": "number"}.get(node.tag, "other")
    return Leaf(kind=kind, text=node.value, tag=node.tag)  # type: ignore[arg-type]


def _yaml_node(tree: Node) -> yaml.Node:
    if isinstance(tree, Leaf):
        style = "|" if "\n" in tree.text.rstrip("\n") and tree.kind == "text" else None
        if any(one in tree.text for one in _UNUSUAL_BREAKS):
            style = '"'
        return yaml.ScalarNode(tree.tag or f"{_YAML}str", tree.text, style=style)
    if tree.keys is None:
        tag = tree.tag or f"{_YAML}seq"
        return yaml.SequenceNode(tag, [_yaml_node(one) for one in tree.children], flow_style=False)
    pairs = [(_yaml_node(name), _yaml_node(one)) for name, one in zip(tree.keys, tree.children, strict=True)]
    return yaml.MappingNode(tree.tag or f"{_YAML}map", pairs, flow_style=False)


# -- JSON -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pairs:
    """An object as JSON has it: in order, and perhaps with a key twice."""

    pairs: list[tuple[str, Any]]


class _Json:
    def parse(self, text: str) -> Node:
        decoded = json.loads(
            text, object_pairs_hook=_Pairs, parse_int=_number, parse_float=_number, parse_constant=_number
        )
        return _json_tree(decoded, 0)

    def render(self, tree: Node) -> str:
        return _json_text(tree, "") + "\n"


def _number(text: str) -> Leaf:
    return Leaf(kind="number", text=text)


def _json_tree(data: Any, depth: int) -> Node:
    if depth > _DEEPEST:
        raise ValueError("too deep a document")
    if isinstance(data, Leaf):
        return data
    if isinstance(data, str):
        return Leaf(kind="text", text=data)
    if isinstance(data, list):
        return Branch(children=tuple(_json_tree(one, depth + 1) for one in data))
    if isinstance(data, _Pairs):
        keys = tuple(Leaf(kind="text", text=name) for name, _ in data.pairs)
        return Branch(children=tuple(_json_tree(one, depth + 1) for _, one in data.pairs), keys=keys)
    return Leaf(kind="other", text={True: "true", False: "false", None: "null"}[data])


def _json_text(tree: Node, indent: str) -> str:
    if isinstance(tree, Leaf):
        return json.dumps(tree.text, ensure_ascii=False) if tree.kind == "text" else tree.text
    open_, close = ("[", "]") if tree.keys is None else ("{", "}")
    inner = f"{indent}  "
    items = [_json_text(child, inner) for child in tree.children]
    if tree.keys is not None:
        items = [f"{_json_text(name, inner)}: {item}" for name, item in zip(tree.keys, items, strict=True)]
    line = f"{open_}{', '.join(items)}{close}"
    if len(line) <= _SHORT and "\n" not in line:
        return line
    return f"{open_}\n" + ",\n".join(f"{inner}{item}" for item in items) + f"\n{indent}{close}"


# -- TOML -----------------------------------------------------------------------------------------------------


class _Toml:
    def parse(self, text: str) -> Node:
        return _toml_tree(tomllib.loads(text, parse_float=_number))

    def render(self, tree: Node) -> str:
        data = _toml_data(tree)
        assert isinstance(data, Mapping)
        return toml_text.document(data)


def _toml_tree(data: Any) -> Node:
    if isinstance(data, Leaf):
        return data
    if isinstance(data, str):
        return Leaf(kind="text", text=data)
    if isinstance(data, Mapping):
        keys = tuple(Leaf(kind="text", text=name) for name in data)
        return Branch(children=tuple(_toml_tree(one) for one in data.values()), keys=keys)
    if isinstance(data, Sequence):
        return Branch(children=tuple(_toml_tree(one) for one in data))
    if isinstance(data, int) and not isinstance(data, bool):
        return Leaf(kind="number", text=str(data))
    return Leaf(kind="other", text=data.isoformat() if hasattr(data, "isoformat") else str(data).lower())


def _toml_data(tree: Node) -> object:
    if isinstance(tree, Leaf):
        return tree.text if tree.kind == "text" else toml_text.Raw(tree.text)
    values = [_toml_data(one) for one in tree.children]
    return values if tree.keys is None else dict(zip((one.text for one in tree.keys), values, strict=True))


_FORMS: dict[str, Form] = {"yaml": _Yaml(), "yml": _Yaml(), "json": _Json(), "toml": _Toml()}
