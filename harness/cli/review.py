"""`harness review`: going through what nothing covers yet, difference by difference, with one key each."""

from __future__ import annotations

import argparse
import contextlib
import re
import shlex
import shutil
import sys
import termios
import tty
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.compare.approvals import Approvals
from harness.compare.output import CommandObservation
from harness.errors import HarnessError
from harness.model import Case, Difference, ProbeReport, Verdict
from harness.probes.containment import containment
from harness.probes.lanes import run_cases
from harness.report.plain import plain_text
from harness.report.read import Finding, ReadReport, read_report
from harness.report.terminal import describe_case, render_probe
from harness.snapshot import APPROVED, SURFACES, add_forms, files_below, parsed, put_text
from harness.source import Repository, find_repository
from harness.source.revisions import resolve_revision
from harness.store import Store, default_root
from harness.verify.approving import approvals_in, problems_in
from harness.verify.last_report import kept
from harness.verify.review import Review, Surfaces, is_outdated, pending, texts_to_write, to_write

__all__ = ["ReviewCommand"]

_KEYS = {
    "a": "accept",
    "r": "reject",
    "s": "skip",
    "k": "accept all of this kind",
    "c": "show the case",
    "x": "run it again",
    "q": "quit",
}
_LINES = 40


class ReviewCommand:
    """Asks of each pending difference whether it is meant, and writes what is."""

    name = "review"
    help = "go through the differences of the last run and approve those that are meant"

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which repository, and which report."""
        parser.add_argument("--repo", metavar="DIR", default=".", help="default: the one around the current folder")
        parser.add_argument("--report", metavar="DIR", help="of --harness-report (default: that of the last run)")
        parser.add_argument("--store", metavar="DIR", help="default: the user's cache folder")

    def run(self, options: argparse.Namespace) -> int:
        """0 when nothing is left to decide or was rejected, else 1; nothing is written after Ctrl-C (130)."""
        repository = find_repository(Path(options.repo))
        workspace = repository.top / repository.workspace
        store = Store(Path(options.store) if options.store else default_root())
        report = _with_subjects(_report(options.report, store, workspace), repository)
        files = parsed(files_below(workspace, APPROVED))
        for problem in problems_in(files):
            print(f"note: {problem}")
        review = Review(list(_current(report.findings, approvals_in(files, {}), files_below(workspace, SURFACES))))
        if not review.total:
            print("Nothing is pending: every difference of the last run is approved, or none can be.")
            return 0
        try:
            _walk(review, store)
        except (KeyboardInterrupt, EOFError):
            print("\nStopped; nothing was written.")
            return 130
        _write(report, review, workspace)
        print(
            f"{len(review.accepted)} accepted, {len(review.rejected)} rejected, {len(review.skipped)} skipped. "
            "The next run takes what was accepted as approved."
        )
        for one in review.rejected:
            print(f"rejected: {_title(one)}")
            if one.difference.reproduce:
                print(f"  reproduce: {plain_text(one.difference.reproduce)}")
        return 1 if review.rejected or review.skipped else 0


def _current(findings: Sequence[Finding], approvals: Approvals, surfaces: Surfaces) -> Iterator[Finding]:
    """What is pending, without that which is out of date."""
    for one in pending(findings, approvals, surfaces):
        if is_outdated(one, surfaces):
            print(f"note: {plain_text(one.difference.where)} was changed after that run; run the verification again.")
        else:
            yield one


def _write(report: ReadReport, review: Review, workspace: Path) -> None:
    for (label, probe), forms in to_write(report, review.accepted).items():
        file = label.file(probe)
        add_forms(workspace / file, label.subject, probe, forms)
        print(f"wrote {file}")
    for file, text in texts_to_write(review.accepted).items():
        put_text(workspace / file, text)
        print(f"{'wrote' if text else 'deleted'} {file}")


def _report(folder: str | None, store: Store, workspace: Path) -> ReadReport:
    if folder is not None:
        path = Path(folder) / "report.json"
        try:
            return read_report(path.read_bytes())
        except OSError as error:
            raise HarnessError(
                f"{path} cannot be read: {error.strerror or error}.", step="Name the folder of --harness-report."
            ) from error
    data = kept(store, workspace / "Cargo.toml")
    if data is None:
        raise HarnessError(
            f"No run on {workspace} is known in the store {store.root}.",
            step="Run `pytest --harness-range A..B` first, with the same store.",
        )
    return read_report(data)


def _with_subjects(report: ReadReport, repository: Repository) -> ReadReport:
    """The report with the subject of what a working tree was compared with: approvals are told by it."""
    comparisons = []
    for one in report.comparisons:
        if one.candidate.is_working_tree:
            with contextlib.suppress(HarnessError):
                one = replace(one, baseline=resolve_revision(repository, one.baseline.sha))
        comparisons.append(one)
    return replace(report, comparisons=tuple(comparisons))


# -- the walk ---------------------------------------------------------------------------------------------------


def _walk(review: Review, store: Store) -> None:
    with _keys() as key:
        while (one := review.current) is not None:
            _show(one, review)
            while review.current is one:
                _answer(key(), one, review, store)


def _answer(key: str, one: Finding, review: Review, store: Store) -> None:
    if key in "\r\n":
        return
    decisions = {"a": review.accept, "r": review.reject, "s": review.skip, "k": review.accept_kind}
    if key in decisions:
        count = decisions[key]()
        print({"a": "accepted", "r": "rejected", "s": "skipped", "k": f"{count} accepted"}[key])
    elif key == "q":
        review.leave()
    elif key == "c":
        print(_text_told(one.difference) if one.is_surface else _case_told(one.difference))
    elif key == "x":
        print(_again(one.difference, store))
    else:
        print(", ".join(f"{key} {what}" for key, what in _KEYS.items()))


def _show(one: Finding, review: Review) -> None:
    width = shutil.get_terminal_size().columns
    print("─" * min(width, 100))
    print(f"{review.number} of {review.total}  {_title(one)}")
    alone = ProbeReport(name=one.probe, verdict=Verdict(one.verdict), reason="", differences=(one.difference,))
    print(render_probe(one.comparison.id, alone).partition("\n")[2].strip("\n"))
    print("  " + ", ".join(f"[{key}] {what}" for key, what in _KEYS.items()), flush=True)


def _title(one: Finding) -> str:
    if one.is_surface:
        return f"{one.probe} {plain_text(one.difference.where)}  against what was approved"
    what = "the two ends of the range" if one.comparison.is_range else plain_text(one.comparison.candidate.subject)
    return f"{one.probe} {one.difference.facet} {plain_text(one.difference.where)}".rstrip() + f"  at {what}"


def _text_told(one: Difference) -> str:
    """The whole text of a surface: what was shown are the lines that differ."""
    return plain_text(one.after).rstrip("\n") or "It is no longer there; accepting deletes the file."


def _case_told(one: Difference) -> str:
    if one.case is None:
        return "It is about no case: it was seen in the sources, not by running a program."
    lines = [describe_case(one.case)]
    for name, content in one.case.files.items():
        text = plain_text(content.decode("utf-8", "backslashreplace"))
        lines += [f"--- {plain_text(name)}", *text.splitlines()[:_LINES]]
    if one.case.stdin:
        lines += ["--- standard input", *plain_text(one.case.stdin.decode("utf-8", "backslashreplace")).splitlines()]
    return "\n".join(lines)


def _again(one: Difference, store: Store) -> str:
    """Runs the case on both programs, in the sandbox. Only programs of the store: a report may come from elsewhere."""
    if one.case is None:
        return "It is about no case; run the verification again to see it again."
    folders = _folders(one.reproduce)
    inside = [folder for folder in folders if folder.parent == (store.root / "programs").resolve() and folder.is_dir()]
    if len(inside) != 2:
        return "Its programs are not in this store any more; run the verification again."
    try:
        return "\n".join(
            f"{side}: {_told(_run(folder, one.case))}" for side, folder in zip(("before", "after"), inside, strict=True)
        )
    except HarnessError as error:
        return str(error)


def _folders(line: str) -> list[Path]:
    found = re.match(r"for p in (.+?); do ", line)
    try:
        return [Path(word).expanduser().resolve() for word in shlex.split(found.group(1))] if found else []
    except ValueError:
        return []


def _run(folder: Path, case: Case) -> CommandObservation:
    programs = {path.name: path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")}
    if case.program not in programs:
        raise HarnessError(f"There is no program {case.program} in {folder}.")
    contained = containment()
    if not contained.works:
        raise HarnessError(f"There is no sandbox to run it in: {contained.reason}.", step=f"By hand: {folder}")
    [(_, seen)] = run_cases(programs, [case], lanes=1, contained=contained)
    return seen


def _told(seen: CommandObservation) -> str:
    parts = [seen.status]
    for name, data in (("stdout", seen.stdout), ("stderr", seen.stderr)):
        lines = plain_text(data.decode("utf-8", "backslashreplace")).splitlines()
        more = [f"    … {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
        parts += [f"  {name}", *(f"    {line}" for line in lines[:_LINES]), *more] if lines else []
    parts += [f"  file {plain_text(one.path.decode('utf-8', 'backslashreplace'))} {one.change}" for one in seen.files]
    return "\n".join(parts)


@contextlib.contextmanager
def _keys() -> Iterator[Callable[[], str]]:
    """A function that gives the next key: on a terminal as it is pressed, else the next character of the input."""
    stream = sys.stdin
    if not stream.isatty():
        yield lambda: _next(stream.read(1))
        return
    former = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream, termios.TCSADRAIN)  # keys typed ahead count
        yield lambda: _next(stream.read(1))
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, former)


def _next(key: str) -> str:
    if key in ("", "\x04"):
        raise EOFError
    return key
