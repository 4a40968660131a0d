"""report.html in a real browser: opened, filtered, unfolded, copied from, looked through by an accessibility engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.report import html
from tests.support.reports import full_report, hostile_report, large_report

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.slow,
    # Where tests decide whether something may be merged, .ci/run says that a browser that is missing is a failure.
    pytest.mark.skipif(
        _CHROMIUM is None and os.environ.get("BROWSER_TESTS") != "required",
        reason="chromium is not installed: `apt-get install chromium`",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a large report."""
    path = tmp_path_factory.mktemp("large") / "report.html"
    path.write_bytes(html.render(large_report(200, 10_000)))
    return path


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a report in which everything stands that there can be."""
    path = tmp_path_factory.mktemp("full") / "report.html"
    path.write_bytes(html.render(full_report()))
    return path


class Page:
    """A page with what its console said."""

    def __init__(self, browser: Any, path: Path, fragment: str = "", **context: Any) -> None:
        self.said: list[str] = []
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(f"file://{path}{fragment}")

    def __enter__(self) -> Any:
        return self.page

    def __exit__(self, *error: object) -> None:
        self.context.close()
        assert error[0] is not None or self.said == []


_DRAWN = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def press(target: Any) -> None:
    """Clicks, and waits for what that draws: a part is drawn when the browser tells that it was unfolded, and so are
    the parts in it that are unfolded from the start."""
    target.click()
    for _ in range(3):
        target.page.evaluate(_DRAWN)


def unfold(page: Any) -> None:
    """Opens everything that is folded."""
    while (closed := page.locator("details:not([open]) > summary:visible")).count():
        press(closed.first)


def test_the_first_screen_has_the_question_the_answer_and_the_table(browser: Any, large: Path) -> None:
    with Page(browser, large, viewport={"width": 1280, "height": 900}) as page:
        assert page.locator("h1").inner_text() == "CHANGED Yes, at 180 of 200 commits."
        assert page.locator(".question").is_visible()
        said = page.locator("#figures").inner_text().splitlines()
        assert said[0] == "Compared"
        assert said[1].startswith("80,000 runs of cases in 200 commits")
        assert page.locator("#table tbody tr").count() == 201
        assert page.locator("#table").bounding_box()["y"] < 500


def test_a_commit_of_a_large_report_opens_to_its_differences_smallest_case_first(browser: Any, large: Path) -> None:
    with Page(browser, large) as page:
        commit = page.locator("details.commit").nth(1)
        press(commit.locator("summary").first)
        titles = commit.locator(".case").all_inner_texts()
        assert len(titles) == 40
        sizes = [len(title.replace("''", "")) for title in titles]
        assert sizes == sorted(sizes)
        press(commit.get_by_role("button", name="Show more: 10 differences left"))
        assert commit.locator(".case").count() == 50


def test_changed_words_are_marked_side_by_side(browser: Any, large: Path) -> None:
    with Page(browser, large) as page:
        press(page.locator("details.commit > summary").nth(1))
        diff = page.locator("table.diff").first
        assert diff.locator(".gone mark").all_inner_texts() == ["words"]
        assert diff.locator(".come mark").all_inner_texts() == ["others"]


def test_moves_of_public_paths_are_drawn_in_a_tree(browser: Any, large: Path) -> None:
    with Page(browser, large) as page:
        press(page.get_by_role("button", name="CHANGED, public_api at 000000000000"))
        tree = page.locator("ul.tree")
        assert "demo::new::Beta" in tree.inner_text()
        assert page.locator("svg.moves .move").count() == 2


def test_a_line_leads_from_the_old_to_the_new_place_of_what_moved(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        press(page.get_by_role("button", name="CHANGED, public_api at abc000000000"))
        tree = page.locator("ul.tree").first
        rows = tree.locator(".row").all()
        texts = [one.inner_text().replace("\n", " ") for one in rows]
        places = {text.split()[-1]: number for number, text in enumerate(texts) if text.startswith("new place")}
        old = next(number for number, text in enumerate(texts) if text.startswith("moved Alpha"))
        new = next(number for name, number in places.items() if name.endswith("Alpha"))
        box = page.locator("svg.moves").first.bounding_box()
        heights = [one.bounding_box() for one in page.locator("svg.moves .move").all()]
        middle = [rows[one].bounding_box()["y"] + 13 for one in (old, new)]
        assert any(abs(one["y"] - middle[0]) < 4 and abs(one["y"] + one["height"] - middle[1]) < 4 for one in heights)
        assert abs(box["y"] - rows[0].bounding_box()["y"]) < 2


def test_the_structure_of_a_benchmark_is_a_table_of_exact_zero_and_related_values(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        press(page.get_by_role("button", name="CHANGED, benchmark at abc000000000"))
        table = page.locator("table.structure").first
        rows = {tuple(row.locator("th, td").all_inner_texts()) for row in table.locator("tbody tr").all()}
        assert ("rows", "exact", "always 1000", "999 in 5 of 5 runs") in rows
        assert ("retries", "zero", "always 0", "still, in 5 runs") in rows
        assert ("total_secs", "related", "= read_secs + write_secs", "still, in 5 runs") in rows


def test_durations_are_a_picture_of_the_ratio_with_its_interval(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        press(page.get_by_role("button", name="CHANGED, benchmark at abc000000000"))
        pictures = page.get_by_role("img", name="1.120 times, between 1.090 and 1.150")
        box = pictures.first.bounding_box()
        interval = pictures.first.locator(".interval").first.bounding_box()
        assert interval["x"] > box["x"] + box["width"] / 2  # the whole interval lies right of as fast as before
        assert page.get_by_text("not measurable here: a run ended with exit 1").first.is_visible()


def test_build_and_case_logs_unfold(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        press(page.locator("details.commit > summary").nth(0))
        press(page.get_by_text("Case log: all that it did, before and after").first)
        assert page.get_by_role("group", name="What it did after").first.inner_text().endswith("read 3 rows, really")
        press(page.get_by_text("Build log").first)
        assert "warning: unused variable" in page.get_by_role("group", name="What cargo printed").first.inner_text()


def test_what_the_range_says_of_itself_what_is_intended_and_surfaces_are_shown(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        assert page.locator("#warnings").inner_text().startswith("Changed by the range itself")
        press(page.get_by_role("button", name="INTENDED, terminal at abc000000000"))
        assert page.get_by_text("Intended: approved in snapshots/approved/step.terminal.txt").first.is_visible()
        press(page.get_by_role("button", name="CHANGED, command_help at surfaces"))
        assert page.locator("#commit-surfaces .come").first.is_visible()


def test_probes_that_all_fail_to_build_say_it_once(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        press(page.get_by_role("button", name="BUILD FAILED, public_api at def000000000"))
        commit = page.locator("#commit-def000000000")
        assert commit.locator("h3").all_inner_texts() == ["command, public_api BUILD FAILED"]
        assert commit.get_by_role("group", name="Why it does not build").inner_text().startswith("error[E0308]")
        assert commit.locator(".tree").count() == 0


def test_a_colour_that_changed_is_told_in_words_too(browser: Any, full: Path) -> None:
    with Page(browser, full) as page:
        press(page.locator("details.commit > summary").nth(0))
        assert page.locator(".come mark.escape").first.inner_text() == r"\x1b[31m"
        assert page.locator(".gone .a32").first.inner_text() == "done"


def test_filters_narrow_what_is_shown_and_stand_in_the_address(browser: Any, large: Path) -> None:
    with Page(browser, large) as page:
        page.get_by_role("combobox", name="Probe").select_option("public_api")
        page.get_by_role("combobox", name="Verdict").select_option("CHANGED")
        assert page.locator("#table tbody tr").count() == 1
        address = page.url
        press(page.get_by_role("button", name="Clear"))
        assert page.locator("#table tbody tr").count() == 201
        page.get_by_role("searchbox", name="Text").fill("case 4321:")
        assert page.locator("details.commit").count() == 1
    with Page(browser, large, "#" + address.partition("#")[2]) as page:
        assert page.locator("#table tbody tr").count() == 1
        assert page.get_by_role("combobox", name="Probe").input_value() == "public_api"


def test_the_copy_button_copies_the_command(browser: Any, large: Path) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with Page(browser, large, permissions=permissions) as page:
        press(page.locator("details.commit > summary").nth(1))
        block = page.locator("article.block").first
        command = block.locator(".commandline pre").inner_text()
        press(block.get_by_role("button", name="Copy"))
        block.get_by_role("button", name="Copied").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == command


def test_everything_can_be_reached_with_the_keyboard(browser: Any, large: Path) -> None:
    with Page(browser, large) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("details.commit > summary").nth(1).focus()
        page.keyboard.press("Enter")
        assert page.locator("details.commit").nth(1).get_attribute("open") is not None


def test_hostile_output_is_shown_as_text(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(html.render(hostile_report()))
    with Page(browser, path) as page:
        press(page.locator("details.commit > summary"))
        shown = page.locator("article.block").first
        assert "<img src=x onerror=alert(1)>" in shown.inner_text()
        assert r"\u202e" in shown.inner_text()
        assert shown.locator(".a31").first.inner_text() == "red"
        assert page.title().startswith("CHANGED")
        assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_an_accessibility_engine_finds_nothing(browser: Any, large: Path, full: Path, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    size = {"width": width, "height": 844}
    # axe is put into the page as a script of its own, which the page's policy would refuse.
    with Page(browser, large, viewport=size, color_scheme=scheme, bypass_csp=True) as page:
        for number in (0, 1):
            press(page.locator("details.commit > summary").nth(number))
        page.get_by_role("searchbox", name="Text").fill("step 1")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    with Page(browser, full, viewport=size, color_scheme=scheme, bypass_csp=True) as page:
        unfold(page)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_wider_than_the_screen(browser: Any, large: Path, full: Path, width: int) -> None:
    with Page(browser, large, viewport={"width": width, "height": 844}) as page:
        press(page.locator("details.commit > summary").nth(1))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    with Page(browser, full, viewport={"width": width, "height": 844}) as page:
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_paint_of_a_large_report_comes_at_once(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(html.render(large_report()))
    with Page(browser, path) as page:
        script = "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0]"
        page.wait_for_function(script)
        # A machine that is busy paints later: what is held here is that nothing grows out of hand.
        assert page.evaluate(script) < 5_000
