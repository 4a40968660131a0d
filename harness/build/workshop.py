"""Builds of revisions: what identifies one, making it in the slot, and keeping what came out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from harness.build.cargo import Cargo, first_error
from harness.build.environment import build_environment, identity_of
from harness.build.lockfile import LockKeeper
from harness.build.metadata import read_workspace
from harness.build.slot import Slot, SlotVisit
from harness.build.toolchain import directory_override, explain_failure, toolchain_of
from harness.build.visit import CargoRun
from harness.built import Artifact, Build, made_of
from harness.config import Config
from harness.errors import HarnessError
from harness.model import Revision
from harness.source import Source
from harness.store import Store, key_of

__all__ = ["Workshop", "feature_arguments"]

_FORMAT = 2
_MOST_VISITED = 50
_LIBRARY_KINDS = frozenset({"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"})


def feature_arguments(features: str) -> tuple[str, ...]:
    """cargo's arguments for one entry of `[build] features`: `default`, `all`, `none`, or a list of names."""
    named = {"default": (), "all": ("--all-features",), "none": ("--no-default-features",)}
    return named.get(features, ("--features", features))


class Workshop:
    """Builds the revisions of one workspace, each once."""

    def __init__(
        self,
        source: Source,
        store: Store,
        config: Config,
        overrides: Mapping[str, str],
        on_crate: Callable[[Revision, str], None],
    ) -> None:
        self.source = source
        self.store = store
        self.config = config
        self.slot = Slot(source, store)
        self.env = build_environment(config.build, overrides, self.slot.target_dir)
        if override := directory_override(source.repository.top, self.env):
            self.env.setdefault("RUSTUP_TOOLCHAIN", override)
        self._identity = identity_of(self.env, config.build, overrides)
        self._on_crate = on_crate
        self._locks = LockKeeper(source, store)
        self._keys: dict[tuple[str, str], str] = {}
        self._prepared = False

    # -- identity -----------------------------------------------------------------------------------------

    def toolchain(self, revision: Revision) -> str:
        """What `rustc -vV` and `cargo -V` say for this revision. Errors as `toolchain_of`, with its name."""
        try:
            return toolchain_of(self.source.toolchain_file(revision), self.env, self.store)
        except HarnessError as error:
            error.what = f"Revision {revision.name} cannot be built: {error.what}"
            raise

    def key(self, revision: Revision, features: str) -> str:
        """Everything that can reach a build of this revision, as one key."""
        if (known := self._keys.get((revision.tree, features))) is None:
            parts = (
                _FORMAT,
                self.slot.id,
                revision.tree,
                features,
                self.config.build.profile,
                self._identity,
                self.toolchain(revision),
                self.slot.config_digests(),
                self._locks.identity(revision),
            )
            known = self._keys[revision.tree, features] = key_of("build", *parts)
        return known

    def kept(self, revision: Revision, features: str) -> Build | None:
        """The build of this revision if it was made before and all of it is still there."""
        key = self.key(revision, features)
        record = self.store.get("build", key) or self.store.get("build", self._timed_out_key(key))
        if record is None:
            return None
        build = msgspec.msgpack.decode(record, type=Build)
        whole = all(self.store.has_blob(one.digest) for one in build.executables)
        return build if whole else None

    def locked_packages(self, revision: Revision) -> int:
        """How many packages the revision's lock file names; 1 where it has none."""
        path = str(self.source.repository.workspace / "Cargo.lock")
        return max(1, (self.source.read(revision, path) or b"").count(b"[[package]]"))

    def visited(self) -> list[Revision]:
        """The revisions that were checked out in the slot, the latest first, at most fifty.

        A build script that had no reason to run again leaves the hash of one of these.
        """
        record = self.store.get("visited", self._visited_key())
        return msgspec.msgpack.decode(record, type=list[Revision]) if record else []

    def prepare(self, revisions: Sequence[Revision]) -> None:
        """Makes what the keys of these revisions rest on: one lock file for those that have none."""
        if self._prepared:
            return
        for revision in revisions:
            # A revision whose manifest is broken settles nothing; the next one may.
            if not self._locks.is_known(revision):
                with self.slot.held(), self.visit(revision, "default"):
                    pass
        self._prepared = True

    # -- in the slot --------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def visit(self, revision: Revision, features: str) -> Iterator[SlotVisit]:
        """A revision checked out in the slot, which must be held, with `cargo metadata` read.

        A manifest that cargo cannot read leaves the workspace empty; the build then says what is wrong.
        """
        self.slot.check_out(revision)
        self._remember(revision)
        calls = Cargo(
            folder=self.slot.root,
            env=self.env,
            log=self.slot.log_for(revision, features),
            timeout=self.config.build.timeout,
            on_crate=lambda crate: self._on_crate(revision, crate),
        )
        visit = SlotVisit(
            revision=revision,
            root=self.slot.root,
            target_dir=self.slot.target_dir,
            feature_args=feature_arguments(features),
            store=self.store,
            config=self.config,
            calls=calls,
        )
        calls.lock_args = ()
        machine = (self.slot.id, self._identity, self.toolchain(revision), self.slot.config_digests())
        visit.workspace = read_workspace(visit, self.source.files(revision), machine) or visit.workspace
        self._locks.place(visit)
        yield visit

    def build(self, visit: SlotVisit, features: str, *, with_tests: bool) -> Build:
        """Builds what is checked out and keeps it, whether it compiles or not.

        Raises:
            HarnessError: it failed for a reason that lies in this machine, which is never kept.
        """
        arguments = self._arguments(visit, with_tests=with_tests and _tests_fit_in(visit))
        done = self._attempt(visit, arguments)
        if done.status != 0 and not done.timed_out:
            # Tests alone may be what fails; and what is not made here may be left out, where it never was.
            done = self._attempt(visit, (*self._arguments(visit, with_tests=False), "--keep-going"))
        build = self._record(visit, features, done)
        key = self._timed_out_key(build.key) if build.timed_out else build.key
        self.store.put("build", key, msgspec.msgpack.encode(build))
        return build

    def _timed_out_key(self, key: str) -> str:
        """With more time, a build that ran out of it is tried again."""
        return key_of("timed out", key, self.config.build.timeout)

    def _visited_key(self) -> str:
        return key_of("visited", self.slot.id)

    def _remember(self, revision: Revision) -> None:
        others = [one for one in self.visited() if one.sha != revision.sha]
        kept = [revision, *others][:_MOST_VISITED]
        self.store.put("visited", self._visited_key(), msgspec.msgpack.encode(kept))

    def _attempt(self, visit: SlotVisit, arguments: Sequence[str]) -> CargoRun:
        done = visit.cargo(*arguments, keep=_is_artifact)
        if done.status != 0 and self._locks.complete_if_stale(visit, _text(done)):
            done = visit.cargo(*arguments, keep=_is_artifact)
        if done.status != 0 and (reason := explain_failure(_text(done), str(done.log))):
            raise reason
        return done

    def _arguments(self, visit: SlotVisit, *, with_tests: bool) -> tuple[str, ...]:
        selection: tuple[str, ...] = ()
        if with_tests:
            kinds = {target.kind for target in visit.workspace.targets}
            libraries = ("--lib",) if kinds & _LIBRARY_KINDS else ()
            selection = (*libraries, "--bins", "--tests", "--keep-going")
        profile = () if self.config.build.profile == "dev" else ("--profile", self.config.build.profile)
        chosen = (*selection, *profile, *visit.feature_args)
        return ("build", "--workspace", *chosen, "--message-format=json-render-diagnostics")

    def _record(self, visit: SlotVisit, features: str, done: CargoRun) -> Build:
        failure = ""
        if done.timed_out:
            failure = f"did not end within {self.config.build.timeout:g} s"
        elif done.status != 0:
            failure = _portable(first_error(_text(done)), visit.root) or f"cargo ended with status {done.status}"
        return Build(
            key=self.key(visit.revision, features),
            revision=visit.revision.sha,
            tree=visit.revision.tree,
            features=features,
            toolchain=self.toolchain(visit.revision),
            workspace=visit.workspace,
            executables=() if done.timed_out else tuple(self._artifacts(visit, done)),
            unbuilt=_unbuilt(visit, done) if failure and not done.timed_out else (),
            failure=failure,
            timed_out=done.timed_out,
            log=self.store.add(visit.calls.log.read_bytes()),
            notes=(*self._locks.notes(visit.revision), *self.slot.clone.notes),
            seconds=visit.calls.seconds,
        )

    def _artifacts(self, visit: SlotVisit, done: CargoRun) -> Iterator[Artifact]:
        folders = {visit.root / folder: package for package, folder in visit.workspace.packages.items()}
        artifacts = msgspec.convert(done.messages, list[_ArtifactMessage])
        for one in artifacts:
            package = folders.get(Path(one.manifest_path).parent)
            if package is None or one.profile.test:
                continue
            for path in one.files():
                digest = self.store.add_file(path, executable=True)
                yield Artifact(package=package, target=path.name, kind=one.target.kind[0], digest=digest)


