"""What only this repository's own tests need."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.passed_before"]

# A machine that does other things besides is no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def shared_store_root() -> Path:
    """The store that tests which build Rust share, so that each crate is built once for all of them."""
    root = Path(__file__).parent / ".cache" / "test-store"
    root.mkdir(parents=True, exist_ok=True)
    return root
