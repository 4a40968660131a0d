"""Judging two programs of scripts as the two builds of a commit would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.built import Artifact, Build, Workspace
from harness.config import Config
from harness.model import Revision
from harness.probes.base import Findings
from harness.probes.command import CommandProbe
from harness.store import Store
from harness.verify.cases import CaseJudge
from harness.verify.subjects import Side
from tests.support.programs import pair, python, revision

__all__ = ["Files", "judged", "side"]


class Files:
    """The files of every revision: always the same ones."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)

    def files_of(self, revision: Revision) -> Files:
        """As `Source.files_of`."""
        return self

    def paths(self) -> Sequence[str]:
        """As `Repository.paths`."""
        return list(self._files)

    def read(self, path: str) -> Mapping[str, bytes]:
        """As `Repository.read`, without globs."""
        return {name: data for name, data in self._files.items() if name == path or name.startswith(f"{path}/")}


def side(store: Store, folder: Path, name: str, script: str) -> Side:
    """A revision whose only program is a script, as the store has it."""
    digest = store.add_file(python(folder / name, script), executable=True)
    build = Build(
        key=name,
        revision=name,
        tree=name,
        features="default",
        toolchain="",
        workspace=Workspace(packages={}, targets=()),
        executables=(Artifact(package="p", target="prog", kind="bin", digest=digest),),
    )
    return Side(revision=revision(name), build=build)


def judged(
    folder: Path,
    before: str,
    after: str,
    *,
    files: Mapping[str, bytes] | None = None,
    config: Config | None = None,
    store: Store | None = None,
    lanes: int = 2,
) -> Findings:
    """What the command probe finds between two scripts."""
    kept = store or Store(folder / "store")
    sides = [side(kept, folder, "before", before), side(kept, folder, "after", after)]
    judge = CaseJudge(Files(files or {}), kept, config or Config(), lanes)  # type: ignore[arg-type]
    return judge.judge(CommandProbe(), first=sides[0], sides=sides, pair=pair(config))
