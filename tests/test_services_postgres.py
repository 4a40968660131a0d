"""A real server: PostgreSQL from the operating system's packages, and a program that keeps its orders there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.config import parse
from harness.probes.services import search_path
from tests.support.edits import edit
from tests.support.histories import Histories, program
from tests.support.programs import needs_sandbox
from tests.support.repo import Repo

HOW_TO = Path(__file__).parent.parent / "docs" / "how-to" / "services.md"
SERVICE = HOW_TO.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
"""The example of the documentation, as it stands there."""

FOLDERS = parse(SERVICE, "harness.toml").service[0].path
MISSING = [name for name in ("postgres", "initdb", "psql") if not shutil.which(name, path=search_path(FOLDERS))]

MAIN = r"""
use std::process::Command;

fn ask(sql: &str) -> String {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL is not set");
    let done = Command::new("psql").args(["-X", "-A", "-t", "-q", "-d", &url, "-c", sql]).output().expect("psql");
    eprint!("{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn main() {
    let began = std::time::Instant::now();
    match std::env::args().nth(1).as_deref() {
        Some("order") => {
            let what = std::env::args().nth(2).unwrap_or_default();
            ask(&format!("INSERT INTO orders (what) VALUES ('{what}')"));
            print!("{}", ask("SELECT id, what FROM orders ORDER BY id"));
        }
        Some("bench") => {
            ask("INSERT INTO orders (what) SELECT 'tea' FROM generate_series(1, 100)");
            let rows = ask("SELECT count(*) FROM orders");
            println!("@@BENCH@@{{\"orders\": {}, \"seconds\": {:.6}}}", rows.trim(), began.elapsed().as_secs_f64());
        }
        _ => std::process::exit(2),
    }
}
"""
SCHEMA = (
    "CREATE TABLE orders (id serial PRIMARY KEY, what text NOT NULL);\nINSERT INTO orders (what) VALUES ('water');\n"
)
TOML = f"""{SERVICE}
[[command]]
name = "order"
argv = ["order", "tea"]
services = ["postgres"]

[[benchmark]]
name = "many orders"
argv = ["bench"]
report = {{ line = "@@BENCH@@" }}
repeat = 3
services = ["postgres"]
"""


def orders(repo: Repo) -> None:
    """A refactor that changes nothing, and one that loses the order of rows and half of the benchmark's."""
    repo.commit("base", program(MAIN, **{"db/schema.sql": SCHEMA, "harness.toml": TOML}))
    edit(repo, "ask in another order", ("src/main.rs", '"-X", "-A", "-t", "-q"', '"-q", "-t", "-A", "-X"'))
    edit(repo, "sort", ("src/main.rs", "ORDER BY id", "ORDER BY what"), ("src/main.rs", "(1, 100)", "(1, 50)"))


@pytest.mark.rust
@needs_sandbox
@pytest.mark.skipif(bool(MISSING), reason=f"PostgreSQL is not installed: there is no {', '.join(MISSING)}")
def test_commands_and_benchmarks_talk_to_postgresql(histories: Histories) -> None:
    seen = histories.verify(orders, "--harness-range=HEAD~2..HEAD", "--harness-probes=command,benchmark")
    verdicts = seen.verdicts()
    assert seen.probe("ask in another order", "command")["reason"] != "equal digests"
    assert verdicts["ask in another order"] == dict.fromkeys(("command", "benchmark"), "SAME"), seen.output
    assert verdicts["sort"] == dict.fromkeys(("command", "benchmark"), "CHANGED"), seen.output
    found = next(one for one in seen.differences("sort", "command") if one["facet"] == "stdout")
    # Row 1 is what the server was seeded with, row 2 the case's own: no case sees what another one wrote.
    assert (found["before"], found["after"]) == ("1|water\n2|tea\n", "2|tea\n1|water\n")
    assert found["case"]["services"] == ["postgres"]
    assert "beside the service postgres, at 127.0.0.1:" in found["reproduce"]
