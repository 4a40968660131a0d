"""Verifies the commits of a small crate, and takes the pictures of the report that stand in docs/, with Chromium.

    python -m scripts.report_pictures

It takes about two minutes, since durations are compared too.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from demo.harness_run import ROOT, HarnessRun, short
from harness.store import default_root
from scripts.picture_crate import lay

__all__ = ["main"]

FOLDER = ROOT / "out" / "pictures"
DOCS = ROOT / "docs"


def main() -> int:
    """0 when all pictures are taken."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("error: chromium is not installed", file=sys.stderr)
        return 1
    repository = FOLDER / "tally"
    shutil.rmtree(repository, ignore_errors=True)
    lay(repository)
    run = HarnessRun(
        repository=repository,
        range="HEAD~6..HEAD",
        store=default_root(),  # below the home folder, so that no picture names this machine's folders
        report=FOLDER / "report",
        options=("--harness-timing",),
    )
    if run.read(run.start()) is None:
        return 1
    for path in _taken(chromium, run.report / "report.html"):
        print(f"{short(path)}: {path.stat().st_size // 1000} kB")
    return 0


def _taken(chromium: str, page: Path) -> list[Path]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        taken = [
            _first_screen(_opened(browser, page, "light", 1200, 900)),
            _public_api(_opened(browser, page, "dark", 1200, 900)),
            _durations(_opened(browser, page, "light", 1200, 900)),
            _on_a_phone(_opened(browser, page, "dark", 390, 844)),
        ]
        browser.close()
    return taken


def _opened(browser: Any, page: Path, scheme: str, width: int, height: int) -> Any:
    made = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    made.goto(f"file://{page}")
    return made


def _first_screen(page: Any) -> Path:
    return _picture(page, "report.png")


def _public_api(page: Any) -> Path:
    page.get_by_role("button", name="CHANGED, public_api at").first.click()
    return _part(page, "public_api", "report-api.png")


def _durations(page: Any) -> Path:
    page.get_by_role("button", name="CHANGED, benchmark at").first.click()
    return _part(page, "benchmark", "report-benchmark.png", most=674)


def _on_a_phone(page: Any) -> Path:
    page.get_by_role("button", name="CHANGED, command at").first.click()
    page.wait_for_timeout(300)
    return _picture(page, "report-phone.png")


def _part(page: Any, probe: str, name: str, most: int = 900) -> Path:
    """What one probe says of the commit that was opened, with a margin."""
    box = page.locator(f"details.commit[open] [data-probe={probe}]").first.bounding_box()
    top = box["y"] + page.evaluate("scrollY")
    clip = {"x": box["x"] - 12, "y": top + 4, "width": box["width"] + 24, "height": min(box["height"], most) + 8}
    return _picture(page, name, full_page=True, clip=clip)


def _picture(page: Any, name: str, **more: Any) -> Path:
    path = DOCS / name
    page.screenshot(path=path, **more)
    return path


if __name__ == "__main__":
    sys.exit(main())
