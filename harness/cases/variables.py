"""The variables that a program reads, as far as its sources and help texts tell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from harness.compare.rust_text import literals

__all__ = ["variables_in_help", "variables_in_sources"]

_NAME = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*"
# Whatever is called like env or var and gets a name: std::env::var, a helper of one's own, clap's `.env(…)`.
_READ = re.compile(rf'\b\w*(?:env|var)\w*(?:::<[^>()]*>)?\(\s*&?"({_NAME})"\s*[,)]', re.IGNORECASE)
_ATTRIBUTE = re.compile(rf'\benv\s*=\s*"({_NAME})"')
_BARE_ATTRIBUTE = re.compile(
    r"#\[(?:arg|clap)\([^\]]*\benv\b\s*[,)][^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?(\w+)\s*:"
)
_CONSTANT = re.compile(rf'\b(?:const|static)\s+(\w+)\s*:\s*&(?:\'static\s+)?str\s*=\s*"({_NAME})"')
_BY_CONSTANT = re.compile(
    r"\b\w*(?:env|var)\w*(?:::<[^>()]*>)?\(\s*&?(?:\w+::)*([A-Z][A-Z0-9_]*)\s*[,)]", re.IGNORECASE
)
_ATTRIBUTE_BY_CONSTANT = re.compile(r"\benv\s*=\s*(?:\w+::)*([A-Z][A-Z0-9_]*)\b")
_IN_HELP = re.compile(rf"\[env: ({_NAME})\b")
_OF_BUILDS = re.compile(r"CARGO(_.*)?|OUT_DIR|RUSTC?(_WRAPPER|FLAGS)?|TARGET|PROFILE|NUM_JOBS|DOCS_RS|RUST_BACKTRACE")
_OF_TESTS = {"tests", "benches", "examples", "target"}


def variables_in_sources(sources: Mapping[str, str]) -> tuple[str, ...]:
    """The names of variables that Rust sources read, sorted; build scripts and tests aside. Texts by paths."""
    inside = [
        _without_comments(text)
        for path, text in sorted(sources.items())
        if PurePosixPath(path).name != "build.rs" and not _OF_TESTS & set(PurePosixPath(path).parts)
    ]
    constants = {name: value for text in inside for name, value in _CONSTANT.findall(text)}
    found: set[str] = set()
    for text in inside:
        found.update(_READ.findall(text))
        found.update(_ATTRIBUTE.findall(text))
        found.update(name.upper() for name in _BARE_ATTRIBUTE.findall(text))
        named = (*_BY_CONSTANT.findall(text), *_ATTRIBUTE_BY_CONSTANT.findall(text))
        found.update(constants[name] for name in named if name in constants)
    return tuple(sorted(name for name in found if not _OF_BUILDS.fullmatch(name)))


def variables_in_help(texts: Iterable[str]) -> tuple[str, ...]:
    """The names of variables that help texts tell, as clap does: `[env: NAME=]`."""
    return tuple(sorted({name for text in texts for name in _IN_HELP.findall(text)}))


def _without_comments(text: str) -> str:
    parts, done = [], 0
    for start, end, comment in literals(text):
        if comment:
            parts.append(text[done:start])
            done = end
    return "".join([*parts, text[done:]])
