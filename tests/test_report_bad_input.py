"""Reports of what is hostile or far too long: all forms of them stay whole, small, and free of foreign markup."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.compare.output import encode
from harness.model import Case, Difference, ProbeReport, Report, Verdict
from harness.probes.command import CommandProbe
from harness.report import html, json_file, markdown, terminal
from tests.support.crates import crate
from tests.support.programs import observe_one, pair, python
from tests.support.reports import HOSTILE, large_report, report_of_commits
from tests.support.run import Outcome, run_pytest

_ONE_LINE = """
import os
for _ in range(100):
    os.write(1, b"x" * 1000000)
os.write(1, b"{end}")
"""


@pytest.fixture(scope="module")
def one_long_line(tmp_path_factory: pytest.TempPathFactory) -> tuple[Difference, ...]:
    """What differs of two programs that print 100 MB of one line, and end in another way."""
    folder = tmp_path_factory.mktemp("long")
    seen = [observe_one(python(folder / end, _ONE_LINE.format(end=end)), timeout=60) for end in ("one", "two")]
    assert [one.status for one in seen] == ["exit 0", "exit 0"]
    before, after = map(encode, seen)
    return CommandProbe().compare(Case(program="prog"), before, after, pair()).differences


def report_with(*differences: Difference) -> Report:
    """A report of one commit with these differences."""
    probe = ProbeReport(name="command", verdict=Verdict.CHANGED, reason="stdout", differences=differences)
    (commit,) = large_report(1, 0).commits
    row = type(commit)(
        sha="a" * 40, subject="s", baseline="b" * 40, verdict=Verdict.CHANGED, reason="", probes=(probe,)
    )
    return report_of_commits([row], row)


def on_the_terminal(report: Report) -> bytes:
    """What is printed."""
    return terminal.render(report, width=80, colour=False, verbose=1).encode()


def in_junit(report: Report) -> bytes:
    """What stands in JUnit's file."""
    return terminal.render_probe("01", report.commits[0].probes[0]).encode()


FORMS = pytest.mark.parametrize(
    "form",
    [json_file.render, html.render, markdown.render, on_the_terminal, in_junit],
    ids=lambda form: form.__module__,
)


@pytest.mark.slow
def test_a_line_of_a_hundred_megabytes_that_ends_otherwise_is_seen(one_long_line: tuple[Difference, ...]) -> None:
    assert [one.facet for one in one_long_line] == ["stdout"]


@pytest.mark.slow
@FORMS
def test_every_form_of_a_report_stays_small_with_it(
    one_long_line: tuple[Difference, ...], form: Callable[[Report], bytes]
) -> None:
    assert len(form(report_with(*one_long_line))) < 500_000


@FORMS
def test_a_long_line_costs_no_form_of_a_report_much(form: Callable[[Report], bytes]) -> None:
    ends = [f"{'word ' * 400_000}{end}" for end in ("one", "two")]
    report = report_with(Difference(facet="stdout", where="", before=ends[0], after=ends[1]))
    began = time.process_time()
    form(report)
    assert time.process_time() - began < 10  # quadratic would take hours


# -- names of tests and files -------------------------------------------------------------------------------------

_METADATA = "Metadata-Version: 2.1\nName: our-own\nVersion: 1.0\n"
_ENTRY_POINTS = "[refactor_harness.probes]\nnames = our_own:Names\n"
_MODULE = f'''
from harness.model import Difference
from harness.probes.base import Findings

HOSTILE = {HOSTILE.replace(chr(0xD800), "")!r}

class Names:
    """Says of every commit that something with an evil name has changed."""

    name = "names"
    version = 1
    needs_build = False

    def observe(self, visit):
        return visit.revision.sha.encode()

    def compare(self, before, after, pair):
        one = Difference(facet="test", where=HOSTILE, before=HOSTILE, after="", summary=HOSTILE)
        return Findings(differences=(one,))
'''


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """A run over a commit whose subject, files and tests have names that are made to break what shows them."""
    folder = tmp_path_factory.mktemp("evil")
    (folder / "site" / "our_own-1.0.dist-info").mkdir(parents=True)
    (folder / "site" / "our_own.py").write_text(_MODULE)
    (folder / "site" / "our_own-1.0.dist-info" / "METADATA").write_text(_METADATA)
    (folder / "site" / "our_own-1.0.dist-info" / "entry_points.txt").write_text(_ENTRY_POINTS)
    repo = crate(folder / "repo")
    names = [
        'it\'s "quoted".txt',
        "two\nlines.txt",
        "<script>alert(1)<",
        "]]>.txt",
        "\u202eevil.txt",
        "\x1b[31mred.txt",
    ]
    repo.commit("break <script>alert(1)</script> ]]> \x1b[31m \u202e", dict.fromkeys(names, "x\n"))
    outcome = run_pytest(
        repo.root,
        "--harness-range=HEAD~1..HEAD",
        "--harness-probes=layout,names",
        f"--harness-store={folder / 'store'}",
        f"--harness-report={folder / 'report'}",
        f"--junitxml={folder / 'report' / 'junit.xml'}",
        "-v",
        env={"PYTHONPATH": str(folder / "site")},
    )
    assert outcome.status == 1, outcome.output
    return outcome, folder / "report"


@pytest.mark.slow
def test_the_terminal_is_steered_by_no_name(evil: tuple[Outcome, Path]) -> None:
    output, _ = evil
    assert "\x1b" not in output.output
    assert "\u202e" not in output.output
    assert r"\u202eevil" in output.output


@pytest.mark.slow
def test_junit_can_be_read_with_every_name(evil: tuple[Outcome, Path]) -> None:
    _, folder = evil
    root = ElementTree.parse(folder / "junit.xml").getroot()
    failures = [one.text or "" for one in root.iter("failure")]
    assert "</script><script>document.title='broken'</script>" in failures[0]
    assert "]]> -->" in failures[0]


@pytest.mark.slow
def test_report_json_has_every_name_as_it_was(evil: tuple[Outcome, Path]) -> None:
    _, folder = evil
    report = json.loads((folder / "report.json").read_text())
    (names,) = [one for one in report["overall"]["probes"] if one["name"] == "names"]
    assert names["differences"][0]["where"] == HOSTILE.replace("\ud800", "")


@pytest.mark.slow
def test_the_summary_and_the_page_have_no_element_of_a_name(evil: tuple[Outcome, Path]) -> None:
    _, folder = evil
    fenced = r"^(`{3,})\w*\n.*?^\1$"
    assert "<script" not in re.sub(fenced, "", (folder / "summary.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    assert (folder / "report.html").read_text().count("<script") == 2
