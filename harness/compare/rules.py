"""The default redactions: what varies from run to run, or with the commit, without anything having changed.

Every pattern begins with a class of characters or a literal, which Python's `re` skips to quickly, and looks back
from there for a boundary, so that each run of characters is entered once: no input makes them slow. `}` and `{`
count as parts of words there, so that what stands in for something never makes another rule match.
"""

from __future__ import annotations

from harness.compare.rule import AFTER, Match, Rule, text_rule
from harness.compare.rules_of_builds import BUILDS
from harness.compare.rules_of_durations import DURATIONS
from harness.compare.screen_rules import SCREEN_RULES

__all__ = ["DEFAULT_RULES"]

# `m` may stand before a digit: it ends a colour sequence.
_BEFORE = r"(?<![0-9A-Za-ln-z_.}][0-9])"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})"
# One of them that nothing stands before; the first letter leads, so that few places are looked at.
_FIRST_MONTH = r"[JFMASOND](?<![0-9A-Za-ln-z_}][JFMASOND])(?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)"
_MM = r"(?:0[1-9]|1[0-2])"
_DD = r"(?:0[1-9]|[12][0-9]|3[01])"
_YEAR = r"20[2-9][0-9]"
_CLOCK = r"[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
_MINUTE = rf"[0-2][0-9]:[0-5][0-9]{AFTER}(?![:.,](?!0x)[0-9])"
_ZONE = r"(?:Z| ?UTC| ?GMT| ?[+-][0-9]{2}:?[0-9]{2})"
_LEVEL = r"(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|trace|debug|info|warn|error)"
_PATH = r"[0-9A-Za-z_./{}~@+-]"

_NOW = "Only years from 2020 on: an earlier one is not the time of the run, but a value (an unset 1970, say)."


# -- times ------------------------------------------------------------------------------------------------


def _epoch(match: Match) -> str:
    unit = {10: "s", 13: "ms", 16: "us", 19: "ns"}[len(match["digits"])]
    return f"{match['key']}{{epoch {unit}{'.' if match['fraction'] else ''}}}"