class _ProfileMessage(msgspec.Struct):
    test: bool


class _TargetMessage(msgspec.Struct):
    name: str
    kind: list[str]


class _ArtifactMessage(msgspec.Struct):
    """cargo's `compiler-artifact` message (The Cargo Book, "External tools", JSON messages)."""

    manifest_path: str
    target: _TargetMessage
    profile: _ProfileMessage
    filenames: list[str]
    executable: str | None = None

    def files(self) -> list[Path]:
        """What a program can run or load at run time."""
        if self.executable:
            return [Path(self.executable)] if self.target.kind == ["bin"] else []
        shared = {"cdylib", "dylib"} & set(self.target.kind)
        return [Path(name) for name in self.filenames if shared and name.endswith((".so", ".dylib"))]


def _unbuilt(visit: SlotVisit, done: CargoRun) -> tuple[str, ...]:
    """Executables and libraries that cargo tried to make and did not; none where it made no program at all."""
    folders = {visit.root / folder: package for package, folder in visit.workspace.packages.items()}
    made = {
        made_of(folders[folder], one.target.kind[0], one.target.name)
        for one in msgspec.convert(done.messages, list[_ArtifactMessage])
        if (folder := Path(one.manifest_path).parent) in folders
    }
    wanted = [one for one in visit.workspace.of_kind("bin", *_LIBRARY_KINDS) if not one.required_features]
    programs = {made_of(one.package, one.kind, one.name) for one in wanted if one.kind == "bin"}
    labels = [made_of(one.package, one.kind, one.name) for one in wanted]
    return tuple(sorted(set(labels) - made)) if made & (programs or made) else ()


