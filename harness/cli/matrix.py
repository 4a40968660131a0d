"""`harness matrix`: what each job of a CI matrix does, and the cases that all of them run."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from harness.errors import ConfigError, HarnessError
from harness.model import Revision
from harness.report.plain import one_line
from harness.verify.exports import Export, machine, plan_digest, write
from harness.verify.plan import Request
from harness.verify.shards import matrix
from harness.verify.walk import Verification, make_plan

__all__ = ["MatrixCommand"]


class MatrixCommand:
    """Cuts a range into jobs and prints the matrix as one line of JSON."""

    name = "matrix"
    help = "cut a range into the jobs of a CI matrix, printed as JSON; with --prepare, make the cases they share"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """The range, the number of jobs, and the options that the jobs' runs have as well."""
        parser.add_argument("range", metavar="A..B")
        parser.add_argument("--jobs", type=int, default=4, metavar="N", help="at most how many (default: 4)")
        parser.add_argument("--prepare", metavar="FILE", help="make the core cases, and write them there")
        parser.add_argument("--repo", metavar="DIR", default=".", help="the repository (default: this folder's)")
        parser.add_argument("--config", metavar="FILE", default="", help="as --harness-config")
        parser.add_argument("--plan", metavar="FILE", default="", help="as --harness-plan")
        parser.add_argument("--contract", metavar="FILE", default="", help="as --harness-contract")
        parser.add_argument("--env", metavar="NAME=VALUE", action="append", default=[], help="as --harness-env")
        parser.add_argument("--probes", metavar="a,b", default="", help="as --harness-probes")
        parser.add_argument("--cases", metavar="N", type=int, default=0, help="as --harness-cases")
        parser.add_argument("--seed", metavar="N", type=int, default=0, help="as --harness-seed")
        parser.add_argument("--store", metavar="DIR", default="", help="as --harness-store")

    def run(self, options: argparse.Namespace) -> int:
        """Prints the matrix."""
        if options.jobs < 1:
            raise ConfigError(f"--jobs={options.jobs} is no number of jobs.", step="Give 1 or more.")
        request = Request(
            folder=str(Path(options.repo).absolute()),
            range=options.range,
            config=_absolute(options.config),
            plan=_absolute(options.plan),
            contract=_absolute(options.contract),
            env=dict(map(_variable, options.env)),
            probes=tuple(name.strip() for name in options.probes.split(",") if name.strip()),
            cases=options.cases,
            seed=options.seed,
            store=_absolute(options.store),
        )
        plan = make_plan(request)
        if options.prepare:
            config = request.configuration(request.repository())
            verification = Verification(request, plan, workers=1, watch=_told)
            try:
                cases = verification.prepare()
            finally:
                verification.close()
            made = Export(plan=plan_digest(plan, config), platform=machine(), cases=cases)
            _written(made, Path(options.prepare))
        else:
            print("no cases are prepared, so each job makes the same ones itself (--prepare FILE)", file=sys.stderr)
        print(json.dumps(matrix(plan.items(), options.jobs)))
        return 0


def _written(made: Export, path: Path) -> None:
    try:
        write(made, path)
    except OSError as error:
        raise HarnessError(
            f"The prepared cases cannot be written to {path}: {error.strerror or error}.", step="Correct --prepare."
        ) from error


def _absolute(text: str) -> str:
    return str(Path(text).expanduser().absolute()) if text else ""


def _variable(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigError(f"--env={text} is not NAME=VALUE.")
    return name, value


def _told(revision: Revision, number: int, of: int, crate: str, what: str) -> None:
    if not crate and not what:
        print(f"building {number} of {of}: {revision.name} {one_line(revision.subject)}", file=sys.stderr)
