"""Two emitters of YAML: the one in C, five times as fast, wherever it can write a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

__all__ = ["FAST", "SLOW", "written"]

SLOW: Any = yaml.SafeDumper
FAST: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def written(write: Callable[[Any], str], fast: Any = FAST, slow: Any = SLOW) -> str:
    """What `write` makes with one of the two dumpers.

    The emitter in C, libyaml 0.2.5, does not write letters beyond U+FFFF as they are, nor halves of them.
    """
    try:
        text = write(fast)
    except UnicodeEncodeError:
        return write(slow)
    return write(slow) if "\\U" in text else text
