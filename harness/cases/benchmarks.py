"""Cases of the benchmark probe: what `[[benchmark]]` names, or else what can be found, each also at other sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import msgspec

from harness.cases.base import Ground
from harness.cases.benchmark_ground import DATA, Trial, data_files, looks_like_benchmark, needed
from harness.cases.benchmark_sizes import sized
from harness.cases.help_discovery import Page, base_argv, discover, places_of
from harness.cases.services import served
from harness.compare.benchmark_report import (
    CRITERION,
    LIBTEST,
    TroubleError,
    guess,
    read_report,
    spec_of,
)
from harness.compare.benchmark_table import flatten
from harness.compare.benchmark_units import unit_of
from harness.compare.output import CASE_DIRECTORY, CommandObservation
from harness.config import Benchmark
from harness.errors import ConfigError
from harness.model import Case

__all__ = ["RUNS", "benchmark_cases", "is_sized"]

RUNS = 5
"""How often one observation runs a case, unless harness.toml says otherwise."""

VERSION = 1
_SECONDS = 60.0  # of a case
_LEAST_SECONDS, _SLOWER = 10.0, 20.0  # a found one may take so many times its time, on a busy machine
_TRIED_SECONDS = 20.0  # of one that is only tried
_SLOW, _FEW = 0.6, 3  # a found benchmark that takes more seconds is run less often
_MOST_FILES = 8
_MOST_TRIALS = 60
_MOST_FOUND = 8
_MOST_HANGING = 2  # each of them costs a whole time limit
_FILE = re.compile(r"\{file:([^{}]+)\}")
_SIZED = ", with "
_MODES = re.compile(r"bench|stats|metric|timing|perf|profile", re.IGNORECASE)
_VARIABLE = re.compile(
    r"(?:var(?:_os)?\(\s*|env\s*[:=(]\s*)\\?\"?([A-Z][A-Z0-9_]*(?:BENCH|PERF|TIMING|METRIC|STATS)[A-Z0-9_]*)"
)
_MOST_VARIABLES = 3


def benchmark_cases(ground: Ground) -> tuple[Case, ...]:
    """The cases, each with what it needs to give its report; those that are named before generated sizes of them.

    Raises:
        ConfigError: a benchmark of harness.toml cannot be run, or gives no report on this revision.
    """
    named = msgspec.json.encode([ground.config.benchmark, ground.config.service])
    parts = (VERSION, named, ground.servers, _identity_of_files(ground))
    kept = ground.remember("benchmarks", parts, lambda: msgspec.msgpack.encode(_make(ground)))
    return tuple(msgspec.msgpack.decode(kept, type=list[Case]))


def is_sized(case: Case) -> bool:
    """Whether a case is another size of a benchmark."""
    return _SIZED in case.origin


def _make(ground: Ground) -> list[Case]:
    trial, files = Trial(ground), data_files(ground)
    if ground.config.benchmark:
        made = [_Named(one, ground, files).case(trial) for one in ground.config.benchmark]
    elif ground.contained:
        made = list(_found(ground, trial, files))
    else:
        made = []
    return [*made, *sized(made, files, trial)] if ground.contained else made


def _identity_of_files(ground: Ground) -> str:
    """Programs may be equal and the pipelines that they run not."""
    paths = ground.repository.paths() if ground.repository else ()
    return "\n".join(sorted(paths))


# -- named ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Named:
    """One `[[benchmark]]` on its way to a case."""

    benchmark: Benchmark
    ground: Ground
    files: dict[str, bytes]

    def case(self, trial: Trial) -> Case:
        spec = self._spec()
        made = Case(
            program=self._program(),
            argv=tuple(self._filled(word) for word in self.benchmark.argv),
            files=self.files | self._own_files(),
            env={name: self._filled(value) for name, value in self.benchmark.env.items()},
            timeout=_SECONDS,
            origin=f"harness.toml: benchmark {self.benchmark.name}",
            runs=max(1, self.benchmark.repeat),
            report=spec,
        )
        who = f"the benchmark `{self.benchmark.name}`"
        made = served(made, self.benchmark.services, self.ground.config, self.ground.repository, who)
        seen = trial.run(made)
        made = made if spec else replace(made, report=guess(seen))
        self._check(seen, made.report)
        return needed(made, trial)

    def _spec(self) -> str:
        try:
            return spec_of(self.benchmark.report)
        except ValueError as error:
            raise self._error(f"has a `report` without a meaning: {error}", "Correct it.") from error

    def _program(self) -> str:
        programs = self.ground.programs
        if len(programs) == 1:
            return programs[0]
        word = next((word for word in self.benchmark.argv if not word.startswith("-")), "")
        knowing = [page.program for page in discover(self.ground) if not page.path and word in page.read().subcommands]
        if len(knowing) != 1:
            told = ", ".join(programs) or "none"
            raise self._error(
                f"does not say which program it runs, and the workspace has {told}",
                "Let its argv start with a command that only one of them has.",
            )
        return knowing[0]

    def _filled(self, text: str) -> str:
        return _FILE.sub(lambda match: str(PurePosixPath(match[1])), text).replace("{dir}", CASE_DIRECTORY)

    def _own_files(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        words = (*self.benchmark.argv, *self.benchmark.env.values())
        for path in (path for word in words for path in _FILE.findall(word)):
            contents = self.ground.repository.read(path) if self.ground.repository else {}
            if not contents:
                raise self._error(f"needs {path}, which the first revision does not have", "Correct the path.")
            found |= contents
        return found

    def _check(self, seen: CommandObservation, spec: str) -> None:
        """One clear error, with what the program wrote, where there is nothing to compare from the beginning."""
        try:
            if spec:
                read_report(seen, spec)
                return
            why = "nothing in what it writes looks like a report"
        except TroubleError as error:
            why = str(error)
        log = self.ground.store.log(f"benchmark-{re.sub(r'[^A-Za-z0-9_-]', '-', self.benchmark.name)}.log")
        log.write_bytes(b"%b\n--- stdout\n%b\n--- stderr\n%b\n" % (seen.status.encode(), seen.stdout, seen.stderr))
        raise self._error(
            f"gives no report that can be compared: {why} ({seen.status})", f"What the program wrote is in {log}."
        )

    def _error(self, what: str, step: str) -> ConfigError:
        where = self.ground.config.path or "harness.toml"
        return ConfigError(f"{where}: the benchmark `{self.benchmark.name}` {what}.", step=step)


# -- found ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """A way to run something that may be a benchmark; `file` is the pipeline it is given, if it takes one."""

    program: str
    argv: tuple[str, ...]
    file: str = ""
    env: tuple[tuple[str, str], ...] = ()
    mode: bool = False


def _found(ground: Ground, trial: Trial, files: dict[str, bytes]) -> Iterator[Case]:
    """The ways whose run ends well and gives a report with times in it; of several for one pipeline, the first."""
    told: set[tuple[str, str]] = set()
    lost: set[tuple[str, ...]] = set()
    like: set[str] = set()
    hung = 0
    for number, way in enumerate(_ways(ground, files)):
        key = (way.argv[0] if way.argv else "", way.file)
        if number >= _MOST_TRIALS or len(told) >= _MOST_FOUND:
            return
        form = (way.program, *(word for word in way.argv if word != way.file), str(way.env))
        if key in told or form in lost:
            continue
        case = Case(
            program=way.program,
            argv=way.argv,
            files=files,
            env=dict(way.env),
            timeout=_TRIED_SECONDS,
            origin=f"found: {way.file or ' '.join(way.argv)}",
            runs=RUNS,
        )
        seen = trial.run(case)
        seconds = trial.seconds
        spec = guess(seen) if seen.status == "exit 0" else ""
        hung += seen.timed_out
        if hung > _MOST_HANGING:
            return
        if not spec or not _has_times(seen, spec):
            lost.add(form)
            continue
        told.add(key)
        runs = RUNS if seconds < _SLOW else _FEW
        made = needed(replace(case, report=spec, runs=runs), trial, like)
        like = {path for path in made.files if path != way.file}
        yield replace(made, timeout=min(_SECONDS, _LEAST_SECONDS + _SLOWER * seconds))


def _has_times(seen: CommandObservation, spec: str) -> bool:
    """Whether a report measures something; other JSON is what the program answers, and compared as such."""
    if spec in (LIBTEST, CRITERION):
        return True
    table = flatten(read_report(seen, spec))
    return any(unit_of(path).kind in ("time", "rate") for path in table.decimals)


def _ways(ground: Ground, files: dict[str, bytes]) -> Iterator[_Way]:
    """Commands in the mode for benchmarks on pipelines of benchmarks first, then what is less likely."""
    pages = [page for page in discover(ground) if not page.endless]
    pipelines = [path for path in files if path.endswith(DATA)]
    meant = [path for path in pipelines if looks_like_benchmark(path)][:_MOST_FILES]
    others = [path for path in pipelines if path not in meant][:_MOST_FILES]
    taking = [page for page in pages if page.read().positionals]
    moded = [page for page in taking if modes(page)]
    yield from (way for page in moded for file in meant or others for way in _with_modes(page, file))
    yield from (_way(page, file, ()) for page in taking for file in meant)
    for name in _variables(ground):
        yield from (replace(_way(page, file, ()), env=((name, "1"),)) for page in taking for file in meant or others)
    for page in pages:
        if any(map(_MODES.search, page.path)):
            yield _Way(program=page.program, argv=base_argv(page), mode=True)
        yield from (_Way(program=page.program, argv=(*base_argv(page), mode), mode=True) for mode in modes(page))
    known = {page.program for page in pages}
    yield from (_Way(program=program, argv=()) for program in ground.programs if _is_bench(program, known))


def _is_bench(program: str, known: set[str]) -> bool:
    """A program that is a benchmark itself: by its name, or since it takes `--bench` as cargo gives it."""
    return looks_like_benchmark(program) or (program not in known and bool(_MODES.search(program)))


def modes(page: Page) -> list[str]:
    """The switches of a command that sound like benchmarks."""
    return [flag.name for flag in page.read().flags if not flag.value and _MODES.search(flag.name)]


def _with_modes(page: Page, file: str) -> Iterator[_Way]:
    for mode in modes(page):
        yield _way(page, file, (mode,))


def _way(page: Page, file: str, mode: Sequence[str]) -> _Way:
    """The page's command with the file for its first argument and plausible words for the others."""
    start = len(page.path)
    others = base_argv(page)[start + bool(places_of(page)) :]
    return _Way(program=page.program, argv=(*page.path, *mode, file, *others), file=file, mode=bool(mode))


def _variables(ground: Ground) -> list[str]:
    """Variables of the environment that sources or help texts name and that sound like benchmarks."""
    texts = [page.text for page in discover(ground)]
    if ground.repository:
        texts += [data.decode("utf-8", "replace") for data in ground.repository.read("**/*.rs").values()]
    return list(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))[:_MOST_VARIABLES]
