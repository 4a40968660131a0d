"""report.html: the whole report as one file that needs nothing else.

The report stands in the page as data (JSON in a script element of a type that no browser runs); the page's own
script draws it with text nodes alone, so that nothing a program printed can become markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json

from harness.model import Report
from harness.report.html.data import as_page

__all__ = ["render"]

_SCRIPTS = ("text.js", "difference.js", "public_api.js", "benchmark.js", "page.js")


def render(report: Report) -> bytes:
    """The whole file."""
    style, script = _asset("page.css"), _script()
    # ASCII alone, and never `<` as itself, so that no `</script>` or `<!--` of a program ends the element early.
    safe = json.dumps(as_page(report), separators=(",", ":")).replace("<", "\\u003c")
    parts = {
        "policy": f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; img-src data:",
        "title": html.escape(f"{report.verdict.value}: {report.base[:12]}..{report.head[:12]}"),
        "style": style,
        "script": script,
        "data": safe,
    }
    page = _asset("page.html")
    for name, text in parts.items():
        before, _, after = page.partition(f"{{{{{name}}}}}")
        page = f"{before}{text}{after}"
    return page.encode()


def _script() -> str:
    """The parts of the script as one, with nothing in the page's global names."""
    read = 'const data = JSON.parse(document.getElementById("data").textContent);'
    return "\n".join(['"use strict";', "(() => {", read, *map(_asset, _SCRIPTS), "})();"])


def _asset(name: str) -> str:
    return importlib.resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """How a content security policy names an inline element: https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
