"""A benchmark at other sizes: rows, batches, streams and compression of its pipeline, varied.

A counter may be right for ten rows and wrong for ten thousand. What a size is, the name of its key says; which sizes
a pipeline takes is found out by running it.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from harness.cases.benchmark_ground import DATA, Trial
from harness.model import Case

__all__ = ["sized", "variants"]

MOST = 24
"""How many sizes of one benchmark there are at most."""
_MOST_BENCHMARKS = 2
_QUICK = 1.0  # seconds: a benchmark that takes longer is not tried at other sizes
_SLOW = 0.8  # seconds: a size that takes longer is left out
_MOST_TRIED = 60
_LARGEST = 10_000_000

_SIZES = re.compile(
    r"(?:^|_)(?:rows?|batch(?:es)?|size|records?|count|num|items?|events?|messages?|limit|chunks?|pages?|columns?"
    r"|streams?|parallelism|threads|workers|concurrency|capacity|inflight|buffer|depth|length|iterations|samples|n)"
    r"(?:_|$)",
    re.IGNORECASE,
)
_CODINGS = re.compile(r"compress|codec|encoding", re.IGNORECASE)
_CODECS = ("none", "lz4", "zstd", "gzip", "snappy", "deflate", "brotli")
_FACTORS = (0.01, 0.1, 10.0, 100.0)

Path = tuple[str | int, ...]
Tree = Any


def sized(cases: Sequence[Case], files: Mapping[str, bytes], trial: Trial) -> list[Case]:
    """The sizes that the quickest of these benchmarks takes, for each command that takes a pipeline."""
    quickest: dict[tuple[str, ...], tuple[float, Case]] = {}
    for case in cases:
        if not (named := _pipeline(case)):
            continue
        trial.run(case)
        form = (case.program, *(word for word in case.argv if word != named))
        if trial.seconds < quickest.get(form, (_QUICK, case))[0]:
            quickest[form] = (trial.seconds, case)
    return [one for _, case in list(quickest.values())[:_MOST_BENCHMARKS] for one in _of(case, files, trial)]


def _pipeline(case: Case) -> str:
    return next((word for word in case.argv if word in case.files and word.endswith(DATA)), "")


def _of(case: Case, files: Mapping[str, bytes], trial: Trial) -> list[Case]:
    named = _pipeline(case)
    others = [data for path, data in files.items() if path != named and path.endswith(DATA)]
    tried = [
        replace(
            case,
            files={**case.files, named: content},
            origin=f"{case.origin}, with {told}",
            timeout=_SLOW,
        )
        for told, content in itertools.islice(variants(named, case.files[named], others), _MOST_TRIED)
    ]
    return [replace(one, timeout=case.timeout) for one in trial.reporting(tried)[:MOST]]


def variants(path: str, content: bytes, others: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """The file of a pipeline with other sizes, each with what was varied; `others` are more files of the kind."""
    read, write = _codec(path)
    try:
        tree = read(content)
    except (ValueError, yaml.YAMLError):
        return
    if write is None:
        yield from _in_text(tree, content)
        return
    known = {content}
    for told, varied in _varied(tree, [one for data in others if (one := _quietly(read, data)) is not None]):
        made = write(varied)
        if made not in known:
            known.add(made)
            yield told, made


def _quietly(read: Callable[[bytes], Tree], data: bytes) -> Tree:
    try:
        return read(data)
    except (ValueError, yaml.YAMLError):
        return None


def _codec(path: str) -> tuple[Callable[[bytes], Tree], Callable[[Tree], bytes] | None]:
    if path.endswith(".toml"):
        return lambda data: tomllib.loads(data.decode()), None
    if path.endswith(".json"):
        return json.loads, lambda tree: json.dumps(tree, indent=2).encode()
    return yaml.safe_load, lambda tree: yaml.safe_dump(tree, sort_keys=False).encode()


def _varied(tree: Tree, others: Sequence[Tree]) -> Iterator[tuple[str, Tree]]:
    sizes = [path for path, value in _leaves(tree) if _is_size(path, value)]
    for factor in _FACTORS if sizes else ():
        yield f"all sizes × {factor:g}", _scaled(tree, sizes, factor)
    for path in sizes:
        for value in _values(_at(tree, path)):
            yield f"{_told(path)} = {value}", _with(tree, path, value)
    for path, value in _leaves(tree):
        if path and isinstance(value, str) and _CODINGS.search(str(path[-1])):
            for codec in _CODECS:
                yield f"{_told(path)} = {codec}", _with(tree, path, codec)
            yield f"no {_told(path)}", _with(tree, path, None, drop=True)
    for path, items in _lists(tree):
        yield from _fewer_and_more(tree, path, items, others)


def _fewer_and_more(tree: Tree, path: Path, items: list[Any], others: Sequence[Tree]) -> Iterator[tuple[str, Tree]]:
    """Lists with the first element alone, and with elements that the same list of another file has."""
    if len(items) > 1:
        yield f"one of {_told(path)}", _with(tree, path, items[:1])
    more = list(items)
    for other in others:
        found = _at(other, path)
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict) and all(_name(one) != _name(known) for known in more if isinstance(known, dict)):
                more.append(one)
                yield f"{len(more)} of {_told(path)}", _with(tree, path, list(more))


def _name(element: Mapping[str, Any]) -> Any:
    return element.get("name", element.get("id", repr(element)))


def _values(value: int) -> list[int]:
    wanted = dict.fromkeys([0, 1, value * 10, value // 2 + 1, 10, 10_000])
    return [one for one in wanted if one != value and one <= _LARGEST]


def _scaled(tree: Tree, paths: Sequence[Path], factor: float) -> Tree:
    for path in paths:
        value = _at(tree, path)
        tree = _with(tree, path, min(_LARGEST, max(1, round(value * factor))) if value else value)
    return tree


def _is_size(path: Path, value: Any) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST
    return number and bool(path) and isinstance(path[-1], str) and bool(_SIZES.search(path[-1]))


def _in_text(tree: Tree, content: bytes) -> Iterator[tuple[str, bytes]]:
    """For TOML, which the standard library only reads: numbers are replaced where they stand alone on a line."""
    for path in (path for path, value in _leaves(tree) if _is_size(path, value)):
        pattern = re.compile(rf"^(\s*{re.escape(str(path[-1]))}\s*=\s*)([0-9_]+)(\s*(?:#.*)?)$", re.MULTILINE)
        text = content.decode()
        if len(pattern.findall(text)) == 1:
            for value in _values(_at(tree, path)):
                yield f"{_told(path)} = {value}", pattern.sub(rf"\g<1>{value}\g<3>", text).encode()


# -- trees ----------------------------------------------------------------------------------------------------


def _leaves(tree: Tree, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, (*above, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _leaves(value, (*above, index))
    else:
        yield above, tree


def _lists(tree: Tree, above: Path = ()) -> Iterator[tuple[Path, list[Any]]]:
    if isinstance(tree, list):
        yield above, tree
    items = tree.items() if isinstance(tree, dict) else ()
    for key, value in items:
        yield from _lists(value, (*above, key))


def _at(tree: Tree, path: Path) -> Any:
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _with(tree: Tree, path: Path, value: Any, *, drop: bool = False) -> Tree:
    made = copy.deepcopy(tree)
    inner = _at(made, path[:-1])
    if drop:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made


def _told(path: Path) -> str:
    return ".".join(map(str, path))
