"""The names of calls in tests of programs, and what they say of the texts that stand in them.

They are those of the standard library, of assert_cmd, assert_fs, tempfile and indoc, and what people call helpers.
"""

from __future__ import annotations

import re

__all__ = ["HARMLESS", "RUNS", "RUN_WITH", "TEMPORARY", "THROUGH", "TOLD"]

THROUGH = re.compile(
    r"|Some|Ok|from|into|new|vec|indoc|dedent|unindent|concat|Cow|Box|to_owned|to_string|as_ref|as_bytes|borrow|as_str"
)
"""What is no call of its own: what stands in it stands in what is around it."""

RUNS = {"assert", "output", "run", "success", "failure", "status", "spawn", "code", "succeeds", "fails", "execute"}
"""Ends of a statement in which a program was run."""

RUN_WITH = re.compile(r"output|run|cmd|command|exec|succeed|fail|invoke")
"""Calls that run the program with the list that they are given."""

TEMPORARY = {"tempdir", "tempdir_in", "temp_dir", "TempDir"}
"""What makes the folder that a case begins in."""

TOLD = re.compile(
    r"std(out|err)|assert|expect|contain|predicate|regex|match|panic|status|diff|snapshot|print|starts_with|ends_with"
    r"|find|replace|split|trim|strip|^(get|eq|ne|not|and|or|env|cfg|read\w*|include\w*|remove\w*|cargo_bin\w*)$"
    r"|command|format|debug|info|warn|trace|error|message|bail|anyhow|todo|unreachable|skip|parse|insert",
    re.IGNORECASE,
)
"""Calls whose texts are what is expected or said, not what a program is given."""

HARMLESS = frozenset(
    {"into", "to_string", "to_owned", "to_str", "to_string_lossy", "as_ref", "as_str", "as_path", "as_os_str"}
    | {"as_bytes", "String", "OsStr", "OsString", "from", "new", "vec", "path", "join", "child", "unwrap", "display"}
    | {"clone", "Path", "PathBuf", "format", "arg", "args", "str", "borrow", "iter", "mut"}
)
"""Names in a list of words that add nothing to it."""
