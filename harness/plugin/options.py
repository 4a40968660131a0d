"""The `--harness-…` options, and whether a run is ours at all."""

from __future__ import annotations

import argparse

import pytest

__all__ = ["configured", "given", "register"]

_OPTIONS: tuple[tuple[str, str, str], ...] = (
    ("repo", "DIR", "the repository to verify (default: the one around the current folder)"),
    ("range", "A..B", "verify every commit after A up to B against its first parent, and the two ends"),
    ("base", "REV", "verify the working tree, uncommitted and untracked files included, against REV"),
    ("config", "FILE", "default: harness.toml, or [workspace.metadata.harness] in Cargo.toml"),
    ("probes", "a,b", "only these: command, public_api, test_suite, lints, layout"),
    ("cases", "N", "at most how many generated cases a command gets"),
    ("store", "DIR", "where builds and observations are kept (default: the user's cache folder)"),
    ("report", "DIR", "write report.json there"),
)


def register(parser: pytest.Parser) -> None:
    """Adds the options to pytest's."""
    group = parser.getgroup("harness", "refactor harness: did anything change that somebody could notice?")
    for name, metavar, text in _OPTIONS:
        kind = int if name == "cases" else str
        group.addoption(
            f"--harness-{name}", dest=f"harness_{name}", metavar=metavar, type=kind, default=None, help=text
        )
    group.addoption(
        "--harness-env",
        dest="harness_env",
        metavar="NAME=VALUE",
        action="append",
        default=None,
        help="a variable of the builds' environment, repeatable",
    )


def given(namespace: argparse.Namespace) -> bool:
    """Whether any harness option stands on the command line."""
    names = [name for name, _, _ in _OPTIONS]
    return any(getattr(namespace, f"harness_{name}", None) is not None for name in (*names, "env"))


def configured(config: pytest.Config) -> bool:
    """Whether a plain `pytest` has something to verify: a [verify] table in the repository around it."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return False
    for folder in (config.invocation_params.dir, *config.invocation_params.dir.parents):
        own, manifest = folder / "harness.toml", folder / "Cargo.toml"
        if own.is_file() and "verify" in own.read_text(encoding="utf-8", errors="replace"):
            return True
        if manifest.is_file() and "metadata.harness" in manifest.read_text(encoding="utf-8", errors="replace"):
            return True
        if (folder / ".git").exists():
            break
    return False
