"""Running documentation tests, which only cargo and rustdoc can build."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.build.cargo import first_error
from harness.build.visit import CargoRun, Visit
from harness.compare.inventory import PROCESS, BuildFailure, State, Test
from harness.compare.inventory_changes import ENDED
from harness.compare.rust_source import doc_block
from harness.probes.test_suite_run import RERUNS

__all__ = ["observe_doctests", "parse_doctests"]

_LINE = re.compile(
    r"^test (?P<name>.+?) \(line (?P<line>\d+)\)(?: - (?P<flavour>[a-z ]+))? \.\.\. (?P<end>ok|FAILED|ignored)\b",
    re.MULTILINE,
)
_ENDS = {"ok": State.OK.value, "FAILED": State.FAILED.value, "ignored": State.IGNORED.value}


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Example:
    """One documentation test as rustdoc names it: `src/lib.rs - item`, its line, how it ended."""

    name: str
    line: int
    flavour: str
    outcome: str


def parse_doctests(output: bytes) -> list[Example]:
    """The documentation tests in rustdoc's output, ordered by item and line."""
    return sorted(
        Example(
            name=match["name"].strip(),
            line=int(match["line"]),
            flavour=match["flavour"] or "",
            outcome=_ENDS[match["end"]],
        )
        for match in _LINE.finditer(output.decode("utf-8", "replace"))
    )


def observe_doctests(visit: Visit, arguments: Sequence[str]) -> tuple[list[Test], list[BuildFailure]]:
    """Runs every documentation test of the workspace; `arguments` select profile and features."""
    if not any(target.doctest for target in visit.workspace.targets):
        return [], []
    done = _cargo(visit, ("--workspace", *arguments))
    examples = parse_doctests(done.stdout)
    outcomes = {(one.name, one.line): [one.outcome] for one in examples}
    _run_failed_again(visit, arguments, outcomes)
    tests = _tests(visit, examples, outcomes)
    if done.timed_out:
        tests.append(Test(package="", target="", kind="doc", name=PROCESS, outcomes=("timed out",), flavour=ENDED))
    elif done.status != 0 and not any(one.outcome == State.FAILED.value for one in examples):
        error = first_error(done.stderr.decode("utf-8", "replace"))
        return tests, [BuildFailure(package="", target="", kind="doc", error=error)]
    return tests, []


def _cargo(visit: Visit, arguments: Sequence[str]) -> CargoRun:
    return visit.cargo("test", "--doc", "--no-fail-fast", *arguments)


def _run_failed_again(visit: Visit, arguments: Sequence[str], outcomes: dict[tuple[str, int], list[str]]) -> None:
    for _ in range(RERUNS):
        failed = [name for name, ends in outcomes.items() if set(ends) == {State.FAILED.value}]
        if not failed:
            return
        # rustdoc cuts what it is given for libtest at blanks, so the line number is all of a name that can be asked.
        packages = sorted({_package_of(visit, name) for name, _ in failed})
        chosen = [part for package in packages for part in ("-p", package)]
        done = _cargo(visit, (*chosen, *arguments, "--", *sorted({f"{line})" for _, line in failed})))
        for one in parse_doctests(done.stdout):
            if (one.name, one.line) in failed:
                outcomes[one.name, one.line].append(one.outcome)


def _tests(visit: Visit, examples: Sequence[Example], outcomes: dict[tuple[str, int], list[str]]) -> list[Test]:
    tests = []
    numbers: dict[str, int] = defaultdict(int)
    texts: dict[str, str] = {}
    for one in examples:
        numbers[one.name] += 1
        package = _package_of(visit, one.name)
        file = one.name.removesuffix(" -").partition(" - ")[0]
        if file not in texts:
            path = visit.root / file
            texts[file] = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        tests.append(
            Test(
                package=package,
                target=_library_of(visit, package),
                kind="doc",
                name=f"{one.name.removesuffix(' -')} #{numbers[one.name]}",
                flavour=one.flavour,
                outcomes=tuple(outcomes[one.name, one.line]),
                source=doc_block(texts[file], one.line),
            )
        )
    return tests


def _package_of(visit: Visit, name: str) -> str:
    """The member whose folder is the longest that the test's file lies in."""
    inside = [
        (len(folder), package)
        for package, folder in visit.workspace.packages.items()
        if folder in ("", ".") or name.startswith(f"{folder}/")
    ]
    return max(inside)[1] if inside else ""


def _library_of(visit: Visit, package: str) -> str:
    names = [one.name for one in visit.workspace.targets if one.package == package and one.doctest]
    return names[0] if names else ""
