"""Keeping a run that is ours alone apart from the pytest configuration of the repository it verifies.

A Rust repository may hold Python tests with options of plugins that are not installed here, conftest files that
do not import, and warnings turned into errors. None of that says anything about the commits.
"""

from __future__ import annotations

import copy
import os
import warnings
from pathlib import Path

import pytest

__all__ = ["isolate", "settle"]


def isolate(config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Takes the ini file's options and all conftest files out of the run; called before they are loaded."""
    args[:] = [*_from_environment(config, args), *config.invocation_params.args]
    namespace = parser.parse_known_args(args, namespace=copy.copy(config.option))
    namespace.noconftest = True
    namespace.confcutdir = str(config.rootpath)
    namespace.file_or_dir = []
    config.known_args_namespace = namespace
    # `filterwarnings` may name classes that cannot be imported here, and may turn our warnings into errors.
    # Hypothesis's plugin has no test of its own here, and imports all of Hypothesis at the end to say nothing.
    for name in ("warnings", "hypothesispytest"):
        if (plugin := config.pluginmanager.get_plugin(name)) is not None:
            config.pluginmanager.unregister(plugin)


def settle(config: pytest.Config, root: Path, caches: Path) -> None:
    """Makes `root` pytest's root folder, and moves its caches and Hypothesis's out of the user's folder.

    Called before the caches are opened. There is no public way to set either this late; tests hold that these work.
    """
    config._rootpath = root
    config._inicache["cache_dir"] = str(caches / "pytest")
    # On a full disk it is enough that we say so.
    warnings.filterwarnings("ignore", category=pytest.PytestCacheWarning)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(caches / "hypothesis")


def _from_environment(config: pytest.Config, args: list[str]) -> list[str]:
    """The words of PYTEST_ADDOPTS: what stands before the ini file's and the command line's."""
    text = os.environ.get("PYTEST_ADDOPTS", "")
    if not text:
        return []
    import shlex

    words = shlex.split(text)
    return words if args[-len(config.invocation_params.args) - len(words) :] else []
