"""What the tests that verify whole histories share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.histories import Histories


@pytest.fixture(scope="session")
def histories(shared_store_root: Path) -> Histories:
    """Verifies histories, each request once."""
    return Histories(shared_store_root)
