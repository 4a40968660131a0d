"""`harness init`: a harness.toml to start from."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.config import FILE_NAME
from harness.errors import ConfigError
from harness.source import find_repository
from harness.source.repository import Repository, reading

__all__ = ["TEMPLATE", "InitCommand"]

_USUAL = ("origin/HEAD", "origin/main", "origin/master", "main", "master")

TEMPLATE = """\
# What the harness cannot find out by itself; without this file it does everything else all the same.
# Every table and every key is optional.

[verify]
base = "{base}"             # a plain `pytest` compares the working tree with this
# surfaces = true           # and holds API, help texts, tests and warnings against the texts in snapshots/surfaces

# [build]
# features = ["default", "all"]                 # the workspace is observed under each
# env = {{ PROTOC = "/usr/bin/protoc" }}

# [[command]]                                     # a command that reads files which no example shows
# name = "check"
# argv = ["check", "{{config}}"]
# config = {{ examples = ["examples/*.yaml"] }}     # or type = "crate::Config", or python = "module:strategy"
# files = {{ "plugins" = "tests/plugins" }}         # there in every case

# [[benchmark]]
# name = "small"
# argv = ["run", "{{file:bench/small.yaml}}"]
# report = {{ line = "@@BENCH_JSON@@" }}            # or file = GLOB, or criterion = true

# [[terminal]]
# name = "stopped"
# argv = ["run", "{{file:bench/large.yaml}}"]
# script = [{{ expect = "rows" }}, {{ send = "\\u0003" }}]

# [[redaction]]                                   # what is random in the program's output
# pattern = 'run-[0-9a-f]{{8}}'
# facets = ["stdout", "files"]
# reason = "run identifiers are random"
"""


class InitCommand:
    """Writes harness.toml into the workspace, where there is none."""

    name = "init"
    help = f"write a {FILE_NAME} to start from, with what can be said in it"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Into which workspace."""
        parser.add_argument("--repo", metavar="DIR", default=".", help="default: the repository around this folder")

    def run(self, options: argparse.Namespace) -> int:
        """Writes the file and names it; a file that is there is never written over."""
        repository = find_repository(Path(options.repo).absolute())
        path = repository.top / repository.workspace / FILE_NAME
        base = _usual_base(repository)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(TEMPLATE.format(base=base))
        except FileExistsError:
            raise ConfigError(f"{path} is there already.", step="Edit it, or remove it first.") from None
        except OSError as error:
            raise ConfigError(f"{path} cannot be written: {error.strerror or error}.") from error
        print(f"{path}: a plain `pytest` now compares the working tree with {base}")
        return 0


def _usual_base(repository: Repository) -> str:
    """The branch that work usually starts from; HEAD where none of the usual names is there."""
    git = reading(repository)
    for name in _USUAL:
        done = git.run("rev-parse", "--verify", "--quiet", "--abbrev-ref", name, allowed=(0, 1, 128))
        if done.status == 0 and (found := done.stdout.decode("utf-8", "replace").strip()):
            return found
    return "HEAD"
