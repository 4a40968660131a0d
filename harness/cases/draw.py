"""Draws values from a strategy in somebody's Python file: a program of its own, since such a file may do anything.

`python -m harness.cases.draw FOLDER MODULE NAME COUNT SEED FORMAT` writes the values' bytes as msgpack, or ends with
status 3 and a sentence about what is wrong.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec
import yaml

from harness.cases import toml_text

__all__ = ["REFUSED", "draw", "main"]

REFUSED = 3
"""The exit status where standard output is a sentence for a person."""


class RefusedError(Exception):
    """Something about the strategy is not as it has to be."""


def main(words: Sequence[str]) -> int:
    """Draws as the command line says."""
    folder, module, name, count, seed, form = words
    # What the file prints when it is imported is none of the values.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.path.insert(0, folder)
    try:
        values = draw(_strategy(module, name), int(count), int(seed))
        written = list(dict.fromkeys(_written(value, form) for value in values))
    except RefusedError as error:
        channel.write(str(error).encode("utf-8", "replace"))
        channel.flush()
        return REFUSED
    channel.write(msgspec.msgpack.encode(written))
    channel.flush()
    return 0


def draw(strategy: Any, count: int, seed: int) -> list[Any]:
    """At most `count` values of a Hypothesis strategy, always the same ones for a seed.

    Raises:
        RefusedError: it is no strategy, or gives no or too few values.
    """
    import hypothesis
    from hypothesis import strategies

    if not isinstance(strategy, strategies.SearchStrategy):
        raise RefusedError(f"is no Hypothesis strategy but {_article(type(strategy).__name__)}")
    values: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=[hypothesis.HealthCheck.large_base_example, hypothesis.HealthCheck.data_too_large],
    )
    @hypothesis.given(strategy)
    def collect(value: Any) -> None:
        values.append(value)

    try:
        collect()
    except (hypothesis.errors.FailedHealthCheck, hypothesis.errors.Unsatisfiable) as error:
        raise RefusedError(_unwilling(str(error))) from error
    except Exception as error:
        raise RefusedError(f"fails while it draws: {_first_line(error)}") from error
    return values


def _strategy(module: str, name: str) -> Any:
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise RefusedError("is in a module that is not there") from error
        raise RefusedError(f"is in a module that cannot be imported: {_first_line(error)}") from error
    except BaseException as error:
        raise RefusedError(f"is in a module that cannot be imported: {_first_line(error)}") from error
    if not hasattr(loaded, name):
        raise RefusedError(f"is not there: the module has no `{name}`")
    found = getattr(loaded, name)
    if callable(found) and not _is_strategy(found):
        try:
            found = found()
        except Exception as error:
            raise RefusedError(f"is a function that fails: {_first_line(error)}") from error
    return found


def _is_strategy(value: Any) -> bool:
    from hypothesis import strategies

    return isinstance(value, strategies.SearchStrategy)


def _written(value: Any, form: str) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return (value if isinstance(value, str) else _data(value, form)).encode()
    except (TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        kind = type(value).__name__
        raise RefusedError(f"gives {_article(kind)} that cannot be written as {form}: {_first_line(error)}") from error


def _data(value: Any, form: str) -> str:
    if form == "json":
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    if form == "toml":
        return toml_text.document(value)
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
    return text


def _unwilling(said: str) -> str:
    if "filter" in said or "invalid" in said or "atisf" in said or "Unable" in said:
        return "rejects too much: hardly any value passes its filters"
    return f"is too slow or too large for Hypothesis: {said.partition('.')[0]}"


def _first_line(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _run() -> NoReturn:
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    _run()
