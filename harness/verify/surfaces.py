"""The surfaces of one revision: what it offers, held against the texts that were approved in `snapshots/surfaces/`.

A surface is a function from what a probe observed to texts by name, and one line in the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.built import Build
from harness.cases.benchmarks import is_sized
from harness.compare import benchmark
from harness.compare import surface as api
from harness.compare.benchmark_surface import benchmark_texts
from harness.compare.redact import Redactor, default_rules, rules_from
from harness.compare.surface_text import help_texts, inventory_texts, lint_texts, public_api_texts
from harness.config import Config
from harness.errors import HarnessError
from harness.model import Revision
from harness.probes import PROBES, lints, public_api, test_suite
from harness.probes.base import SlotProbe, Subject
from harness.probes.benchmark import BenchmarkProbe
from harness.probes.command import CommandProbe
from harness.source import Source
from harness.store import Store
from harness.verify.foreman import Foreman
from harness.verify.observer import Observer
from harness.verify.subjects import Side, materialize

__all__ = ["SURFACES", "CannotBuild", "SurfaceReader", "probe_of"]

Texts = Mapping[str, str]
"""File names without their ending, and what the files hold."""


class CannotBuild(HarnessError):
    """The revision does not build, so that it offers nothing."""


def _public_api(observation: bytes) -> Texts:
    seen = public_api.decode(observation)
    if seen.failed:
        raise HarnessError(f"rustdoc failed on {', '.join(sorted(seen.failed))}.", step="`cargo doc` says why.")
    return public_api_texts(api.decode(seen.surface))


def _lint_counts(observation: bytes) -> Texts:
    return lint_texts(lints.decode(observation))


def _test_inventory(observation: bytes) -> Texts:
    return inventory_texts(test_suite.decode(observation))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Programs:
    """The programs of a revision, and what they are run with, `lanes` at a time."""

    subject: Subject
    config: Config
    store: Store
    lanes: int
    watch: Callable[[Revision, str], None]


def _help(programs: _Programs) -> Texts:
    probe = PROBES["command"]
    assert isinstance(probe, CommandProbe)
    pages = probe.help_pages(programs.subject, programs.config, programs.store)
    return help_texts((page.program, page.path, page.text) for page in pages)


def _benchmark_reports(programs: _Programs) -> Texts:
    """What each benchmark reports; the other sizes of it that the probe tries are no promise to anybody."""
    probe = PROBES["benchmark"]
    assert isinstance(probe, BenchmarkProbe)
    subject = programs.subject
    cases = [one for one in probe.core(subject, programs.config, programs.store) if not is_sized(one)]
    observer = Observer(probe, programs.store, programs.lanes, programs.watch)
    observed = observer.ensure(subject, cases)
    redactor = Redactor((*rules_from(programs.config), *default_rules()), subject.revision)
    return benchmark_texts(((one, [benchmark.decode(observer.get(subject, one))]) for one in observed), redactor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfProbe:
    """A surface that is read off what a slot probe observed."""

    probe: str
    texts: Callable[[bytes], Texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfPrograms:
    """A surface that the programs are asked for."""

    probe: str
    texts: Callable[[_Programs], Texts]


SURFACES: dict[str, _OfProbe | _OfPrograms] = {
    "public_api": _OfProbe(probe="public_api", texts=_public_api),
    "help": _OfPrograms(probe="command", texts=_help),
    "benchmark_reports": _OfPrograms(probe="benchmark", texts=_benchmark_reports),
    "test_inventory": _OfProbe(probe="test_suite", texts=_test_inventory),
    "lint_counts": _OfProbe(probe="lints", texts=_lint_counts),
}


def probe_of(surface: str) -> str:
    """The probe whose work a surface needs."""
    return SURFACES[surface].probe


class SurfaceReader:
    """Reads the surfaces of one revision, under the first set of features, with `lanes` programs at a time."""

    def __init__(
        self,
        foreman: Foreman,
        source: Source,
        store: Store,
        config: Config,
        revision: Revision,
        lanes: int,
        watch: Callable[[Revision, str], None],
    ) -> None:
        self._foreman = foreman
        self._source = source
        self._store = store
        self._config = config
        self._revision = revision
        self._lanes = lanes
        self._watch = watch

    def texts(self, surface: str) -> Texts:
        """The texts of a surface by name.

        Raises:
            CannotBuild: the revision does not build.
            HarnessError: it cannot be looked at on this machine.
        """
        features = self._config.build.features[0]
        build: Build = self._foreman.build(self._revision, features)
        if not build.ok:
            raise CannotBuild(build.failure.strip().partition("\n")[0], log=self._foreman.log_of(build))
        kind = SURFACES[surface]
        if isinstance(kind, _OfPrograms):
            subject = materialize(Side(revision=self._revision, build=build), self._source, self._store)
            programs = _Programs(
                subject=subject, config=self._config, store=self._store, lanes=self._lanes, watch=self._watch
            )
            return kind.texts(programs) if subject.executables else {}
        probe = PROBES[kind.probe]
        assert isinstance(probe, SlotProbe)
        return kind.texts(self._foreman.observation(probe, self._revision, features))
