"""Reports as large as they may be: writing all their files, and what a reader waits for in Chromium."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.place import Place
from harness.report.files import write_all
from tests.support.reports import large_report

__all__ = ["measure_reports"]

_LARGE = (50, 5_000)
_LARGEST = (200, 10_000)
_PAINT = "performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)[0]"
_TYPED = """(text) => {
  const began = performance.now();
  const field = document.getElementById("filter-text");
  field.value = text;
  field.dispatchEvent(new Event("input"));
  document.body.offsetHeight;
  return performance.now() - began;
}"""


def measure_reports(place: Place) -> dict[str, Any]:
    """Seconds and megabytes of a large report, and the seconds of the page of the largest; medians."""
    repeats = 3 if place.quick else 7
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = [_written(folder / "large", *_LARGE) for _ in range(repeats)]
        _written(folder / "largest", *_LARGEST)
        size = (folder / "large" / "report.html").stat().st_size
        details: dict[str, Any] = {
            "seconds": written,
            "bytes": {path.name: path.stat().st_size for path in sorted((folder / "large").iterdir())},
            "largest_bytes": (folder / "largest" / "report.html").stat().st_size,
        }
        found = {"report_seconds": statistics.median(written), "report_mb": size / 1e6}
        for which, figure in (("large", "report_paint"), ("largest", "report_largest")):
            details[which] = shown = _shown(folder / which / "report.html", repeats)
            for what, values in shown.items():
                if (which, what) in (("large", "paint"), ("largest", "typed")):
                    found[f"{figure}_seconds"] = statistics.median(values)
    return found | {"details": details}


def _written(folder: Path, commits: int, cases: int) -> float:
    report = large_report(commits, cases)
    began = time.perf_counter()
    write_all(report, folder)
    return time.perf_counter() - began


def _shown(page: Path, repeats: int) -> dict[str, list[float]]:
    """Seconds until something is painted, until all is drawn, and that a letter typed into the filter takes."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {"paint": [], "drawn": [], "typed": []}
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(repeats):
            opened = browser.new_page(viewport={"width": 1280, "height": 900})
            opened.goto(f"file://{page}")
            opened.wait_for_function(_PAINT)
            found["paint"].append(opened.evaluate(_PAINT) / 1000)
            loaded = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
            found["drawn"].append(opened.evaluate(loaded) / 1000)
            found["typed"].append(max(opened.evaluate(_TYPED, text) for text in ("c", "case 4321:")) / 1000)
            opened.close()
        browser.close()
    return found
