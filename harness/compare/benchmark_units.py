"""What the name of a key says of its value: a time in which unit, bytes, a rate, or a plain count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Unit", "unit_of"]

_WORDS = re.compile(r"[A-Z]?[a-zµ]+|[A-Z]+(?![a-z])|[0-9]+")
_TIMES = {
    **dict.fromkeys(("ns", "nanos", "nanosecond", "nanoseconds", "nsec", "nsecs"), ("ns", 1e-9)),
    **dict.fromkeys(("us", "µs", "micros", "microsecond", "microseconds", "usec", "usecs"), ("µs", 1e-6)),
    **dict.fromkeys(("ms", "millis", "millisecond", "milliseconds", "msec", "msecs"), ("ms", 1e-3)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), ("s", 1.0)),
    **dict.fromkeys(("minute", "minutes", "mins"), ("min", 60.0)),
}
_BYTES = {
    **dict.fromkeys(("bytes", "byte"), ("B", 1.0)),
    **dict.fromkeys(("kb", "kib"), ("KiB", 1024.0)),
    **dict.fromkeys(("mb", "mib"), ("MiB", 1024.0**2)),
}
_COUNTS = {"count", "counts", "calls", "retries", "attempts", "errors", "iterations", "samples", "timeouts"}
_DURATIONS = {"duration", "durations", "elapsed", "time", "times", "latency", "latencies", "took", "wall", "overhead"}
_RATES = {"per", "rate", "throughput", "qps", "rps", "tps", "ops", "iops", "mbps", "speed", "bandwidth"}
_STATISTICS = {"mean", "avg", "average", "median", "stddev", "std", "dev", "deviation", "variance", "jitter", "p50"}
_STATISTICS |= {"p90", "p95", "p99", "percent", "pct", "cpu", "rss", "memory", "mem", "heap", "peak", "mad", "slope"}
_MOMENTS = {"timestamp", "epoch", "date", "pid", "tid", "uptime", "at", "now"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """`kind` is time, bytes, rate, statistic, moment or count; `name` the unit, `factor` that to the base unit."""

    kind: str
    name: str = ""
    factor: float = 1.0

    @property
    def varies(self) -> bool:
        """Whether equal values in a few runs are luck: what is measured, not counted."""
        return self.kind in ("time", "rate", "statistic")


@lru_cache(maxsize=4096)
def unit_of(path: str) -> Unit:
    """What the last key of a path says; where it says nothing, the unit that a key above it names."""
    keys = re.sub(r"\[[^\]]*\]", "", path).split(".")
    own = _of_words(_words(keys[-1]))
    if own.kind not in ("count", "statistic") or own.name or _COUNTS & set(_words(keys[-1])):
        return own
    for key in reversed(keys[:-1]):
        above = _of_words(_words(key))
        if above.kind in ("time", "rate") and above.name:
            return above
    return own


def _of_words(words: tuple[str, ...]) -> Unit:
    known = set(words)
    if not words:
        return Unit(kind="count")
    if words[-1] in _COUNTS:
        return Unit(kind="count")
    if known & _RATES:
        # `ns_per_iter` is a time, `rows_per_sec` a rate.
        before = words[: words.index("per")] if "per" in words else ()
        spent = next((_TIMES[word] for word in reversed(before) if word in _TIMES), None)
        return Unit(kind="time", name=spent[0], factor=spent[1]) if spent else Unit(kind="rate")
    for table, kind in ((_TIMES, "time"), (_BYTES, "bytes")):
        for word in (words[-1], words[0]):
            if word in table and not (word == "s" and len(words) == 1):
                name, factor = table[word]
                return Unit(
                    kind="statistic" if known & _STATISTICS and kind == "bytes" else kind, name=name, factor=factor
                )
    if known & _DURATIONS:
        return Unit(kind="time")
    if known & _STATISTICS or re.fullmatch(r"p\d\d+", "".join(words)):
        return Unit(kind="statistic")
    return Unit(kind="moment") if words[-1] in _MOMENTS else Unit(kind="count")


def _words(key: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(key))
