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
    ("plan", "FILE", "a refactor plan in Markdown: what the commits are meant to change and must reach"),
    ("contract", "FILE", "the same as TOML (default: contract.toml beside the plan or the configuration)"),
    ("probes", "a,b", "only these: command, terminal, benchmark, public_api, test_suite, lints, layout"),
    ("cases", "N", "at most how many generated cases a command gets"),
    ("seed", "N", "generate other cases, the same ones for the same number (default: 0)"),
    ("store", "DIR", "where builds and observations are kept (default: the user's cache folder)"),
    ("shard", "K/N", "verify only the K-th of N parts, as one job of a CI matrix"),
    ("export", "FILE", "write what this job found, for the job that puts all of it together"),
    ("report", "DIR", "write report.json, report.html and summary.md there"),
)


def register(parser: pytest.Parser) -> None:
    """Adds the options to pytest's."""
    group = parser.getgroup("harness", "refactor harness: did anything change that somebody could notice?")
    for name, metavar, text in _OPTIONS:
        kind = int if name in ("cases", "seed") else str
        group.addoption(
            f"--harness-{name}", dest=f"harness_{name}", metavar=metavar, type=kind, default=None, help=text
        )
    group.addoption(
        "--harness-import",
        dest="harness_import",
        metavar="FILE",
        action="append",
        default=None,
        help="take over what another job found, or cases that were prepared; repeatable",
    )
    group.addoption(
        "--harness-env",
        dest="harness_env",
        metavar="NAME=VALUE",
        action="append",
        default=None,
        help="a variable of the builds' environment, repeatable",
    )
    group.addoption(
        "--harness-timing",
        dest="harness_timing",
        action="store_true",
        default=None,
        help="compare durations of benchmarks too, interleaved; builds with the profile release unless configured",
    )


def given(namespace: argparse.Namespace) -> bool:
    """Whether any harness option stands on the command line, so that the run is ours.

    It is the user's own where Python files are named: then the options are for the fixture `harness_revisions`.
    """
    if any(str(arg).partition("::")[0].endswith(".py") for arg in getattr(namespace, "file_or_dir", None) or ()):
        return False
    names = [name for name, _, _ in _OPTIONS]
    return any(getattr(namespace, f"harness_{name}", None) is not None for name in (*names, "env", "import", "timing"))


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
