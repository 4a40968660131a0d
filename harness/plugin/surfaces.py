"""One surface as a test: its texts against the approved ones, with syrupy's options and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.compare.wording import counted
from harness.errors import HarnessError
from harness.model import Difference, ProbeReport, Verdict
from harness.snapshot import SURFACES, SurfaceText, as_text, asserting, files_below
from harness.verify.surfaces import CannotBuild
from harness.verify.walk import Verification

__all__ = ["judge_surface"]

_STEP = "`pytest --snapshot-update` approves it."


def judge_surface(config: pytest.Config, verification: Verification, name: str) -> ProbeReport:
    """Whether a surface is as it was approved; with an update, from now on.

    Raises:
        HarnessError: it cannot be looked at, or a text cannot be written.
    """
    try:
        texts = verification.surface(name)
    except CannotBuild as error:
        return ProbeReport(name=name, verdict=Verdict.BUILD_FAILED, reason=str(error))
    folder = f"{SURFACES}/{name}"
    known = files_below(verification.workspace, folder)
    wanted = {f"{folder}/{stem}.txt": text for stem, text in texts.items()}
    if not wanted and not known:
        return ProbeReport(name=name, verdict=Verdict.SKIPPED, reason="the workspace has none")
    differences = [
        one
        for file, text in sorted(wanted.items())
        if (one := _compared(config, verification.workspace / file, file, known.get(file), text))
    ]
    gone = sorted(known.keys() - wanted.keys())
    if not _deleted(config, [verification.workspace / file for file in gone]):
        differences += [_difference(name, file, known[file], "", "is no longer there") for file in gone]
    if differences:
        reason = f"{len(differences)} of {len(wanted) + len(gone)} texts are not as approved. {_STEP}"
        return ProbeReport(
            name=name, verdict=Verdict.CHANGED, reason=reason, cases=len(wanted), differences=tuple(differences)
        )
    return ProbeReport(name=name, verdict=Verdict.SAME, reason=_as_approved(wanted, known, gone), cases=len(wanted))


def _compared(config: pytest.Config, path: Path, file: str, known: bytes | None, text: str) -> Difference | None:
    name = path.parent.name
    assertion = asserting(config, SurfaceText, path, f"{name}-{path.stem}")
    if assertion is None:
        same = known is not None and known.replace(b"\r\n", b"\n") == text.encode()
    else:
        same = assertion == text
        for result in assertion.executions.values():
            if result.exception is not None:
                raise HarnessError(str(result.exception)) from result.exception
    if same:
        return None
    return _difference(name, file, known, text, "was never approved" if known is None else "is not as approved")


def _difference(name: str, file: str, before: bytes | None, after: str, what: str) -> Difference:
    return Difference(facet=name, where=file, before=as_text(before), after=after, summary=f"{file} {what}")


def _deleted(config: pytest.Config, paths: list[Path]) -> bool:
    """Whether an update deleted the texts of what is no longer there."""
    option = config.option
    if not getattr(option, "update_snapshots", False) or option.no_cleanup or option.disable_unused_snapshots:
        return False
    for path in paths:
        path.unlink(missing_ok=True)
    return True


def _as_approved(wanted: dict[str, str], known: dict[str, bytes], gone: list[str]) -> str:
    changed = [file for file, text in wanted.items() if known.get(file, b"").replace(b"\r\n", b"\n") != text.encode()]
    if changed or gone:
        return f"approved by this run: {len(changed)} written, {len(gone)} deleted"
    return f"{counted(len(wanted), 'text')} as approved"
