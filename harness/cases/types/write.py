"""Writing documents: YAML, JSON and TOML in styles that differ in looks alone."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import yaml

from harness.cases.types.tree import Tree
from harness.cases.yaml_emitter import FAST

__all__ = ["FORMATS", "PLAIN", "CannotWrite", "Style", "some_style", "write"]

_PLAIN_TEXT = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NOT_TEXT = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none"])
_RESOLVE = "tag:yaml.org,2002:"


class CannotWrite(ValueError):
    """A format has no way to say this, for instance TOML of null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The looks of a document. `quote` is the quoting of texts, `flow` from which depth on all is on one line."""

    quote: str = ""
    flow: int = 99
    anchors: bool = False
    comment: bool = False
    shuffled: int = 0
    mark: bool = False
    crlf: bool = False
    start: bool = False
    indent: int = 2


PLAIN = Style()


def some_style(choice: random.Random) -> Style:
    """A style, half of the time a plain one."""
    if choice.random() < 0.5:
        return PLAIN
    return Style(
        quote=choice.choice(["", "", "'", '"']),
        flow=choice.choice([99, 99, 2, 1]),
        anchors=choice.random() < 0.3,
        comment=choice.random() < 0.3,
        shuffled=choice.randrange(1, 1000) if choice.random() < 0.4 else 0,
        mark=choice.random() < 0.1,
        crlf=choice.random() < 0.15,
        start=choice.random() < 0.2,
        indent=choice.choice([2, 2, 4, 3]),
    )


def write(tree: Tree, form: str, style: Style = PLAIN) -> bytes:
    """A document as a file's content.

    Raises:
        CannotWrite: the format cannot say this.
    """
    if style.shuffled:
        tree = _shuffled(tree, random.Random(style.shuffled))
    text = FORMATS[form](tree, style)
    if style.comment and form != "json":
        text = f"# Written by hand.\n{text}# The end.\n"
    if style.crlf:
        text = text.replace("\n", "\r\n")
    data = text.encode("utf-8", "surrogatepass")
    return b"\xef\xbb\xbf" + data if style.mark else data


def _shuffled(tree: Tree, choice: random.Random) -> Tree:
    if isinstance(tree, Mapping):
        pairs = [(key, _shuffled(value, choice)) for key, value in tree.items()]
        choice.shuffle(pairs)
        return dict(pairs)
    if isinstance(tree, list):
        return [_shuffled(value, choice) for value in tree]
    return tree


# -- YAML -------------------------------------------------------------------------------------------------


def _yaml(tree: Tree, style: Style) -> str:
    shared: dict[str, yaml.Node] = {}
    node = _node(tree, style, 0, shared)
    text = yaml.serialize(
        node, Dumper=FAST, allow_unicode=True, indent=style.indent, width=10**6, explicit_start=style.start
    )
    assert isinstance(text, str)
    return text.removesuffix("...\n")


def _node(tree: Tree, style: Style, depth: int, shared: dict[str, yaml.Node]) -> yaml.Node:
    if isinstance(tree, Mapping):
        pairs = [(_text(str(key), style), _node(value, style, depth + 1, shared)) for key, value in tree.items()]
        made: yaml.Node = yaml.MappingNode(f"{_RESOLVE}map", pairs, flow_style=depth >= style.flow or not pairs)
    elif isinstance(tree, list):
        items = [_node(value, style, depth + 1, shared) for value in tree]
        made = yaml.SequenceNode(f"{_RESOLVE}seq", items, flow_style=depth >= style.flow or not items)
    elif isinstance(tree, str):
        made = _text(tree, style)
    else:
        return _scalar(tree)
    # An equal part that came before is written once and then named, which a reader takes for the same.
    if style.anchors and depth and len(repr(tree)) > 3:
        return shared.setdefault(repr(tree), made)
    return made


def _text(text: str, style: Style) -> yaml.ScalarNode:
    quote = style.quote
    if not quote and (not _PLAIN_TEXT.fullmatch(text) or text.lower() in _NOT_TEXT):
        quote = '"'
    return yaml.ScalarNode(f"{_RESOLVE}str", text, style=quote or None)


def _scalar(value: object) -> yaml.ScalarNode:
    if value is None:
        return yaml.ScalarNode(f"{_RESOLVE}null", "null")
    if isinstance(value, bool):
        return yaml.ScalarNode(f"{_RESOLVE}bool", "true" if value else "false")
    if isinstance(value, int):
        return yaml.ScalarNode(f"{_RESOLVE}int", str(value))
    assert isinstance(value, float)
    if not math.isfinite(value):
        return yaml.ScalarNode(f"{_RESOLVE}float", ".nan" if math.isnan(value) else "-.inf" if value < 0 else ".inf")
    text = repr(value)
    # YAML 1.1 takes only numbers with a point for floating ones.
    return yaml.ScalarNode(f"{_RESOLVE}float", text if "." in text else text.replace("e", ".0e"))


# -- JSON -------------------------------------------------------------------------------------------------


def _json(tree: Tree, style: Style) -> str:
    spaced = style.flow > 1
    return "".join(_json_parts(tree, style.indent if spaced else 0, "\n")) + "\n"


def _json_parts(tree: Tree, indent: int, line: str) -> Iterator[str]:
    inner = line + " " * indent if indent else ""
    end = line if indent else ""
    if isinstance(tree, Mapping) and tree:
        mark = "{"
        for key, value in tree.items():
            yield f"{mark}{inner}{json.dumps(str(key), ensure_ascii=False)}: "
            yield from _json_parts(value, indent, inner or line)
            mark = ","
        yield f"{end}}}"
    elif isinstance(tree, list) and tree:
        mark = "["
        for value in tree:
            yield f"{mark}{inner}"
            yield from _json_parts(value, indent, inner or line)
            mark = ","
        yield f"{end}]"
    elif isinstance(tree, Mapping):
        yield "{}"
    elif isinstance(tree, float) and not math.isfinite(tree):
        raise CannotWrite("JSON has no such number")
    else:
        yield json.dumps(tree, ensure_ascii=False)


# -- TOML -------------------------------------------------------------------------------------------------


def _toml(tree: Tree, style: Style) -> str:
    if not isinstance(tree, Mapping):
        raise CannotWrite("a TOML document is a table")
    return "".join(_toml_table(tree, (), style))


def _toml_table(tree: Mapping[str, Tree], above: tuple[str, ...], style: Style) -> Iterator[str]:
    """A table's values first, since what follows a header belongs to that."""
    below = {}
    for number, (key, value) in enumerate(tree.items()):
        if _is_table(value) and len(above) < style.flow:
            below[number, key] = value
        else:
            yield f"{_toml_key(key)} = {_toml_value(value, style)}\n"
    for (_, key), value in below.items():
        path = (*above, _toml_key(key))
        for header, table in [("[%s]", value)] if isinstance(value, Mapping) else [("[[%s]]", one) for one in value]:
            yield f"\n{header % '.'.join(path)}\n"
            yield from _toml_table(table, path, style)


def _is_table(value: Tree) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) and one for one in value)


def _toml_value(value: Tree, style: Style) -> str:
    if value is None:
        raise CannotWrite("TOML has no null")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        literal = style.quote == "'" and not re.search(r"['\x00-\x1f\x7f]", value)
        return f"'{value}'" if literal else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        pairs = (f"{_toml_key(key)} = {_toml_value(one, style)}" for key, one in value.items())
        return "{ " + ", ".join(pairs) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(one, style) for one in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "-inf" if value < 0 else "inf"
    return repr(value)


def _toml_key(key: str) -> str:
    return str(key) if _BARE_KEY.fullmatch(key) else json.dumps(str(key), ensure_ascii=False)


FORMATS: Mapping[str, Callable[[Tree, Style], str]] = {"yaml": _yaml, "json": _json, "toml": _toml}
"""Each format with what writes it."""
