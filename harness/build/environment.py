"""The environment that cargo runs in, and the part of it that can change what comes out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from harness.config import BuildConfig
from harness.process import clean_environment

__all__ = ["build_environment", "identity_of"]

# What the process that started pytest says of itself, not of this build: a make's or cargo's own variables.
_DROPPED = (
    "MAKEFLAGS",
    "MFLAGS",
    "MAKELEVEL",
    "CARGO_MAKEFLAGS",
    "CARGO",
    "OUT_DIR",
    "CARGO_CRATE_NAME",
    "CARGO_TARGET_DIR",
)
_DROPPED_PREFIXES = ("CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_BUILD_TARGET_DIR")

_IDENTITY_PREFIXES = (
    "CARGO_",
    "RUST",
    "CC",
    "CXX",
    "AR",
    "LD",
    "CFLAGS",
    "CPPFLAGS",
    "CPATH",
    "LIBRARY_PATH",
    "PKG_CONFIG",
)
_NO_IDENTITY = (
    "CARGO_HOME",
    "CARGO_TARGET_DIR",
    "CARGO_TERM_",
    "CARGO_NET_",
    "CARGO_HTTP_",
    "RUSTUP_HOME",
    "RUST_BACKTRACE",
)


def build_environment(config: BuildConfig, overrides: Mapping[str, str], target_dir: Path) -> dict[str, str]:
    """The environment of every cargo call in a slot.

    Debug information is off unless somebody asked for it: it doubles the time of a build and says nothing about
    behaviour (docs/design.md, decision 4). `overrides` are the `--harness-env` options.
    """
    inherited = clean_environment()
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)
    }
    # What is not installed is told, not downloaded in passing.
    defaults = {"RUSTUP_AUTO_INSTALL": "0"}
    if config.profile == "dev":
        defaults["CARGO_PROFILE_DEV_DEBUG"] = "0"
    return defaults | kept | config.env | dict(overrides) | {"CARGO_TARGET_DIR": str(target_dir)}


def identity_of(env: Mapping[str, str], config: BuildConfig, overrides: Mapping[str, str]) -> dict[str, str]:
    """The variables that are part of a build's key: those that compilers read, and all that were set for it."""
    named = {*config.env, *overrides}
    return {
        name: value
        for name, value in sorted(env.items())
        if name in named or (name.startswith(_IDENTITY_PREFIXES) and not name.startswith(_NO_IDENTITY))
    }


def outer_cargo_configs(repository_top: Path) -> list[Path]:
    """cargo's configuration files in the folders above a repository, nearest first.

    cargo reads `.cargo/config.toml` (or `config`) of every folder from the current one upwards, and then
    `$CARGO_HOME`'s (The Cargo Book, "Configuration", hierarchical structure); a slot has other folders above it.
    """
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    found = []
    for folder in repository_top.parents:
        for name in ("config.toml", "config"):
            path = folder / ".cargo" / name
            if path.is_file() and path.parent != home:
                found.append(path)
                break
    return found