_TIMES = (
    text_rule(
        "timestamp",
        rf"2{_BEFORE}{_YEAR[1:]}-{_MM}-{_DD}([T ])[0-2][0-9]:[0-5][0-9]"
        rf"(?:(:)[0-6][0-9](?:([.,])[0-9]{{1,9}})?)?({_ZONE})?{AFTER}(?![:.,](?!0x)[0-9])",
        r"{date\1time\2\3\4}",
        f"The time of the run (ISO 8601, RFC 3339). Separators, fraction and zone stay to be compared. {_NOW}",
        ":",
        value=0,
        padded=True,
    ),
    text_rule(
        "timestamp in a file name",
        rf"2(?<![0-9A-Za-ln-z.}}][0-9]){_YEAR[1:]}(-?){_MM}\1{_DD}([T_-])"
        rf"[0-2][0-9](-?)[0-5][0-9]\3[0-5][0-9](Z?){AFTER}",
        r"{date\1\2time\3\4}",
        f"The time of the run, as it is put into names: `20240102T030405Z`, `2024-01-02_03-04-05`. {_NOW}",
        "20",
        value=0,
    ),
    text_rule(
        "timestamp RFC 2822",
        rf"[MTWFS0-9](?<![0-9A-Za-ln-z_.}}][MTWFS0-9])(?:(?<=[MTWFS])(?:on|ue|ed|hu|ri|at|un), [0-9])?[0-9]?"
        rf" {_MONTH} {_YEAR} [0-2][0-9]:[0-5][0-9](?::[0-6][0-9])?( ?(?:[+-][0-9]{{4}}|GMT|UTC|Z))?{AFTER}",
        r"{date RFC 2822\1}",
        f"The time of the run, as in mail and HTTP headers. {_NOW}",
        " 20",
        value=0,
        padded=True,
    ),
    text_rule(
        "timestamp of date",
        rf"[MTWFS](?<![0-9A-Za-ln-z_}}][MTWFS])(?:on|ue|ed|hu|ri|at|un) {_MONTH} [ 0-9]?[0-9] {_CLOCK}"
        rf"(?: [A-Z]{{3,4}})? {_YEAR}( [+-][0-9]{{4}})?{AFTER}",
        r"{date as by date\1}",
        f"The time of the run, as `date`, `ctime` and `git log` write it. {_NOW}",
        " 20",
        value=0,
        padded=True,
    ),
    text_rule(
        "timestamp of syslog",
        rf"{_FIRST_MONTH} [ 0-3][0-9] {_CLOCK}"
        rf"(?:\.[0-9]{{1,9}})?{AFTER}(?!(?: [A-Z]{{3,4}})? [0-9]{{4}}(?![0-9]))",
        "{date of syslog}",
        "The time of the run, as syslog and slog write it: month, day and time without a year.",
        *(f"{month} " for month in _MONTHS),
        value=0,
        padded=True,
    ),
    text_rule(
        "date as ls writes it",
        rf"{_FIRST_MONTH} [ 0-3][0-9] {_MINUTE}",
        "{date of ls}",
        "When a file was made or changed that is not old, as `ls -l` writes it: month, day, hour and minute.",
        *(f"{month} " for month in _MONTHS),
        value=0,
        padded=True,
    ),
    text_rule(
        "date as exa writes it",
        rf"(?<![0-9A-Za-ln-z_.}}:-])[0-3]?[0-9] {_MONTH} {_MINUTE}",
        "{date of exa}",
        "When a file was made or changed that is not old, as exa and eza write it: day, month, hour and minute.",
        *(f" {month} " for month in _MONTHS),
        value=0,
        padded=True,
    ),
    text_rule(
        "date and time in brackets",
        rf"\[{_YEAR}-{_MM}-{_DD}\](?= ?\[{_CLOCK}(?:[.,][0-9]{{1,9}})?\])",
        "[{date}]",
        "The day of a log line, where the time follows in brackets of its own. A date elsewhere is a value.",
        "][",
        "] [",
    ),
    text_rule(
        "time of day",
        rf"\[{_CLOCK}([.,])?(?:(?<=[.,])[0-9]{{1,9}})?\]",
        r"[{time\1}]",
        "The time of a log line, or of a progress bar, in brackets of its own.",
        "[0",
        "[1",
        "[2",
        value=0,
    ),
    text_rule(
        "time before a log level",
        rf"[0-2](?<![0-9A-Za-ln-z_.:}}-][0-2])[0-9]:[0-5][0-9]:[0-6][0-9]([.,])?(?:(?<=[.,])[0-9]{{1,9}})?"
        rf"(?=[ \t]+[\[(]?{_LEVEL}\b)",
        r"{time\1}",
        "The time of a log line: a log level follows. A time of day elsewhere is a value.",
        ":",
        value=0,
        padded=True,
    ),
    text_rule(
        "epoch time",
        r"(?P<key>(?:t(?:ime|(?<![A-Za-z]t)s)|stamp|_at|epoch|n(?<![A-Za-z]n)ow|created|updated|modified|started|"
        r"finished|date)"
        r"(?:_(?:ns|nanos|us|micros|ms|millis|s|secs?|seconds|unix))?[\"']?[ \t]?[:=][ \t]?[\"']?)"
        r"(?P<digits>(?:1[6-9]|2[0-9])[0-9]{8}(?:[0-9]{3}){0,3}+)(?P<fraction>\.[0-9]{1,9})?(?![0-9A-Za-z_.{])",
        _epoch,
        "The time of the run in seconds, milli-, micro- or nanoseconds since 1970, where the name before it says that "
        "it is a time. Which of them it is stays to be compared; times before 2020 are values.",
        ":",
        "=",
        value=2,
        padded=True,
    ),
)


# -- threads, processes, places ---------------------------------------------------------------------------

