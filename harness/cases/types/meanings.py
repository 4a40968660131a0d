"""What values mean besides their types, by the names of their fields and by how examples look; and values of each.

Good values are likely to be taken where that meaning is wanted, bad ones likely to be refused. None names anything
outside the case's directory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from harness.cases.types.tree import Tree

__all__ = ["MEANINGS", "PLAIN", "Meaning", "meaning_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """A meaning: fixed values, a strategy for more good ones, the names that point to it, and how values look."""

    good: tuple[str, ...]
    bad: tuple[str, ...]
    drawn: st.SearchStrategy[Tree]
    names: str = ""
    looks: str = ""


_WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
_NUMBERS = st.integers(0, 5000)

MEANINGS: Mapping[str, Meaning] = {
    "size": Meaning(
        good=("64mb", "1gb", "512kb", "0.001mb", "1MiB", "1024"),
        bad=("lots", "64 parsecs", "-1mb", "1.2.3mb", "99999999999tb", "0", "mb", "1e3mb"),
        drawn=st.builds("{}{}".format, _NUMBERS, st.sampled_from(["kb", "mb", "MB", " MiB", "b", "g", "k"])),
        names=r"memory|bytes?|size|ram|disk|quota|buffer",
        looks=r"\d+(\.\d+)?\s?[kmgt]i?b",
    ),
    "duration": Meaning(
        good=("30s", "5m", "1h 30m", "0.001s", "250ms", "10"),
        bad=("soon", "-5s", "1 fortnight", "5", "99999999999999h", "1.5.1s"),
        drawn=st.builds("{}{}".format, _NUMBERS, st.sampled_from(["ms", "s", "m", "h", " sec", "d"])),
        names=r"timeout|interval|delay|duration|ttl|period|backoff|wait|grace|every|after",
        looks=r"\d+\s?(ms|s|sec|m|min|h|d)",
    ),
    "cron": Meaning(
        good=("0 0 * * *", "*/5 * * * *", "0 0 0 * * *", "@daily"),
        bad=("61 * * * *", "* * *", "every day", "0 0 32 13 *"),
        drawn=st.builds("{} {} * * *".format, st.integers(0, 59), st.integers(0, 23)),
        names=r"cron|schedule",
        looks=r"([\d*/,-]+\s+){4,6}[\d*/,-]+",
    ),
    "url": Meaning(
        good=("http://127.0.0.1:9/", "https://localhost/path?q=1#f", "file:data.txt"),
        bad=("not a url", "http://", "http://[::1", "://x", "http://localhost:99999/"),
        drawn=st.builds("http://127.0.0.1:{}/{}".format, st.integers(1, 9), _WORDS),
        names=r"ur[il]|endpoint|webhook|origin|proxy|repository|homepage",
        looks=r"\w+://\S+",
    ),
    "address": Meaning(
        good=("127.0.0.1:9", "[::1]:9", "0.0.0.0:0"),
        bad=("127.0.0.1", "localhost:99999", "300.1.1.1:80", ":80"),
        drawn=st.builds("127.0.0.1:{}".format, st.integers(1, 9)),
        names=r"addr|address|listen|bind",
        looks=r"[\w.]+:\d+",
    ),
    "ip": Meaning(
        good=("127.0.0.1", "0.0.0.0"),
        bad=("300.1.1.1", "1.2.3", "localhost", "::1::"),
        drawn=st.builds("127.0.0.{}".format, st.integers(1, 254)),
        names="ip|ipv4",
        looks=r"(\d+\.){3}\d+",
    ),
    "ip6": Meaning(good=("::1", "fe80::1"), bad=("127.0.0.1", "::1::"), drawn=st.sampled_from(["::1", "::", "1::2"])),
    "host": Meaning(
        good=("localhost", "127.0.0.1"),
        bad=("two words", "-host", "a..b"),
        drawn=_WORDS,
        names=r"host|hostname|domain|server",
    ),
    "version": Meaning(
        good=("1.0", "1.0.0", "0.1.2-alpha.1+build", "2"),
        bad=("one", "1.x", "v1", "1.0.0.0.0", "0.0"),
        drawn=st.builds("{}.{}.{}".format, *[st.integers(0, 20)] * 3),
        names=r"version|edition|msrv",
        looks=r"v?\d+(\.\d+)+",
    ),
    "requirement": Meaning(
        good=("^1.0", ">=1.2, <2", "*", "~1.2.3", "=1.0.0"), bad=("^", "one", "1.0.0.0"), drawn=st.just("^1")
    ),
    "uuid": Meaning(
        good=("67e55044-10b1-426f-9247-bb680e5fe0c8", "00000000-0000-0000-0000-000000000000"),
        bad=("67e55044", "67e55044-10b1-426f-9247-bb680e5fe0cg"),
        drawn=st.uuids(version=4).map(str),
        names="uuid|guid",
    ),
    "datetime": Meaning(
        good=("2001-02-03T04:05:06Z", "2001-02-03T04:05:06+02:00", "2001-02-03 04:05:06"),
        bad=("2001-02-30T04:05:06Z", "yesterday", "2001-02-03T25:00:00Z"),
        drawn=st.datetimes().map(lambda one: one.isoformat() + "Z"),
        names="datetime|timestamp|since|until",
        looks=r"\d{4}-\d\d-\d\d[T ].*",
    ),
    "date": Meaning(
        good=("2001-02-03",),
        bad=("2001-02-30", "03.02.2001"),
        drawn=st.dates().map(str),
        names="date|day",
        looks=r"\d{4}-\d\d-\d\d",
    ),
    "time": Meaning(good=("04:05:06", "04:05"), bad=("25:00", "noon"), drawn=st.times().map(str)),
    "regex": Meaning(
        good=("^a.*b$", "[a-z]+", ""), bad=("(", "[", "*", "a{2,1}"), drawn=_WORDS, names="regexp?|pattern"
    ),
    "level": Meaning(
        good=("info", "debug", "WARN", "off"),
        bad=("loud", "infos"),
        drawn=st.sampled_from(["trace", "error", "Info"]),
        names="log_level|loglevel|level|verbosity",
    ),
    "decimal": Meaning(good=("1.50", "0"), bad=("1,5", "one"), drawn=_NUMBERS.map(str)),
    "glob": Meaning(
        good=("*.txt", "folder/**", "[ab]?.rs"),
        bad=("[", "**a**", "{a,b"),
        drawn=_WORDS.map("*.{}".format),
        names="globs?|include|exclude|ignore|ignored",
    ),
    "path": Meaning(
        good=("input.txt", "folder", "out.txt", "folder/new.txt"),
        bad=("missing/deep/file.txt", "input.txt/below", "", ".", "folder/../input.txt"),
        drawn=_WORDS,
        names=r"path|file|filename|dir|directory|folder|root|output|log_file|connection|database|db",
        looks=r"[\w.-]*(/[\w.-]+)+|[\w-]+\.(db|txt|json|ya?ml|toml|csv|log)",
    ),
    "email": Meaning(
        good=("a@example.com",), bad=("a@", "example.com"), drawn=_WORDS.map("{}@example.com".format), names="e?mail"
    ),
    "colour": Meaning(
        good=("red", "#336699"), bad=("#12345", "bleen"), drawn=st.sampled_from(["blue", "#abc"]), names="colou?r"
    ),
    "name": Meaning(
        good=("alpha", "beta-2", "gamma_3", "ünïcode"),
        bad=("two words", "a/b", "-", "x" * 300, "UPPER"),
        drawn=_WORDS,
        names="name|id|identifier|key|label|title|use|ref|kind|type",
    ),
}
"""All meanings. The first whose names or looks fit counts."""

PLAIN = "name"
"""The meaning of a text that is just that."""


def meaning_of(name: str, examples: Sequence[Tree] = ()) -> str:
    """What a text field means, by how its examples look and by its name."""
    texts = [one for one in examples if isinstance(one, str)]
    for label, one in MEANINGS.items():
        if texts and one.looks and all(re.fullmatch(one.looks, text, re.IGNORECASE) for text in texts):
            return label
    words = [word for word in re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()) if word]
    for label, one in MEANINGS.items():
        if one.names and any(re.fullmatch(one.names, word) for word in [*words[::-1], name.lower()]):
            return label
    return PLAIN
