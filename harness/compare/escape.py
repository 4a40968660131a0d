"""Any text as one line that editors, git and reviewers leave alone, and back."""

from __future__ import annotations

import re

__all__ = ["BadEscape", "escaped", "unescaped"]

_NAMED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BACK = {value[1]: key for key, value in _NAMED.items()}
_ESCAPE = re.compile(r"\\(u\{([0-9a-f]{1,6})\}|.|\Z)", re.DOTALL)


class BadEscape(ValueError):
    """A backslash that begins no escape."""


def escaped(text: str) -> str:
    """The text with everything that cannot be seen as an escape; a space at the end too."""
    if text.isprintable() and "\\" not in text and not text.endswith(" "):
        return text
    body = text.removesuffix(" ")
    shown = "".join(_NAMED.get(one) or (one if one.isprintable() else f"\\u{{{ord(one):x}}}") for one in body)
    return shown + ("\\u{20}" if text.endswith(" ") else "")


def unescaped(text: str) -> str:
    """What `escaped` was made of.

    Raises:
        BadEscape: a backslash that begins no escape.
    """
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(found: re.Match[str]) -> str:
    if found.group(2):
        number = int(found.group(2), 16)
        if number <= 0x10FFFF:
            return chr(number)
    elif found.group(1) in _BACK:
        return _BACK[found.group(1)]
    raise BadEscape(f"`{found.group()}` is no escape")