_IDS = (
    text_rule(
        "thread id",
        r"(ThreadId\()[0-9]{1,9}\)",
        r"\1{thread})",
        "Threads are numbered as they start.",
        "ThreadId(",
    ),
    text_rule(
        "thread id in a panic",
        r"(thread '[^'\n]{1,80}' \()[0-9]{1,9}(\) (?:panicked|has overflowed))",
        r"\1{thread}\2",
        "Since Rust 1.91 a panic names the system's number of its thread.",
        "thread '",
    ),
    text_rule(
        "process id",
        r"([PpTt](?<![0-9A-Za-z_][PpTt])(?:[Ii][Dd]|pid|PID|rocess_id|hread_id)[\"']?(?:[:=][ \t]?| ))[0-9]{1,9}"
        r"(?![0-9A-Za-z_{]|\.[0-9])",
        r"\1{process}",
        "The system numbers processes and threads as they start.",
        "id",
        "ID",
        value=0,
        padded=True,
    ),
    text_rule(
        "process id in a log line",
        r"(\{date of syslog\} [0-9A-Za-z_.-]{1,64} [0-9A-Za-z_./-]{1,64}|\{date[^{}\n]{1,24}\}\]? )\[[0-9]{1,9}\]"
        r"(?=:| )",
        r"\1[{process}]",
        "The number of the process in brackets, right after the time of a log line or after syslog's host and program. "
        "`items[3]:` elsewhere is a value.",
        "}",
    ),
    text_rule(
        "process id before a message",
        r"^\[[0-9]{5,7}\](?=[ \t]+[A-Za-z])",
        "[{process}]",
        "The number of the process in brackets, at the beginning of a line and before a message. Fewer than five "
        "digits are values (`[404] Not found`).",
        "[",
        value=0,
    ),
    text_rule(
        "address",
        r"0[xX](?<![0-9A-Za-z_}]0[xX])0{0,7}+[1-9a-f][0-9a-f]{8,11}(?![0-9A-Za-z_{])",
        "{address}",
        "Addresses in memory differ in each run: 9 to 12 digits. Eight and fewer (checksums) and 16 (hashes) are "
        "values.",
        "0x",
        value=0,
    ),
    text_rule(
        "temporary file",
        r"\.tmp(?<![0-9A-Za-z_]\.tmp)(?=[a-z]{0,5}[A-Z0-9])[A-Za-z0-9]{6}(?![A-Za-z0-9_{-])",
        "{temporary}",
        "Temporary files and folders get random names: `.tmp` and six letters and digits (the tempfile crate).",
        ".tmp",
        value=0,
    ),
    text_rule(
        "temporary file in /tmp",
        r"(/(?:tmp|T)/)(?:tmp\.[A-Za-z0-9]{6,10}|tmp[a-z0-9_]{8})(?![A-Za-z0-9_{-])",
        r"\1{temporary}",
        "Temporary files and folders get random names: those of mktemp and of Python.",
        "/tmp/tmp",
        "/T/tmp",
    ),
    text_rule(
        "temporary file that could not be made",
        r"(at path \\?\"[^\"\n]{0,400}?)(?=[a-z]{0,5}[A-Z0-9])(?=[A-Z0-9]{0,5}[a-z])[A-Za-z0-9]{6}(?=\\?\")",
        r"\1{temporary}",
        "The tempfile crate tells the path with the six random letters and digits at its end: `prefix-` and those.",
        "at path ",
    ),
)

_INTERNAL = "Where in the sources something stands is internal: a function moved or extracted above shifts it."

_PLACES = (
    text_rule(
        "backtrace",
        r"([Ss]tack backtrace:)\r?\n(?:[ \t]+(?:[0-9]{1,5}: |at )[^\n]*(?:\n|\Z))+",
        r"\1 {backtrace}\n",
        "A backtrace names functions and places in the sources, which a refactor is meant to change.",
        "tack backtrace:",
    ),
    text_rule(
        "location of a panic",
        rf"(panicked at ){_PATH}{{1,400}}?\.rs:[0-9]{{1,7}}+:[0-9]{{1,7}}+(?=:?\r?$|[:, ])",
        r"\1{location}",
        f"{_INTERNAL} The panic's message stays to be compared.",
        "panicked at ",
    ),
    text_rule(
        "location",
        rf"({_PATH}(?<!{_PATH}{_PATH})(?<!\}}){_PATH}{{0,400}}?\.rs):[0-9]{{1,7}}+(?::[0-9]{{1,7}}+)?(?![0-9A-Za-z_{{])",
        "{location}",
        f"{_INTERNAL} Places in files that the case supplied (`config.yaml:3:5`, or a Rust file to look at) stay.",
        ".rs:",
        value=1,
        padded=True,
    ),
    text_rule(
        "location in fields",
        rf"(\"(?:filename|file)\":\s?)\"[^\"\n]{{1,400}}\.rs\"(,\s?\"(?:line_number|line)\":\s?)[0-9]{{1,7}}+{AFTER}",
        r'\1"{location}"\2"{location}"',
        _INTERNAL,
        '.rs"',
    ),
    text_rule(
        "location as a value",
        rf"Location \{{ file: \"[^\"\n]{{1,400}}\.rs\", line: [0-9]{{1,7}}, col(?:umn)?: [0-9]{{1,7}}+{AFTER}",
        "Location { {location}",
        _INTERNAL,
        "Location { file",
    ),
)

DEFAULT_RULES: tuple[Rule, ...] = (*_PLACES, *BUILDS, *_TIMES, *DURATIONS, *_IDS, *SCREEN_RULES)