def _tests_fit_in(visit: SlotVisit) -> bool:
    """Whether building tests in the same call leaves the executables as `cargo build` alone makes them.

    Development dependencies can switch on features of shared dependencies, but only in a call that builds tests
    (The Cargo Book, "Features", feature resolver version 2). The answer is kept under all manifests.
    """
    manifests = sorted(visit.root.glob("**/Cargo.toml"))
    lock = visit.root / "Cargo.lock"
    texts = [path.read_bytes() for path in (*manifests, lock) if path.is_file()]
    key = key_of("tests-fit-in", texts, visit.feature_args)
    if (known := visit.store.get("features", key)) is not None:
        return known == b"yes"
    without = _resolved_features(visit, "no-dev")
    with_tests = _resolved_features(visit, "normal,build,dev")
    names = {line.partition(" ")[0] for line in without}
    fit = bool(without) and without == {line for line in with_tests if line.partition(" ")[0] in names}
    visit.store.put("features", key, b"yes" if fit else b"no")
    return fit


def _resolved_features(visit: SlotVisit, edges: str) -> set[str]:
    done = visit.cargo(
        "tree", "--workspace", "--edges", edges, "--prefix", "none", "--format", "{p} [{f}]", *visit.feature_args
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines() if done.status == 0 else []
    return {line.removesuffix(" (*)") for line in lines if line.strip()}


def _is_artifact(message: Mapping[str, object]) -> bool:
    return message.get("reason") == "compiler-artifact"


def _text(done: CargoRun) -> str:
    return (done.stderr + done.stdout).decode("utf-8", "replace")


def _portable(text: str, root: Path) -> str:
    return text.replace(f"{root}/", "").replace(str(root), ".")
