"""What is printed, where a runner of GitHub Actions reads it."""

from __future__ import annotations

import os
import secrets

from harness.model import Report
from harness.report import ci

__all__ = ["error_lines", "guarded"]


def guarded(text: str) -> str:
    """Text of strangers, in which the runner obeys nothing."""
    return ci.guarded(text, secrets.token_hex(16)) if _on_github() else text


def error_lines(report: Report) -> list[str]:
    """Lines that the runner shows above the log; none elsewhere."""
    return list(ci.error_lines(report)) if _on_github() else []


def _on_github() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"
