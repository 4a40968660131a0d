"""What only this repository's own tests need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.passed_before"]

# Hundreds of tests start pytest in a process of its own. What is imported there is compiled once for all of them, and
# beside this repository: nothing is to be written into the folders that the tests look at.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(Path(__file__).parent / ".cache" / "bytecode")

# A machine that does other things besides is no reason to fail. People search with other examples each time; what is
# merged does not hang on luck; `--hypothesis-profile=long` searches for long.
settings.register_profile("patient", deadline=None)
settings.register_profile("same-each-time", settings.get_profile("patient"), derandomize=True)
settings.register_profile("long", settings.get_profile("patient"), max_examples=5000)
settings.load_profile("same-each-time" if os.environ.get("CI") else "patient")


_LONGEST = ("test_services_postgres", "test_warm_runs", "test_workers", "test_workflow")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first: begun last, one worker would go on alone with them."""
    items.sort(key=lambda item: item.path.stem not in _LONGEST)


@pytest.fixture(scope="session")
def shared_store_root() -> Path:
    """The store that tests which build Rust share, so that each crate is built once for all of them."""
    root = Path(__file__).parent / ".cache" / "test-store"
    root.mkdir(parents=True, exist_ok=True)
    return root
