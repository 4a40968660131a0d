"""The surfaces of one revision: what it offers, held against the texts that were approved in `snapshots/surfaces/`.

A surface is a function from what a probe observed to texts by name, and one line in the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.compare import surface as api
from harness.compare.surface_text import help_texts, inventory_texts, lint_texts, public_api_texts
from harness.config import Config
from harness.errors import HarnessError
from harness.model import Build, Revision
from harness.probes import PROBES, lints, public_api, test_suite
from harness.probes.base import SlotProbe, Subject
from harness.probes.command import CommandProbe
from harness.source import Source
from harness.store import Store
from harness.verify.foreman import Foreman
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


def _help(subject: Subject, config: Config, store: Store) -> Texts:
    probe = PROBES["command"]
    assert isinstance(probe, CommandProbe)
    return help_texts((page.program, page.path, page.text) for page in probe.help_pages(subject, config, store))


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfProbe:
    """A surface that is read off what a slot probe observed."""

    probe: str
    texts: Callable[[bytes], Texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfPrograms:
    """A surface that the programs are asked for."""

    probe: str
    texts: Callable[[Subject, Config, Store], Texts]


SURFACES: dict[str, _OfProbe | _OfPrograms] = {
    "public_api": _OfProbe(probe="public_api", texts=_public_api),
    "help": _OfPrograms(probe="command", texts=_help),
    "test_inventory": _OfProbe(probe="test_suite", texts=_test_inventory),
    "lint_counts": _OfProbe(probe="lints", texts=_lint_counts),
}


def probe_of(surface: str) -> str:
    """The probe whose work a surface needs."""
    return SURFACES[surface].probe


class SurfaceReader:
    """Reads the surfaces of one revision, under the first set of features."""

    def __init__(self, foreman: Foreman, source: Source, store: Store, config: Config, revision: Revision) -> None:
        self._foreman = foreman
        self._source = source
        self._store = store
        self._config = config
        self._revision = revision

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
            return kind.texts(subject, self._config, self._store) if subject.executables else {}
        probe = PROBES[kind.probe]
        assert isinstance(probe, SlotProbe)
        return kind.texts(self._foreman.observation(probe, self._revision, features))
