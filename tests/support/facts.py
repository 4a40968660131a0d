"""A probe that needs no build: it compares the lines `name = value` of facts.txt. Loaded by `-p tests.support.facts`.

Every observation is noted in the file that FACTS_OBSERVED names, so that tests see what was looked at again.
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.build.visit import Visit
from harness.model import Difference
from harness.probes import PROBES
from harness.probes.base import Findings, Pair
from tests.support.repo import Repo
from tests.support.run import Outcome, run_pytest

__all__ = ["Facts", "History"]


class Facts:
    """The `facts` probe. A fact that changed or went is a difference; a new one is none."""

    name = "facts"
    version = 1
    needs_build = False

    def observe(self, visit: Visit) -> bytes:
        """The file as it is."""
        if log := os.environ.get("FACTS_OBSERVED"):
            with Path(log).open("a") as file:
                file.write(f"{visit.revision.subject}\n")
        path = visit.root / "facts.txt"
        return path.read_bytes() if path.exists() else b""

    def compare(self, before: bytes, after: bytes, pair: Pair) -> Findings:
        """A difference for each fact that is not what it was."""
        if os.environ.get("FACTS_INTERRUPTED_AT") == pair.candidate.subject:
            raise KeyboardInterrupt
        old, new = _facts(before), _facts(after)
        changed = [name for name in old if old[name] != new.get(name)]
        return Findings(
            differences=tuple(
                Difference(facet="changed", where=name, before=old[name], after=new.get(name, "")) for name in changed
            )
        )


def _facts(text: bytes) -> dict[str, str]:
    return dict(line.split(" = ", 1) for line in text.decode().splitlines())


class History:
    """A repository with facts, and runs over it with this probe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repo = Repo(folder / "repo")
        self._facts: dict[str, str] = {}
        self.base = self.commit("base", {"src/lib.rs": "", "Cargo.toml": _MANIFEST}, a="one", b="two", c="three")

    def copied(self, folder: Path) -> History:
        """The same repository elsewhere; nothing is observed there yet."""
        made = copy.copy(self)
        made.folder, made._facts = folder, dict(self._facts)
        shutil.copytree(self.repo.root, folder / "repo")
        made.repo = copy.copy(self.repo)
        made.repo.root = folder / "repo"
        return made

    def commit(self, subject: str, files: dict[str, str | bytes] | None = None, **facts: str) -> str:
        """A commit that changes these facts; gives its id."""
        self._facts |= facts
        text = "".join(f"{name} = {value}\n" for name, value in self._facts.items())
        return self.repo.commit(subject, {"facts.txt": text, **(files or {})})

    def verify(self, *argv: str, whole: bool = True, env: Mapping[str, str] | None = None) -> Outcome:
        """A run over everything after the base, or over what `argv` says."""
        options = [f"--harness-range={self.base}..HEAD"] if whole else []
        return run_pytest(
            self.repo.root,
            *["-p", "tests.support.facts", "--harness-probes=facts", *options, *argv],
            store=self.folder / "store",
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "FACTS_OBSERVED": str(self.folder / "observed")}
            | dict(env or {}),
        )

    def approve(self, *argv: str) -> Outcome:
        """The same, approving what was found."""
        return self.verify("--snapshot-update", *argv)

    def approved(self) -> dict[str, str]:
        """The files of approvals by name."""
        folder = self.repo.root / "snapshots" / "approved"
        return {path.name: path.read_text() for path in sorted(folder.glob("*"))} if folder.exists() else {}

    def observed(self) -> int:
        """How often a revision was looked at so far."""
        path = self.folder / "observed"
        return len(path.read_text().splitlines()) if path.exists() else 0


_MANIFEST = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'

if "facts" not in PROBES:
    PROBES["facts"] = Facts()
