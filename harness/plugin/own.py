"""The fixture `harness_revisions` in somebody's own test suite."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from harness.errors import HarnessError
from harness.plugin.begin import request_of
from harness.verify.own import Revisions, opened

__all__ = ["revisions_for"]


@contextlib.contextmanager
def revisions_for(config: pytest.Config) -> Iterator[Revisions]:
    """The revisions that the options or [verify] name; what keeps them from being built fails in one sentence."""
    with contextlib.ExitStack() as stack:
        try:
            revisions = stack.enter_context(opened(request_of(config)))
        except HarnessError as error:
            pytest.fail(f"harness_revisions: {error}", pytrace=False)
        yield revisions
