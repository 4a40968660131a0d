"""Verifies published releases of well-known command-line crates with a library, as if each release were a commit.

The releases are fetched by cargo and laid as commits of throw-away repositories under out/. Nothing is configured.
What the changelog of each crate announces of flags, configuration and library has to be among what is found; then
the demonstration ends with status 0. `ONLY=NAME` takes one crate.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from demo.announced import CRATES, Announced, Crate
from demo.harness_run import ROOT, HarnessRun, short
from demo.published import lay


def main() -> int:
    """0 when everything that the changelogs announce was found."""
    only = os.environ.get("ONLY", "")
    chosen = [crate for crate in CRATES if only in ("", crate.name)]
    if not chosen:
        print(f"error: ONLY={only} is none of {', '.join(crate.name for crate in CRATES)}", file=sys.stderr)
        return 1
    found = [verified(crate) for crate in chosen]
    return 0 if all(found) else 1


def verified(crate: Crate) -> bool:
    """Verifies the releases of a crate and prints whether what its changelog announces was found."""
    folder = ROOT / "out" / "releases" / crate.name
    repository = folder / "repository"
    try:
        lay(repository, crate.name, crate.versions)
    except subprocess.CalledProcessError as error:
        print(f"error: {crate.name} cannot be had: {error}", file=sys.stderr)
        return False
    first, last = crate.versions[0], crate.versions[-1]
    print(
        f"\n{len(crate.versions)} releases of {crate.name}, {crate.what}, {first} to {last}, "
        f"as commits in {short(repository)}\n",
        flush=True,
    )
    run = HarnessRun(repository=repository, range=f"v{first}..v{last}", store=ROOT / ".cache" / "demo", report=folder)
    report = run.read(run.start())
    if report is None:
        return False
    found = list(checked(crate, report))
    print(f"\nthe whole report: {run.report / 'report.html'}")
    return all(found)


def checked(crate: Crate, report: dict[str, Any]) -> Iterator[bool]:
    """Prints, for each entry of the changelog, whether it was found."""
    print(f"\nwhat the changelog of {crate.name} announces:")
    commits = {commit["subject"].rpartition(" ")[2]: commit for commit in report["commits"]}
    for one in crate.announced:
        found = shown(one, commits[one.version])
        print(f"  {'found ' if found else 'MISSED'}  {one.version}  {one.probe:<11} {one.entry}")
        yield found
    as_expected = report["verdict"] == "CHANGED" and all(one["verdict"] == "CHANGED" for one in report["commits"])
    print(f"  {'every' if as_expected else 'NOT every'} release changed something; the verdict is {report['verdict']}")
    yield as_expected


def shown(one: Announced, commit: dict[str, Any]) -> bool:
    """Whether a difference or note of the probe shows the text, in itself or in the case that brought it about."""
    probe = next(probe for probe in commit["probes"] if probe["name"] == one.probe)
    return any(one.shows in json.dumps(entry) for entry in (*probe["differences"], *probe["notes"]))


if __name__ == "__main__":
    sys.exit(main())
