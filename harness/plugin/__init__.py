"""pytest's hooks. They decide nothing, and cost nothing where no harness option is given.

Only light modules are imported here; everything else is, once a run turns out to be ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.plugin import isolation, options

if TYPE_CHECKING:
    from harness.plugin.run import Run
    from harness.verify.own import Revisions

_RUN: pytest.StashKey[Run] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Registers the `--harness-…` options."""
    options.register(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Keeps the user's pytest configuration, conftest files and caches out of a run that is ours alone."""
    if options.given(early_config.known_args_namespace):
        isolation.isolate(early_config, parser, args)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Finds out what is to be verified, if anything."""
    if config.option.help or config.option.version:
        return
    explicit = options.given(config.option)
    if not explicit and not options.configured(config):
        return
    from harness.errors import ConfigError

    try:
        from harness.plugin.begin import begin
    except ConfigError as error:  # a probe or source of cases of somebody else's cannot be loaded
        raise pytest.UsageError(str(error)) from error
    config.stash[_RUN] = begin(config, alone=explicit)


@pytest.fixture(scope="session")
def harness_revisions(pytestconfig: pytest.Config) -> Iterator[Revisions]:
    """The two revisions of `--harness-range`, `--harness-base` or [verify], built, each with a method `run`."""
    from harness.plugin.own import revisions_for

    with revisions_for(pytestconfig) as revisions:
        yield revisions


def pytest_collect_file(file_path: object, parent: pytest.Collector) -> pytest.Collector | None:
    """Turns the workspace's Cargo.toml into comparisons."""
    run = parent.config.stash.get(_RUN, None)
    return run.collect(file_path, parent) if run else None


def pytest_collect_directory(path: object, parent: pytest.Collector) -> pytest.Collector | None:
    """Keeps the user's packages from being imported on the way to the manifest."""
    run = parent.config.stash.get(_RUN, None)
    return run.collect_directory(path, parent) if run else None
